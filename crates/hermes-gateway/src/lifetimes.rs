//! When a session ends. The server decides; what a cookie says about its age is for the browser.
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
//! - *Noted once a minute.* The last use is written at most so often, since a write for every
//!   request would be the slowest thing a request does.

use std::time::Duration;

use jiff::Timestamp;

/// How much a clock may have gone backwards before nothing that depends on it is believed.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// How long a last use may go unnoted.
const NOTED: Duration = Duration::from_secs(60);

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

/// How a session stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on.
    Live,
    /// It was not used for too long.
    Idle,
    /// Its sign-in is too long ago.
    Old,
    /// It was used or made in the future, so the clock is wrong now or was then. It is refused and
    /// not deleted: a machine without a battery believes in 1970 until it has asked the network.
    ClockMoved,
}

impl Lifetimes {
    /// How a session stands that was made and last used at these moments.
    pub fn standing(&self, made: Timestamp, used: Timestamp, now: Timestamp) -> Standing {
        let (Some(age), Some(rest)) = (since(made, now), since(used, now)) else {
            return Standing::ClockMoved;
        };
        if age >= self.absolute {
            Standing::Old
        } else if rest >= self.idle {
            Standing::Idle
        } else {
            Standing::Live
        }
    }

    /// Whether a short-lived value made at this moment still opens anything.
    pub fn is_short_lived_valid(&self, made: Timestamp, now: Timestamp) -> bool {
        since(made, now).is_some_and(|age| age < self.short_lived)
    }

    /// How long from now the session can last at most: what a cookie of it may say.
    pub fn remaining(&self, made: Timestamp, now: Timestamp) -> Duration {
        since(made, now).map_or(Duration::ZERO, |age| self.absolute.saturating_sub(age))
    }

    /// Whether it is time to note that the session was used. A clock that went backwards is no
    /// reason to note an earlier moment.
    pub fn is_note_due(used: Timestamp, now: Timestamp) -> bool {
        since(used, now).is_some_and(|rest| rest >= NOTED)
    }
}

/// The time that has passed; nothing has if the clock went backwards a little, and `None` if it
/// went backwards by more than a correction.
fn since(moment: Timestamp, now: Timestamp) -> Option<Duration> {
    let passed = now.duration_since(moment);
    match Duration::try_from(passed) {
        Ok(passed) => Some(passed),
        Err(_) => (passed.unsigned_abs() <= SKEW).then_some(Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Standing::*, *};

    const DAY: i64 = 24 * 60 * 60;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn sc6_sessions_end_by_the_servers_clock() {
        let lifetimes = Lifetimes::default();
        // made, last used, now
        for (made, used, now, standing) in [
            (0, 0, 0, Live),
            (0, 0, 7 * DAY - 1, Live),
            (0, 0, 7 * DAY, Idle),
            (0, 6 * DAY, 13 * DAY - 1, Live),
            (0, 6 * DAY, 13 * DAY, Idle),
            (0, 30 * DAY - 1, 30 * DAY - 1, Live),
            (0, 30 * DAY - 1, 30 * DAY, Old),
            (0, 0, 400 * DAY, Old),
        ] {
            let found = lifetimes.standing(at(made), at(used), at(now));
            assert_eq!(found, standing, "{made} {used} {now}");
        }
    }

    #[test]
    fn sc6_a_clock_that_goes_backwards_extends_nothing() {
        let lifetimes = Lifetimes::default();
        for (made, used, now, standing) in [
            (DAY, DAY, DAY - 1, Live),
            (DAY, DAY, DAY - 300, Live),
            (DAY, DAY, DAY - 301, ClockMoved),
            (0, DAY, 0, ClockMoved),
            (DAY, DAY, 0, ClockMoved),
        ] {
            let found = lifetimes.standing(at(made), at(used), at(now));
            assert_eq!(found, standing, "{made} {used} {now}");
        }
        assert!(lifetimes.is_short_lived_valid(at(300), at(0)));
        assert!(!lifetimes.is_short_lived_valid(at(301), at(0)));
        assert_eq!(lifetimes.remaining(at(301), at(0)), Duration::ZERO);
        assert!(!Lifetimes::is_note_due(at(DAY), at(0)));
    }

    #[test]
    fn sc6_short_lived_values_and_notes() {
        let lifetimes = Lifetimes::default();
        assert!(lifetimes.is_short_lived_valid(at(0), at(899)));
        assert!(!lifetimes.is_short_lived_valid(at(0), at(900)));
        assert!(!Lifetimes::is_note_due(at(0), at(59)));
        assert!(Lifetimes::is_note_due(at(0), at(60)));
        assert_eq!(lifetimes.remaining(at(0), at(DAY)).as_secs(), 29 * 86_400);
        assert_eq!(lifetimes.remaining(at(0), at(31 * DAY)), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn sc6_what_has_ended_stays_ended(
            made in 0..100 * DAY, rest in 0..40 * DAY, first in 0..200 * DAY, later in 0..40 * DAY,
        ) {
            let lifetimes = Lifetimes::default();
            let (made, used) = (at(made), at(made + rest));
            let ended = |now| matches!(lifetimes.standing(made, used, now), Idle | Old);
            prop_assert!(!ended(at(first)) || ended(at(first + later)));
        }
    }
}
