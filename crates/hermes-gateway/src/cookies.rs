//! The cookies of the gateway: their names, how they are read, set and deleted.
//!
//! A name says by its prefix how a browser guards it (RFC 6265bis, 4.1.3). Which prefix applies
//! follows from what the browser sees: scheme and path prefix. A browser is held to exactly that
//! name; a sibling domain or a page on plain http can plant the others. A program that is no
//! browser may send the bare name, as some clients of upstream do.

mod parse;

use std::time::Duration;

use hermes_protocol::routes::cookie;
use http::{HeaderMap, HeaderValue, header};

pub use self::parse::pairs;
use crate::{
    forwarded::Seen,
    site::{Prefix, Scheme},
};

/// The longest value: with name and attributes a cookie stays below 4096 bytes.
const VALUE_LIMIT: usize = 1024;

/// The cookies there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The short-lived value of a session.
    Short,
    /// The long-lived value of a session.
    Long,
    /// Which sign-in method was used: a hint for the sign-in page.
    Provider,
    /// A sign-in at an identity provider that is under way.
    Flow,
    /// Whose browser works with a passkey just now.
    Ceremony,
    /// A sign-in without a click was tried a moment ago, and is not tried again.
    Attempt,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Short,
        Self::Long,
        Self::Provider,
        Self::Flow,
        Self::Ceremony,
        Self::Attempt,
    ];

    /// The name without a prefix.
    const fn bare(self) -> &'static str {
        match self {
            Self::Short => cookie::SESSION,
            Self::Long => cookie::RENEWAL,
            Self::Provider => cookie::PROVIDER,
            Self::Flow => cookie::ATTEMPT,
            Self::Ceremony => cookie::CEREMONY,
            Self::Attempt => cookie::AUTO_ATTEMPT,
        }
    }

    /// By which of the prefixes this name is one of this kind.
    fn guard_of(self, name: &[u8]) -> Option<usize> {
        let bare = Some(self.bare().as_bytes());
        let mut prefixes = cookie::PREFIXES.iter();
        prefixes.position(|prefix| name.strip_prefix(prefix.as_bytes()) == bare)
    }

    /// The name for what the client sees.
    pub fn name(self, shape: &Shape) -> String {
        self.guarded(shape.guard())
    }

    fn guarded(self, guard: usize) -> String {
        format!("{}{}", cookie::PREFIXES[guard], self.bare())
    }
}

/// What decides the name and the attributes: what the client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    scheme: Scheme,
    prefix: Prefix,
}

impl Shape {
    /// The shape of what is sent to this client.
    pub fn of(seen: &Seen) -> Self {
        Self::new(seen.scheme, seen.prefix.clone())
    }

    /// The shape for a scheme and a path prefix.
    pub const fn new(scheme: Scheme, prefix: Prefix) -> Self {
        Self { scheme, prefix }
    }

    /// The position in [`cookie::PREFIXES`].
    fn guard(&self) -> usize {
        match self.scheme {
            Scheme::Http => BARE,
            Scheme::Https if self.prefix.is_root() => HOST,
            Scheme::Https => SECURE,
        }
    }
}

const HOST: usize = 0;
const SECURE: usize = 1;
const BARE: usize = 2;

/// Which bytes a value may have. Every request shows two values: to look each byte up takes less than
/// to compare it with what there is.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let is_word = (byte as u8).is_ascii_alphanumeric();
        plain[byte] = is_word || matches!(byte as u8, b'-' | b'_' | b'.' | b'~');
        byte += 1;
    }
    plain
};

/// A value that needs no quotes: letters, digits, `-`, `_`, `.` and `~`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(&'a str);

impl<'a> Value<'a> {
    /// Takes a value; `None` if it is empty, too long or would need quotes.
    pub fn new(text: &'a str) -> Option<Self> {
        let plain = |byte: u8| PLAIN[usize::from(byte)];
        let sized = (1..=VALUE_LIMIT).contains(&text.len());
        (sized && text.bytes().all(plain)).then_some(Self(text))
    }
}

/// Why a cookie that is there does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubled;

/// The value of a cookie of this kind.
///
/// # Errors
///
/// If the name is there twice: one of them was planted, and nothing says which.
pub fn read<'a>(
    headers: &'a HeaderMap,
    kind: Kind,
    shape: &Shape,
) -> Result<Option<&'a str>, Doubled> {
    let [value] = read_each(headers, [kind], shape)?;
    Ok(value)
}

/// The values of the cookies of these kinds, found in one pass.
///
/// # Errors
///
/// As [`read`], for any of them.
pub fn read_each<'a, const N: usize>(
    headers: &'a HeaderMap,
    kinds: [Kind; N],
    shape: &Shape,
) -> Result<[Option<&'a str>; N], Doubled> {
    let mut found = [[None; 3]; N];
    for line in headers.get_all(header::COOKIE) {
        for (name, value) in pairs(line.as_bytes()) {
            for (kind, found) in kinds.iter().zip(&mut found) {
                if let Some(guard) = kind.guard_of(name)
                    && found[guard].replace(value).is_some()
                {
                    return Err(Doubled);
                }
            }
        }
    }
    let own = shape.guard();
    let is_held_to_it = own == BARE || is_browser(headers);
    Ok(found.map(|found| {
        let value = match is_held_to_it {
            true => found[own],
            false => found.into_iter().flatten().next(),
        };
        let text = value.and_then(|value| std::str::from_utf8(value).ok());
        text.and_then(Value::new).map(|value| value.0)
    }))
}

/// Whether a browser sent this: programs send neither Fetch Metadata nor `Origin` nor `Referer`.
pub fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
        || headers.contains_key(header::REFERER)
        || headers
            .keys()
            .any(|name| name.as_str().starts_with("sec-fetch-"))
}

/// The line that sets a cookie.
pub fn set(kind: Kind, value: Value<'_>, lasts: Duration, shape: &Shape) -> HeaderValue {
    let guard = shape.guard();
    line(kind, guard, value.0, lasts.as_secs(), shape)
}

/// The lines that delete a cookie under each name it may have here. They repeat what set it:
/// browsers ignore a line for `__Host-` or `__Secure-` without `Secure`.
pub fn delete(kind: Kind, shape: &Shape) -> [HeaderValue; 3] {
    [HOST, SECURE, BARE].map(|guard| line(kind, guard, "", 0, shape))
}

fn line(kind: Kind, guard: usize, value: &str, seconds: u64, shape: &Shape) -> HeaderValue {
    let name = kind.guarded(guard);
    let path = match guard {
        HOST => "/",
        _ => shape.prefix.cookie_path(),
    };
    let secure = match (guard, shape.scheme) {
        (BARE, Scheme::Http) => "",
        _ => "; Secure",
    };
    let line =
        format!("{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Lax{secure}");
    // Names, values and prefixes have no character that a header cannot carry, so this is never
    // the empty value; were it, no cookie would be set.
    HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests;
