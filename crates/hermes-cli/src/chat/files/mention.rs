//! Where a text names a file.

use std::ops::Range;

use super::Look;

/// A word that may name a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// Where it stands, from its `@` on.
    pub(super) range: Range<usize>,
    pub(super) path: String,
    /// Whether it stands in quotes, so that its end is its end.
    pub(super) is_quoted: bool,
}

/// A path that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chat) struct Typing {
    /// Where its `@` stands.
    pub(in crate::chat) at: usize,
    /// What is looked for.
    pub(in crate::chat) look: Look,
    /// What is typed behind the folder.
    pub(in crate::chat) rest: String,
}

/// Whether a text has a word that may name a file.
pub(crate) fn names_any(text: &str) -> bool {
    mentions(text).next().is_some()
}

/// The words that may name files. An `@` within a word is none: people write addresses.
pub(super) fn mentions(text: &str) -> impl Iterator<Item = Mention> {
    begins(text).filter_map(|at| {
        let rest = text.get(at + 1..)?;
        let (path, is_quoted) = match rest.strip_prefix('"') {
            Some(quoted) => (quoted.lines().next()?.split_once('"')?.0, true),
            None => (rest.split(char::is_whitespace).next()?, false),
        };
        let length = path.len() + if is_quoted { 2 } else { 0 };
        (!path.is_empty()).then(|| Mention {
            range: at..at + 1 + length,
            path: path.to_owned(),
            is_quoted,
        })
    })
}

/// Where words begin with an `@`.
fn begins(text: &str) -> impl DoubleEndedIterator<Item = usize> {
    text.match_indices('@').map(|(at, _)| at).filter(|at| {
        let before = text
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        before.is_none_or(|ch| ch.is_whitespace() || "([{\"'".contains(ch))
    })
}

/// The path whose end the cursor is at, by what stands before it.
pub(in crate::chat) fn typing(before: &str) -> Option<Typing> {
    let at = begins(before).next_back()?;
    let typed = before.get(at + 1..)?;
    let typed = match typed.strip_prefix('"') {
        Some(quoted) if quoted.contains(['"', '\n']) => return None,
        Some(quoted) => quoted,
        None if typed.contains(char::is_whitespace) => return None,
        None => typed,
    };
    let behind = typed.rfind('/').map_or(0, |slash| slash + 1);
    let (base, rest) = typed.split_at(behind);
    Some(Typing {
        at,
        look: Look {
            base: base.to_owned(),
            hidden: rest.starts_with('.'),
        },
        rest: rest.to_owned(),
    })
}

/// How a path is written behind its `@`.
pub(in crate::chat) fn written(path: &str) -> String {
    match path.contains(char::is_whitespace) {
        true => format!("@\"{path}\""),
        false => format!("@{path}"),
    }
}

/// The same text with no name of a file in it, if it has one: for what was not typed here.
pub(in crate::chat) fn defused(text: &str) -> Option<String> {
    let mut defused = text.to_owned();
    let starts: Vec<_> = mentions(text).map(|mention| mention.range.start).collect();
    for at in starts.iter().rev() {
        defused.insert(at + 1, ' ');
    }
    (!starts.is_empty()).then_some(defused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        mentions(text).map(|mention| mention.path).collect()
    }

    #[test]
    fn a_word_that_begins_with_an_at_may_name_a_file() {
        assert_eq!(
            paths("see @a/b.rs and (@c, @\"d e.md\")"),
            ["a/b.rs", "c,", "d e.md"]
        );
        assert_eq!(paths("@one\n@two"), ["one", "two"]);
        assert!(paths("ada@example.com, a@b, @ alone, @\"open, x@@y").is_empty());
        assert!(!names_any(&defused("@a (@b) @\"c d\" e@f").unwrap()));
        assert_eq!(defused("e@f"), None);
    }

    #[test]
    fn what_is_typed_of_a_path_is_its_folder_and_the_rest() {
        let typed =
            |before: &str| typing(before).map(|typing| (typing.at, typing.look.base, typing.rest));
        let of = |at, base: &str, rest: &str| Some((at, base.to_owned(), rest.to_owned()));
        assert_eq!(typed("see @src/ma"), of(4, "src/", "ma"));
        assert_eq!(typed("@"), of(0, "", ""));
        assert_eq!(typed("@\"my fo/b c"), of(0, "my fo/", "b c"));
        assert_eq!(typed("@\"my\" "), None);
        assert_eq!(typed("@done "), None);
        assert_eq!(typed("a@b"), None);
        assert!(typing("@.gi").unwrap().look.hidden);
        assert!(!typing("@.github/wo").unwrap().look.hidden);
    }
}
