//! Sign-ins at identity providers that are under way.
//!
//! What an attempt needs to be finished stays here; the browser holds one opaque value, which all
//! its tabs share, so that none of them overwrites another's attempt. Each attempt is found by its
//! `state`, counts only for the browser that began it, and is gone once it has been taken.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hermes_machine::Clock;
use hermes_secret::Secret;
use hermes_storage::TokenHash;

use crate::{
    begun::Begun,
    device::{Approving, RECENT},
    landing::Landing,
    native::Allowed,
};

/// How long somebody may take to sign in at a provider.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// What finishes a sign-in.
pub(crate) struct Attempt {
    /// The name of the method.
    pub(crate) method: String,
    /// `state` (RFC 6749 section 10.12).
    pub(crate) state: Secret,
    /// `nonce` (OpenID Connect Core 1.0 section 3.1.2.1).
    pub(crate) nonce: Secret,
    /// The code verifier (RFC 7636).
    pub(crate) verifier: Secret,
    /// Where the provider sends the browser.
    pub(crate) redirect_uri: String,
    /// What it is for.
    pub(crate) purpose: Purpose,
}

/// What comes of a sign-in that ends well.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// The browser is signed in, and goes to where its person wanted.
    Here(Option<Landing>),
    /// An app is let in that was asked about on this page.
    App(Allowed, Landing),
    /// A machine is let in that was asked about on this page.
    Device(Approving, Landing),
    /// The invitation with this secret is accepted, and the browser signed in.
    Invitation(TokenHash),
}

impl Purpose {
    /// How long ago the person may have proved to the provider who they are; `None` if that does
    /// not matter (`max_age`, OpenID Connect Core 1.0 section 3.1.2.1).
    pub(crate) const fn max_age(&self) -> Option<Duration> {
        match self {
            Self::Device(..) => Some(RECENT),
            Self::Here(_) | Self::App(..) | Self::Invitation(_) => None,
        }
    }
}

/// The attempts. Their holders are browsers, and what finds each is its state.
pub(crate) struct Attempts(Begun<TokenHash, Attempt>);

impl Attempts {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Begun::new(clock, LIFETIME))
    }

    /// Whether this value of a browser has attempts that are under way.
    pub(crate) fn knows(&self, browser: &str) -> bool {
        self.0.knows(&TokenHash::of(browser))
    }

    /// Keeps an attempt of the browser that holds this value.
    pub(crate) fn keep(&self, browser: &str, address: IpAddr, attempt: Attempt) {
        let state = TokenHash::of_secret(&attempt.state);
        self.0.keep(TokenHash::of(browser), state, address, attempt);
    }

    /// Takes the attempt of this state, if this browser began it. Nobody takes it twice.
    pub(crate) fn take(&self, browser: &str, state: &str) -> Option<Attempt> {
        self.0.take(&TokenHash::of(browser), &TokenHash::of(state))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hermes_testkit::MovedClock;

    use super::*;
    use crate::begun::{KEPT, KEPT_PER_ADDRESS};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn attempt(state: &str) -> Attempt {
        Attempt {
            method: "acme".to_owned(),
            state: Secret::new(state),
            nonce: Secret::new("n"),
            verifier: Secret::new("v"),
            redirect_uri: "https://gw.example.com/auth/callback".to_owned(),
            purpose: Purpose::Here(None),
        }
    }

    fn attempts() -> (Arc<MovedClock>, Attempts) {
        let clock = MovedClock::at("2026-11-22T00:00:00Z");
        let attempts = Attempts::new(Arc::clone(&clock) as Arc<dyn Clock>);
        (clock, attempts)
    }

    #[test]
    fn rp1_tabs_share_a_browser_and_no_attempt() {
        let (_, attempts) = attempts();
        attempts.keep("b1", HERE, attempt("one"));
        attempts.keep("b1", HERE, attempt("two"));
        attempts.keep("b2", HERE, attempt("three"));
        assert!(attempts.take("b2", "one").is_none(), "another browser");
        assert!(attempts.take("b1", "zero").is_none());
        assert!(attempts.take("b1", "two").is_some());
        assert!(attempts.take("b1", "one").is_some(), "in either order");
        assert!(!attempts.knows("b1") && attempts.knows("b2"));
    }

    #[test]
    fn rp2_an_attempt_is_taken_once() {
        let (_, attempts) = attempts();
        attempts.keep("b1", HERE, attempt("one"));
        let taken = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..50)
                .map(|_| scope.spawn(|| attempts.take("b1", "one").is_some()))
                .collect();
            let taken = threads.into_iter().map(|thread| thread.join().unwrap());
            taken.filter(|taken| *taken).count()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn rp1_an_attempt_lives_ten_minutes() {
        let (clock, attempts) = attempts();
        attempts.keep("b1", HERE, attempt("one"));
        clock.advance(LIFETIME - Duration::from_millis(1));
        assert!(attempts.knows("b1"));
        clock.advance(Duration::from_millis(1));
        assert!(attempts.take("b1", "one").is_none());
    }

    #[test]
    fn a_flood_drops_its_own_attempts_first() {
        let (_, attempts) = attempts();
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        attempts.keep("b1", other, attempt("mine"));
        for n in 0..KEPT_PER_ADDRESS + 10 {
            attempts.keep("flood", HERE, attempt(&n.to_string()));
        }
        assert_eq!(attempts.0.count(), KEPT_PER_ADDRESS + 1);
        assert!(attempts.take("flood", "9").is_none(), "the oldest");
        assert!(attempts.take("b1", "mine").is_some());
        for n in 0..KEPT + 10 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(n).unwrap()));
            attempts.keep("flood", address, attempt(&n.to_string()));
        }
        assert_eq!(attempts.0.count(), KEPT);
    }
}
