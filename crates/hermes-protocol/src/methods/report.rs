use serde::{Deserialize, Serialize};

/// `session.status`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationReportParams {
    /// The conversation.
    #[serde(default)]
    pub session_id: String,
}

/// What `session.status` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationReport {
    /// How the conversation is set, as lines for a person.
    pub output: String,
}
