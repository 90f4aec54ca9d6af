//! What browsers do with passkeys just now.
//!
//! The library makes challenges and says what they were; how long one is good, how often and for whom
//! is decided here. An attempt is found by its id, counts for whoever began it alone, and is gone once
//! it has been taken, whatever comes of it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hermes_machine::{Clock, Random};
use hermes_secret::Secret;
use hermes_storage::{SessionId, TokenHash, UserHandle};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

use crate::begun::Begun;

/// How long a browser may take.
pub(crate) const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Who began something, and alone may finish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A browser, by the value of its cookie.
    Browser(TokenHash),
    /// Somebody who is signed in.
    Session(SessionId),
}

/// A passkey that is being made.
pub(crate) struct Enrolment {
    /// What the library checks the answer by.
    pub(super) state: PasskeyRegistration,
    /// As whom the authenticator is told to know the person.
    pub(super) handle: UserHandle,
}

/// What was begun.
pub(crate) enum Ceremony {
    /// Somebody signs in.
    SignIn(Box<DiscoverableAuthentication>),
    /// Somebody who is signed in adds a passkey.
    Addition(Box<Enrolment>),
    /// The invitation with this secret is accepted by a passkey.
    Claim(Box<Enrolment>, TokenHash),
}

/// The ceremonies, each found by an id that its browser is told.
pub(crate) struct Ceremonies(Begun<Holder, Ceremony>);

impl Ceremonies {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Begun::new(clock, LIFETIME))
    }

    /// Whether this is who has begun something.
    pub(crate) fn knows(&self, holder: &Holder) -> bool {
        self.0.knows(holder)
    }

    /// Keeps what somebody has begun: the id to finish it by.
    pub(crate) fn keep(
        &self,
        random: &dyn Random,
        holder: Holder,
        address: IpAddr,
        ceremony: Ceremony,
    ) -> Secret {
        let id = random.token(32);
        let hash = TokenHash::of_secret(&id);
        self.0.keep(holder, hash, address, ceremony);
        id
    }

    /// Takes what this holder has begun. Nobody takes it twice.
    pub(crate) fn take(&self, holder: &Holder, id: &str) -> Option<Ceremony> {
        self.0.take(holder, &TokenHash::of(id))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hermes_testkit::{FixedRandom, MovedClock};

    use super::*;
    use crate::{
        begun::{KEPT, KEPT_PER_ADDRESS},
        passkeys::Site,
    };

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    struct Rig {
        clock: Arc<MovedClock>,
        random: Arc<FixedRandom>,
        ceremonies: Ceremonies,
    }

    impl Rig {
        fn new() -> Self {
            let clock = MovedClock::at("2026-11-22T00:00:00Z");
            Self {
                ceremonies: Ceremonies::new(Arc::clone(&clock) as Arc<dyn Clock>),
                random: FixedRandom::seeded(3),
                clock,
            }
        }

        fn keep(&self, browser: &str, address: IpAddr) -> Secret {
            let (_, state) = Site::of(None, 9119).unwrap().request().unwrap();
            let ceremony = Ceremony::SignIn(Box::new(state));
            let holder = Self::holder(browser);
            self.ceremonies
                .keep(&*self.random, holder, address, ceremony)
        }

        fn holder(browser: &str) -> Holder {
            Holder::Browser(TokenHash::of(browser))
        }

        fn take(&self, browser: &str, id: &Secret) -> bool {
            let taken = self.ceremonies.take(&Self::holder(browser), id.expose());
            taken.is_some()
        }
    }

    #[test]
    fn pk1_a_ceremony_is_one_browsers_counts_once_and_lasts_five_minutes() {
        let rig = Rig::new();
        let (one, two) = (rig.keep("b1", HERE), rig.keep("b1", HERE));
        assert!(!rig.take("b2", &one), "another browser");
        assert!(rig.take("b1", &one));
        assert!(!rig.take("b1", &one), "twice");
        rig.clock.advance(LIFETIME - Duration::from_millis(1));
        assert!(rig.ceremonies.knows(&Rig::holder("b1")));
        rig.clock.advance(Duration::from_millis(1));
        assert!(!rig.take("b1", &two), "late");
        assert!(!rig.ceremonies.knows(&Rig::holder("b1")));
    }

    #[test]
    fn pk1_of_fifty_at_once_one_takes_it() {
        let rig = Rig::new();
        let id = rig.keep("b1", HERE);
        let taken = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..50)
                .map(|_| scope.spawn(|| rig.take("b1", &id)))
                .collect();
            let taken = threads.into_iter().map(|thread| thread.join().unwrap());
            taken.filter(|taken| *taken).count()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn ds3_a_flood_of_ceremonies_drops_its_own_first() {
        let rig = Rig::new();
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        let mine = rig.keep("b1", other);
        for _ in 0..KEPT_PER_ADDRESS + 10 {
            rig.keep("flood", HERE);
        }
        assert_eq!(rig.ceremonies.0.count(), KEPT_PER_ADDRESS + 1);
        assert!(rig.take("b1", &mine));
        for n in 0..KEPT + 10 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(n).unwrap()));
            rig.keep("flood", address);
        }
        assert_eq!(rig.ceremonies.0.count(), KEPT);
    }
}
