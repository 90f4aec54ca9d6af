//! Refresh tokens: how an app stays signed in (RFC 6749 section 6).
//!
//! Each counts once, and what was used before ends its session (RFC 9700 section 4.14.2). One answer
//! is no use to somebody whom it did not reach, so it is given again for a moment, to the address
//! that asked for it.

use std::{net::IpAddr, time::Duration};

use hermes_machine::Random;
use hermes_protocol::close::Close;
use hermes_secret::Secret;
use hermes_storage::{RefreshHash, SessionId, SessionKind, StorageError, TokenHash, Turned};
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{AccessValue, Opened, Sessions};

/// How long an answer may be given again.
const GRACE: Duration = Duration::from_secs(10);

/// The most answers that may be given again.
const REPEATS: usize = 1024;

/// A refresh token: the half that is its session's, and the half that each refresh replaces.
pub(super) struct RefreshToken {
    family: Secret,
    turn: Secret,
}

impl RefreshToken {
    /// The first of a session.
    pub(super) fn new(random: &dyn Random) -> Self {
        Self {
            family: random.token(32),
            turn: random.token(32),
        }
    }

    /// The token that follows this one.
    fn next(&self, random: &dyn Random) -> Self {
        Self {
            family: self.family.clone(),
            turn: random.token(32),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (family, turn) = text.split_once('.')?;
        Some(Self {
            family: Secret::new(family),
            turn: Secret::new(turn),
        })
    }

    /// As the app holds it.
    pub(super) fn to_secret(&self) -> Secret {
        Secret::new(format!("{}.{}", self.family.expose(), self.turn.expose()))
    }

    /// As storage holds it.
    pub(super) fn hash(&self) -> RefreshHash {
        RefreshHash {
            family: TokenHash::of_secret(&self.family),
            turn: TokenHash::of_secret(&self.turn),
        }
    }
}

/// What became of a refresh.
#[derive(Debug)]
pub enum Refreshed {
    /// The session goes on with new values.
    On(Opened),
    /// The token was used before, and not for the answer that was just given: its session has ended.
    Reused(SessionId),
    /// The token is nobody's.
    Unknown,
}

/// The answers of the last seconds. It is locked while a token is used up, so that of two who bring
/// the same one the second finds the answer of the first.
#[derive(Default)]
pub(super) struct Repeats(Mutex<Vec<Repeat>>);

struct Repeat {
    shown: RefreshHash,
    address: IpAddr,
    at: Timestamp,
    answer: Opened,
}

impl Sessions {
    /// New values for the app at this address that holds a refresh token.
    ///
    /// # Errors
    ///
    /// What storage met.
    pub async fn refresh(&self, token: &str, address: IpAddr) -> Result<Refreshed, StorageError> {
        let Some(token) = RefreshToken::parse(token) else {
            return Ok(Refreshed::Unknown);
        };
        let (shown, now) = (token.hash(), self.clock.now());
        let mut repeats = self.repeats.0.lock().await;
        repeats.retain(|repeat| age(repeat.at, now).is_some());
        let mut before = repeats.iter();
        let before = before.find(|repeat| repeat.shown == shown && repeat.address == address);
        if let Some(answer) = before.and_then(|repeat| self.again(repeat, now)) {
            return Ok(Refreshed::On(answer));
        }
        let next = token.next(&*self.random);
        let (access, value) = self.new_access(now);
        let turn = next.hash().turn;
        let turned = self
            .storage
            .sessions()
            .refresh(shown, turn, access, self.horizon(now));
        match turned.await? {
            Turned::On => {}
            Turned::Reused(session) => {
                self.ended(&[session], Close::SessionEnded);
                return Ok(Refreshed::Reused(session));
            }
            Turned::Unknown => return Ok(Refreshed::Unknown),
        }
        // The session may be ended in this very moment.
        let live = self.by_access(value.value.expose(), SessionKind::App);
        let Some(live) = live.await? else {
            return Ok(Refreshed::Unknown);
        };
        let answer = Opened {
            live,
            access: value,
            long_lived: next.to_secret(),
        };
        // One for each session: who has the next token got the answer.
        repeats.retain(|repeat| repeat.shown.family != shown.family);
        if repeats.len() >= REPEATS {
            repeats.remove(0);
        }
        repeats.push(Repeat {
            shown,
            address,
            at: now,
            answer: answer.clone(),
        });
        Ok(Refreshed::On(answer))
    }

    /// The same answer once more, unless its session has ended since.
    fn again(&self, repeat: &Repeat, now: Timestamp) -> Option<Opened> {
        let Opened { live, access, .. } = &repeat.answer;
        let life = access.life.checked_sub(age(repeat.at, now)?)?;
        live.is_good(self.horizon(now)).then(|| Opened {
            access: AccessValue {
                value: access.value.clone(),
                life,
            },
            ..repeat.answer.clone()
        })
    }
}

/// How old an answer is that may still be given again.
fn age(at: Timestamp, now: Timestamp) -> Option<Duration> {
    let age = Duration::try_from(now.duration_since(at)).ok()?;
    (age < GRACE).then_some(age)
}
