//! Passkeys (WebAuthn Level 3): added, signed in by, and removed.
//!
//! Where they count is in the settings and nowhere else ([`Site`]). What the library checks, it checks:
//! client data, flags, signature, counter. What it leaves open is here: an attempt lives in a bounded
//! store for five minutes and counts once (`ceremonies`), a person is known by a random handle, and a
//! credential is somebody's or nobody's.

mod browser;
mod ceremonies;
mod enrol;
mod prove;
mod site;

use std::time::Duration;

use hermes_protocol::rest::Refusal;
use hermes_storage::{PASSKEYS_LIMIT, StorageError, UserId};
use jiff::Timestamp;

pub use self::site::Site;
pub(crate) use self::{
    browser::Browser,
    ceremonies::{Ceremonies, Ceremony, Enrolment, Holder, LIFETIME},
    enrol::{creation_by_invitation, creation_for, enrolled},
    prove::prove,
};
use crate::{forwarded::Seen, gateway::Gateway, limiter::Keys, sessions::Live};

/// The name of the method.
pub(crate) const PASSKEY: &str = "passkey";

/// How long after a sign-in its person may change how they sign in.
pub(crate) const FRESH: Duration = Duration::from_secs(5 * 60);

/// What to do where passkeys do not work.
pub(crate) const UNAVAILABLE: &str = "browsers use passkeys on `https` with a domain and on \
    `http://localhost` alone: set `gateway.proxy.public_url`, or open the gateway as `localhost`";

/// Why nothing came of a passkey.
#[derive(Debug)]
pub(crate) enum PasskeyError {
    /// There is no address at which they work.
    Unavailable,
    /// More attempts were begun than are allowed.
    TooMany(Duration),
    /// The attempt is another browser's or of another kind, has counted, or is over.
    Over,
    /// What the browser has made does not hold.
    Unsound,
    /// What was signed does not hold, or nobody has the passkey.
    Unproved(Option<UserId>),
    /// The counter fell: somebody has a copy.
    CounterFell(UserId),
    /// The credential is a passkey here already.
    Taken,
    /// The person has as many as one may have.
    Full,
    /// Storage did not answer.
    Storage,
}

impl PasskeyError {
    /// As the audit log knows it.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable => "passkeys_unavailable",
            Self::TooMany(_) => "rate_limited",
            Self::Over => "ceremony_over",
            Self::Unsound => "passkey_unsound",
            Self::Unproved(_) => "invalid_credentials",
            Self::CounterFell(_) => "passkey_counter_fell",
            Self::Taken => "passkey_taken",
            Self::Full => "too_many_passkeys",
            Self::Storage => "storage_unavailable",
        }
    }

    /// As clients know it.
    pub(crate) fn refusal(&self) -> Refusal<'static> {
        match self {
            Self::Unavailable => Refusal::PasskeysUnavailable,
            Self::TooMany(_) => Refusal::TooManyAttempts,
            Self::Over => Refusal::CeremonyOver,
            Self::Unsound => Refusal::PasskeyInvalid,
            Self::Unproved(_) | Self::CounterFell(_) => Refusal::PasskeyRefused,
            Self::Taken => Refusal::PasskeyTaken,
            Self::Full => Refusal::Unprocessable {
                what: format!("you have {PASSKEYS_LIMIT} passkeys, which is the most").into(),
            },
            Self::Storage => Refusal::StorageUnavailable,
        }
    }

    /// What would change it.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unavailable => Some(UNAVAILABLE),
            _ => None,
        }
    }

    /// Whom it concerns, as far as that is known.
    pub(crate) const fn user(&self) -> Option<UserId> {
        match self {
            Self::Unproved(user) => *user,
            Self::CounterFell(user) => Some(*user),
            _ => None,
        }
    }
}

impl From<StorageError> for PasskeyError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::PasskeyTaken => Self::Taken,
            StorageError::TooManyPasskeys => Self::Full,
            _ => Self::Storage,
        }
    }
}

/// Whether somebody may change how they sign in: they have signed in a moment ago.
pub(crate) fn is_fresh(live: &Live, now: Timestamp) -> bool {
    let age = Duration::try_from(now.duration_since(live.began_at));
    // A clock that was set back makes nobody fresh.
    age.is_ok_and(|age| age <= FRESH)
}

/// The site of the gateway's passkeys, for somebody who begins something there.
///
/// # Errors
///
/// [`PasskeyError::Unavailable`] or [`PasskeyError::TooMany`].
pub(crate) fn begin(gateway: &Gateway, seen: &Seen) -> Result<Site, PasskeyError> {
    let site = gateway.rules().passkeys.clone();
    let site = site.ok_or(PasskeyError::Unavailable)?;
    let keys = Keys::of(PASSKEY, "", seen.address);
    let admitted = gateway.passkeys.admit(&keys, gateway.ports.clock.now());
    admitted.map_err(PasskeyError::TooMany)?;
    Ok(site)
}
