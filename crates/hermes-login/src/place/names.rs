/// Names that may stand in a command that is to be copied: nothing a shell would read as more.
pub(super) fn is_user(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|ch: char| ch.is_ascii_alphanumeric() || ch == '_')
        && name
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || "._-@+".contains(ch))
}

pub(super) fn is_host(name: &str) -> bool {
    name.len() <= 253
        && name.starts_with(|ch: char| ch.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || ".-_".contains(ch))
}
