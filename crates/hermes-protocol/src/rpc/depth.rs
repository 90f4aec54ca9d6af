/// Whether at most `limit` arrays and objects are open at once in a JSON text.
///
/// It is asked before anything is parsed, in one pass without recursion. On a text that is no JSON
/// it gives some answer, and the parser gives the other.
pub(super) fn is_within(text: &str, limit: usize) -> bool {
    let mut open = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' if open == limit => return false,
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn brackets_count_outside_of_strings_alone() {
        for (text, depth) in [
            ("1", 0),
            ("[]", 1),
            ("[[],[],{}]", 2),
            (r#"{"a":"[[[["}"#, 1),
            (r#"{"a":"\"[[["}"#, 1),
            (r#"{"a":"\\","b":[{}]}"#, 3),
        ] {
            assert!(is_within(text, depth), "{text}");
            assert!(depth == 0 || !is_within(text, depth - 1), "{text}");
        }
    }
}
