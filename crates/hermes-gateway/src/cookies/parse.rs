use std::iter;

use memchr::memchr;

/// The names and values of a `Cookie` line as they stand (RFC 6265bis, 5.7): cut at `;`, blanks at
/// the ends dropped. What has no `=` is no cookie; nothing is decoded, nothing unquoted.
pub fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = Some(line);
    let pairs = iter::from_fn(move || {
        let (pair, after) = cut(rest?, b';');
        rest = after;
        Some(pair)
    });
    pairs.filter_map(|pair| {
        let (name, value) = cut(pair, b'=');
        Some((name.trim_ascii(), value?.trim_ascii()))
    })
}

/// What is before the first of these bytes, and what after it, if it is there.
fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match memchr(at, text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}
