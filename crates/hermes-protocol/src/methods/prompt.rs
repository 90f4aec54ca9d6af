//! What is asked in conversations: on its way, waiting, and while its turn runs (facts 3.4).

use serde::{Deserialize, Serialize};

use crate::lenient::readable;

/// `prompt.submit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct PromptSubmitParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// What is asked.
    #[serde(default)]
    pub text: String,
    /// Pictures that go with it besides those that the socket has attached, as `image.attach_bytes` has
    /// called them. Ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    pub images: Vec<String>,
    /// What the client calls its prompt, so that it is asked once however often it is sent. Ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<String>,
    /// What becomes of a turn that runs; without it, what the caller has set as `busy`. Ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<BusyMode>,
    /// The prompt, counted from 0, from which on everything is taken back before this is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncate_before_user_ordinal: Option<u32>,
    /// How many prompts there are, as far as the client has seen: if there are others by now, nothing is
    /// taken back and nothing asked. Ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncate_of: Option<u32>,
}

/// What becomes of a turn that runs when something is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum BusyMode {
    /// It is interrupted.
    #[default]
    Interrupt,
    /// It goes on, and the prompt waits.
    Queue,
    /// It goes on, and the agent hears the prompt as soon as it listens: one that has no tools, after
    /// its answer.
    Steer,
}

/// What `prompt.submit` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PromptSubmitted {
    /// What became of it.
    #[serde(deserialize_with = "readable")]
    pub status: PromptStatus,
}

/// What became of a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum PromptStatus {
    /// Its turn runs.
    #[default]
    Streaming,
    /// It waits for the end of the turn before it.
    Queued,
    /// It had been sent before under the same name. Ours.
    Known,
    /// It had been sent before under the same name, and was taken back: it is not asked. Ours.
    Withdrawn,
    /// It had been sent before under the same name, and went with the turn that was stopped: it is not
    /// asked. Ours.
    Dropped,
}

/// `prompt.withdraw`. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PromptWithdrawParams {
    /// The conversation.
    pub session_id: String,
    /// What the client calls its prompt.
    pub prompt_id: String,
}

/// What `prompt.withdraw` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PromptWithdrawn {
    /// What became of the prompt.
    #[serde(deserialize_with = "readable")]
    pub status: WithdrawnStatus,
}

/// What became of a prompt that is not wanted any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum WithdrawnStatus {
    /// It waited, and waits no more; perhaps it was taken back before.
    Withdrawn,
    /// It came too late: its turn has begun.
    Asked,
    /// Nothing of this name waits, or was asked.
    #[default]
    Unknown,
}

/// A turn that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Inflight {
    /// What was asked.
    pub user: String,
    /// What whoever asked calls it, as `message.start` tells. Ours.
    #[serde(deserialize_with = "readable")]
    pub prompt_ids: Vec<String>,
    /// The pictures that came with it, as `prompt.submit` named them. Ours.
    #[serde(deserialize_with = "readable")]
    pub images: Vec<String>,
    /// The answer so far.
    pub assistant: String,
    /// The thoughts so far. Ours.
    pub reasoning: String,
    /// True.
    pub streaming: bool,
    /// See [`super::HistoryMessage::version`]. Ours.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// See [`super::HistoryMessage::versions`]. Ours.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub versions: Option<u32>,
}

/// What waits for the end of a turn. It is asked as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct QueuedPrompt {
    /// The text.
    pub user: String,
    /// The prompts that it was made of, in order. Ours.
    #[serde(deserialize_with = "readable")]
    pub prompts: Vec<WaitingPrompt>,
}

/// A prompt that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WaitingPrompt {
    /// What whoever asked calls it; null if nothing.
    pub prompt_id: Option<String>,
    /// The text.
    pub text: String,
    /// The pictures that go with it, as `prompt.submit` named them.
    pub images: Vec<String>,
}
