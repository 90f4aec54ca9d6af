//! What browsers do with passkeys just now.
//!
//! The library makes challenges and says what they were; how long one is good, how often and for whom
//! is decided here. An attempt is found by its id, counts for whoever began it alone, and is gone once
//! it has been taken, whatever comes of it.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_machine::{Clock, Random};
use hermes_secret::Secret;
use hermes_storage::{SessionId, TokenHash, UserHandle};
use jiff::Timestamp;
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

/// How long a browser may take.
pub(crate) const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The most ceremonies in all; a new one drops the oldest.
pub(crate) const KEPT: usize = 4096;

/// The most of one address, so that nobody pushes everybody else's out.
const LIMIT_PER_ADDRESS: usize = 64;

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

struct Open {
    id: TokenHash,
    holder: Holder,
    address: IpAddr,
    ends_at: Timestamp,
    ceremony: Ceremony,
}

/// The ceremonies, the oldest first.
pub(crate) struct Ceremonies {
    clock: Arc<dyn Clock>,
    open: Mutex<VecDeque<Open>>,
}

impl Ceremonies {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            open: Mutex::default(),
        }
    }

    /// Whether this is who has begun something.
    pub(crate) fn knows(&self, holder: &Holder) -> bool {
        self.current().iter().any(|open| open.holder == *holder)
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
        let now = self.clock.now();
        let mut open = self.current();
        let mut theirs = open
            .iter()
            .enumerate()
            .filter(|(_, it)| it.address == address);
        let oldest = theirs.next().map(|(position, _)| position);
        if let Some(oldest) = oldest.filter(|_| theirs.count() + 1 >= LIMIT_PER_ADDRESS) {
            open.remove(oldest);
        }
        if open.len() >= KEPT {
            open.pop_front();
        }
        open.push_back(Open {
            id: TokenHash::of_secret(&id),
            holder,
            address,
            ends_at: now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
            ceremony,
        });
        id
    }

    /// Takes what this holder has begun. Nobody takes it twice.
    pub(crate) fn take(&self, holder: &Holder, id: &str) -> Option<Ceremony> {
        let id = TokenHash::of(id);
        let mut open = self.current();
        let position = open
            .iter()
            .position(|open| open.id == id && open.holder == *holder)?;
        open.remove(position).map(|open| open.ceremony)
    }

    /// Those that are not over.
    fn current(&self) -> MutexGuard<'_, VecDeque<Open>> {
        let now = self.clock.now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|open| open.ends_at > now);
        open
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hermes_testkit::{FixedRandom, MovedClock};

    use super::*;
    use crate::passkeys::Site;

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
        for _ in 0..LIMIT_PER_ADDRESS + 10 {
            rig.keep("flood", HERE);
        }
        assert_eq!(rig.ceremonies.current().len(), LIMIT_PER_ADDRESS + 1);
        assert!(rig.take("b1", &mine));
        for n in 0..KEPT + 10 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(n).unwrap()));
            rig.keep("flood", address);
        }
        assert_eq!(rig.ceremonies.current().len(), KEPT);
    }
}
