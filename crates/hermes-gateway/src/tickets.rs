//! Tickets: the single-use passes for one WebSocket upgrade each.
//!
//! A page cannot set headers on a WebSocket, and cookies alone open none, so a signed-in client
//! asks for a ticket by an ordinary request and puts it into the address of the socket.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hermes_machine::BoxFuture;
use hermes_storage::{SessionId, TokenHash};
use jiff::{SignedDuration, Timestamp};

/// How long a ticket is good for.
pub const LIFE: SignedDuration = SignedDuration::from_secs(30);

/// The most sessions that may hold open tickets at once.
const SESSIONS: usize = 16_384;

/// What a ticket stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The session that asked for it, and that its socket belongs to.
    pub session: SessionId,
    /// The `Origin` of the request that asked, if it had one; a socket that names another one is
    /// not what the ticket was made for.
    pub origin: Option<String>,
}

/// Why no socket was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefused {
    /// Never made, used before, given way to newer ones, or its session has ended.
    #[error("unknown or used ticket")]
    Unknown,
    /// Older than [`LIFE`].
    #[error("expired ticket")]
    Expired,
    /// Made for another origin; it can still be used from there.
    #[error("ticket of another origin")]
    OtherOrigin,
    /// The store did not answer; nobody is let in on a guess.
    #[error("tickets cannot be looked up just now")]
    Unavailable,
}

/// Where tickets are kept between the request and the socket: in memory on one machine, in a
/// shared store with replicas.
pub trait TicketStore: Send + Sync {
    /// Keeps a new ticket.
    ///
    /// # Errors
    ///
    /// [`TicketRefused::Unavailable`] when there is no room or no store.
    fn keep(
        &self,
        ticket: TokenHash,
        grant: Grant,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(), TicketRefused>>;

    /// Takes a ticket, which no one else can then take. A socket of another origin than the
    /// ticket's leaves it where it is.
    ///
    /// # Errors
    ///
    /// Why there is nothing to take.
    fn take<'a>(
        &'a self,
        ticket: &'a TokenHash,
        origin: Option<&'a str>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Grant, TicketRefused>>;

    /// Forgets the tickets of a session that has ended.
    fn forget<'a>(&'a self, session: &'a SessionId) -> BoxFuture<'a, ()>;
}

/// Tickets in the memory of this process.
#[derive(Debug)]
pub struct MemoryTickets {
    per_session: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    holders: HashMap<TokenHash, SessionId>,
    sessions: HashMap<SessionId, VecDeque<Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    hash: TokenHash,
    origin: Option<String>,
    made: Timestamp,
}

impl Ticket {
    /// A clock that was set back makes a ticket expire rather than live on.
    fn is_live(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.made);
        !age.is_negative() && age <= LIFE
    }
}

impl MemoryTickets {
    /// At most so many open tickets of one session; the oldest gives way to a new one.
    pub fn new(per_session: usize) -> Self {
        Self {
            per_session: per_session.max(1),
            open: Mutex::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn keep(
        &mut self,
        hash: TokenHash,
        grant: Grant,
        per_session: usize,
        now: Timestamp,
    ) -> Result<(), TicketRefused> {
        if self.sessions.len() >= SESSIONS && !self.sessions.contains_key(&grant.session) {
            self.sweep(now);
            if self.sessions.len() >= SESSIONS {
                return Err(TicketRefused::Unavailable);
            }
        }
        let tickets = self.sessions.entry(grant.session).or_default();
        while tickets.len() >= per_session || tickets.front().is_some_and(|old| !old.is_live(now)) {
            if let Some(old) = tickets.pop_front() {
                self.holders.remove(&old.hash);
            }
        }
        tickets.push_back(Ticket {
            hash,
            origin: grant.origin,
            made: now,
        });
        self.holders.insert(hash, grant.session);
        Ok(())
    }

    fn take(
        &mut self,
        hash: &TokenHash,
        origin: Option<&str>,
        now: Timestamp,
    ) -> Result<Grant, TicketRefused> {
        let session = self.holders.get(hash).ok_or(TicketRefused::Unknown)?;
        let tickets = self
            .sessions
            .get_mut(session)
            .ok_or(TicketRefused::Unknown)?;
        let index = tickets
            .iter()
            .position(|ticket| ticket.hash == *hash)
            .ok_or(TicketRefused::Unknown)?;
        let made_for = tickets
            .get(index)
            .and_then(|ticket| ticket.origin.as_deref());
        if made_for
            .zip(origin)
            .is_some_and(|(made_for, seen)| made_for != seen)
        {
            return Err(TicketRefused::OtherOrigin);
        }
        let ticket = tickets.remove(index).ok_or(TicketRefused::Unknown)?;
        let emptied = tickets.is_empty();
        let session = self.holders.remove(hash).ok_or(TicketRefused::Unknown)?;
        if emptied {
            self.sessions.remove(&session);
        }
        if !ticket.is_live(now) {
            return Err(TicketRefused::Expired);
        }
        Ok(Grant {
            session,
            origin: ticket.origin,
        })
    }

    fn forget(&mut self, session: &SessionId) {
        for ticket in self.sessions.remove(session).unwrap_or_default() {
            self.holders.remove(&ticket.hash);
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        let Self { holders, sessions } = self;
        sessions.retain(|_, tickets| {
            tickets.retain(|ticket| {
                let live = ticket.is_live(now);
                if !live {
                    holders.remove(&ticket.hash);
                }
                live
            });
            !tickets.is_empty()
        });
    }
}

impl TicketStore for MemoryTickets {
    fn keep(
        &self,
        ticket: TokenHash,
        grant: Grant,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(), TicketRefused>> {
        Box::pin(std::future::ready({
            let per_session = self.per_session;
            self.open().keep(ticket, grant, per_session, now)
        }))
    }

    fn take<'a>(
        &'a self,
        ticket: &'a TokenHash,
        origin: Option<&'a str>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Grant, TicketRefused>> {
        Box::pin(std::future::ready(self.open().take(ticket, origin, now)))
    }

    fn forget<'a>(&'a self, session: &'a SessionId) -> BoxFuture<'a, ()> {
        self.open().forget(session);
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests;
