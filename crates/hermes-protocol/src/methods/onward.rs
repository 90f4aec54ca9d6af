//! How a conversation goes on in another way: told shorter, in a copy, or with more to say (facts 3.4).

use serde::{Deserialize, Serialize};

use super::{ConversationInfo, ConversationUsage, HistoryMessage};

/// `session.compress`: has the model summarise what was said, and is told the summary instead from now
/// on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationCompressParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// What the summary is to keep above all.
    #[serde(default)]
    pub focus_topic: Option<String>,
}

/// What `session.compress` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationCompressed {
    /// Always this one: what was not compressed is an error.
    pub status: Compression,
    /// How many messages the model is told no more.
    pub removed: u64,
    /// How many it was told before.
    pub before_messages: u64,
    /// How many it is told now, the summary included.
    pub after_messages: u64,
    /// How many tokens its context had.
    pub before_tokens: u64,
    /// About how many it has now.
    pub after_tokens: u64,
    /// What came of it, for people.
    pub summary: CompressionSummary,
    /// What the conversation has used.
    pub usage: ConversationUsage,
    /// How it is set.
    pub info: ConversationInfo,
    /// What was said. People see all of it still, and with upstream the summary alone.
    pub messages: Vec<HistoryMessage>,
}

/// What became of a conversation that was to be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Compression {
    /// The model is told a summary.
    Compressed,
}

/// What came of a compression, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CompressionSummary {
    /// One line.
    pub headline: String,
    /// How many tokens there were, and are.
    pub token_line: String,
    /// The summary. With upstream it is a remark.
    pub note: String,
    /// False: where there is nothing to compress there is an error.
    pub noop: bool,
}

/// `session.branch`: a new conversation that begins with what was said in another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationBranchParams {
    /// The other.
    #[serde(default)]
    pub session_id: String,
    /// What the new one is called.
    #[serde(default)]
    pub name: Option<String>,
    /// The prompt, counted from 0, before which it is branched off: so many turns come along. Without it
    /// all do. Ours.
    #[serde(default)]
    pub before_user_ordinal: Option<u32>,
}

/// What `session.branch` answers. The socket sees the events of the new conversation from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationBranched {
    /// The new conversation.
    pub session_id: String,
    /// What it is called.
    pub title: String,
    /// The one that it was branched off.
    pub parent: String,
}

/// `session.show_version`: shows another version of a prompt, and what was said after that one. It answers
/// with what is shown then, as `session.history` does. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationShowVersionParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// The prompt, counted from 0.
    #[serde(default)]
    pub user_ordinal: u32,
    /// Which of its versions, in the order of asking, from 1.
    #[serde(default)]
    pub version: u32,
    /// How many prompts there are, as far as the client has seen: if there are others by now, it is refused.
    #[serde(default)]
    pub of: Option<u32>,
}

/// `session.steer`: says more while a turn runs, without interrupting it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationSteerParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// What is said.
    #[serde(default)]
    pub text: String,
}

/// What `session.steer` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationSteered {
    /// What became of it.
    pub status: Steering,
    /// What was said.
    pub text: String,
}

/// What became of what was said while a turn ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Steering {
    /// The agent hears it as soon as it listens: one that has no tools, after its answer.
    Queued,
    /// No turn runs that could be steered.
    Rejected,
}
