//! What a person means who types a part of a word.

/// How well a text fits to what was typed, the better the less; `None` if it does not.
pub(super) fn rank(typed: &str, text: &str) -> Option<usize> {
    let (typed, text) = (typed.to_lowercase(), text.to_lowercase());
    if text.starts_with(&typed) {
        return Some(0);
    }
    if let Some(at) = text.find(&typed) {
        return Some(1 + at);
    }
    // The letters in their order: the fewer stand between them, the better.
    let mut rest = text.char_indices();
    let (mut first, mut last) = (None, 0);
    for ch in typed.chars() {
        let (at, _) = rest.find(|(_, other)| *other == ch)?;
        first.get_or_insert(at);
        last = at;
    }
    Some(1000 + last - first.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_come_before_parts_and_parts_before_letters() {
        let mut names = ["compress", "resume", "reset", "help"];
        names.sort_by_key(|name| rank("res", name));
        let found = names.iter().filter(|name| rank("res", name).is_some());
        assert_eq!(
            found.collect::<Vec<_>>(),
            [&"resume", &"reset", &"compress"]
        );
        assert_eq!(rank("rsm", "resume"), Some(1004));
        assert_eq!(rank("x", "resume"), None);
    }
}
