use std::{fmt, io, path::Path, path::PathBuf, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_errors::{Code, Explain};
use hermes_machine::{Random, file};
use hermes_secret::Secret;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::SessionId;

/// The form of what is sealed, its first byte.
const FORM: u8 = 1;

/// The bytes of a key.
const KEY_LENGTH: usize = 32;

/// More than the file of a key ever has.
const FILE_LIMIT: u64 = 128;

/// What is said before the session's id in the data that is authenticated and not encrypted.
const CONTEXT: &str = "hermes provider tokens\n";

/// Secrets made unreadable by a [`Sealer`], as an engine stores them.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The bytes, for an engine to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// As an engine has stored it.
impl From<Vec<u8>> for Sealed {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Seals the tokens of identity providers (ChaCha20-Poly1305, RFC 8439) under a key that is kept
/// beside the database and not in it: a copy of the database alone gives none away.
///
/// What is sealed belongs to its session: moved to another one it does not open. Nonces are drawn
/// at random, which is sound for some 2³² seals under one key.
pub struct Sealer {
    key: LessSafeKey,
    random: Arc<dyn Random>,
}

/// Why there is no key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealerError {
    /// The file of the key cannot be read, or not be made.
    #[error("cannot read or make `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not hold a key. It is left as it is.
    #[error("`{}` holds no key: 43 characters of base64url are expected", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
    },
}

impl Explain for SealerError {
    fn code(&self) -> Code {
        Code::StorageKeyUnusable
    }
}

impl Sealer {
    /// The sealer of the key in this file, which is made with mode 0600 if there is none. Of
    /// several processes that make it at once, one does, and all use the same key.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or made, or does not hold a key.
    pub fn open(path: &Path, random: Arc<dyn Random>) -> Result<Self, SealerError> {
        let io = |source| SealerError::Io {
            path: path.to_owned(),
            source,
        };
        let mut text = file::read_bounded(path, FILE_LIMIT).map_err(io)?;
        if text.is_none() {
            let fresh = random.token(KEY_LENGTH);
            file::create_private(path, fresh.expose().as_bytes()).map_err(io)?;
            text = file::read_bounded(path, FILE_LIMIT).map_err(io)?;
        }
        let text = Zeroizing::new(text.unwrap_or_default());
        let key = URL_SAFE_NO_PAD
            .decode(text.trim_ascii())
            .map(Zeroizing::new);
        key.ok()
            .and_then(|key| UnboundKey::new(&CHACHA20_POLY1305, &key).ok())
            .map(|key| Self {
                key: LessSafeKey::new(key),
                random,
            })
            .ok_or_else(|| SealerError::Invalid {
                path: path.to_owned(),
            })
    }

    /// Seals a secret for a session.
    #[expect(
        clippy::expect_used,
        reason = "sealing fails for more than 256 GiB alone"
    )]
    pub fn seal(&self, session: SessionId, secret: &Secret) -> Sealed {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce);
        let mut text = secret.expose().as_bytes().to_vec();
        // Room for the tag, or growing would leave a copy of the secret behind.
        text.reserve_exact(CHACHA20_POLY1305.tag_len());
        let plain = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(plain, associated(session), &mut text)
            .expect("a secret is short");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
        sealed.push(FORM);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Sealed(sealed)
    }

    /// What was sealed for the session. `None` if it was sealed for another one or under another
    /// key, or has been changed: then it is as good as lost.
    pub fn unseal(&self, session: SessionId, sealed: &Sealed) -> Option<Secret> {
        let (form, rest) = sealed.0.split_first()?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let plain = self
            .key
            .open_in_place(nonce, associated(session), &mut text);
        let plain = plain.ok().filter(|_| *form == FORM)?;
        std::str::from_utf8(plain).ok().map(Secret::new)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

fn associated(session: SessionId) -> Aad<String> {
    Aad::from(format!("{CONTEXT}{session}"))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use hermes_testkit::FixedRandom;

    use super::*;

    fn sealer(path: &Path, seed: u64) -> Sealer {
        Sealer::open(path, FixedRandom::seeded(seed)).unwrap()
    }

    fn id(text: &str) -> SessionId {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_session_and_key_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("gateway.key");
        let one = sealer(&path, 1);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let secret = Secret::new(r#"{"refresh_token":"rt-canary"}"#);
        let sealed = one.seal(id("a"), &secret);
        assert!(!String::from_utf8_lossy(sealed.as_bytes()).contains("canary"));
        assert_ne!(sealed, one.seal(id("a"), &secret), "a nonce each");
        // Another process draws other bytes and yet has the same key.
        let again = sealer(&path, 2);
        assert!(again.unseal(id("a"), &sealed).unwrap().same(&secret));
        assert!(again.unseal(id("b"), &sealed).is_none());
        let other = sealer(&home.path().join("other.key"), 3);
        assert!(other.unseal(id("a"), &sealed).is_none());
    }

    #[test]
    fn no_changed_byte_goes_unseen() {
        let home = tempfile::tempdir().unwrap();
        let sealer = sealer(&home.path().join("gateway.key"), 1);
        let sealed = sealer.seal(id("a"), &Secret::new("rt"));
        for at in 0..sealed.as_bytes().len() {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[at] ^= 1;
            assert!(sealer.unseal(id("a"), &bytes.into()).is_none(), "byte {at}");
            let cut = sealed.as_bytes()[..at].to_vec();
            assert!(sealer.unseal(id("a"), &cut.into()).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_file_that_holds_no_key_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("gateway.key");
        for text in ["", "short", &"A".repeat(86), &"A".repeat(4000)] {
            fs::remove_file(&path).ok();
            file::write_private(&path, text.as_bytes()).unwrap();
            let error = Sealer::open(&path, FixedRandom::seeded(1)).unwrap_err();
            assert_eq!(error.code(), Code::StorageKeyUnusable);
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let absent = home.path().join("absent/gateway.key");
        let error = Sealer::open(&absent, FixedRandom::seeded(1)).unwrap_err();
        assert!(matches!(error, SealerError::Io { .. }));
    }
}
