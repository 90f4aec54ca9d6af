use std::ops::Range;

use jiff::Timestamp;

use crate::{ConversationId, Label};

/// The most hits of one search.
pub const SEARCH_LIMIT: usize = 50;

/// So many characters of a query are looked for; what is beyond is left out.
pub const QUERY_LIMIT: usize = 256;

/// By so many bytes of its text an entry is found; what is beyond is not looked at.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// The most characters of a snippet, without the marks of what is left out.
pub const SNIPPET_LIMIT: usize = 400;

/// An entry that holds what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The conversation.
    pub conversation: ConversationId,
    /// See [`Conversation::source`](crate::Conversation::source).
    pub source: Label,
    /// See [`Conversation::created_at`](crate::Conversation::created_at).
    pub created_at: Timestamp,
    /// The number of the entry.
    pub seq: u64,
    /// See [`Entry::kind`](crate::Entry::kind).
    pub kind: String,
    /// Some words of its text around what was found, with `…` where something is left out.
    pub snippet: String,
    /// What was found: ranges of bytes of the snippet, in order.
    pub marks: Vec<Range<usize>>,
}
