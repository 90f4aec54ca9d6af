use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_machine::Random;
use hermes_secret::Secret;
use sha2::{Digest as _, Sha256};

/// A code verifier of 256 bits and its S256 challenge (RFC 7636). There is no `plain` here.
pub struct Pkce {
    /// What is sent with the code.
    pub verifier: Secret,
    /// What the browser carries.
    pub challenge: String,
}

/// The only challenge method.
pub(crate) const METHOD: &str = "S256";

impl Pkce {
    /// A pair that nobody had before.
    pub fn new(random: &dyn Random) -> Self {
        Self::of(random.token(32))
    }

    /// The pair of a verifier that was made before.
    pub(crate) fn of(verifier: Secret) -> Self {
        let digest = Sha256::digest(verifier.expose().as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest);
        Self {
            verifier,
            challenge,
        }
    }
}

impl fmt::Debug for Pkce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkce").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
