use std::{fmt, str::FromStr};

use hermes_machine::Random;
use thiserror::Error;

/// The length of a random id: 128 bits in base64url.
const RANDOM: usize = 22;

/// So many plain characters at most, held in place, so that a request passes its ids on without
/// allocating.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Id<const LENGTH: usize> {
    /// Padded with zeros, which no id contains.
    bytes: [u8; LENGTH],
}

/// The text is not an id.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an id has 1 to {limit} characters out of letters, digits, `-` and `_`")]
pub struct IdError {
    limit: usize,
}

impl<const LENGTH: usize> Id<LENGTH> {
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

impl<const LENGTH: usize> FromStr for Id<LENGTH> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() || text.len() > LENGTH || !text.bytes().all(plain) {
            return Err(IdError { limit: LENGTH });
        }
        Ok(Self::known(text))
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $length:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Id<{ $length }>);

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
    UserId, RANDOM
}

id! {
    /// Names a session where sessions are listed and ended. It is no credential: who knows it can
    /// do nothing with it.
    SessionId, RANDOM
}

id! {
    /// Names a passkey where passkeys are listed and removed. It is not the id of the credential.
    PasskeyId, RANDOM
}

id! {
    /// Names a link to a conversation where links are listed and revoked. It is not what the link opens
    /// with.
    ShareId, RANDOM
}

id! {
    /// Names a conversation, for ever. Clients keep it, and some make their own: so it may be longer
    /// than the ids that are drawn here.
    ConversationId, 64
}

id! {
    /// Names the numbering of what has been sent. While it is the same, a number once sent names the
    /// same event; another one tells a client that the numbers it has seen may have been used again.
    Epoch, RANDOM
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
        assert_eq!(one.as_str().len(), RANDOM);
        assert_eq!(one.as_str().parse(), Ok(one));
        let one = ConversationId::new(&*random);
        assert_eq!(one.as_str().len(), RANDOM);
        assert_eq!(one.as_str().parse(), Ok(one));
        assert_eq!(format!("{:?}", UserId::owner()), r#"UserId("owner")"#);
    }

    #[test]
    fn nothing_else_is_an_id() {
        for text in ["", "a b", "a\0", "ä", "a/b", &"a".repeat(23)] {
            assert_eq!(
                text.parse::<UserId>(),
                Err(IdError { limit: 22 }),
                "{text:?}"
            );
        }
        let long = "a".repeat(64);
        assert_eq!(long.parse::<ConversationId>().unwrap().as_str(), long);
        let longer = "a".repeat(65).parse::<ConversationId>();
        assert_eq!(longer, Err(IdError { limit: 64 }));
    }
}
