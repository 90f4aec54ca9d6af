use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use hermes_machine::{BoxFuture, Clock};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{hold, must};

/// A clock that stands still until a test moves it.
///
/// A sleep completes once the clock has been [advanced](Self::advance) past its end. In
/// [automatic](Self::set_automatic) mode every sleep completes at once and moves the clock by its
/// length: good for polling loops, useless where a sleep is the time limit of something else. Give
/// an HTTP client the [`SystemClock`](hermes_machine::SystemClock) in such tests.
#[derive(Debug)]
pub struct MovedClock {
    state: Mutex<State>,
    /// How many sleeps are pending.
    pending: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    automatic: bool,
    next_id: u64,
    sleepers: BTreeMap<u64, (Timestamp, Waker)>,
    slept: Vec<Duration>,
}

impl MovedClock {
    /// A clock that shows this moment, for example `2026-11-21T12:00:00Z`.
    ///
    /// # Panics
    ///
    /// If the text is not a timestamp.
    #[track_caller]
    pub fn at(moment: &str) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                now: must(moment.parse(), "not a timestamp"),
                automatic: false,
                next_id: 0,
                sleepers: BTreeMap::new(),
                slept: Vec::new(),
            }),
            pending: watch::Sender::new(0),
        })
    }

    /// Moves the clock and wakes every sleep whose end has come.
    pub fn advance(&self, by: Duration) {
        let mut state = hold(&self.state);
        state.now = later(state.now, by);
        let now = state.now;
        let due: Vec<u64> = state
            .sleepers
            .iter()
            .filter(|(_, (end, _))| *end <= now)
            .map(|(id, _)| *id)
            .collect();
        let woken: Vec<Waker> = due
            .iter()
            .filter_map(|id| state.sleepers.remove(id))
            .map(|(_, waker)| waker)
            .collect();
        self.publish(&state);
        drop(state);
        for waker in woken {
            waker.wake();
        }
    }

    /// Sets the clock, also backwards, as a machine with a wrong clock would; wakes nobody.
    ///
    /// # Panics
    ///
    /// If the text is not a timestamp.
    #[track_caller]
    pub fn set(&self, moment: &str) {
        hold(&self.state).now = must(moment.parse(), "not a timestamp");
    }

    /// From now on every sleep completes at once and moves the clock by its length; the pending
    /// ones do so too, the earliest first.
    pub fn set_automatic(&self) {
        let mut state = hold(&self.state);
        state.automatic = true;
        let woken = std::mem::take(&mut state.sleepers);
        let last = woken.values().map(|(end, _)| *end).max();
        state.now = last.map_or(state.now, |end| end.max(state.now));
        self.publish(&state);
        drop(state);
        for (_, waker) in woken.into_values() {
            waker.wake();
        }
    }

    /// How many sleeps are pending.
    pub fn sleepers(&self) -> usize {
        hold(&self.state).sleepers.len()
    }

    /// The lengths of all sleeps that were begun, in order.
    pub fn slept(&self) -> Vec<Duration> {
        hold(&self.state).slept.clone()
    }

    /// Waits until at least `n` sleeps are pending.
    pub async fn until_sleeping(&self, n: usize) {
        let mut pending = self.pending.subscribe();
        // It fails only when the sender is gone, and the sender is ours.
        let _ = pending.wait_for(|count| *count >= n).await;
    }

    fn publish(&self, state: &State) {
        self.pending.send_replace(state.sleepers.len());
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        hold(&self.state).now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        let end = later(self.now(), duration);
        Box::pin(Sleep {
            clock: self,
            duration,
            end,
            id: None,
        })
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Counts as pending from its first poll until it completes or is dropped.
struct Sleep<'a> {
    clock: &'a MovedClock,
    duration: Duration,
    end: Timestamp,
    id: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = hold(&self.clock.state);
        let id = self.id.unwrap_or_else(|| {
            state.slept.push(self.duration);
            state.next_id += 1;
            state.next_id
        });
        if state.automatic {
            state.now = state.now.max(self.end);
        }
        let outcome = if state.now >= self.end {
            state.sleepers.remove(&id);
            Poll::Ready(())
        } else {
            let waker = context.waker().clone();
            state.sleepers.insert(id, (self.end, waker));
            Poll::Pending
        };
        self.clock.publish(&state);
        drop(state);
        self.id = Some(id);
        outcome
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let mut state = hold(&self.clock.state);
            state.sleepers.remove(&id);
            self.clock.publish(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleep_ends_when_the_clock_passes_it() {
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        let sleeping = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep(Duration::from_secs(10)).await }
        });
        clock.until_sleeping(1).await;
        clock.advance(Duration::from_secs(9));
        assert_eq!(clock.sleepers(), 1);
        clock.advance(Duration::from_secs(1));
        sleeping.await.unwrap();
        assert_eq!(clock.sleepers(), 0);
        assert_eq!(clock.now().to_string(), "2026-11-21T12:00:10Z");
    }

    #[tokio::test]
    async fn automatic_sleeps_move_the_clock() {
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        clock.set_automatic();
        for _ in 0..3 {
            clock.sleep(Duration::from_secs(5)).await;
        }
        assert_eq!(clock.now().to_string(), "2026-11-21T12:00:15Z");
        assert_eq!(clock.slept(), [Duration::from_secs(5); 3]);
    }

    #[tokio::test]
    async fn a_dropped_sleep_is_forgotten() {
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        let mut sleep = clock.sleep(Duration::from_secs(1));
        assert!(futures_util::poll!(&mut sleep).is_pending());
        assert_eq!(clock.sleepers(), 1);
        drop(sleep);
        assert_eq!(clock.sleepers(), 0);
    }
}
