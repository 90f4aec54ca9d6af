//! Conversations that were had elsewhere. Ours: upstream takes none.

use serde::{Deserialize, Serialize};

use crate::methods::Speaker;

/// The body of `POST /api/sessions/import`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConversationImport {
    /// What it is called, if it is called anything.
    pub title: Option<String>,
    /// When it began, in Unix seconds.
    pub started_at: f64,
    /// What was said, the first one first, which is a prompt.
    pub messages: Vec<ImportedMessage>,
}

/// Something that was said elsewhere.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ImportedMessage {
    /// Who said it.
    pub role: Speaker,
    /// The text.
    pub text: String,
    /// When, in Unix seconds; like the one before it where that is not known.
    pub at: Option<f64>,
}

/// What importing a conversation answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationImported {
    /// Names it here.
    pub id: String,
    /// Whether the same was imported before, and is still there.
    pub known: bool,
}
