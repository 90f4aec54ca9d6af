//! Conversations over HTTP, which the wire calls sessions (facts 4.3): what clients read outside of the
//! socket. What upstream counts and we do not have is 0 or null.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The query of `GET /api/sessions` and `GET /api/profiles/sessions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationsQuery {
    /// How many are listed; 20 unless somebody says.
    pub limit: Option<u32>,
    /// How many are left out at the beginning.
    pub offset: Option<u32>,
    /// The fewest messages that one has.
    pub min_messages: Option<u32>,
    /// Whether those that were put away are listed.
    pub archived: Option<ArchivedQuery>,
    /// What comes first.
    pub order: Option<OrderQuery>,
    /// The kind of client that began them, where only one is wanted.
    pub source: Option<String>,
    /// Kinds of client whose conversations are left out, with commas between them.
    pub exclude_sources: Option<String>,
}

/// Whether conversations are listed that were put away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ArchivedQuery {
    /// They are not.
    Exclude,
    /// They are, among the others.
    Include,
    /// They are, and no others.
    Only,
}

/// What comes first in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum OrderQuery {
    /// What began last.
    Created,
    /// What was last active.
    Recent,
    /// What its owner has put first, then as `recent`. Ours.
    Pinned,
}

/// `GET /api/sessions`: the asker's own conversations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationsAnswer {
    /// Those of this part of the list.
    pub sessions: Vec<StoredConversation>,
    /// How many the whole list has.
    pub total: u64,
    /// How many were asked for.
    pub limit: u32,
    /// How many were left out at the beginning.
    pub offset: u32,
}

/// A conversation in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StoredConversation {
    /// Names it.
    pub id: String,
    /// The kind of client that began it.
    pub source: String,
    /// The model that answered last; null if none has, or if that is not known.
    pub model: Option<String>,
    /// The one that it was branched off.
    pub parent_session_id: Option<String>,
    /// When it began, in Unix seconds.
    pub started_at: f64,
    /// Null: ours do not end.
    pub ended_at: Option<f64>,
    /// Null: ours do not end.
    pub end_reason: Option<&'static str>,
    /// How many messages it has.
    pub message_count: u64,
    /// How many tools were called.
    pub tool_call_count: u64,
    /// Tokens that were sent.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// Of those that were sent, tokens that the provider had in its cache.
    pub cache_read_tokens: u64,
    /// Tokens that the provider put into its cache, which we are not told.
    pub cache_write_tokens: u64,
    /// Of those of answers, tokens of thoughts.
    pub reasoning_tokens: u64,
    /// The folder that an agent works in; null while none has tools.
    pub cwd: Option<&'static str>,
    /// What it is called.
    pub title: Option<String>,
    /// Whether it was put away.
    pub archived: bool,
    /// Whether its owner has put it first. Ours.
    pub pinned: bool,
    /// When something last happened, in Unix seconds.
    pub last_active: f64,
    /// How it begins, in a line.
    pub preview: Option<String>,
    /// Whether a turn runs.
    pub is_active: bool,
    /// The profile, of which there is one.
    pub profile_name: &'static str,
    /// Null: prices are not known.
    pub estimated_cost_usd: Option<f64>,
}

/// `GET /api/sessions/{id}`. The id may be the beginning of one, if it can be but one of the asker's.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationDetail {
    /// As in a list, with what only the conversation itself tells.
    #[serde(flatten)]
    pub row: StoredConversation,
    /// Null: what was chosen for it is told on the socket.
    pub model_config: Option<&'static str>,
    /// Null: there is none.
    pub system_prompt: Option<&'static str>,
}

/// The query of `GET /api/sessions/{id}/messages`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MessagesQuery {
    /// How many; all unless somebody says.
    pub limit: Option<u32>,
    /// How many are left out at the beginning.
    pub offset: Option<u32>,
}

/// `GET /api/sessions/{id}/messages`: what was said, without the answer that is still coming.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MessagesAnswer {
    /// The conversation.
    pub session_id: String,
    /// The first one first.
    pub messages: Vec<StoredMessage>,
    /// Which of them these are.
    pub pagination: Pagination,
}

/// Which part of a list was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Pagination {
    /// How many were asked for; null is all.
    pub limit: Option<u32>,
    /// How many were left out at the beginning.
    pub offset: u32,
    /// How many there are here.
    pub returned: u64,
}

/// Something that was said, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StoredMessage {
    /// Names it in its conversation, and stays the same.
    pub id: u64,
    /// The conversation.
    pub session_id: String,
    /// Who said it.
    pub role: crate::methods::Speaker,
    /// The text.
    pub content: String,
    /// Null: no tool is called yet.
    pub tool_call_id: Option<&'static str>,
    /// Null, as above.
    pub tool_calls: Option<&'static str>,
    /// Null, as above.
    pub tool_name: Option<&'static str>,
    /// When, in Unix seconds.
    pub timestamp: f64,
    /// How an answer ended, as the dialect of chat completions says it: `stop`, `length`. Null for
    /// prompts, and where it was interrupted or failed.
    pub finish_reason: Option<&'static str>,
    /// The thoughts before an answer.
    pub reasoning: Option<String>,
}

/// The query of `GET /api/sessions/search`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct SearchQuery {
    /// What is looked for: words.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "String"))]
    pub q: String,
    /// How many conversations at most.
    pub limit: Option<u32>,
}

/// `GET /api/sessions/search`: the best place of each conversation, the best first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchAnswer {
    /// The places.
    pub results: Vec<Found>,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Found {
    /// The words around it, and `>>>it<<<`.
    pub snippet: String,
    /// Who said it.
    pub role: crate::methods::Speaker,
    /// The kind of client that began the conversation.
    pub source: String,
    /// Null: a search does not look into a conversation.
    pub model: Option<String>,
    /// When the conversation began, in Unix seconds.
    pub session_started: f64,
    /// The conversation.
    pub session_id: String,
    /// The same: each of ours is found by itself.
    pub lineage_root: String,
}

/// `GET /api/sessions/stats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationStats {
    /// How many conversations there are.
    pub total: u64,
    /// How many are not put away.
    pub active_store: u64,
    /// How many are.
    pub archived: u64,
    /// How many messages they have.
    pub messages: u64,
    /// How many were begun by each kind of client.
    pub by_source: BTreeMap<String, u64>,
}

/// `GET /api/sessions/empty/count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EmptyCount {
    /// How many conversations have no message, and are not put away.
    pub count: u64,
}

/// The body of `PATCH /api/sessions/{id}`. Fields that upstream's clients send besides mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationChange {
    /// What it is called from now on.
    pub title: Option<String>,
    /// Whether it is put away.
    pub archived: Option<bool>,
    /// Whether it is put first. Ours.
    pub pinned: Option<bool>,
}

/// What changing a conversation answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationChanged {
    /// True.
    pub ok: bool,
    /// What it is called.
    pub title: Option<String>,
    /// Whether it is put away, if that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Whether it is put first, if that was changed. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
}

/// What was done, and nothing more to say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Done {
    /// True.
    pub ok: bool,
}
