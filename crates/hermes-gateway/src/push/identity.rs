use std::{io, path::Path, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_errors::{Code, Explain};
use hermes_machine::{Random, file};
use jiff::{SignedDuration, Timestamp};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    elliptic_curve::sec1::ToEncodedPoint as _,
};
use serde::Serialize;
use thiserror::Error;
use url::Origin;
use zeroize::Zeroizing;

/// The bytes of a private key.
pub(super) const KEY_LENGTH: usize = 32;

/// More than the file of a key ever has.
const FILE_LIMIT: u64 = 128;

/// How long what is signed is good; push services take a day at most (RFC 8292 section 2).
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(12);

/// As whom the gateway speaks to push services (RFC 8292): a key pair of its own. A subscription is bound
/// to its public half, so it is made once and kept.
pub struct Identity {
    key: SigningKey,
    public: String,
}

/// Why there is no key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
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

impl Explain for IdentityError {
    fn code(&self) -> Code {
        Code::StorageKeyUnusable
    }
}

impl Identity {
    /// The identity whose key is in this file, which is made with mode 0600 if there is none. Of several
    /// processes that make it at once, one does, and all use the same key.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or made, or does not hold a key.
    pub fn open(path: &Path, random: &dyn Random) -> Result<Self, IdentityError> {
        let io = |source| IdentityError::Io {
            path: path.to_owned(),
            source,
        };
        let mut text = file::read_bounded(path, FILE_LIMIT).map_err(io)?;
        if text.is_none() {
            let fresh = Zeroizing::new(URL_SAFE_NO_PAD.encode(fresh(random).to_bytes()));
            file::create_private(path, fresh.as_bytes()).map_err(io)?;
            text = file::read_bounded(path, FILE_LIMIT).map_err(io)?;
        }
        let text = Zeroizing::new(text.unwrap_or_default());
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim_ascii())
            .map(Zeroizing::new);
        bytes
            .ok()
            .and_then(|bytes| SecretKey::from_slice(&bytes).ok())
            .map(|key| Self::of(&key))
            .ok_or_else(|| IdentityError::Invalid {
                path: path.to_owned(),
            })
    }

    fn of(key: &SecretKey) -> Self {
        let public = key.public_key().to_encoded_point(false);
        Self {
            key: key.into(),
            public: URL_SAFE_NO_PAD.encode(public.as_bytes()),
        }
    }

    /// The public half, as browsers take it: an uncompressed point in base64url.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// The header that says to the push service of this origin who sends (RFC 8292 section 3).
    pub(super) fn authorization(
        &self,
        service: &Origin,
        contact: Option<&str>,
        now: Timestamp,
    ) -> String {
        let ends = now.checked_add(GOOD_FOR).unwrap_or(now);
        let claims = Claims {
            aud: service.ascii_serialization(),
            exp: ends.as_second(),
            sub: contact,
        };
        // Three fields of text and numbers are always JSON.
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let head = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let said = format!("{head}.{claims}");
        let signature: Signature = self.key.sign(said.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={said}.{signature}, k={}", self.public)
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

/// A new private key. Nearly all bytes of this length are one.
pub(super) fn fresh(random: &dyn Random) -> SecretKey {
    let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
    loop {
        random.fill(&mut *bytes);
        if let Ok(key) = SecretKey::from_slice(&*bytes) {
            return key;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use hermes_testkit::FixedRandom;
    use p256::ecdsa::{VerifyingKey, signature::Verifier as _};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("push.key");
        let random = FixedRandom::seeded(1);
        let one = Identity::open(&path, &*random).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = Identity::open(&path, &*random).unwrap();
        assert_eq!(one.public(), again.public());
        assert_eq!(URL_SAFE_NO_PAD.decode(one.public()).unwrap().len(), 65);
        for wrong in ["", "AAAA", &"A".repeat(43)] {
            file::write_private(&path, wrong.as_bytes()).unwrap();
            let found = Identity::open(&path, &*random);
            assert!(matches!(found, Err(IdentityError::Invalid { .. })));
        }
    }

    #[test]
    fn what_is_signed_names_one_service_and_ends_within_a_day() {
        let key = fresh(&*FixedRandom::seeded(2));
        let identity = Identity::of(&key);
        let url = url::Url::parse("https://push.example/send/canary").unwrap();
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let header = identity.authorization(&url.origin(), Some("https://gw.example"), now);
        let (token, public) = header
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .unwrap();
        assert_eq!(public, identity.public());
        let (said, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        VerifyingKey::from(key.public_key())
            .verify(said.as_bytes(), &signature)
            .unwrap();
        let parts = said.split('.').map(|part| {
            let part = URL_SAFE_NO_PAD.decode(part).unwrap();
            serde_json::from_slice::<Value>(&part).unwrap()
        });
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [
                json!({ "typ": "JWT", "alg": "ES256" }),
                json!({
                    "aud": "https://push.example",
                    "exp": now.as_second() + 12 * 60 * 60,
                    "sub": "https://gw.example",
                }),
            ]
        );
    }
}
