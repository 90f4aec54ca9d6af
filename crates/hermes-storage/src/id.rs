use std::{fmt, str::FromStr};

use hermes_machine::Random;
use thiserror::Error;

/// The length of a random id: 128 bits in base64url.
const LENGTH: usize = 22;

/// Up to 22 plain characters, held in place, so that a request passes its ids on without
/// allocating.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Id {
    /// Padded with zeros, which no id contains.
    bytes: [u8; LENGTH],
}

/// The text is not an id.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an id has 1 to 22 characters out of letters, digits, `-` and `_`")]
pub struct IdError;

impl Id {
    const fn known(text: &str) -> Self {
        let mut bytes = [0; LENGTH];
        let (head, _) = bytes.split_at_mut(text.len());
        head.copy_from_slice(text.as_bytes());
        Self { bytes }
    }

    fn random(random: &dyn Random) -> Self {
        let token = random.token(16);
        let mut bytes = [0; LENGTH];
        for (byte, drawn) in bytes.iter_mut().zip(token.expose().bytes()) {
            *byte = drawn;
        }
        Self { bytes }
    }

    fn as_str(&self) -> &str {
        let end = self.bytes.iter().position(|byte| *byte == 0);
        let text = self.bytes.get(..end.unwrap_or(LENGTH)).unwrap_or_default();
        // ASCII alone gets in.
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() || text.len() > LENGTH || !text.bytes().all(plain) {
            return Err(IdError);
        }
        Ok(Self::known(text))
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Id);

        impl $name {
            /// A new id that nobody can guess.
            pub fn new(random: &dyn Random) -> Self {
                Self(Id::random(random))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }
    };
}

id! {
    /// Names a user, for ever: neither a new login name nor another sign-in method changes it.
    UserId
}

id! {
    /// Names a session where sessions are listed and ended. It is no credential: who knows it can
    /// do nothing with it.
    SessionId
}

id! {
    /// Names a passkey where passkeys are listed and removed. It is not the id of the credential.
    PasskeyId
}

impl UserId {
    /// The owner: the one user whose id is known beforehand, so that what they did in token mode
    /// is theirs after a claim too.
    pub const fn owner() -> Self {
        Self(Id::known("owner"))
    }
}

#[cfg(test)]
mod tests {
    use hermes_testkit::FixedRandom;

    use super::*;

    #[test]
    fn ids_are_text_and_back() {
        assert_eq!(UserId::owner().to_string(), "owner");
        assert_eq!("owner".parse(), Ok(UserId::owner()));
        let random = FixedRandom::seeded(1);
        let (one, two) = (SessionId::new(&*random), SessionId::new(&*random));
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), LENGTH);
        assert_eq!(one.as_str().parse(), Ok(one));
        assert_eq!(format!("{:?}", UserId::owner()), r#"UserId("owner")"#);
    }

    #[test]
    fn nothing_else_is_an_id() {
        for text in ["", "a b", "a\0", "ä", "a/b", &"a".repeat(23)] {
            assert_eq!(text.parse::<UserId>(), Err(IdError), "{text:?}");
        }
    }
}
