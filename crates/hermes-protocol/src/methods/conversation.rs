//! Conversations, which the wire calls sessions (facts 3.4). What upstream's clients read is there;
//! what else it sends, about tools and folders, has neutral values.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Inflight, QueuedPrompt};
use crate::{
    lenient::{readable, readable_alone},
    rpc::TurnError,
};

/// `session.create`. Nothing is kept before the first prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationCreateParams {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The model that is to answer; none is whatever the settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whose model it is; none is whatever the settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// How much the model is to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Which kind of client asks, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What `session.create` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationCreated {
    /// The conversation. The socket sees its events from here on.
    pub session_id: String,
    /// The same: ours have one id.
    pub stored_session_id: String,
    /// 0.
    pub message_count: u64,
    /// None.
    #[serde(deserialize_with = "readable_alone")]
    pub messages: Vec<HistoryMessage>,
    /// How it is set.
    #[serde(deserialize_with = "readable")]
    pub info: ConversationInfo,
}

/// The state of a conversation; each one replaces the one before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationInfo {
    /// The conversation.
    pub stored_session_id: String,
    /// The model that answers.
    pub model: String,
    /// Whose model it is.
    pub provider: String,
    /// How much it thinks; empty is as its provider has it.
    pub reasoning_effort: String,
    /// What it is called; empty if nothing.
    pub title: String,
    /// Whether a turn runs.
    pub running: bool,
    /// What it has used.
    #[serde(deserialize_with = "readable")]
    pub usage: ConversationUsage,
    /// Tools by their set, of which there are none yet.
    #[serde(deserialize_with = "readable")]
    pub tools: Nothing,
    /// Skills, of which there are none yet.
    #[serde(deserialize_with = "readable")]
    pub skills: Nothing,
    /// The folder that an agent works in; empty while none has tools.
    pub cwd: String,
    /// The branch of that folder.
    pub branch: String,
    /// The profile, of which there is one.
    pub profile_name: Cow<'static, str>,
    /// Which version of its desktop upstream expects; ours promises the same.
    pub desktop_contract: u32,
    /// The version of the gateway.
    pub version: Cow<'static, str>,
}

/// An object without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Nothing {}

/// Tokens of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationUsage {
    /// The model that answers.
    pub model: String,
    /// Tokens that were sent.
    pub input: u64,
    /// Tokens of answers.
    pub output: u64,
    /// Of these, tokens of thoughts.
    pub reasoning: u64,
    /// The same as `input`.
    pub prompt: u64,
    /// The same as `output`.
    pub completion: u64,
    /// All of them.
    pub total: u64,
    /// How often a model was asked.
    pub calls: u64,
    /// How often the conversation was made shorter.
    pub compressions: u64,
    /// How many agents work for this one.
    pub active_subagents: u64,
    /// How many tokens the last call had before it.
    pub context_used: u64,
    /// How many the model can have before it. It is there once a call was made, and where the list says
    /// in which the model was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_max: Option<u64>,
    /// How much of that is used, in whole percent; 100 at most. It is there where `context_max` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_percent: Option<u64>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct HistoryMessage {
    /// Who said it.
    pub role: Speaker,
    /// The text.
    #[serde(default)]
    pub text: String,
    /// The thoughts before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The pictures that went with it, as `prompt.submit` named them. Ours.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    pub images: Vec<String>,
    /// How an answer ended, unless all of it is there. Ours.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<TurnStatus>,
    /// Why it failed. Ours.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub error: Option<TurnError>,
    /// What its turn took, if its model said. Ours.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub tokens: Option<TurnTokens>,
    /// The model that answered, if that is known; of answers. Ours.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub model: Option<String>,
    /// Which version of its prompt it is, in the order of asking, from 1; of prompts that have several. Ours.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub version: Option<u32>,
    /// How many versions there are. It is there where `version` is.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub versions: Option<u32>,
}

/// Tokens of one turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnTokens {
    /// Tokens that were sent.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// Of these, tokens of thoughts.
    pub reasoning: u64,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Speaker {
    /// A person.
    User,
    /// The agent.
    Assistant,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TurnStatus {
    /// As it should.
    #[default]
    Complete,
    /// Somebody wanted no more, or the gateway ended.
    Interrupted,
    /// It failed.
    Error,
}

macro_rules! of_a_session {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[cfg_attr(test, derive(ts_rs::TS))]
            pub struct $name {
                /// The conversation.
                #[serde(default)]
                pub session_id: String,
            }
        )*
    };
}

of_a_session! {
    /// `session.resume`: by id, or by the whole title.
    ConversationResumeParams,
    /// `session.activate`.
    ConversationActivateParams,
    /// `session.history`.
    ConversationHistoryParams,
    /// `session.usage`.
    ConversationUsageParams,
    /// `session.interrupt`.
    ConversationInterruptParams,
    /// `session.undo`.
    ConversationUndoParams,
    /// `session.close`.
    ConversationCloseParams,
    /// `session.delete`.
    ConversationDeleteParams,
}

/// `session.list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationListParams {
    /// How many at most; 200 unless said, and never more than 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Those that were put away, instead of the others. Ours.
    #[serde(default)]
    pub archived: bool,
}

/// What `session.list` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationList {
    /// The newest activity first.
    #[serde(deserialize_with = "readable_alone")]
    pub sessions: Vec<ConversationRow>,
}

/// A conversation in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationRow {
    /// The conversation.
    pub id: String,
    /// What it is called; empty if nothing.
    pub title: String,
    /// The beginning of what was asked first.
    pub preview: String,
    /// When it began, in Unix seconds.
    pub started_at: f64,
    /// When something happened last, in Unix seconds. Ours.
    pub last_active: f64,
    /// How many messages there are.
    pub message_count: u64,
    /// The model that answered last; null if none has, or if that is not known. Ours.
    pub model: Option<String>,
    /// Tokens that were sent. Ours.
    pub input_tokens: u64,
    /// Tokens of answers. Ours.
    pub output_tokens: u64,
    /// Which kind of client began it.
    pub source: String,
    /// Whether a turn runs. Ours.
    pub running: bool,
    /// Whether its owner has put it first where lists do so. Ours.
    pub pinned: bool,
}

/// `session.most_recent` takes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationMostRecentParams {}

/// What `session.most_recent` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationMostRecent {
    /// The conversation; null if there is none.
    pub session_id: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it began, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<f64>,
    /// Which kind of client began it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// `session.active_list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationActiveListParams {
    /// The one that the client shows, which is marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_session_id: Option<String>,
    /// Whether this socket is told from then on, by `sessions.changed`, when the list of conversations is
    /// another one. Ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub watch: bool,
}

/// What `session.active_list` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationActiveList {
    /// The caller's conversations that are in memory.
    #[serde(deserialize_with = "readable_alone")]
    pub sessions: Vec<ActiveConversation>,
}

/// A conversation in memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ActiveConversation {
    /// The conversation.
    pub id: String,
    /// The same: ours have one id.
    pub session_key: String,
    /// Whether it is the one that the client shows.
    pub current: bool,
    /// What it is called; empty if nothing.
    pub title: String,
    /// The beginning of what was asked first.
    pub preview: String,
    /// The model that answers.
    pub model: String,
    /// How many messages there are.
    pub message_count: u64,
    /// When it began, in Unix seconds.
    pub started_at: f64,
    /// When something happened last, in Unix seconds.
    pub last_active: f64,
    /// What it does.
    #[serde(deserialize_with = "readable")]
    pub status: ConversationStatus,
}

/// What a conversation does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ConversationStatus {
    /// Nothing.
    #[default]
    Idle,
    /// A turn runs.
    Working,
}

/// What `session.resume` and `session.activate` answer. The socket sees what happens after it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationResumed {
    /// The conversation.
    pub session_id: String,
    /// The same: ours have one id.
    pub resumed: String,
    /// The same.
    pub session_key: String,
    /// How many messages there are.
    pub message_count: u64,
    /// What was said before the turn that runs.
    #[serde(deserialize_with = "readable_alone")]
    pub messages: Vec<HistoryMessage>,
    /// How it is set.
    #[serde(deserialize_with = "readable")]
    pub info: ConversationInfo,
    /// Whether a turn runs.
    pub running: bool,
    /// What it does.
    #[serde(deserialize_with = "readable")]
    pub status: ConversationStatus,
    /// When it began, in Unix seconds.
    pub started_at: f64,
    /// The turn that runs.
    #[serde(deserialize_with = "readable")]
    pub inflight: Option<Inflight>,
    /// The prompt that waits.
    #[serde(deserialize_with = "readable")]
    pub queued: Option<QueuedPrompt>,
    /// The number of the last event that is in this answer; the next one that comes is the one after
    /// it. Ours.
    pub seq: u64,
}

/// What `session.history` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationHistory {
    /// How many messages there are.
    pub count: u64,
    /// The messages, the first one first.
    #[serde(deserialize_with = "readable_alone")]
    pub messages: Vec<HistoryMessage>,
}

/// `session.title`: asks, or says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationTitleParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// What it is to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What `session.title` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationTitle {
    /// What it is called; empty if nothing.
    pub title: String,
    /// The conversation.
    pub session_key: String,
    /// False: a title counts at once.
    pub pending: bool,
}

/// What `session.interrupt` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationInterrupted {
    /// Always this one, also if nothing ran.
    #[serde(deserialize_with = "readable")]
    pub status: TurnStatus,
}

/// What `session.undo` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationUndone {
    /// How many messages are gone.
    pub removed: u64,
}

/// What `session.close` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationClosed {
    /// Whether this socket saw it until now.
    pub closed: bool,
}

/// What `session.delete` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationDeleted {
    /// What is gone.
    pub deleted: String,
}

/// `session.events.since`: what a client has missed (facts 3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EventsSinceParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
    /// The number of the last event that the client has seen; 0 is none.
    #[serde(default)]
    pub last_seen: u64,
}

/// What `session.events.since` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EventsSince {
    /// The `params` of the events, in order.
    #[cfg_attr(test, ts(type = "unknown[]"))]
    pub events: Vec<Box<RawValue>>,
    /// The epoch of the numbers: with another one they mean other events, and the client resumes.
    pub epoch: String,
    /// Whether there are more: the client asks again from the last one.
    pub truncated: bool,
}
