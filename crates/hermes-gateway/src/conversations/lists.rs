//! That the list of somebody's conversations is another one by now, for those who show it.

use std::time::Duration;

use hermes_machine::Clock;
use hermes_protocol::rpc::{ConversationsChanged, Event as Told};
use hermes_storage::UserId;
use jiff::Timestamp;
use tokio::sync::broadcast::{self, error::RecvError};

/// How many changes may wait for a socket. One that has missed some is told all the same.
const WAITING: usize = 64;

/// How long a socket that was told is told nothing more, so that a turn or an import is few words.
const QUIET: Duration = Duration::from_secs(1);

/// Where changes are made known.
#[derive(Clone, Debug)]
pub(super) struct Lists(broadcast::Sender<UserId>);

impl Default for Lists {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Lists {
    /// The list of this person is another one.
    pub(super) fn changed(&self, of: UserId) {
        // Perhaps nobody shows one.
        let _ = self.0.send(of);
    }

    /// Somebody shows the list of this person from here on.
    pub(super) fn show(&self, of: UserId) -> Shown {
        Shown {
            of,
            changes: self.0.subscribe(),
            is_due: false,
            told_at: None,
        }
    }
}

/// A list that a socket shows.
pub(super) struct Shown {
    of: UserId,
    changes: broadcast::Receiver<UserId>,
    /// Whether it has changed, and that was not told.
    is_due: bool,
    told_at: Option<Timestamp>,
}

impl Shown {
    /// The frame that tells of the next change. May be dropped while it waits, and asked again.
    pub(super) async fn next(&mut self, clock: &dyn Clock) -> String {
        while !self.is_due {
            self.is_due = match self.changes.recv().await {
                Ok(of) => of == self.of,
                Err(RecvError::Lagged(_)) => true,
                // There are no conversations any more.
                Err(RecvError::Closed) => std::future::pending().await,
            };
        }
        if let Some(left) = self.told_at.and_then(|at| quiet(at, clock.now())) {
            clock.sleep(left).await;
        }
        // What has changed up to now is told with this.
        self.changes = self.changes.resubscribe();
        self.is_due = false;
        self.told_at = Some(clock.now());
        Told::of_socket(ConversationsChanged {}).to_frame()
    }
}

/// How long it is still quiet for somebody who was told then; none if no longer, or if the clock was set back.
fn quiet(told_at: Timestamp, now: Timestamp) -> Option<Duration> {
    let past = Duration::try_from(now.duration_since(told_at)).ok()?;
    QUIET.checked_sub(past).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use hermes_testkit::MovedClock;

    use super::*;

    #[tokio::test]
    async fn many_changes_are_told_once_a_second() {
        let clock = MovedClock::at("2026-01-01T00:00:00Z");
        let lists = Lists::default();
        let mut shown = lists.show(UserId::owner());
        let mut next = || shown.next(&*clock).now_or_never();
        assert_eq!(next(), None, "nothing has changed");
        let changed = || lists.changed(UserId::owner());
        changed();
        let frame = r#"{"jsonrpc":"2.0","method":"event","params":{"type":"sessions.changed","payload":{}}}"#;
        assert_eq!(next().as_deref(), Some(frame));
        for _ in 0..2 * WAITING {
            changed();
        }
        assert_eq!(next(), None, "it was told just now");
        clock.advance(QUIET);
        assert!(next().is_some(), "also when more has changed than is kept");
        clock.advance(QUIET);
        assert_eq!(next(), None, "and once");
        lists.changed("ben".parse().unwrap());
        assert_eq!(next(), None, "that is the list of somebody else");
        // A clock that is set back keeps nobody waiting.
        changed();
        clock.set("2025-01-01T00:00:00Z");
        assert!(next().is_some());
    }
}
