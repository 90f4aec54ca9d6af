//! What the page of the desktop application asks of the application, and what it is told. No secret is
//! among it but what a person types into the page: a password, or the token of a gateway.
//!
//! Ours alone: upstream's desktop has its own. `docs/protocol.md` lists the commands.

mod gateways;
mod line;
mod manners;
mod sign_in;

use serde::{Deserialize, Serialize};

pub use self::{
    gateways::{
        Board, BridgeMode, BridgeNote, GatewayRow, GatewayTest, NearbyGateway, SecretPlace,
        TestOutcome, TestStep,
    },
    line::{BridgeAnswer, BridgeAsk, BridgeCall, BridgeTold, BridgeVerb, LineState, LineTrouble},
    manners::{AppMeans, AppPreferences, NewerVersion, UpdateCheck},
    sign_in::{
        AddressLook, AddressQuestion, BrowserFate, GatewayAge, PasswordGiven, PastedAnswer,
        SignInDone, SignInShown, SignInStarted, SignInWay, SignedOut, TokenGiven,
    },
};

/// Every command, as the page names it. The application has no other.
pub const COMMANDS: [&str; 27] = [
    "attach",
    "look",
    "nearby",
    "sign_in",
    "sign_in_by_password",
    "give_token",
    "paste_answer",
    "open_again",
    "cancel_sign_in",
    "sign_out",
    "forget",
    "rename",
    "test",
    "show",
    "use_here",
    "retry",
    "call",
    "ask",
    "open_link",
    "about",
    "check_updates",
    "open_logs",
    "save_file",
    "note_read",
    "seen",
    "prefer",
    "quit",
];

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BridgeRefusal {
    /// The stable code; null where a gateway has none for it.
    pub code: Option<String>,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next, if anybody knows.
    pub hint: Option<String>,
    /// The number of the gateway's error; 0 where no gateway has said anything.
    pub status: i64,
    /// Whether the same may work later without anybody doing anything.
    pub retryable: bool,
}

/// Which gateway a command is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WhichGateway {
    /// As [`GatewayRow`] names it.
    pub gateway: String,
}

/// `rename`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayRename {
    /// As [`GatewayRow`] names it.
    pub gateway: String,
    /// What the person calls it from now on.
    pub name: String,
}

/// `open_link`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LinkAsked {
    /// The address of a page elsewhere.
    pub text: String,
}

/// `save_file`: what a browser would download.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileToSave {
    /// What it is to be called; another one of that name stays as it is.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What `save_file` has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileSaved {
    /// Where it is.
    pub path: String,
}

/// `note_read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NoteRead {
    /// As [`BridgeNote`] names it.
    pub id: u32,
}

/// `about`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AboutApp {
    /// The version of the application.
    pub version: String,
    /// Where gateways are remembered.
    pub home: String,
    /// Where it writes what has happened.
    pub logs: String,
    /// Where secrets are kept from now on.
    pub secrets: SecretPlace,
    /// The file of secrets, where there is no keychain.
    pub secrets_file: Option<String>,
}
