use std::{error::Error, fmt};

use crate::Code;

/// An error that has a place in the table of codes. Its `Display` is one sentence that names the
/// thing, starts in lower case unless a name comes first, has no full stop and no secret.
pub trait Explain: Error {
    /// The stable code.
    fn code(&self) -> Code;

    /// The next command to type, where the error knows a better one than the table has.
    fn next_step(&self) -> Option<String> {
        None
    }
}

/// What is shown of an error: code, sentence, next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// One sentence that names the thing.
    pub message: String,
    /// What to do next, a command where there is one.
    pub next_step: String,
}

impl Failure {
    /// A failure with the table's next step.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            next_step: code.next_step().to_owned(),
        }
    }

    /// The failure that an error explains.
    pub fn of(error: &(impl Explain + ?Sized)) -> Self {
        let code = error.code();
        Self {
            code,
            message: error.to_string(),
            next_step: error
                .next_step()
                .unwrap_or_else(|| code.next_step().to_owned()),
        }
    }

    /// The same with another next step.
    #[must_use]
    pub fn with_next_step(self, next_step: impl Into<String>) -> Self {
        Self {
            next_step: next_step.into(),
            ..self
        }
    }

    /// Puts the provider's name in place of the table's `<provider>`.
    #[must_use]
    pub fn for_provider(self, provider: &str) -> Self {
        let next_step = self.next_step.replace("<provider>", provider);
        Self { next_step, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

impl Explain for Failure {
    fn code(&self) -> Code {
        self.code
    }

    fn next_step(&self) -> Option<String> {
        Some(self.next_step.clone())
    }
}
