/// The names and values of a `Cookie` line as they stand (RFC 6265bis, 5.7): cut at `;`, blanks at
/// the ends dropped. What has no `=` is no cookie; nothing is decoded, nothing unquoted.
pub fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    line.split(|byte| *byte == b';').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = pair.split_at(at);
        Some((name.trim_ascii(), value[1..].trim_ascii()))
    })
}
