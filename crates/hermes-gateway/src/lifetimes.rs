//! How long sessions last. The server decides ([`hermes_storage::Horizon`]); what a cookie says about
//! its age is for the browser.
//!
//! The numbers, and why (SC6):
//!
//! - *Idle, 7 days.* A session that nobody used for a week is more likely lost than missed. OWASP
//!   names half an hour for an application that people sit in front of; an agent is left alone for
//!   days on purpose, its owner can list and end sessions, and what is dangerous asks for a fresh
//!   sign-in.
//! - *Absolute, 30 days.* However busy, a session is proved anew once a month. It is what clients
//!   of upstream expect of the long-lived cookie.
//! - *Short-lived value, 15 minutes.* A value that leaks from a log or a crash is of use for this
//!   long. It is as short as access tokens of the better identity providers are.
//! - *Lent, a day.* What a person approves on another screen they cannot see: the one sign-in that
//!   can be talked out of somebody over the telephone. It lasts a working day and the night after,
//!   and saying yes again takes half a minute.
//! - *Noted once a minute.* The last use is written at most so often, since a write for every
//!   request would be the slowest thing a request does.

use std::time::Duration;

/// A session that was approved on another screen ends this long after, if others do not end before.
pub(crate) const LENT: Duration = Duration::from_secs(24 * 60 * 60);

/// The lifetimes of sessions and of their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A session ends when it was not used for this long.
    pub idle: Duration,
    /// A session ends this long after the sign-in.
    pub absolute: Duration,
    /// A short-lived value ends this long after it was made.
    pub short_lived: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            idle: Duration::from_secs(7 * DAY),
            absolute: Duration::from_secs(30 * DAY),
            short_lived: Duration::from_secs(15 * 60),
        }
    }
}
