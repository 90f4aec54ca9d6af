use std::{fmt, str::FromStr};

use thiserror::Error;

/// The name that a person types to sign in by password, in lower case.
///
/// Letters, digits, `.`, `_`, `-`, `+` and `@` of ASCII, at most 64: two names that look the same
/// are the same, without tables of Unicode, and an e-mail address is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LoginName(Box<str>);

/// The text is not a login name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a login name has 1 to 64 characters out of a-z, 0-9, `.`, `_`, `-`, `+` and `@`")]
pub struct LoginError;

impl LoginName {
    /// The most characters.
    pub const LIMIT: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LoginName {
    type Err = LoginError;

    /// Upper case becomes lower case, and white space around it is dropped: a telephone's keyboard
    /// adds both.
    fn from_str(text: &str) -> Result<Self, LoginError> {
        let name = text.trim();
        let plain = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'@')
        };
        if name.is_empty() || name.len() > Self::LIMIT || !name.bytes().all(plain) {
            return Err(LoginError);
        }
        Ok(Self(name.to_ascii_lowercase().into()))
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_one_spelling() {
        let name: LoginName = " Ada.L+x@Example.org ".parse().unwrap();
        assert_eq!(name.as_str(), "ada.l+x@example.org");
        assert_eq!(name.as_str().parse(), Ok(name));
        for text in ["", " ", "a b", "ädä", "a\u{200b}", "a:b", &"a".repeat(65)] {
            assert_eq!(text.parse::<LoginName>(), Err(LoginError), "{text:?}");
        }
    }
}
