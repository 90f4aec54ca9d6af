//! Sign-ins of the gateway's host to providers, driven by a client (`/api/providers/oauth`). No answer
//! has a secret.

use serde::{Deserialize, Serialize};

/// `GET /api/providers/oauth`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountsAnswer {
    /// Every provider that can be signed in to.
    pub providers: Vec<AccountProvider>,
}

/// A provider that can be signed in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountProvider {
    /// Names it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How a client signs the host in.
    pub flow: AccountFlow,
    /// The command of the host that does the same.
    pub cli_command: String,
    /// What the provider's terms say about use by other programs, to be read before. Ours.
    pub terms: Option<String>,
    /// The page about it; empty if there is none.
    pub docs_url: String,
    /// Whether a client can sign the host out.
    pub disconnectable: bool,
    /// Null: nothing is to be known beforehand.
    pub disconnect_hint: Option<&'static str>,
    /// The command of the host that does the same.
    pub disconnect_command: String,
    /// Whether the host is signed in.
    pub status: AccountStatus,
    /// All that the host has of it, in the order in which they are asked. Ours.
    pub credentials: Vec<AccountCredential>,
}

/// An account or a key that the host has of a provider, as `hermes auth list --json` calls what it is.
/// Nothing of its secret. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountCredential {
    /// Names it among those of the provider. Empty if the file names it by nothing.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: AccountKind,
    /// From where it is, in the words of the file.
    pub source: String,
    /// The same in words for people.
    pub source_label: String,
    /// Whether it can be used.
    pub state: AccountState,
    /// Why it cannot: the status of the provider's answer, or its word.
    pub reason: Option<String>,
    /// What the provider said then.
    pub message: Option<String>,
    /// Until when it is not asked, as RFC 3339 has it.
    pub retry_at: Option<String>,
    /// Whether it is the one that answers next.
    pub current: bool,
    /// When its token ends, as RFC 3339 has it.
    pub expires_at: Option<String>,
    /// Whether the token is renewed.
    pub renews: bool,
    /// Whether a client can remove it.
    pub disconnectable: bool,
    /// Why a client cannot.
    pub disconnect_hint: Option<&'static str>,
    /// The command of the host that removes it.
    pub disconnect_command: String,
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AccountKind {
    /// An account that was signed in to.
    #[serde(rename = "oauth")]
    OAuth,
    /// A key that a person copied.
    ApiKey,
}

/// Whether a credential can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AccountState {
    /// Now, or after it has renewed itself.
    Ready,
    /// Later: the provider refused it for a while.
    CoolingDown,
    /// Not before a new sign-in.
    Dead,
    /// No more: its token has ended, and nothing renews it.
    Expired,
    /// Not here: whoever keeps its secret does not have it any more.
    Missing,
}

/// How a client signs the host in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AccountFlow {
    /// The person types a code on a page of the provider.
    DeviceCode,
    /// The person pastes where a page of the provider has led to.
    Pkce,
    /// It does not: that needs a terminal.
    External,
}

/// Whether the host is signed in to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountStatus {
    /// Whether it is.
    pub logged_in: bool,
    /// From where the account is.
    pub source: Option<String>,
    /// What people call it.
    pub source_label: Option<String>,
    /// Null: not a part of a token either.
    pub token_preview: Option<&'static str>,
    /// When the token ends, as RFC 3339 has it.
    pub expires_at: Option<String>,
    /// Whether it is renewed.
    pub has_refresh_token: bool,
}

/// `POST /api/providers/oauth/{id}/start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "flow", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AccountStart {
    /// The person types a code on a page.
    DeviceCode {
        /// Names the sign-in.
        session_id: String,
        /// The code.
        user_code: String,
        /// The page.
        verification_url: String,
        /// How long the code is good for, in seconds.
        expires_in: u64,
        /// How often to poll, in seconds.
        poll_interval: u64,
    },
    /// The person opens a page, and pastes where it leads.
    Pkce {
        /// Names the sign-in.
        session_id: String,
        /// The page.
        auth_url: String,
        /// How long the sign-in waits, in seconds.
        expires_in: u64,
    },
}

/// The body of `POST /api/providers/oauth/{id}/submit`.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountSubmit {
    /// Names the sign-in.
    pub session_id: String,
    /// What the person has pasted: the address of the page on which they ended, or what it shows.
    pub code: String,
}

/// What a paste came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct AccountSubmitted {
    /// Whether the host is signed in.
    pub ok: bool,
    /// How the sign-in stands.
    pub status: AccountProgress,
    /// Why it does not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How a sign-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AccountProgress {
    /// It waits for its person.
    Pending,
    /// The host is signed in.
    Approved,
    /// The person or the provider said no.
    Denied,
    /// Nobody came in time.
    Expired,
    /// It failed.
    Error,
}

/// `GET /api/providers/oauth/{id}/poll/{session}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountPoll {
    /// Names the sign-in.
    pub session_id: String,
    /// How it stands.
    pub status: AccountProgress,
    /// Why it does not go on.
    pub error_message: Option<String>,
    /// When it ends at the latest, in Unix seconds.
    pub expires_at: u64,
}

/// What signing the host out answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct AccountSignedOut {
    /// True: nothing of the account is left here.
    pub ok: bool,
    /// The provider.
    pub provider: String,
    /// What the provider has not confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What `POST /api/providers/oauth/{id}/{credential}/reset` answers. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountReset {
    /// True: it is asked again.
    pub ok: bool,
    /// The provider.
    pub provider: String,
    /// Whether it rested, or was marked dead.
    pub reset: bool,
}
