//! Links under which anybody reads a conversation as it was. Ours: upstream has none.

use serde::{Deserialize, Serialize};

/// The body of `POST /api/sessions/{id}/shares`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ShareMake {
    /// How many prompts are shared, the first ones, with their answers: as many as whoever shares has
    /// seen, so that nothing is shared that came meanwhile.
    pub prompts: u32,
    /// After how many days the link ends; until it is revoked unless somebody says.
    pub days: Option<u32>,
    /// Whether the name of whoever shares is shown; it is not unless they say so.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub with_name: bool,
}

/// What making a link answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareMade {
    /// The link. It is told this once.
    pub url: String,
    /// How it is listed.
    pub share: ShareRow,
}

/// `GET /api/shares`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SharesAnswer {
    /// Whether the gateway lets people share. Where it does not, none of the links opens.
    pub enabled: bool,
    /// The asker's own, the last one first. What opens them is not among what is told.
    pub shares: Vec<ShareRow>,
}

/// A link in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareRow {
    /// Names it.
    pub id: String,
    /// The conversation.
    pub session_id: String,
    /// What that was called when it was shared.
    pub title: String,
    /// When it was made, in Unix seconds.
    pub made_at: f64,
    /// When it ends, in Unix seconds; null until it is revoked.
    pub ends_at: Option<f64>,
    /// How often it was opened.
    pub opened: u64,
}

/// What revoking all links answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SharesRevoked {
    /// How many there were.
    pub revoked: u64,
}
