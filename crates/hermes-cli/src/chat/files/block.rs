//! How a file stands in a prompt: behind the text, under its name, between fences that are longer than
//! any in it.

/// How many places are looked at where files may begin. A text that has more is no prompt of ours.
const PLACES: usize = 64;

/// The file behind a prompt.
pub(super) fn block(name: &str, content: &str) -> String {
    let fence = "`".repeat(longest(content).max(2) + 1);
    let end = match content.ends_with('\n') || content.is_empty() {
        true => "",
        false => "\n",
    };
    format!("\n\n@{name}:\n{fence}\n{content}{end}{fence}")
}

/// The longest run of backticks.
fn longest(content: &str) -> usize {
    let runs = content.split(|ch| ch != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// A prompt without the files behind it, and their names and sizes.
pub(in crate::chat) fn fold(text: &str) -> (&str, Vec<(String, usize)>) {
    let places = text.match_indices("\n\n@").take(PLACES);
    for (at, _) in places {
        if let Some(files) = files(&text[at..]) {
            return (&text[..at], files);
        }
    }
    (text, Vec::new())
}

/// The files of which a text consists, if it consists of files.
fn files(mut rest: &str) -> Option<Vec<(String, usize)>> {
    let mut files = Vec::new();
    while !rest.is_empty() {
        let (name, behind) = rest.strip_prefix("\n\n@")?.split_once(":\n")?;
        let (fence, behind) = behind.split_once('\n')?;
        let is_fence = fence.len() >= 3 && fence.bytes().all(|byte| byte == b'`');
        if name.contains('\n') || !is_fence {
            return None;
        }
        let end = match behind.starts_with(fence) {
            true => 0,
            false => behind.find(&format!("\n{fence}"))? + 1,
        };
        files.push((name.trim_matches('"').to_owned(), end));
        rest = behind.get(end + fence.len()..)?;
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_within() {
        assert_eq!(block("a.md", "x"), "\n\n@a.md:\n```\nx\n```");
        assert_eq!(
            block("a", "```sh\n````\n"),
            "\n\n@a:\n`````\n```sh\n````\n`````"
        );
        assert_eq!(block("empty", ""), "\n\n@empty:\n```\n```");
    }

    #[test]
    fn what_is_no_file_stays_text() {
        for text in [
            "",
            "hi",
            "a\n\n@b:\n```\nopen",
            "a\n\n@b:\n```\nx\n```\nmore",
            "\n\n@b",
        ] {
            assert_eq!(fold(text), (text, Vec::new()));
        }
    }

    proptest! {
        #[test]
        fn what_was_put_together_comes_apart(
            text in "[a`\n]{0,12}",
            contents in prop::collection::vec("[a`@:\n]{0,20}", 1..4),
        ) {
            let mut whole = text.clone();
            for (index, content) in contents.iter().enumerate() {
                whole.push_str(&block(&format!("f{index}"), content));
            }
            let (folded, files) = fold(&whole);
            prop_assert_eq!(folded, text);
            prop_assert_eq!(files.len(), contents.len());
            for ((_, size), content) in files.iter().zip(&contents) {
                prop_assert!(size.abs_diff(content.len()) <= 1);
            }
        }
    }
}
