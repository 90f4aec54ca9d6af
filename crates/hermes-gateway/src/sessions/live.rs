use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
};

use hermes_protocol::close::Close;
use hermes_storage::{
    Horizon, Label, LiveSession, PasskeyId, Role, SessionId, SessionKind, UserId,
};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// The sessions whose last use is not written down. They are held, so that it is not lost with the
/// cache's interest in them.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<Vec<Arc<Live>>>);

impl Used {
    pub(super) fn add(&self, live: impl IntoIterator<Item = Arc<Live>>) {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.extend(live);
    }

    pub(super) fn take(&self) -> Vec<Arc<Live>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A session in use: what every request and socket of it needs to know, and the means to end them.
#[derive(Debug)]
pub struct Live {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// What has signed in.
    pub kind: SessionKind,
    /// The sign-in method that opened it.
    pub method: String,
    /// As the person is addressed.
    pub display_name: Option<Label>,
    /// Their e-mail address, unverified.
    pub email: Option<Label>,
    /// The passkey that it was opened by.
    pub passkey: Option<PasskeyId>,
    /// When it began: with a sign-in, if it is a browser's.
    pub began_at: Timestamp,
    /// When the session ends, whatever happens.
    pub ends_at: Timestamp,
    seen_at: AtomicI64,
    used: Arc<Used>,
    /// Whether this is among them.
    is_noted: AtomicBool,
    sockets: AtomicU32,
    why: OnceLock<Close>,
    ended: CancellationToken,
}

impl Live {
    pub(super) fn new(found: LiveSession, used: Arc<Used>) -> Self {
        Self {
            role: found.role(),
            session: found.session.id,
            user: found.user.id,
            kind: found.session.kind,
            method: found.session.method,
            display_name: found.user.display_name,
            email: found.user.email,
            passkey: found.session.passkey,
            began_at: found.session.created_at,
            ends_at: found.session.ends_at,
            seen_at: AtomicI64::new(found.session.last_seen_at.as_second()),
            used,
            is_noted: AtomicBool::new(false),
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

    /// Whether requests are still served: it was not ended, and by the clock it goes on.
    pub fn is_good(&self, at: Horizon) -> bool {
        let seen = Timestamp::from_second(self.seen_at.load(Ordering::Relaxed));
        self.why.get().is_none() && seen.is_ok_and(|seen| at.serves(seen, self.ends_at))
    }

    /// Notes that the session is used, to be written down within a minute.
    pub fn seen(self: &Arc<Self>, now: Timestamp) {
        let now = now.as_second();
        let is_later = self.seen_at.fetch_max(now, Ordering::SeqCst) < now;
        if is_later && !self.is_noted.swap(true, Ordering::SeqCst) {
            self.used.add([Arc::clone(self)]);
        }
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

    /// When it was last used, to be written down now. The next use is heard of again, also one that
    /// comes in this very moment: it finds the mark gone, or its second is in the answer.
    pub(super) fn take_note(&self) -> Option<Timestamp> {
        self.is_noted.store(false, Ordering::SeqCst);
        Timestamp::from_second(self.seen_at.load(Ordering::SeqCst)).ok()
    }
}
