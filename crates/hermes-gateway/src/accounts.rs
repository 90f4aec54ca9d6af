//! The accounts at providers that the gateway's host has, and the sign-ins to more of them that a client
//! of the gateway drives.
//!
//! Whoever serves the gateway knows how to sign in; here is what the owner's client may ask of it. No
//! secret comes back: a client shows an address or a code, and brings what the person pastes.

mod under_way;

use hermes_credentials::Entry;
use hermes_errors::Failure;
use hermes_machine::BoxFuture;
use hermes_secret::Secret;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::under_way::{NotTaken, Status, UnderWay};

/// Who signs the host in to providers.
pub trait Accounts: Send + Sync {
    /// Every provider that can be signed in to, and whether the host is.
    fn list(&self) -> BoxFuture<'_, Result<Vec<ProviderAccount>, Failure>>;

    /// Begins to sign in, by whatever needs no browser on the host, and tells what the person has to do.
    fn begin<'a>(&'a self, provider: &'a str) -> BoxFuture<'a, Result<Begun, Failure>>;

    /// Signs out of a provider. The warning is what has not been confirmed by it.
    fn sign_out<'a>(&'a self, provider: &'a str) -> BoxFuture<'a, Result<SignedOut, Failure>>;

    /// Removes the one credential of this id, if it is not somebody else's.
    fn remove<'a>(
        &'a self,
        provider: &'a str,
        credential: &'a str,
    ) -> BoxFuture<'a, Result<SignedOut, Failure>>;

    /// Ends the rest of one, or what else a refusal left; whether there was anything.
    fn reset<'a>(
        &'a self,
        provider: &'a str,
        credential: &'a str,
    ) -> BoxFuture<'a, Result<bool, Failure>>;
}

/// A provider, and whether the host is signed in to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAccount {
    /// Names it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How a client can sign the host in; none if that needs a terminal.
    pub how: Option<How>,
    /// The command of the host that does the same.
    pub command: String,
    /// What the provider's terms say about use by other programs, to be read before.
    pub terms: Option<String>,
    /// The page about it.
    pub docs_url: Option<String>,
    /// The account that answers next.
    pub account: Option<Account>,
    /// All credentials of it, in the order in which they are asked.
    pub pool: Vec<Entry>,
}

/// How a client signs the host in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The person types a code on a page of the provider.
    Device,
    /// The person pastes what a page of the provider has led to.
    Paste,
}

/// An account that the host has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// From where it is.
    pub source: String,
    /// What people call it.
    pub label: String,
    /// When its token ends, if that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether the token is renewed.
    pub renews: bool,
}

/// A sign-in that waits for its person.
pub struct Begun {
    /// What they have to do.
    pub step: Step,
    /// How long it waits.
    pub lifetime: std::time::Duration,
    /// Takes what they paste.
    pub pastes: mpsc::Sender<Paste>,
    /// Signs in. Dropping it gives up.
    pub end: BoxFuture<'static, Result<(), Failure>>,
}

/// What the person has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To type a code on a page.
    Type {
        /// The code.
        user_code: String,
        /// The page.
        page: String,
        /// How often the provider is asked, in seconds.
        interval: u64,
    },
    /// To open a page, and to paste where it leads.
    Paste {
        /// The page.
        page: String,
    },
}

impl Step {
    /// The way that it is a part of.
    pub const fn how(&self) -> How {
        match self {
            Self::Type { .. } => How::Device,
            Self::Paste { .. } => How::Paste,
        }
    }
}

/// What a person pastes.
#[derive(Debug)]
pub struct Paste {
    /// The text.
    pub text: Secret,
    /// Hears why it is not the answer. The wait goes on then.
    pub refused: oneshot::Sender<String>,
}

/// What came of signing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedOut {
    /// What the provider has not confirmed.
    pub warning: Option<String>,
}
