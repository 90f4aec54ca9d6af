//! Sessions as the running gateway holds them: opened, found by a client's value, renewed, ended.
//!
//! The truth is in storage. A bounded cache stands before it, since every request asks; whatever
//! ends a session goes through here, so that the cache forgets it and its sockets are told in the
//! same moment. A session that another process has ended is noticed by [`Sessions::recheck`].

mod live;
mod program;
mod refresh;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use hermes_machine::{Clock, Random};
use hermes_protocol::close::Close;
use hermes_secret::Secret;
use hermes_storage::{
    Access, Horizon, Label, LiveSession, LongLived, NewSession, PasskeyId, ProviderSession, Role,
    SessionId, SessionKind, Storage, StorageError, TokenHash, UserId,
};
use jiff::Timestamp;
use quick_cache::sync::Cache;

pub use self::{live::Live, program::program, refresh::Refreshed};
use self::{
    live::Used,
    refresh::{RefreshToken, Repeats},
};
use crate::lifetimes::{LENT, Lifetimes};

/// The most short-lived values that are known without asking storage.
const CACHED: usize = 32_768;

/// The session at an identity provider, made for one of ours: its tokens are sealed for that alone.
pub type FromProvider = Box<dyn FnOnce(SessionId) -> ProviderSession + Send>;

/// On what terms a session is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// It may do what its user may, for as long as sessions last.
    Own,
    /// Its user has approved it on another screen: it is never the owner's, and ends within a day.
    Lent,
}

/// Who signed in, how, and from where.
pub struct SignedIn {
    /// Whose session it becomes.
    pub user: UserId,
    /// On what terms.
    pub terms: Terms,
    /// The name of the sign-in method.
    pub method: String,
    /// What signed in.
    pub kind: SessionKind,
    /// What its session is called.
    pub name: Option<Label>,
    /// The user agent, or the app as it calls itself.
    pub client: Option<Label>,
    /// The address, by the rules for proxies.
    pub address: IpAddr,
    /// When the person proved who they are, if that was before now.
    pub authenticated_at: Option<Timestamp>,
    /// The session at the identity provider, if there is one.
    pub provider: Option<FromProvider>,
    /// The passkey that they signed in by, which the session ends with.
    pub passkey: Option<PasskeyId>,
}

/// A short-lived value for the client, and until when it is good.
#[derive(Clone, Debug)]
pub struct AccessValue {
    /// The value of the cookie, or the access token.
    pub value: Secret,
    /// In how long it ends.
    pub life: Duration,
}

/// What a client gets when a session begins or is renewed.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The session.
    pub live: Arc<Live>,
    /// The short-lived value.
    pub access: AccessValue,
    /// The long-lived value, or the refresh token.
    pub long_lived: Secret,
}

/// The sessions of a gateway.
pub struct Sessions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    lifetimes: Lifetimes,
    values: Cache<TokenHash, Known>,
    held: Mutex<Held>,
    used: Arc<Used>,
    repeats: Repeats,
}

/// The sessions in use. Both are under one lock: whoever is held is told of its end, or finds that
/// something has ended since storage was asked, and there is no moment between.
#[derive(Default)]
struct Held {
    live: HashMap<SessionId, Weak<Live>>,
    /// Counts what was ended, so that a look-up that began before can tell.
    ends: u64,
}

#[derive(Clone)]
struct Known {
    live: Arc<Live>,
    ends_at: Timestamp,
}

impl Sessions {
    /// No session is read yet.
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        lifetimes: Lifetimes,
    ) -> Self {
        Self {
            storage,
            clock,
            random,
            lifetimes,
            values: Cache::new(CACHED),
            held: Mutex::default(),
            used: Arc::default(),
            repeats: Repeats::default(),
        }
    }

    /// How many sessions requests or sockets have used of late.
    pub fn in_use(&self) -> usize {
        let held = self.lock();
        held.live
            .values()
            .filter(|live| live.strong_count() > 0)
            .count()
    }

    /// Opens a session for somebody who has proved who they are.
    ///
    /// # Errors
    ///
    /// What storage met; [`StorageError::UserUnknown`] if the user is gone or disabled.
    pub async fn open(&self, who: SignedIn) -> Result<Opened, StorageError> {
        let now = self.clock.now();
        let (long_lived, kept) = match who.kind {
            SessionKind::Browser => {
                let value = self.random.token(32);
                let hash = TokenHash::of_secret(&value);
                (value, LongLived::Cookie(hash))
            }
            SessionKind::App => {
                let token = RefreshToken::new(&*self.random);
                (token.to_secret(), LongLived::Refresh(token.hash()))
            }
        };
        let (at_most, life) = match who.terms {
            Terms::Own => (Role::Owner, self.lifetimes.absolute),
            Terms::Lent => (Role::Member, self.lifetimes.absolute.min(LENT)),
        };
        let (access, value) = self.new_access(now);
        let id = SessionId::new(&*self.random);
        let ended = self
            .storage
            .sessions()
            .open(NewSession {
                id,
                user: who.user,
                at_most,
                method: who.method,
                name: who.name,
                client: who.client,
                address: who.address,
                at: now,
                authenticated_at: who.authenticated_at.unwrap_or(now),
                ends_at: later(now, life),
                long_lived: kept,
                access,
                provider: who.provider.map(|of| of(id)),
                passkey: who.passkey,
            })
            .await?;
        self.ended(&ended, Close::SessionEnded);
        // The user may be removed in this very moment, and the session with them.
        let live = self.by_access(value.value.expose(), who.kind).await?;
        Ok(Opened {
            live: live.ok_or(StorageError::UserUnknown)?,
            access: value,
            long_lived,
        })
    }

    /// The session of a short-lived value, if it is of this kind: an app's token is no cookie, and
    /// a cookie's value no token. Known values are answered without asking storage.
    ///
    /// # Errors
    ///
    /// What storage met: nobody is let in then.
    pub async fn by_access(
        &self,
        value: &str,
        kind: SessionKind,
    ) -> Result<Option<Arc<Live>>, StorageError> {
        let found = self.by_value(value).await?;
        Ok(found.filter(|live| live.kind == kind))
    }

    async fn by_value(&self, value: &str) -> Result<Option<Arc<Live>>, StorageError> {
        let hash = TokenHash::of(value);
        let now = self.clock.now();
        if let Some(known) = self.values.get(&hash) {
            if known.ends_at > now && known.live.is_good(self.horizon(now)) {
                known.live.seen(now);
                return Ok(Some(known.live));
            }
            self.values.remove(&hash);
        }
        let asked = self.settle(|| self.storage.sessions().by_access(&hash, self.horizon(now)));
        // Boxed, so that a request whose value is known carries no room for it.
        let Some(known) = Box::pin(asked).await? else {
            return Ok(None);
        };
        known.live.seen(now);
        self.values.insert(hash, known.clone());
        Ok(Some(known.live))
    }

    /// A new short-lived value for the browser that holds a long-lived one.
    ///
    /// # Errors
    ///
    /// What storage met.
    pub async fn renew(
        &self,
        long_lived: &str,
    ) -> Result<Option<(Arc<Live>, AccessValue)>, StorageError> {
        let hash = TokenHash::of(long_lived);
        let now = self.clock.now();
        let sessions = self.storage.sessions();
        let found = self.settle(|| sessions.by_long_lived(&hash, self.horizon(now)));
        let Some(Known { live, .. }) = found.await? else {
            return Ok(None);
        };
        let (access, value) = self.new_access(now);
        if !sessions.add_access(live.session, access).await? {
            return Ok(None);
        }
        live.seen(now);
        let known = Known {
            live: Arc::clone(&live),
            ends_at: access.ends_at,
        };
        self.values.insert(access.hash, known);
        Ok(Some((live, value)))
    }

    /// Ends a session: in storage, in the cache, and its sockets. False if it was gone.
    ///
    /// # Errors
    ///
    /// What storage met; the session then goes on.
    pub async fn end(&self, session: SessionId) -> Result<bool, StorageError> {
        let was = self.storage.sessions().end(session).await?;
        self.ended(&[session], Close::SessionEnded);
        Ok(was)
    }

    /// Ends all sessions of a user but one; returns how many.
    ///
    /// # Errors
    ///
    /// What storage met; the sessions then go on.
    pub async fn end_others(
        &self,
        user: UserId,
        keep: Option<SessionId>,
    ) -> Result<usize, StorageError> {
        let ended = self.storage.sessions().end_all(user, keep).await?;
        self.ended(&ended, Close::SessionEnded);
        Ok(ended.len())
    }

    /// Makes known that storage has ended these: their values are forgotten and their sockets
    /// close.
    pub fn ended(&self, sessions: &[SessionId], why: Close) {
        if sessions.is_empty() {
            return;
        }
        let mut held = self.lock();
        held.ends += 1;
        for session in sessions {
            if let Some(live) = held.live.remove(session).and_then(|live| live.upgrade()) {
                live.end(why);
            }
        }
    }

    /// Ends every socket and forgets every value, and leaves the sessions as they are.
    pub fn let_go(&self, why: Close) {
        let mut held = self.lock();
        held.ends += 1;
        for live in held.live.drain().filter_map(|(_, live)| live.upgrade()) {
            live.end(why);
        }
        drop(held);
        self.values.clear();
    }

    /// Empties the cache, as a flood of other sessions does.
    #[cfg(test)]
    pub(crate) fn forget_values(&self) {
        self.values.clear();
    }

    /// Asks storage again about every session that is in use, and ends here what has ended there:
    /// for what another process has changed, and as a net under everything else.
    ///
    /// # Errors
    ///
    /// What storage met.
    pub async fn recheck(&self) -> Result<(), StorageError> {
        let held: Vec<_> = self
            .lock()
            .live
            .values()
            .filter_map(Weak::upgrade)
            .collect();
        if held.is_empty() {
            return Ok(());
        }
        let there: HashMap<_, _> = self
            .storage
            .sessions()
            .list_all(self.horizon(self.clock.now()))
            .await?
            .into_iter()
            .map(|session| (session.id, session.at_most))
            .collect();
        let users: HashMap<_, _> = self
            .storage
            .users()
            .list()
            .await?
            .into_iter()
            .map(|user| (user.id, user))
            .collect();
        for live in held {
            let user = users.get(&live.user).filter(|user| !user.disabled);
            match user.zip(there.get(&live.session)) {
                None => self.ended(&[live.session], Close::SessionEnded),
                Some((user, at_most)) if user.role.at_most(*at_most) != live.role => {
                    self.ended(&[live.session], Close::RightsChanged);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Writes down when sessions were last used, removes those that are over, and forgets what
    /// nobody holds.
    ///
    /// # Errors
    ///
    /// What storage met; the next time tries again.
    pub async fn tidy(&self) -> Result<(), StorageError> {
        self.write_uses().await?;
        self.lock().live.retain(|_, live| live.strong_count() > 0);
        let horizon = self.horizon(self.clock.now());
        let over = self.storage.sessions().end_ended(horizon).await?;
        self.ended(&over, Close::SessionEnded);
        Ok(())
    }

    async fn write_uses(&self) -> Result<(), StorageError> {
        let used = self.used.take();
        let seen = used.iter().filter_map(|live| {
            let at = live.take_note()?;
            Some((live.session, at))
        });
        let seen: Vec<_> = seen.collect();
        if seen.is_empty() {
            return Ok(());
        }
        let written = self.storage.sessions().touch(&seen).await;
        if written.is_err() {
            // Some may be there twice by then, which writes the same moment twice.
            self.used.add(used);
        }
        written
    }

    /// The moment at which sessions are judged now.
    pub fn horizon(&self, now: Timestamp) -> Horizon {
        Horizon {
            now,
            idle: self.lifetimes.idle,
        }
    }

    /// How many sockets each of these sessions has open.
    pub fn sockets(&self, session: SessionId) -> u32 {
        let live = self.lock().live.get(&session).and_then(Weak::upgrade);
        live.map_or(0, |live| live.sockets())
    }

    /// The session of a ticket, if it still is one.
    ///
    /// # Errors
    ///
    /// What storage met.
    pub async fn of_ticket(&self, session: SessionId) -> Result<Option<Arc<Live>>, StorageError> {
        let now = self.clock.now();
        let held = self.lock().live.get(&session).and_then(Weak::upgrade);
        if let Some(live) = held.filter(|live| live.is_good(self.horizon(now))) {
            return Ok(Some(live));
        }
        let found = self.settle(|| self.look_up(session, now)).await?;
        Ok(found.map(|known| known.live))
    }

    async fn look_up(
        &self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Option<LiveSession>, StorageError> {
        let found = self.storage.sessions().find(session).await?;
        let Some(session) = found.filter(|session| self.horizon(now).includes(session)) else {
            return Ok(None);
        };
        let user = self.storage.users().find(session.user).await?;
        Ok(user.filter(|user| !user.disabled).map(|user| LiveSession {
            value_ends_at: session.ends_at,
            session,
            user,
        }))
    }

    /// Asks storage, and again if something was ended in the meantime: what was read may be about
    /// a session that is no more, and nobody would be told of its end again.
    async fn settle<F>(&self, ask: impl Fn() -> F) -> Result<Option<Known>, StorageError>
    where
        F: Future<Output = Result<Option<LiveSession>, StorageError>>,
    {
        loop {
            let before = self.lock().ends;
            let Some(found) = ask().await? else {
                return Ok(None);
            };
            let ends_at = found.value_ends_at;
            if let Some(live) = self.hold(found, before) {
                return Ok(Some(Known { live, ends_at }));
            }
        }
    }

    /// The one [`Live`] of a session, which all its values and sockets share; none if anything has
    /// ended since there were `before` ends.
    fn hold(&self, found: LiveSession, before: u64) -> Option<Arc<Live>> {
        let mut held = self.lock();
        if held.ends != before {
            return None;
        }
        let known = held.live.get(&found.session.id).and_then(Weak::upgrade);
        Some(known.unwrap_or_else(|| {
            let fresh = Arc::new(Live::new(found, Arc::clone(&self.used)));
            held.live.insert(fresh.session, Arc::downgrade(&fresh));
            fresh
        }))
    }

    fn new_access(&self, now: Timestamp) -> (Access, AccessValue) {
        let value = self.random.token(32);
        let access = Access {
            hash: TokenHash::of_secret(&value),
            ends_at: later(now, self.lifetimes.short_lived),
        };
        let life = self.lifetimes.short_lived;
        (access, AccessValue { value, life })
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}
