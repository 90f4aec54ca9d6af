use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hermes_storage::UserId;

use super::Caller;
use crate::settings::Limits;

/// How many sockets there may be, and how many there are. What one session has is counted by the
/// session.
#[derive(Debug)]
pub struct Room {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    in_all: usize,
    by_user: HashMap<UserId, usize>,
}

/// A place for one socket, given back when dropped.
#[derive(Debug)]
pub struct Place {
    room: Arc<Room>,
    caller: Caller,
}

impl Room {
    /// Room for as many as the limits say.
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            open: Mutex::default(),
        })
    }

    /// A place for a socket of this caller; `None` if they, their session or the gateway has as
    /// many as it may.
    pub fn take(self: &Arc<Self>, caller: &Caller) -> Option<Place> {
        let mut open = self.lock();
        let Open { in_all, by_user } = &mut *open;
        let of_user = by_user.get(&caller.user).copied().unwrap_or(0);
        if *in_all >= self.limits.sockets || of_user >= self.limits.sockets_per_user {
            return None;
        }
        let most = u32::try_from(self.limits.sockets_per_session).unwrap_or(u32::MAX);
        if let Some(session) = &caller.session
            && !session.open_socket(most)
        {
            return None;
        }
        *in_all += 1;
        by_user.insert(caller.user, of_user + 1);
        drop(open);
        Some(Place {
            room: Arc::clone(self),
            caller: caller.clone(),
        })
    }

    /// How many sockets are open.
    pub fn open(&self) -> usize {
        self.lock().in_all
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(session) = &self.caller.session {
            session.close_socket();
        }
        let mut open = self.room.lock();
        open.in_all = open.in_all.saturating_sub(1);
        let user = self.caller.user;
        match open.by_user.get_mut(&user) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                open.by_user.remove(&user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hermes_protocol::methods::Role;

    use super::*;

    fn caller(user: &str) -> Caller {
        Caller {
            user: user.parse().unwrap(),
            role: Role::User,
            session: None,
        }
    }

    #[test]
    fn ds2_a_user_and_the_gateway_have_so_many_and_no_more() {
        let limits = Limits {
            sign_ins_per_address: 0,
            sign_ins_per_account: 0,
            sign_ins_in_all: 0,
            tickets_per_session: 0,
            sockets: 3,
            sockets_per_session: 0,
            sockets_per_user: 2,
            body_bytes: 0,
        };
        let room = Room::new(limits);
        let (ann, ben) = (caller("ann"), caller("ben"));
        let first = room.take(&ann).unwrap();
        let second = room.take(&ann);
        assert!(
            second.is_some() && room.take(&ann).is_none(),
            "two of one user"
        );
        let third = room.take(&ben);
        assert!(third.is_some() && room.take(&ben).is_none(), "three in all");
        drop(first);
        assert!(room.take(&ben).is_some());
        drop((second, third));
        assert!(room.lock().by_user.is_empty() && room.lock().in_all == 0);
    }
}
