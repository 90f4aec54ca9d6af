use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{Message, TurnFailure, Usage};

/// What an agent is asked: a whole conversation, whose last message is the person's.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// A name of the conversation that stays the same from turn to turn. Providers may be told, so
    /// that they find what they have computed before; it says nothing about anybody.
    pub conversation: String,
    /// The messages, the first one first.
    pub messages: Vec<Message>,
    /// Whose model is to answer, where the conversation has chosen.
    pub provider: Option<String>,
    /// The model that is to answer, where the conversation has chosen one.
    pub model: Option<String>,
    /// How much the model is to think, where the conversation has chosen.
    pub effort: Option<String>,
}

/// Something that happens while an agent answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// This model is asked, by its provider's name for it.
    Model(String),
    /// More of the thoughts before the answer.
    Reasoning(String),
    /// More of the answer.
    Text(String),
    /// Something is in the way, and what is done about it: a provider is busy and is asked again, say.
    Notice(String),
    /// The tokens that one call of a model took.
    Used(Usage),
    /// It is over. Nothing follows.
    End(End),
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum End {
    /// All of it is there.
    Complete,
    /// The model stopped because it may not write more.
    Cut,
    /// Whoever asked wanted no more.
    Interrupted,
    /// It failed.
    Failed(TurnFailure),
}

/// The steps of an answer. The last one is [`Step::End`]; a stream that ends without it was broken
/// off.
pub type Steps = BoxStream<'static, Step>;

/// Whoever answers prompts.
pub trait Agent: Send + Sync {
    /// Answers a prompt. Once `cancel` is cancelled the agent ends soon, with
    /// [`End::Interrupted`]; a stream that is dropped stops at once.
    fn answer(&self, prompt: Prompt, cancel: CancellationToken) -> Steps;
}
