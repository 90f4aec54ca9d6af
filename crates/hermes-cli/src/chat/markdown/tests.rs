use proptest::prelude::*;

use super::*;

fn text(source: &str, width: usize) -> String {
    let lines = lines(source, width);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

const PAGE: &str = "\
# Ownership

Every value has **one** owner, see [the book](https://doc.test/book) and <https://rust.test>.

- a first point that is longer than forty columns are wide
- a second
  1. nested
  2. again

     with a paragraph
- a third

> Said *once*.
>
> > And quoted again.

```rust
fn main() {
\tlet s = String::from(\"a line of code that is longer than forty columns\");
}
```

| kind | moves | what a person should know about it |
|------|:-----:|-----------------------------------:|
| `String` | yes | the heap's bytes change hands |
| 整数 | no | copied |

---

Averyverylongwordthatfitsinnolinewhateveritswidthmaybeandhastobebrokensomewhere
";

#[test]
fn a_page_at_eighty_columns() {
    insta::assert_snapshot!(text(PAGE, 80));
}

#[test]
fn a_page_at_forty_columns() {
    insta::assert_snapshot!(text(PAGE, 40));
}

#[test]
fn a_page_at_two_hundred_columns() {
    insta::assert_snapshot!(text(PAGE, 200));
}

#[test]
fn a_table_without_room_is_told_row_by_row() {
    let table = "| a | b | c | d |\n|--|--|--|--|\n| one word | two words | 3 | long long |\n";
    assert_eq!(
        text(table, 16),
        "a: one word\nb: two words\nc: 3\nd: long long\n"
    );
}

#[test]
fn loose_lists_keep_their_distance_and_tight_ones_do_not() {
    assert_eq!(text("- a\n- b\n", 80), "• a\n• b\n");
    assert_eq!(text("- a\n\n- b\n", 80), "• a\n\n• b\n");
    assert_eq!(text("1. a\n\n   b\n2. c\n", 80), "1. a\n\n   b\n\n2. c\n");
    assert_eq!(text("- a\n  - b\n\n    c\n", 80), "• a\n  • b\n\n    c\n");
    assert_eq!(text("-\n- a\n", 80), "• \n• a\n");
    assert_eq!(text("- ```\n  code\n  ```\n", 80), "•   code\n");
}

#[test]
fn nothing_of_a_text_is_lost() {
    let source =
        "[a][r], ![picture](p.png) and <b>html</b>\n\n[r]: http://x.test\n\n~~kept~~ [x]\n";
    let shown =
        "[a][r], image: picture (p.png) and <b>html</b>\n\n[r]: http://x.test\n\n~~kept~~ [x]\n";
    assert_eq!(text(source, 80), shown);
}

/// A character can be written in ways that are none of its bytes.
#[test]
fn wb9_no_reference_becomes_a_control_character() {
    let source = "&#27;]52;c;AAAA&#7; &#x9b;2J `\u{1b}[2J` [a\u{202e}b](http://x.test/\u{1b}c)\n\n\
        ```\u{1b}]0;t\u{7}\n\u{1b}[H\n```\n\n| \u{9d} |\n|--|\n| &#x202e; |\n\n<b \u{1b}c>\n";
    let shown = text(source, 80);
    let is_hostile = |ch: char| ch != '\n' && hermes_secret::is_hostile(ch);
    assert!(!shown.chars().any(is_hostile), "{shown:?}");
    assert!(shown.contains("\\u{1b}]52;c;AAAA"), "{shown}");
}

proptest! {
    #[test]
    fn wb9_no_text_is_hostile_or_too_wide(
        source in "[-a#>`|: \n*1.<&;日\u{1b}\u{9b}\u{202e}\t]{0,120}",
        width in 24usize..60,
    ) {
        for line in lines(&source, width) {
            let line = line.to_string();
            prop_assert!(!line.chars().any(hermes_secret::is_hostile), "{line:?}");
        }
    }
}
