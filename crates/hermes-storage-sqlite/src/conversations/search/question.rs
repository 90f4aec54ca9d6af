use hermes_storage::{QUERY_LIMIT, UserId};

/// From so many bytes on, the last word may be the beginning of one: few words begin like that, and
/// what a person is still typing is one letter longer soon.
const BEGINNING: usize = 3;

/// A word as FTS5 takes it for nothing but a word (sqlite.org/fts5.html section 3.1).
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// Whether a word that ends like this is looked for as the beginning of one.
fn begins(word: &str) -> bool {
    let end = word.chars().rev().take_while(|sign| sign.is_alphanumeric());
    end.map(char::len_utf8).sum::<usize>() >= BEGINNING
}

/// What the index is asked, if there is something to ask: all words, in texts of this user.
pub(super) fn question(user: UserId, query: &str) -> Option<String> {
    let end = query.char_indices().nth(QUERY_LIMIT);
    let query = query.get(..end.map_or(query.len(), |(end, _)| end))?;
    let blank = |sign: char| sign.is_whitespace() || sign.is_control();
    let words: Vec<_> = query.split(blank).filter(|word| !word.is_empty()).collect();
    let last = words.last()?;
    let star = if begins(last) { " *" } else { "" };
    let words: Vec<_> = words.iter().copied().map(quoted).collect();
    // Words side by side must all be there. One of signs alone asks for nothing and stands in
    // nobody's way.
    let (user, words) = (quoted(user.as_str()), words.join(" "));
    Some(format!("user_id : {user} AND text : ({words}{star})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Option<String> {
        let question = question(UserId::owner(), query)?;
        let words = question.strip_prefix("user_id : \"owner\" AND text : (");
        Some(words.unwrap().strip_suffix(')').unwrap().to_owned())
    }

    #[test]
    fn what_is_typed_is_words() {
        for (query, words) in [
            ("red  green", r#""red" "green" *"#),
            ("NOT a OR b", r#""NOT" "a" "OR" "b""#),
            (r#"say "hi" there"#, r#""say" """hi""" "there" *"#),
            ("a\0b\u{2}", r#""a" "b""#),
            ("text:x* ^y", r#""text:x*" "^y""#),
            ("本", r#""本" *"#),
        ] {
            assert_eq!(asked(query).as_deref(), Some(words));
        }
        for nothing in ["", " \n", "\0"] {
            assert_eq!(asked(nothing), None);
        }
        let long = asked(&"ä".repeat(QUERY_LIMIT + 9)).unwrap();
        assert_eq!(long.matches('ä').count(), QUERY_LIMIT);
    }
}
