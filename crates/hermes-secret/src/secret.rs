use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A token, key, code, verifier or password.
///
/// It cannot be printed, compared with `==` or serialised, and its memory is wiped when dropped.
/// Two secrets are compared by [`Secret::same`], in constant time.
///
/// ```compile_fail
/// let token = hermes_secret::Secret::new("at-1".to_owned());
/// println!("{token}");
/// ```
///
/// ```compile_fail
/// let token = hermes_secret::Secret::new("at-1".to_owned());
/// assert!(token == token.clone());
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the text; no copy of it stays behind.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The content, for the one place that sends or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both hold the same bytes, in time that depends on the lengths alone.
    pub fn same(&self, other: &Self) -> bool {
        self.matches(other.expose())
    }

    /// Whether this holds exactly `candidate`, in time that depends on the lengths alone.
    pub fn matches(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `sha256:` and the first 16 hex digits of the digest: enough to recognise a secret again in
    /// a record, useless to whoever reads it. The form that upstream's credential file uses.
    pub fn fingerprint(&self) -> String {
        use fmt::Write as _;
        let digest = Sha256::digest(self.0.as_bytes());
        let mut text = String::with_capacity(23);
        text.push_str("sha256:");
        for byte in digest.iter().take(8) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Its one field wipes itself.
impl ZeroizeOnDrop for Secret {}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg2_debug_says_nothing() {
        assert_eq!(format!("{:?}", Secret::new("at-canary")), "Secret(..)");
    }

    #[test]
    fn cf7_secrets_are_wiped_when_dropped() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        let secret = Secret::new("at-canary");
        wiped(&secret);
        // The marker above is ours; that of the field is what it rests on.
        wiped(&secret.0);
    }

    #[test]
    fn compares_whole_values() {
        let one = Secret::new("abc");
        assert!(one.same(&Secret::new("abc")));
        assert!(!one.same(&Secret::new("abd")));
        assert!(!one.matches("abcd"));
        assert!(!one.matches(""));
    }

    #[test]
    fn fingerprint_is_upstreams_form() {
        assert_eq!(Secret::new("abc").fingerprint(), "sha256:ba7816bf8f01cfea");
    }
}
