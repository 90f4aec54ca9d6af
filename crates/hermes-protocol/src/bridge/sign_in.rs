use serde::{Deserialize, Serialize};

use super::BridgeMode;
use crate::rest::Provider;

/// `look`: what a person has typed as an address. Nobody is shown a credential for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AddressQuestion {
    /// As it was typed.
    pub text: String,
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AddressLook {
    /// The address that was understood, whole.
    pub address: String,
    /// Whether others could read what is sent there, so that the person has to agree to it first.
    pub is_readable: bool,
    /// How people get in.
    pub mode: BridgeMode,
    /// The sign-in methods, in the order of the gateway's page.
    pub methods: Vec<Provider>,
    /// The ways to sign in from here, the best one first. None means that this application is too old for
    /// the gateway, or that it has no method.
    pub ways: Vec<SignInWay>,
    /// Its version.
    pub version: Option<String>,
    /// How old it is beside this application.
    pub age: GatewayAge,
    /// What the person calls it, if it is saved.
    pub saved_as: Option<String>,
    /// Whether something is kept that may open it.
    pub is_signed_in: bool,
}

/// How old a gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GatewayAge {
    /// Of this version, or one that differs in nothing that matters.
    Same,
    /// An older one of ours.
    Older,
    /// A newer one of ours.
    Newer,
    /// One of upstream's.
    Upstream,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SignInWay {
    /// The person's browser, which comes back to this computer.
    Browser,
    /// A user name and a password.
    Password,
    /// A code that the person approves in any browser.
    Device,
    /// A window of the application with the gateway's own page, for gateways that have no other way.
    Window,
    /// The token that the gateway's host knows.
    Token,
}

/// `sign_in`. It is done when the person has signed in, or it has come to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SignInStarted {
    /// The address, as `look` understood it.
    pub address: String,
    /// The way. It is never another one than the person has chosen.
    pub way: SignInWay,
    /// Which of the gateway's methods; null leaves it to its page.
    pub method: Option<String>,
    /// Whether the person has agreed that others can read what is sent there.
    pub agrees_to_plain: bool,
}

/// `sign_in_by_password`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasswordGiven {
    /// The address, as `look` understood it.
    pub address: String,
    /// Which of the gateway's methods; null is its only one.
    pub method: Option<String>,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
    /// Whether the person has agreed that others can read what is sent there.
    pub agrees_to_plain: bool,
}

/// `give_token`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TokenGiven {
    /// The address, as `look` understood it.
    pub address: String,
    /// The token.
    pub token: String,
    /// Whether the person has agreed that others can read what is sent there.
    pub agrees_to_plain: bool,
}

/// `paste_answer`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PastedAnswer {
    /// The address of the page that failed to load.
    pub text: String,
}

/// What a sign-in has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SignInDone {
    /// The gateway, as the list names it. It is the one that is shown now.
    pub gateway: String,
    /// Whose session it is.
    pub user: Option<String>,
}

/// The sign-in that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SignInShown {
    /// The address of the gateway.
    pub address: String,
    /// Its host, as people say it.
    pub host: String,
    /// The way.
    pub way: SignInWay,
    /// The page to open. It has no secret in it: whoever opens it signs in as themselves.
    pub url: Option<String>,
    /// The code to type there, for `device`.
    pub code: Option<String>,
    /// How many milliseconds are left from when this is told.
    pub left_ms: u32,
    /// What became of the browser.
    pub browser: Option<BrowserFate>,
    /// What came that was not the answer, in a sentence; the wait goes on.
    pub stray: Option<String>,
    /// Why what was pasted is not the answer; the wait goes on.
    pub paste_rejected: Option<String>,
}

/// What became of the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BrowserFate {
    /// It was opened.
    Opened,
    /// There is none that could be, for this reason.
    NotHere {
        /// Why.
        why: String,
    },
    /// It could not be opened.
    Failed {
        /// Why.
        why: String,
    },
}

/// What `sign_out` has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SignedOut {
    /// The gateway has ended the session.
    Ended,
    /// Nothing is kept here any more; the token is good for others too.
    Token,
    /// Nothing was kept.
    Nothing,
    /// Nothing is kept here any more, and the gateway has not said that it ended the session.
    Unconfirmed,
}
