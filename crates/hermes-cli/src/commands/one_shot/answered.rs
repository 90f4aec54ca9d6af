use hermes_agent::{End, TurnFailure, Usage};
use hermes_errors::{Code, Failure};
use serde_json::{Value, json};

/// What came of a prompt.
pub(super) struct Answered {
    /// Whose model was asked, as far as that came.
    pub(super) provider: Option<String>,
    /// The model that was asked for.
    pub(super) model: Option<String>,
    /// The answer, as far as it came.
    pub(super) answer: String,
    pub(super) usage: Usage,
    pub(super) end: End,
}

impl Answered {
    /// Nothing, for this reason.
    pub(super) fn nothing(failure: &Failure) -> Self {
        let end = match failure.code {
            Code::Interrupted => End::Interrupted,
            _ => End::Failed(failure.into()),
        };
        Self {
            provider: None,
            model: None,
            answer: String::new(),
            usage: Usage::default(),
            end,
        }
    }

    /// Why it is not the whole answer.
    pub(super) fn failure(&self) -> Option<Failure> {
        let failure = self.trouble()?;
        // Of another version of the agent; the sentence says what it is.
        let code = Code::find(&failure.code).unwrap_or(Code::AgentFailed);
        Some(Failure::new(code, failure.message).with_next_step(failure.hint))
    }

    /// The object that `--json` prints. Its fields are a promise: `hermes guide one-shot`.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "answer": self.answer,
            "status": match self.end {
                End::Complete => "complete",
                End::Cut => "cut",
                End::Interrupted => "interrupted",
                End::Failed(_) => "failed",
            },
            "model": self.model,
            "provider": self.provider,
            "usage": self.usage,
            "error": self.trouble(),
        })
    }

    fn trouble(&self) -> Option<TurnFailure> {
        let trouble = |code: Code, message: &str, hint: &str| {
            TurnFailure::new(code, message.to_owned(), hint.to_owned(), false)
        };
        match &self.end {
            End::Complete => None,
            End::Cut => {
                let message = "the answer is cut: the model may not write more";
                Some(trouble(Code::ModelCut, message, Code::ModelCut.next_step()))
            }
            End::Interrupted => {
                let message = "the answer was stopped";
                Some(trouble(Code::Interrupted, message, "hermes guide one-shot"))
            }
            End::Failed(failure) => Some(failure.clone()),
        }
    }
}
