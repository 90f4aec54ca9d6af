use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_secret::Secret;

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Random + '_ {
    /// `bytes` random bytes in unpadded base64url: 32 bytes give 43 characters, 256 bits.
    pub fn token(&self, bytes: usize) -> Secret {
        let mut buffer = vec![0; bytes];
        self.fill(&mut buffer);
        Secret::new(URL_SAFE_NO_PAD.encode(&buffer))
    }

    /// `bytes` random bytes in lower-case hexadecimal.
    pub fn hex(&self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.fill(&mut buffer);
        buffer.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The operating system's source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that draws randomness"
    )]
    #[expect(
        clippy::expect_used,
        reason = "a machine without randomness must not sign in"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system provides randomness");
    }
}
