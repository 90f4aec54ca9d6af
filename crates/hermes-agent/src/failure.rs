use hermes_errors::{Code, Failure, Outcome};
use serde::{Deserialize, Serialize};

/// Why a turn failed, in a form that is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnFailure {
    /// The stable code ([`Code::as_str`]), for which the guide has a section.
    pub code: String,
    /// What happened, in one sentence, without secrets.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether the same prompt may work later without anybody doing anything.
    pub retryable: bool,
}

impl TurnFailure {
    /// A failure of this kind.
    pub fn new(code: Code, message: String, hint: String, retryable: bool) -> Self {
        Self {
            code: code.as_str().to_owned(),
            message,
            hint,
            retryable,
        }
    }
}

impl From<&Failure> for TurnFailure {
    fn from(failure: &Failure) -> Self {
        Self::new(
            failure.code,
            failure.message.clone(),
            failure.next_step.clone(),
            failure.code.outcome() == Outcome::Unreachable,
        )
    }
}
