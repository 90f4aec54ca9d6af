//! What browsers have begun and come back to finish: bounded in number and time, finished by whoever
//! began it, and once.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_machine::Clock;
use hermes_storage::TokenHash;
use jiff::Timestamp;

/// The most in all; a new one drops the oldest.
pub(crate) const KEPT: usize = 4096;

/// The most of one address, so that nobody pushes everybody else's out.
pub(crate) const KEPT_PER_ADDRESS: usize = 64;

struct Open<H, T> {
    id: TokenHash,
    holder: H,
    address: IpAddr,
    ends_at: Timestamp,
    what: T,
}

/// What has been begun, the oldest first.
pub(crate) struct Begun<H, T> {
    clock: Arc<dyn Clock>,
    lifetime: Duration,
    open: Mutex<VecDeque<Open<H, T>>>,
}

impl<H: PartialEq, T> Begun<H, T> {
    /// Nothing yet. Each is good for this long.
    pub(crate) fn new(clock: Arc<dyn Clock>, lifetime: Duration) -> Self {
        Self {
            clock,
            lifetime,
            open: Mutex::new(VecDeque::new()),
        }
    }

    /// Whether this is who has begun something.
    pub(crate) fn knows(&self, holder: &H) -> bool {
        self.current().iter().any(|open| open.holder == *holder)
    }

    /// Keeps what somebody at this address has begun, to be found by this id.
    pub(crate) fn keep(&self, holder: H, id: TokenHash, address: IpAddr, what: T) {
        let now = self.clock.now();
        let mut open = self.current();
        let mut theirs = open
            .iter()
            .enumerate()
            .filter(|(_, it)| it.address == address);
        let oldest = theirs.next().map(|(position, _)| position);
        if let Some(oldest) = oldest.filter(|_| theirs.count() + 1 >= KEPT_PER_ADDRESS) {
            open.remove(oldest);
        }
        if open.len() >= KEPT {
            open.pop_front();
        }
        open.push_back(Open {
            id,
            holder,
            address,
            ends_at: now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX),
            what,
        });
    }

    /// Takes what this holder has begun. Nobody takes it twice.
    pub(crate) fn take(&self, holder: &H, id: &TokenHash) -> Option<T> {
        let mut open = self.current();
        let position = open
            .iter()
            .position(|open| open.id == *id && open.holder == *holder)?;
        open.remove(position).map(|open| open.what)
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.current().len()
    }

    /// Those that are not over.
    fn current(&self) -> MutexGuard<'_, VecDeque<Open<H, T>>> {
        let now = self.clock.now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|open| open.ends_at > now);
        open
    }
}
