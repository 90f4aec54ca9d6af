//! Who a request comes from.

use std::sync::Arc;

use hermes_protocol::methods;
use hermes_storage::{Role, UserId};

use crate::{sessions::Live, socket::Caller};

/// Somebody who has shown a good credential. Every kind of credential leads here, and nothing that
/// a client says about itself does.
#[derive(Clone, Debug)]
pub(crate) enum Person {
    /// The holder of token mode's token, who is the owner.
    Holder,
    /// Somebody who signed in.
    SignedIn(Arc<Live>),
}

impl Person {
    /// Their user id.
    pub(crate) fn user(&self) -> UserId {
        match self {
            Self::Holder => UserId::owner(),
            Self::SignedIn(live) => live.user,
        }
    }

    /// What they may do.
    pub(crate) fn role(&self) -> Role {
        match self {
            Self::Holder => Role::Owner,
            Self::SignedIn(live) => live.role,
        }
    }

    /// Their session, if they signed in.
    pub(crate) const fn session(&self) -> Option<&Arc<Live>> {
        match self {
            Self::Holder => None,
            Self::SignedIn(live) => Some(live),
        }
    }

    /// The same person at the other end of a socket.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            user: self.user(),
            role: match self.role() {
                Role::Owner => methods::Role::Owner,
                Role::Member => methods::Role::User,
            },
            session: self.session().cloned(),
        }
    }
}
