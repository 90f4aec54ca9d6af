/// What was typed so far, as words. The last one is being completed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) words: Vec<String>,
    /// What bash takes for the word: since it breaks words at `@` and `:` too, perhaps only the end
    /// of it.
    piece: String,
    /// Whether the word is inside quotes, and so needs none.
    quoted: bool,
}

impl Line {
    /// Of a shell that gives the words, without quotes.
    pub(super) fn of_words(words: &[String]) -> Self {
        Self {
            words: words.to_vec(),
            piece: words.last().cloned().unwrap_or_default(),
            quoted: false,
        }
    }

    /// Of bash, which gives the line as it was typed, and the piece that it will replace.
    pub(super) fn of_bash(arguments: &[String]) -> Self {
        let [line, piece] = arguments else {
            return Self::of_words(&[]);
        };
        let (words, quoted) = split(line);
        Self {
            words,
            piece: piece.clone(),
            quoted,
        }
    }

    /// The word that is being completed.
    pub(super) fn current(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// The words before it.
    pub(super) fn before(&self) -> &[String] {
        self.words.split_last().map_or(&[], |(_, before)| before)
    }

    /// The profile that the line names.
    pub(super) fn profile(&self) -> Option<&str> {
        let mut words = self.before().iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "-p" | "--profile" => return words.next(),
                _ => {}
            }
            if let Some(name) = word.strip_prefix("--profile=") {
                return Some(name);
            }
        }
        None
    }

    /// What bash puts in place of its piece, so that the word becomes this value.
    pub(super) fn replacement(&self, value: &str) -> String {
        let typed = self.current().strip_suffix(self.piece.as_str());
        let rest = typed
            .and_then(|typed| value.strip_prefix(typed))
            .unwrap_or(value);
        if self.quoted {
            return rest.to_owned();
        }
        let mut quoted = String::new();
        for ch in rest.chars() {
            if !ch.is_alphanumeric() && !"_-./@%+=:,".contains(ch) {
                quoted.push('\\');
            }
            quoted.push(ch);
        }
        quoted
    }
}

/// Splits a line as a shell does, and says whether its last word is inside quotes.
fn split(line: &str) -> (Vec<String>, bool) {
    let mut words = vec![String::new()];
    let (mut quote, mut fresh) = (None, true);
    let mut chars = line.chars();
    while let Some(ch) = chars.next() {
        let blank = quote.is_none() && ch.is_whitespace();
        if blank {
            if !fresh {
                words.push(String::new());
            }
            fresh = true;
            continue;
        }
        fresh = false;
        let taken = match (quote, ch) {
            (None, '\'' | '"') => {
                quote = Some(ch);
                None
            }
            (Some(open), ch) if open == ch => {
                quote = None;
                None
            }
            (None | Some('"'), '\\') => chars.next(),
            (_, ch) => Some(ch),
        };
        if let (Some(word), Some(ch)) = (words.last_mut(), taken) {
            word.push(ch);
        }
    }
    (words, quote.is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bash(line: &str, piece: &str) -> Line {
        Line::of_bash(&[line.to_owned(), piece.to_owned()])
    }

    #[test]
    fn a_line_is_split_as_bash_splits_it() {
        let cases = [
            ("", vec![""]),
            ("hermes", vec!["hermes"]),
            ("hermes ", vec!["hermes", ""]),
            ("  hermes  auth\t", vec!["hermes", "auth", ""]),
            (
                r#"a "b c" 'd"e' f\ g h"#,
                vec!["a", "b c", "d\"e", "f g", "h"],
            ),
            (r#"a "b\"c" ''"#, vec!["a", "b\"c", ""]),
            (r#"a "open quo"#, vec!["a", "open quo"]),
            (r"a end\", vec!["a", "end"]),
        ];
        for (line, words) in cases {
            assert_eq!(bash(line, "").words, words, "{line}");
        }
        assert_eq!(Line::of_bash(&[]).before(), [""; 0]);
    }

    #[test]
    fn bash_gets_the_end_of_the_word_that_it_replaces() {
        let cases = [
            (
                "hermes auth use p ada@ex",
                "ex",
                "ada@example.org",
                "example.org",
            ),
            (
                "hermes auth use p ada@",
                "",
                "ada@example.org",
                "example.org",
            ),
            (
                "hermes auth use p ada",
                "ada",
                "ada@example.org",
                "ada@example.org",
            ),
            ("hermes auth use p custom:m", "m", "custom:my", "my"),
            (
                "hermes auth use p my",
                "my",
                "my key (old)",
                r"my\ key\ \(old\)",
            ),
            ("hermes auth use p \"my", "my", "my key", "my key"),
            (
                "hermes auth use p 'ada@ex",
                "ada@ex",
                "ada@example.org",
                "ada@example.org",
            ),
            ("hermes auth use p x", "y", "xyz", "xyz"),
        ];
        for (line, piece, value, put) in cases {
            assert_eq!(bash(line, piece).replacement(value), put, "{line}");
        }
    }

    #[test]
    fn the_profile_is_the_one_that_the_line_names() {
        for line in [
            "hermes -p work auth ",
            "hermes --profile work a",
            "hermes --profile=work a",
        ] {
            assert_eq!(bash(line, "").profile(), Some("work"), "{line}");
        }
        for line in ["hermes auth ", "hermes -p", "hermes --profile=wor"] {
            assert_eq!(bash(line, "").profile(), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_split(line in any::<String>(), value in any::<String>(), piece in any::<String>()) {
            let line = bash(&line, &piece);
            prop_assert!(!line.words.is_empty());
            line.replacement(&value);
        }
    }
}
