//! The machines that wait for a person.
//!
//! They are in memory, as hashes: a code lives ten minutes, and after a restart of the gateway the
//! machine asks for another one. Nobody's request is ever dropped for somebody else's: who comes
//! when there is no room waits.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_machine::{Clock, Random};
use hermes_secret::Secret;
use hermes_storage::{Label, TokenHash};
use jiff::Timestamp;

use super::UserCode;
use crate::{approval::Approval, limiter::network};

/// How long a code lives.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// How long a machine waits between polls at first, and how much longer after each that came too
/// soon (RFC 8628 section 3.5).
const INTERVAL: Duration = Duration::from_secs(5);

/// How much too soon a poll may be: on its way one is held up and the next is not.
const LEEWAY: Duration = Duration::from_millis(500);

/// The most requests in all.
pub(crate) const KEPT: usize = 512;

/// The most requests of one address.
const KEPT_PER_ADDRESS: usize = 16;

/// The most of those that are over and still known, so that their machines are told.
const OVER: usize = KEPT;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Requester {
    /// What the program calls itself, which any can.
    pub(crate) client_id: Option<Label>,
    /// What its requests say it is.
    pub(crate) agent: Option<Label>,
    /// What it calls its machine.
    pub(crate) device: Option<Label>,
    /// From where it asks.
    pub(crate) address: IpAddr,
}

impl Requester {
    /// The program, by what there is to call it.
    pub(crate) fn program(&self) -> Option<&Label> {
        self.client_id.as_ref().or(self.agent.as_ref())
    }

    /// Whether a request of this program, from this address, is of the same machine. What the
    /// person has seen of it is what they let in.
    fn is(&self, client_id: Option<&Label>, address: IpAddr) -> bool {
        self.client_id.as_ref() == client_id && network(self.address) == network(address)
    }
}

/// A request that was taken.
pub(crate) struct Begun {
    /// What the machine polls with.
    pub(crate) device_code: Secret,
    /// What it shows.
    pub(crate) user_code: UserCode,
    /// How long both are good.
    pub(crate) life: Duration,
    /// How long to wait between polls.
    pub(crate) interval: Duration,
}

/// A request that a person may answer.
pub(crate) struct Asked {
    /// Who asks.
    pub(crate) requester: Requester,
    /// Since when.
    pub(crate) at: Timestamp,
}

/// What a poll finds.
pub(crate) enum Poll {
    /// A yes, which counts once.
    Approved(Box<Approval>, Requester),
    /// No answer yet.
    Waiting,
    /// The same, and the poll came too soon.
    TooSoon,
    /// A no.
    Declined,
    /// No answer in time.
    Over,
    /// Nothing that this machine has asked.
    Unknown,
}

enum Standing {
    Waiting,
    Approved(Box<Approval>),
    Declined,
}

struct Open {
    device_code: TokenHash,
    user_code: TokenHash,
    requester: Requester,
    at: Timestamp,
    ends_at: Timestamp,
    interval: Duration,
    polled_at: Option<Timestamp>,
    standing: Standing,
}

impl Open {
    /// Whether something may still come of it.
    fn is_live(&self, now: Timestamp) -> bool {
        !matches!(self.standing, Standing::Declined) && self.ends_at > now
    }

    /// Whether a person may answer it.
    fn waits(&self, now: Timestamp) -> bool {
        matches!(self.standing, Standing::Waiting) && self.ends_at > now
    }

    /// Notes a poll. The interval of who comes too soon is longer for good.
    fn polled(&mut self, now: Timestamp) -> Poll {
        let least = self.interval.saturating_sub(LEEWAY);
        let since = self.polled_at.map(|at| now.duration_since(at));
        self.polled_at = Some(now);
        match since.map(Duration::try_from) {
            Some(Ok(since)) if since < least => {
                self.interval += INTERVAL;
                Poll::TooSoon
            }
            _ => Poll::Waiting,
        }
    }
}

/// The requests, the oldest first.
pub(crate) struct Requests {
    clock: Arc<dyn Clock>,
    kept: Mutex<VecDeque<Open>>,
}

impl Requests {
    /// None yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::default(),
        }
    }

    /// Takes a request; `None` if there are too many.
    pub(crate) fn begin(&self, random: &dyn Random, requester: Requester) -> Option<Begun> {
        let now = self.clock.now();
        let mut kept = self.lock();
        let live = kept.iter().filter(|open| open.is_live(now));
        let address = network(requester.address);
        let theirs = live.clone();
        let theirs = theirs.filter(|open| network(open.requester.address) == address);
        if live.count() >= KEPT || theirs.count() >= KEPT_PER_ADDRESS {
            return None;
        }
        kept.retain(|open| open.is_live(now) || later(open.ends_at) > now);
        if kept.len() >= KEPT + OVER
            && let Some(over) = kept.iter().position(|open| !open.is_live(now))
        {
            kept.remove(over);
        }
        let (device_code, user_code) = (random.token(32), UserCode::new(random));
        let shown = user_code.hash();
        // Two machines never wait with the same code, be it that one in millions has to ask again.
        if kept.iter().any(|open| open.user_code == shown) {
            return None;
        }
        kept.push_back(Open {
            device_code: TokenHash::of_secret(&device_code),
            user_code: shown,
            requester,
            at: now,
            ends_at: later(now),
            interval: INTERVAL,
            polled_at: None,
            standing: Standing::Waiting,
        });
        Some(Begun {
            device_code,
            user_code,
            life: LIFETIME,
            interval: INTERVAL,
        })
    }

    /// The request of a code that a person has typed, if it waits for an answer.
    pub(crate) fn asked(&self, code: &UserCode) -> Option<Asked> {
        self.answer(code, |open| Asked {
            requester: open.requester.clone(),
            at: open.at,
        })
    }

    /// A yes. False if the request does not wait for an answer any more.
    pub(crate) fn approve(&self, code: &UserCode, approval: Approval) -> bool {
        let yes = |open: &mut Open| open.standing = Standing::Approved(Box::new(approval));
        self.answer(code, yes).is_some()
    }

    /// A no, which is final. False if the request does not wait for an answer any more.
    pub(crate) fn decline(&self, code: &UserCode) -> bool {
        self.answer(code, |open| open.standing = Standing::Declined)
            .is_some()
    }

    fn answer<T>(&self, code: &UserCode, answer: impl FnOnce(&mut Open) -> T) -> Option<T> {
        let (now, code) = (self.clock.now(), code.hash());
        let mut kept = self.lock();
        let mut waiting = kept.iter_mut().filter(|open| open.waits(now));
        waiting.find(|open| open.user_code == code).map(answer)
    }

    /// A poll of this program, from this address.
    pub(crate) fn poll(
        &self,
        device_code: &Secret,
        client_id: Option<&Label>,
        address: IpAddr,
    ) -> Poll {
        let (now, device_code) = (self.clock.now(), TokenHash::of_secret(device_code));
        let mut kept = self.lock();
        let position = kept.iter().position(|open| open.device_code == device_code);
        let theirs = position.filter(|it| kept[*it].requester.is(client_id, address));
        let Some(position) = theirs else {
            return Poll::Unknown;
        };
        let open = &mut kept[position];
        match open.standing {
            Standing::Declined => return Poll::Declined,
            _ if open.ends_at <= now => return Poll::Over,
            Standing::Waiting => return open.polled(now),
            Standing::Approved(_) => {}
        }
        match kept.remove(position) {
            Some(Open {
                standing: Standing::Approved(approval),
                requester,
                ..
            }) => Poll::Approved(approval, requester),
            _ => Poll::Unknown,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Open>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A life of a code later.
fn later(moment: Timestamp) -> Timestamp {
    moment.checked_add(LIFETIME).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use hermes_storage::UserId;
    use hermes_testkit::{FixedRandom, MovedClock};

    use super::*;

    struct Rig {
        clock: Arc<MovedClock>,
        random: Arc<FixedRandom>,
        requests: Requests,
    }

    fn rig() -> Rig {
        let clock = MovedClock::at("2026-11-22T00:00:00Z");
        Rig {
            requests: Requests::new(Arc::clone(&clock) as Arc<dyn Clock>),
            random: FixedRandom::seeded(1),
            clock,
        }
    }

    fn from(address: impl Into<IpAddr>) -> Requester {
        Requester {
            client_id: Label::new("curl"),
            agent: None,
            device: None,
            address: address.into(),
        }
    }

    fn approval() -> Approval {
        Approval {
            user: UserId::owner(),
            method: "password".to_owned(),
            session: "browser".parse().unwrap(),
            provider: None,
        }
    }

    impl Rig {
        fn begin(&self, address: impl Into<IpAddr>) -> Option<Begun> {
            self.requests.begin(&*self.random, from(address))
        }

        fn poll(&self, begun: &Begun) -> Poll {
            let client_id = Label::new("curl");
            let here = [192, 0, 2, 1].into();
            self.requests
                .poll(&begun.device_code, client_id.as_ref(), here)
        }
    }

    const HERE: [u8; 4] = [192, 0, 2, 1];
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn dv3_of_a_hundred_polls_at_once_one_gets_the_yes() {
        let rig = rig();
        let begun = rig.begin(HERE).unwrap();
        assert_eq!(begun.device_code.expose().len(), 43, "256 bits");
        assert!(matches!(rig.poll(&begun), Poll::Waiting));
        assert!(rig.requests.approve(&begun.user_code, approval()));
        assert!(!rig.requests.approve(&begun.user_code, approval()));
        assert!(!rig.requests.decline(&begun.user_code));
        let got = std::thread::scope(|scope| {
            let poll = || matches!(rig.poll(&begun), Poll::Approved(..));
            let threads: Vec<_> = (0..100).map(|_| scope.spawn(poll)).collect();
            let got = threads.into_iter().map(|thread| thread.join().unwrap());
            got.filter(|got| *got).count()
        });
        assert_eq!(got, 1);
    }

    #[test]
    fn dv3_both_codes_end_after_ten_minutes_approved_or_not() {
        let rig = rig();
        let (waiting, approved) = (rig.begin(HERE).unwrap(), rig.begin(HERE).unwrap());
        assert!(rig.requests.approve(&approved.user_code, approval()));
        rig.clock.advance(LIFETIME - Duration::from_millis(1));
        assert!(rig.requests.asked(&waiting.user_code).is_some());
        rig.clock.advance(Duration::from_millis(1));
        assert!(rig.requests.asked(&waiting.user_code).is_none());
        assert!(!rig.requests.approve(&waiting.user_code, approval()));
        for begun in [&waiting, &approved] {
            assert!(matches!(rig.poll(begun), Poll::Over));
        }
    }

    #[test]
    fn dv3_who_polls_too_soon_waits_five_seconds_more_for_good() {
        let rig = rig();
        let begun = rig.begin(HERE).unwrap();
        let mut told = String::new();
        for seconds in [0, 5, 4, 9, 14, 20, 20] {
            rig.clock.advance(SECOND * seconds);
            told.push(match rig.poll(&begun) {
                Poll::Waiting => '.',
                Poll::TooSoon => '!',
                _ => '?',
            });
        }
        // Five, then ten, then fifteen, then twenty.
        assert_eq!(told, "..!!!..");
    }

    #[test]
    fn dv3_another_program_or_address_has_asked_for_nothing() {
        let rig = rig();
        let begun = rig.begin(HERE).unwrap();
        let (ours, others) = (Label::new("curl"), Label::new("wget"));
        let poll = |client_id: &Option<Label>, address: [u8; 4]| {
            let code = &begun.device_code;
            rig.requests.poll(code, client_id.as_ref(), address.into())
        };
        assert!(rig.requests.approve(&begun.user_code, approval()));
        assert!(matches!(poll(&others, HERE), Poll::Unknown));
        assert!(matches!(poll(&None, HERE), Poll::Unknown));
        assert!(matches!(poll(&ours, [192, 0, 2, 2]), Poll::Unknown));
        assert!(matches!(poll(&ours, HERE), Poll::Approved(..)));
    }

    #[test]
    fn dv6_a_flood_waits_and_drops_nobody() {
        let rig = rig();
        let mine = rig.begin(HERE).unwrap();
        let theirs = (0..100).filter(|_| rig.begin([198, 51, 100, 7]).is_some());
        assert_eq!(theirs.count(), KEPT_PER_ADDRESS);
        let many = (0..10_000_u32).filter(|n| rig.begin(n.to_be_bytes()).is_some());
        assert_eq!(many.count(), KEPT - KEPT_PER_ADDRESS - 1);
        assert!(rig.requests.approve(&mine.user_code, approval()));
        // What is declined makes room, and is known within bounds.
        for n in 0..3 * KEPT {
            rig.clock.advance(LIFETIME / 256);
            if let Some(begun) = rig.begin(HERE) {
                assert!(rig.requests.decline(&begun.user_code), "{n}");
                assert!(matches!(rig.poll(&begun), Poll::Declined), "{n}");
            }
        }
        assert!(rig.requests.lock().len() <= KEPT + OVER);
    }
}
