use std::{
    fmt,
    hash::{Hash, Hasher},
};

use hermes_secret::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a value that signs somebody in: what is kept instead of the value.
///
/// The values have 256 random bits, so a plain hash is enough: there is nothing to guess, and
/// whoever has a copy of the hashes cannot sign in with them. Compared in constant time.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a value as it arrives in a cookie or a header.
    pub fn of(value: &str) -> Self {
        Self(Sha256::digest(value.as_bytes()).into())
    }

    /// The hash of a value that has just been made.
    pub fn of_secret(value: &Secret) -> Self {
        Self::of(value.expose())
    }

    /// The same in pieces that take fewer steps to compare, and as long whatever is in them.
    fn words(&self) -> [u64; 4] {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(self.0.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        words
    }

    /// The bytes, for an engine to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// As an engine has stored it.
impl From<[u8; 32]> for TokenHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.words().ct_eq(&other.words()).into()
    }
}

impl Eq for TokenHash {}

impl Hash for TokenHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Any of them is as random as the whole.
        self.words()[0].hash(state);
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as6_a_token_is_known_by_its_hash_alone() {
        let value = Secret::new("abc");
        let hash = TokenHash::of_secret(&value);
        assert_eq!(hash.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(hash, TokenHash::from(*hash.as_bytes()));
        assert_ne!(hash, TokenHash::of("abd"));
        assert_eq!(format!("{hash:?}"), "TokenHash(..)");
    }
}
