use std::{net::IpAddr, time::Duration};

use jiff::Timestamp;

use crate::{Answer, Identity, Label, PasskeyId, Role, Sealed, SessionId, TokenHash, User, UserId};

/// The most short-lived values of one session that are good at once; a new one drops the oldest.
/// Several have to be, since a browser's tabs renew at the same time.
pub const ACCESS_LIMIT: usize = 8;

/// The most sessions of one user; a new one ends the one that has not been seen for longest.
pub const SESSIONS_LIMIT: usize = 128;

/// What has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A browser, whose values are cookies.
    Browser,
    /// A program, whose values are tokens that it sends itself.
    App,
}

/// A person's sign-in at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it where sessions are listed and ended; no credential.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// What has signed in.
    pub kind: SessionKind,
    /// What it may do at most, whatever its user may.
    pub at_most: Role,
    /// The name of the sign-in method.
    pub method: String,
    /// As the person calls it.
    pub name: Option<Label>,
    /// The user agent that signed in, or the app as it calls itself.
    pub client: Option<Label>,
    /// From where.
    pub address: IpAddr,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_seen_at: Timestamp,
    /// When it ends, whatever happens.
    pub ends_at: Timestamp,
    /// The passkey that it was opened by, and ends with.
    pub passkey: Option<PasskeyId>,
}

/// How far back a clock may go, as when it is corrected, before it is not believed.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// The moment at which a session is judged, and how long one may lie unused.
///
/// The one rule of when a session ends: storage, the cache before it and open sockets all ask here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The present moment.
    pub now: Timestamp,
    /// A session that was not seen for so long is over.
    pub idle: Duration,
}

impl Horizon {
    /// Sessions last seen at this moment or before are over.
    pub fn idle_since(&self) -> Timestamp {
        self.now.checked_sub(self.idle).unwrap_or(Timestamp::MIN)
    }

    /// Whether a session that was last seen at one moment and ends at another is served: it is
    /// neither past its end nor idle, nor seen in the future. A clock that went back would make a
    /// session last longer than anybody agreed to. It may go forward again (a machine without a
    /// battery believes in 1970 until it has asked the network), so such a session is refused and
    /// kept.
    pub fn serves(&self, last_seen_at: Timestamp, ends_at: Timestamp) -> bool {
        let latest = self.now.checked_add(SKEW).unwrap_or(Timestamp::MAX);
        ends_at > self.now && last_seen_at > self.idle_since() && last_seen_at <= latest
    }

    /// Whether this session is served. That its user is not disabled is for whoever holds the user
    /// to say.
    pub fn includes(&self, session: &Session) -> bool {
        self.serves(session.last_seen_at, session.ends_at)
    }
}

/// A session that is not over, and its user, who is not disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// Until when the value that was presented is good, if the session does not end before.
    pub value_ends_at: Timestamp,
}

impl LiveSession {
    /// What it may do just now.
    pub const fn role(&self) -> Role {
        self.user.role.at_most(self.session.at_most)
    }
}

/// A short-lived value that signs requests of a session in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// What is kept of the value.
    pub hash: TokenHash,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What is kept of the value that a session lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongLived {
    /// Of a browser's cookie, which stays the same until the session ends.
    Cookie(TokenHash),
    /// Of an app's refresh token.
    Refresh(RefreshHash),
}

impl LongLived {
    /// What holds the value.
    pub const fn kind(&self) -> SessionKind {
        match self {
            Self::Cookie(_) => SessionKind::Browser,
            Self::Refresh(_) => SessionKind::App,
        }
    }
}

/// What is kept of a refresh token, which has two halves.
///
/// So every token that ever was of a session is known without being kept: it has the session's
/// family, and not its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshHash {
    /// Of the half that stays the same until the session ends.
    pub family: TokenHash,
    /// Of the half that each refresh replaces.
    pub turn: TokenHash,
}

/// What became of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// The session goes on, and the token that was shown is used up.
    On,
    /// The token had been used up before, so somebody has a copy of it: the session has ended.
    Reused(SessionId),
    /// No live session has such a token.
    Unknown,
}

/// A session to be opened. It begins, and was last seen, at `at`.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// See [`Session::id`].
    pub id: SessionId,
    /// See [`Session::user`].
    pub user: UserId,
    /// See [`Session::at_most`].
    pub at_most: Role,
    /// See [`Session::method`].
    pub method: String,
    /// See [`Session::name`].
    pub name: Option<Label>,
    /// See [`Session::client`].
    pub client: Option<Label>,
    /// See [`Session::address`].
    pub address: IpAddr,
    /// The present moment.
    pub at: Timestamp,
    /// See [`Session::authenticated_at`].
    pub authenticated_at: Timestamp,
    /// See [`Session::ends_at`].
    pub ends_at: Timestamp,
    /// What is kept of the long-lived value.
    pub long_lived: LongLived,
    /// The first short-lived value.
    pub access: Access,
    /// The session at the identity provider that this one came from.
    pub provider: Option<ProviderSession>,
    /// See [`Session::passkey`].
    pub passkey: Option<PasskeyId>,
}

/// What an identity provider said when a session was opened.
#[derive(Clone, Debug)]
pub struct ProviderSession {
    /// Who the person is there.
    pub identity: Identity,
    /// `sid` (OpenID Connect Back-Channel Logout 1.0 §2.1), if the provider names its sessions.
    pub sid: Option<String>,
    /// Its tokens, if they are kept.
    pub tokens: Option<ProviderTokens>,
}

/// The tokens of an identity provider, unreadable without the key of the [`Sealer`](crate::Sealer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderTokens {
    /// The tokens.
    pub sealed: Sealed,
    /// When to ask the provider for new ones; `None` if never.
    pub refresh_at: Option<Timestamp>,
}

/// Whom a logout token speaks of (OpenID Connect Back-Channel Logout 1.0 §2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderLogout {
    /// One session at the provider, and those here that came from it.
    Session {
        /// `iss`.
        issuer: String,
        /// `sid`.
        sid: String,
    },
    /// All sessions that this person opened through the provider.
    Person(Identity),
}

/// The sign-ins.
///
/// # Errors
///
/// Each method fails with what the engine met, and with nothing else but what it names.
pub trait Sessions: Send + Sync {
    /// Opens a session. Returns those of the user that ended to make room.
    ///
    /// # Errors
    ///
    /// [`UserUnknown`](crate::StorageError::UserUnknown) if the user is gone or disabled, or the
    /// passkey gone.
    fn open(&self, session: NewSession) -> Answer<'_, Vec<SessionId>>;

    /// The live session of a short-lived value that has not ended.
    fn by_access<'a>(&'a self, hash: &'a TokenHash, at: Horizon)
    -> Answer<'a, Option<LiveSession>>;

    /// The live session of a browser's long-lived value.
    fn by_long_lived<'a>(
        &'a self,
        hash: &'a TokenHash,
        at: Horizon,
    ) -> Answer<'a, Option<LiveSession>>;

    /// The session of this id, also one that is over and not yet swept.
    fn find(&self, id: SessionId) -> Answer<'_, Option<Session>>;

    /// Adds a short-lived value; beyond [`ACCESS_LIMIT`] the oldest is dropped. False if the
    /// session is gone.
    fn add_access(&self, id: SessionId, access: Access) -> Answer<'_, bool>;

    /// Uses a refresh token up: the session gets the next turn and another short-lived value. A
    /// token of a live session that is not its newest ends the session. Of several who show the
    /// same one, one is served.
    fn refresh(
        &self,
        shown: RefreshHash,
        next: TokenHash,
        access: Access,
        at: Horizon,
    ) -> Answer<'_, Turned>;

    /// Notes when sessions were last used. Never moves a session back, and passes over those that
    /// are gone.
    fn touch<'a>(&'a self, seen: &'a [(SessionId, Timestamp)]) -> Answer<'a, ()>;

    /// Notes that the person has just proved again who they are. False if the session is gone.
    fn confirm(&self, id: SessionId, at: Timestamp) -> Answer<'_, bool>;

    /// Gives a session a name, or takes it away. False if the session is gone.
    fn rename(&self, id: SessionId, name: Option<Label>) -> Answer<'_, bool>;

    /// A user's live sessions, the last seen first.
    fn list(&self, user: UserId, at: Horizon) -> Answer<'_, Vec<Session>>;

    /// Everybody's live sessions, the last seen first.
    fn list_all(&self, at: Horizon) -> Answer<'_, Vec<Session>>;

    /// Ends a session. False if it was gone.
    fn end(&self, id: SessionId) -> Answer<'_, bool>;

    /// Ends a user's sessions but `keep`; returns which.
    fn end_all(&self, user: UserId, keep: Option<SessionId>) -> Answer<'_, Vec<SessionId>>;

    /// Ends what the provider says has ended there; returns which.
    fn end_at_provider<'a>(&'a self, logout: &'a ProviderLogout) -> Answer<'a, Vec<SessionId>>;

    /// Removes the sessions that are over, and the short-lived values that are; returns the
    /// sessions. Those of a disabled user are removed when that is done.
    fn end_ended(&self, at: Horizon) -> Answer<'_, Vec<SessionId>>;

    /// The provider's tokens of a session, with their version.
    fn provider_tokens(&self, id: SessionId) -> Answer<'_, Option<(u64, ProviderTokens)>>;

    /// Replaces the provider's tokens if they still have this version. False if they have not, or
    /// the session is gone: somebody else was first, and theirs are the good ones.
    fn swap_provider_tokens(
        &self,
        id: SessionId,
        version: u64,
        tokens: ProviderTokens,
    ) -> Answer<'_, bool>;

    /// Up to `limit` sessions whose provider's tokens are due, the longest overdue first.
    fn provider_tokens_due(&self, now: Timestamp, limit: u32) -> Answer<'_, Vec<SessionId>>;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    /// Whether a session that was seen and ends then is served at this second, with a week of
    /// idling.
    fn serves(seen: i64, ends: i64, now: i64) -> bool {
        let at = |second| Timestamp::from_second(second).unwrap();
        let horizon = Horizon {
            now: at(now),
            idle: Duration::from_secs(7 * 86_400),
        };
        horizon.serves(at(seen), at(ends))
    }

    #[test]
    fn sc6_a_session_ends_at_its_end_and_when_idle() {
        for (seen, now, served) in [
            (0, 0, true),
            (0, 7 * DAY - 1, true),
            (0, 7 * DAY, false),
            (6 * DAY, 13 * DAY - 1, true),
            (6 * DAY, 13 * DAY, false),
            (30 * DAY - 1, 30 * DAY - 1, true),
            (30 * DAY - 1, 30 * DAY, false),
            (0, 400 * DAY, false),
        ] {
            assert_eq!(serves(seen, 30 * DAY, now), served, "{seen} {now}");
        }
    }

    #[test]
    fn sc6_a_clock_that_goes_backwards_extends_nothing() {
        for (seen, now, served) in [
            (DAY, DAY - 1, true),
            (DAY, DAY - 300, true),
            (DAY, DAY - 301, false),
            (DAY, 0, false),
        ] {
            assert_eq!(serves(seen, 30 * DAY, now), served, "{seen} {now}");
        }
        assert!(!serves(0, DAY, Timestamp::MIN.as_second()));
    }

    proptest! {
        #[test]
        fn sc6_what_has_ended_stays_ended(
            made in 0..100 * DAY, rest in 0..40 * DAY, first in 0..200 * DAY, later in 0..40 * DAY,
        ) {
            let (seen, ends) = (made + rest, made + 30 * DAY);
            let ended = |now| now >= seen && !serves(seen, ends, now);
            prop_assert!(!ended(first) || ended(first + later));
        }
    }
}
