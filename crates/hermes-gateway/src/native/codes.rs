//! The codes of apps that were allowed in a moment ago (RFC 6749 section 4.1.2).
//!
//! They are in memory, as hashes: a code lives a minute, and a restart of the gateway asks the
//! person again. Whoever shows a code has used it up, whether or not they may have it; a code that
//! was redeemed before tells which session somebody has stolen.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_machine::{Clock, Random};
use hermes_secret::Secret;
use hermes_storage::{SessionId, TokenHash};
use jiff::Timestamp;

use super::ask::Ask;
use crate::{approval::Approval, limiter::network};

/// How long a code lives.
const LIFETIME: Duration = Duration::from_secs(60);

/// How long it is known that a code was redeemed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The most codes in all, and the most that are known to be redeemed.
const KEPT: usize = 256;

/// The most codes of one address; a new one drops the oldest of them.
const KEPT_PER_ADDRESS: usize = 8;

/// What a person has allowed.
pub(crate) struct Grant {
    /// What the app asked.
    pub(crate) ask: Ask,
    /// Who has allowed it.
    pub(crate) approval: Approval,
}

/// What a code was.
pub(crate) enum Taken {
    /// Good until now.
    Grant(Box<Grant>),
    /// Redeemed before, for this session.
    Redeemed(SessionId),
    /// Nothing that is known.
    Unknown,
}

struct Open {
    code: TokenHash,
    address: IpAddr,
    ends_at: Timestamp,
    grant: Box<Grant>,
}

struct Redeemed {
    code: TokenHash,
    session: SessionId,
    forget_at: Timestamp,
}

#[derive(Default)]
struct Kept {
    open: VecDeque<Open>,
    redeemed: VecDeque<Redeemed>,
}

/// The codes, the oldest first.
pub(crate) struct Codes {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

impl Codes {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::default(),
        }
    }

    /// A code for what a person at this address has allowed; `None` if there are too many. Then
    /// this one waits: nobody else's is dropped for it.
    pub(crate) fn issue(
        &self,
        random: &dyn Random,
        address: IpAddr,
        grant: Grant,
    ) -> Option<Secret> {
        let address = network(address);
        let Kept { open, .. } = &mut *self.current();
        let mut theirs = (0..open.len()).filter(|position| open[*position].address == address);
        let oldest = theirs.next();
        if let Some(oldest) = oldest.filter(|_| theirs.count() + 1 >= KEPT_PER_ADDRESS) {
            open.remove(oldest);
        }
        if open.len() >= KEPT {
            return None;
        }
        let code = random.token(32);
        open.push_back(Open {
            code: TokenHash::of_secret(&code),
            address,
            ends_at: self.later(LIFETIME),
            grant: Box::new(grant),
        });
        Some(code)
    }

    /// Uses a code up.
    pub(crate) fn take(&self, code: &Secret) -> Taken {
        let code = TokenHash::of_secret(code);
        let Kept { open, redeemed } = &mut *self.current();
        let position = open.iter().position(|open| open.code == code);
        if let Some(open) = position.and_then(|position| open.remove(position)) {
            return Taken::Grant(open.grant);
        }
        let before = redeemed.iter().find(|redeemed| redeemed.code == code);
        before.map_or(Taken::Unknown, |before| Taken::Redeemed(before.session))
    }

    /// Notes for which session a code was redeemed.
    pub(crate) fn redeemed(&self, code: &Secret, session: SessionId) {
        let Kept { redeemed, .. } = &mut *self.current();
        if redeemed.len() >= KEPT {
            redeemed.pop_front();
        }
        redeemed.push_back(Redeemed {
            code: TokenHash::of_secret(code),
            session,
            forget_at: self.later(REMEMBERED),
        });
    }

    fn later(&self, by: Duration) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(by).unwrap_or(Timestamp::MAX)
    }

    /// Those that are not over.
    fn current(&self) -> MutexGuard<'_, Kept> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.open.retain(|open| open.ends_at > now);
        kept.redeemed.retain(|redeemed| redeemed.forget_at > now);
        kept
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hermes_storage::UserId;
    use hermes_testkit::{FixedRandom, MovedClock};

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn grant() -> Grant {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let ask = format!(
            "redirect_uri=http://127.0.0.1:5000/&code_challenge={challenge}&code_challenge_method=S256"
        );
        Grant {
            ask: Ask::parse(&ask).unwrap(),
            approval: Approval {
                user: UserId::owner(),
                method: "password".to_owned(),
                session: "browser".parse().unwrap(),
                provider: None,
            },
        }
    }

    struct Rig {
        clock: Arc<MovedClock>,
        random: Arc<FixedRandom>,
        codes: Codes,
    }

    fn rig() -> Rig {
        let clock = MovedClock::at("2026-11-22T00:00:00Z");
        Rig {
            codes: Codes::new(Arc::clone(&clock) as Arc<dyn Clock>),
            random: FixedRandom::seeded(1),
            clock,
        }
    }

    impl Rig {
        fn issue(&self, address: IpAddr) -> Option<Secret> {
            self.codes.issue(&*self.random, address, grant())
        }

        fn is_good(&self, code: &Secret) -> bool {
            matches!(self.codes.take(code), Taken::Grant(_))
        }
    }

    #[test]
    fn as3_a_code_is_taken_once_within_a_minute() {
        let rig = rig();
        let code = rig.issue(HERE).unwrap();
        assert_eq!(code.expose().len(), 43, "256 bits");
        let taken = std::thread::scope(|scope| {
            let take = || rig.is_good(&code);
            let threads: Vec<_> = (0..50).map(|_| scope.spawn(take)).collect();
            let taken = threads.into_iter().map(|thread| thread.join().unwrap());
            taken.filter(|taken| *taken).count()
        });
        assert_eq!(taken, 1);
        let (late, in_time) = (rig.issue(HERE).unwrap(), rig.issue(HERE).unwrap());
        rig.clock.advance(LIFETIME - Duration::from_millis(1));
        assert!(rig.is_good(&in_time));
        rig.clock.advance(Duration::from_millis(1));
        assert!(!rig.is_good(&late));
    }

    #[test]
    fn as3_a_redeemed_code_names_its_session_for_ten_minutes() {
        let rig = rig();
        let code = rig.issue(HERE).unwrap();
        assert!(rig.is_good(&code));
        assert!(
            matches!(rig.codes.take(&code), Taken::Unknown),
            "burnt, and not redeemed"
        );
        let app: SessionId = "app".parse().unwrap();
        rig.codes.redeemed(&code, app);
        rig.clock.advance(REMEMBERED - Duration::from_millis(1));
        assert!(matches!(rig.codes.take(&code), Taken::Redeemed(session) if session == app));
        rig.clock.advance(Duration::from_millis(1));
        assert!(matches!(rig.codes.take(&code), Taken::Unknown));
    }

    #[test]
    fn as9_a_flood_from_one_address_drops_its_own_and_one_from_many_waits() {
        let rig = rig();
        let mine = rig.issue("192.0.2.1".parse().unwrap()).unwrap();
        // Addresses of one customer's network are one.
        let flood = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n]);
        let codes: Vec<_> = (0..20).map(|n| rig.issue(flood(n)).unwrap()).collect();
        assert_eq!(
            codes.iter().filter(|code| rig.is_good(code)).count(),
            KEPT_PER_ADDRESS
        );
        assert!(rig.is_good(&mine));

        let mine = rig.issue("192.0.2.1".parse().unwrap()).unwrap();
        let from = |n: u32| IpAddr::V4(Ipv4Addr::from_bits(n));
        let issued = (0..1000).filter(|n| rig.issue(from(*n)).is_some()).count();
        assert_eq!(issued, KEPT - 1);
        assert!(rig.is_good(&mine), "nobody else's was dropped");
        for n in 0..1000 {
            let session: SessionId = format!("s{n}").parse().unwrap();
            rig.codes.redeemed(&Secret::new(n.to_string()), session);
        }
        assert_eq!(rig.codes.current().redeemed.len(), KEPT);
    }
}
