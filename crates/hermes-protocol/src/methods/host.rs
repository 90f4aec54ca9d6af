//! What whoever has the host asks of a gateway that runs, at its control socket. Numbers are added,
//! never renamed: a command may be newer or older than the gateway that it asks.

use serde::{Deserialize, Serialize};

/// `host.status` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostStatusParams {}

/// What lets a request in just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayMode {
    /// One static token, on this machine alone.
    Token,
    /// A session that a sign-in made.
    Gated,
    /// Nothing, until the gateway has an owner.
    Unclaimed,
}

/// What `host.status` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostStatus {
    /// The version of the program that runs.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// What lets a request in.
    pub mode: GatewayMode,
    /// Where this machine reaches it; empty if nobody does, as with one that a chat runs for itself.
    pub address: String,
    /// Where people reach it, if the settings say so.
    pub public_url: Option<String>,
    /// Whether it listens on all addresses of its machine.
    #[serde(default)]
    pub everywhere: bool,
    /// Whether a program runs it for itself, and it gives way to a gateway that is there for others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gives_way: bool,
    /// Whether its settings say who the owner is.
    #[serde(default)]
    pub names_owner: bool,
    /// The certificate that it shows, where it speaks TLS itself.
    #[serde(default)]
    pub certificate: Option<HostCertificate>,
    /// Why it cannot serve just now; none if it can.
    #[serde(default)]
    pub not_ready: Option<NotReady>,
    /// For how long it has been running.
    pub uptime_seconds: u64,
    /// How many sockets are open.
    pub sockets: u32,
    /// How many sessions there are; none if storage does not answer.
    pub sessions: Option<u32>,
}

/// Why a gateway cannot serve just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotReady {
    /// The code of an error, if it is one.
    pub code: Option<String>,
    /// What is in the way, as a sentence.
    pub reason: String,
}

/// The certificate of a gateway, as whoever has the host sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCertificate {
    /// Its SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// When it ends, in Unix seconds.
    pub not_after: i64,
}

/// `host.reload` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadParams {}

/// What `host.reload` answers when the settings were taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// The keys that have changed and wait for a restart.
    pub waiting: Vec<String>,
}

/// `host.look` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookParams {}

/// What `host.look` answers, once what has changed holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {}

/// `host.yield` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YieldParams {}

/// What `host.yield` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yielded {
    /// Whether it stops now. One that others reach does not.
    pub yields: bool,
}

/// `host.sessions` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSessionsParams {}

/// What `host.sessions` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSessions {
    /// Everybody's sessions, the last used first.
    pub sessions: Vec<HostSession>,
}

/// A session, as whoever has the host sees it. The id opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSession {
    /// Names it where it is ended.
    pub id: String,
    /// The id of its user.
    pub user: String,
    /// The login name of its user, if they have one.
    pub login: Option<String>,
    /// What the person called it.
    pub name: Option<String>,
    /// The sign-in method.
    pub provider: String,
    /// The program that signed in, as it called itself.
    pub user_agent: Option<String>,
    /// The address that it was opened from.
    pub address: String,
    /// When it began, in Unix seconds, like the next two.
    pub created_at: u64,
    /// When it was last used, to the minute.
    pub last_seen_at: u64,
    /// When it ends at the latest.
    pub expires_at: u64,
    /// How many sockets it holds open.
    pub open_sockets: u32,
}

/// Which session `host.session.end` is to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndSessionParams {
    /// Its id.
    pub id: String,
}

/// What `host.session.end` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnded {
    /// Whether there was such a session.
    pub ended: bool,
}
