//! Sign-in of apps: the gateway as their authorization server (RFC 8252, RFC 7636).
//!
//! An app sends the browser of its person here with an [`ask`]. Whoever is signed in there, or signs
//! in now, is asked each time, since any program can claim to be that app. What is allowed becomes a
//! code for the listener of the app on loopback, and the code a session of its own.

pub mod ask;
pub(crate) mod codes;
pub mod redirect;

use hermes_storage::{SessionId, UserId};

use self::ask::Ask;

/// What a person has allowed, whom an identity provider has to name once more.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    /// What the app asks.
    pub(crate) ask: Ask,
    /// Who has allowed it.
    pub(crate) user: UserId,
    /// The session of the browser in which they did.
    pub(crate) session: SessionId,
}
