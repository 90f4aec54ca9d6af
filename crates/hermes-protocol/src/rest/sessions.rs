use serde::{Deserialize, Serialize};

/// `GET /api/auth/sessions`: the asker's own sessions, latest used first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionsAnswer {
    /// The sessions.
    pub sessions: Vec<SessionRow>,
}

/// What has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub enum SessionKind {
    /// A browser.
    Browser,
    /// A program that holds tokens.
    App,
}

/// A session, as its person sees it. The id opens nothing; the values of its cookies are not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionRow {
    /// Names the session in the paths that change it.
    pub id: String,
    /// What has signed in.
    pub kind: SessionKind,
    /// What the person called it.
    pub name: Option<String>,
    /// The sign-in method.
    pub provider: String,
    /// The program that signed in, as it called itself; a hint for the person, not to be trusted.
    pub user_agent: Option<String>,
    /// The address that it was last used from.
    pub address: Option<String>,
    /// When it began, in Unix seconds, like the next two.
    pub created_at: u64,
    /// When it was last used, to the minute.
    pub last_seen_at: u64,
    /// When it ends at the latest.
    pub expires_at: u64,
    /// How many sockets it holds open.
    pub open_sockets: u32,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The body of `PATCH /api/auth/sessions/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionRename {
    /// The new name; empty takes it away.
    pub name: String,
}

/// What ending sessions answers, by `DELETE` of one and by `end-others` alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionsEnded {
    /// How many ended.
    pub ended: u32,
}
