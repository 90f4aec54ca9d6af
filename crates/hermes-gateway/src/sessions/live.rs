use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use hermes_protocol::close::Close;
use hermes_storage::{Label, LiveSession, Role, SessionId, UserId};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// A session in use: what every request and socket of it needs to know, and the means to end them.
#[derive(Debug)]
pub struct Live {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// The sign-in method that opened it.
    pub method: String,
    /// As the person is addressed.
    pub display_name: Option<Label>,
    /// Their e-mail address, unverified.
    pub email: Option<Label>,
    /// When the session ends, whatever happens.
    pub ends_at: Timestamp,
    seen_at: AtomicI64,
    saved_at: AtomicI64,
    sockets: AtomicU32,
    why: OnceLock<Close>,
    ended: CancellationToken,
}

impl Live {
    pub(super) fn new(found: LiveSession) -> Self {
        let seen_at = found.session.last_seen_at.as_second();
        Self {
            session: found.session.id,
            user: found.user.id,
            role: found.user.role,
            method: found.session.method,
            display_name: found.user.display_name,
            email: found.user.email,
            ends_at: found.session.ends_at,
            seen_at: AtomicI64::new(seen_at),
            saved_at: AtomicI64::new(seen_at),
            sockets: AtomicU32::new(0),
            why: OnceLock::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Completes when the session ends.
    pub async fn over(&self) -> Close {
        self.ended.cancelled().await;
        self.why.get().copied().unwrap_or(Close::SessionEnded)
    }

    /// Whether requests are still served: neither ended, nor past its end, nor unused for `idle`.
    pub fn is_good(&self, now: Timestamp, idle: Duration) -> bool {
        let unused = now.as_second() - self.seen_at.load(Ordering::Relaxed);
        let idle = i64::try_from(idle.as_secs()).unwrap_or(i64::MAX);
        self.why.get().is_none() && self.ends_at > now && unused < idle
    }

    /// Notes that the session is used.
    pub fn seen(&self, now: Timestamp) {
        self.seen_at.fetch_max(now.as_second(), Ordering::Relaxed);
    }

    /// One more socket, unless there are `most` already.
    pub fn open_socket(&self, most: u32) -> bool {
        let more = |open: u32| (open < most).then_some(open + 1);
        self.sockets
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    /// One socket less.
    pub fn close_socket(&self) {
        self.sockets.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many sockets are open.
    pub fn sockets(&self) -> u32 {
        self.sockets.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self, why: Close) {
        // The first reason stands.
        let _ = self.why.set(why);
        self.ended.cancel();
    }

    /// When it was last used, if that is not written down.
    pub(super) fn unsaved(&self) -> Option<Timestamp> {
        let seen = self.seen_at.load(Ordering::Relaxed);
        (seen > self.saved_at.load(Ordering::Relaxed))
            .then(|| Timestamp::from_second(seen).ok())
            .flatten()
    }

    pub(super) fn saved(&self, at: Timestamp) {
        self.saved_at.fetch_max(at.as_second(), Ordering::Relaxed);
    }
}
