use jiff::Timestamp;

use super::Tokens;
use crate::{ConversationId, Label};

/// The most bytes of the JSON of an entry.
pub const ENTRY_LIMIT: usize = 16 * 1024 * 1024;

/// The most bytes of the kind of an entry.
pub const KIND_LIMIT: usize = 64;

/// The most entries that are read at once.
pub const READ_LIMIT: usize = 10_000;

/// So many bytes of JSON are read at once.
pub const READ_BYTES: usize = 8 * 1024 * 1024;

/// Something that happened in a conversation. Which kinds there are, and what their JSON says, is
/// known to those who write and read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the conversation: 1 for the first, one more for each that follows.
    pub seq: u64,
    /// Its kind, of [`KIND_LIMIT`] bytes at most.
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, in [`ENTRY_LIMIT`] bytes at most.
    pub json: String,
    /// By what it is found in a [search](crate::Conversations::search).
    pub text: Option<String>,
}

/// An entry as it is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// See [`Entry::seq`].
    pub seq: u64,
    /// See [`Entry::kind`].
    pub kind: String,
    /// See [`Entry::at`].
    pub at: Timestamp,
    /// See [`Entry::json`].
    pub json: String,
}

/// What a conversation is after a batch, for where conversations are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// See [`Conversation::title`](crate::Conversation::title). Without one the title stays, so that
    /// what appends does not undo what its owner [changes](crate::Conversations::change) meanwhile.
    pub title: Option<Label>,
    /// See [`Conversation::preview`](crate::Conversation::preview).
    pub preview: Option<Label>,
    /// See [`Conversation::message_count`](crate::Conversation::message_count).
    pub message_count: u32,
    /// See [`Conversation::model`](crate::Conversation::model).
    pub model: Option<Label>,
    /// See [`Conversation::tokens`](crate::Conversation::tokens).
    pub tokens: Tokens,
    /// See [`Conversation::last_active_at`](crate::Conversation::last_active_at).
    pub last_active_at: Timestamp,
    /// See [`Conversation::running`](crate::Conversation::running).
    pub running: bool,
}

/// What is appended to the log of one conversation, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The conversation.
    pub conversation: ConversationId,
    /// What happened, in order. There may be nothing but the summary.
    pub entries: Vec<Entry>,
    /// What the conversation is by then.
    pub summary: Summary,
    /// From this entry on, search forgets what was in the log before the batch: a person took it
    /// back. The entries themselves stay.
    pub forgets_text_from: Option<u64>,
    /// Entries of the log from before the batch that search finds again, each by this text. One that it
    /// knows stays as it is.
    pub finds_again: Vec<(u64, String)>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is in the log.
    Kept,
    /// Nothing of it is: its entries do not follow the last one, one is too large, or one that is to be
    /// found again is not in the log.
    Refused,
    /// There is no such conversation (any more).
    Gone,
}

/// A part of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The entries, in order and without a gap.
    pub entries: Vec<Logged>,
    /// The number of the last entry of the log, which may be beyond these; 0 if there is none.
    pub last_seq: u64,
}
