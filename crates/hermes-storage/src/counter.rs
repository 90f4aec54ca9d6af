use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::Answer;

/// The most counters that are kept. Beyond it those that matter least are dropped: first those
/// that block nothing, the fewest failures first.
pub const COUNTERS_LIMIT: usize = 10_000;

/// What failures are counted by, hashed: an account, an address, all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKey([u8; 32]);

impl CounterKey {
    /// The key of a value of a kind; the same value of two kinds has two keys.
    pub fn of(kind: &str, value: &str) -> Self {
        let hash = Sha256::new()
            .chain_update((kind.len() as u64).to_be_bytes())
            .chain_update(kind)
            .chain_update(value);
        Self(hash.finalize().into())
    }

    /// The bytes, for an engine to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// How failures grow into a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// So many failures cost nothing.
    pub free: u32,
    /// The wait after the first one that does; each further one doubles it.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// After so long without a failure or a wait, all is forgotten.
    pub forget_after: Duration,
}

/// How often something failed, and what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Failures that are not forgotten.
    pub failures: u32,
    /// Nothing is tried before.
    pub blocked_until: Option<Timestamp>,
    /// When the counter is as if it had never been.
    pub forget_at: Timestamp,
}

impl Counter {
    /// The counter after one more failure.
    pub fn after_failure(before: Option<Self>, now: Timestamp, rule: &Backoff) -> Self {
        let before = before.filter(|counter| counter.forget_at > now);
        let failures = before.map_or(1, |counter| counter.failures.saturating_add(1));
        let blocked_until = failures
            .checked_sub(rule.free.saturating_add(1))
            .map(|over| later(now, rule.wait(over)));
        Self {
            failures,
            blocked_until,
            forget_at: later(blocked_until.unwrap_or(now), rule.forget_after),
        }
    }

    /// How long to wait from now on, if at all. A wait longer than the rule's longest comes from a
    /// clock that has been set back since, and would shut the owner out; it does not count.
    pub fn wait(&self, now: Timestamp, rule: &Backoff) -> Option<Duration> {
        let left = Duration::try_from(self.blocked_until?.duration_since(now)).ok()?;
        (!left.is_zero() && left <= rule.longest).then_some(left)
    }
}

impl Backoff {
    /// The wait after `over` doublings.
    fn wait(&self, over: u32) -> Duration {
        let factor = 2u32.checked_pow(over).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How often something failed of late: what rate limits remember over a restart.
///
/// # Errors
///
/// Each method fails with what the engine met.
pub trait Counters: Send + Sync {
    /// The counters of these keys, in their order.
    fn get<'a>(&'a self, keys: &'a [CounterKey]) -> Answer<'a, Vec<Option<Counter>>>;

    /// Counts one failure for each key, all in one step; returns the counters as they now are, in
    /// the order of the keys. Never keeps more than [`COUNTERS_LIMIT`].
    fn fail<'a>(
        &'a self,
        keys: &'a [(CounterKey, Backoff)],
        now: Timestamp,
    ) -> Answer<'a, Vec<Counter>>;

    /// Forgets these keys: what was tried has worked.
    fn clear<'a>(&'a self, keys: &'a [CounterKey]) -> Answer<'a, ()>;

    /// Drops what is to be forgotten; returns how many stay.
    fn sweep(&self, now: Timestamp) -> Answer<'_, u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Backoff = Backoff {
        free: 2,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(900),
        forget_after: Duration::from_secs(3600),
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn waits(count: usize, step: i64) -> Vec<u64> {
        let mut counter = None;
        let mut waits = Vec::new();
        for n in 0..count {
            let now = at(n as i64 * step);
            let next = Counter::after_failure(counter, now, &RULE);
            waits.push(next.wait(now, &RULE).map_or(0, |wait| wait.as_secs()));
            counter = Some(next);
        }
        waits
    }

    #[test]
    fn pw4_the_wait_grows_up_to_its_longest_and_is_forgotten() {
        let grown = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900];
        assert_eq!(waits(14, 0), grown);
        assert_eq!(waits(100, 0).last(), Some(&900), "no overflow");
        assert_eq!(waits(4, 3600), [0, 0, 0, 0], "slow enough never waits");
        assert_eq!(waits(4, 3599), [0, 0, 1, 2]);
    }

    #[test]
    fn pw4_a_clock_that_is_set_back_shuts_nobody_out() {
        let counter = Counter {
            failures: 20,
            blocked_until: Some(at(900)),
            forget_at: at(4500),
        };
        assert_eq!(counter.wait(at(0), &RULE), Some(Duration::from_secs(900)));
        assert_eq!(counter.wait(at(-1), &RULE), None);
        assert_eq!(counter.wait(at(900), &RULE), None);
        assert_eq!(counter.wait(at(901), &RULE), None);
    }

    #[test]
    fn kinds_have_keys_of_their_own() {
        assert_eq!(CounterKey::of("a", "bc"), CounterKey::of("a", "bc"));
        assert_ne!(CounterKey::of("a", "bc"), CounterKey::of("ab", "c"));
    }
}
