//! Device approval: sign-in of machines without a browser (RFC 8628), the gateway as their
//! authorization server.
//!
//! A machine asks for two codes. It polls with the one, which nobody else sees, and shows the other,
//! which its person types into a page of the gateway, in a browser that they have signed in with a
//! moment ago. They see who asks there, and from where. What comes of a yes is a session as an app
//! has one, on [lent](crate::sessions::Terms::Lent) terms: whoever types the code of a stranger's
//! machine has let the stranger in, and no check of ours can tell.

mod requests;
mod user_code;

use std::{sync::Arc, time::Duration};

use hermes_machine::Clock;
use hermes_storage::{SessionId, UserId};
use jiff::Timestamp;

pub(crate) use self::{
    requests::{Asked, KEPT, LIFETIME, Poll, Requester, Requests},
    user_code::UserCode,
};
use crate::limiter::Window;

/// How long ago a person may have signed in who lets a machine in.
pub(crate) const RECENT: Duration = Duration::from_secs(600);

/// The machines that ask, and how often somebody may.
pub(crate) struct Devices {
    /// What they ask.
    pub(crate) requests: Requests,
    /// Who has asked for codes of late.
    pub(crate) codes: Window,
    /// Who has typed a code that no machine waits for.
    pub(crate) wrong: Window,
}

impl Devices {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            requests: Requests::new(clock),
            codes: Window::of_device_codes(),
            wrong: Window::of_wrong_user_codes(),
        }
    }
}

/// What a person has approved, whom an identity provider has to name once more.
#[derive(Clone, Debug)]
pub(crate) struct Approving {
    /// The code of the machine.
    pub(crate) code: UserCode,
    /// Who has approved it.
    pub(crate) user: UserId,
    /// The session of the browser in which they did.
    pub(crate) session: SessionId,
}

/// Whether a sign-in at one moment is recent at another.
pub(crate) fn is_recent(authenticated_at: Timestamp, now: Timestamp) -> bool {
    let ago = Duration::try_from(now.duration_since(authenticated_at));
    // Ahead of the clock is a clock that was set back.
    ago.is_ok_and(|ago| ago <= RECENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dv4_a_sign_in_is_recent_for_ten_minutes() {
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        for (now, recent) in [(0, true), (600, true), (601, false), (-1, false)] {
            assert_eq!(is_recent(at(0), at(now)), recent, "{now}");
        }
    }

    #[test]
    fn dv2_what_may_be_guessed_at_once_leaves_twenty_bits() {
        let clock = hermes_testkit::MovedClock::at("2026-11-22T00:00:00Z");
        let devices = Devices::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let keys = |n: u32| {
            let address = std::net::IpAddr::from(n.to_be_bytes());
            crate::limiter::Keys::of("device", &n.to_string(), address)
        };
        let tries = (0..10_000).filter(|n| devices.wrong.admit(&keys(*n), clock.now()).is_ok());
        let (tries, codes) = (tries.count() as f64, 20_f64.powi(8));
        let bits = (codes / (tries * KEPT as f64)).log2();
        assert!(bits > 20.0, "{bits}");
    }
}
