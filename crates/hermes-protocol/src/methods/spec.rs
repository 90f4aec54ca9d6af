//! What is declared of a method.

use serde::{Deserialize, Serialize};

/// What a person may do at the gateway. A later one may do all that an earlier one may.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Role {
    /// Anybody who is signed in.
    #[default]
    User,
    /// The owner of the gateway.
    Owner,
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// People with this role, wherever they signed in.
    Person(Role),
    /// Whoever asks at the control socket of the host, and no person.
    Host,
}

/// What a method touches, whose ownership its handler has to check (checklist RZ2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Object {
    /// Nothing that belongs to a person.
    Nothing,
    /// The settings of the gateway.
    Settings,
    /// The conversation that the parameters name.
    Conversation,
    /// The caller's own conversations.
    OwnConversations,
    /// The sessions of everybody.
    Sessions,
    /// Who is a user, and who the owner is.
    People,
}

/// What a call costs, for the limit of its socket (checklist DS5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cost {
    /// Answered from memory; limited by the socket's own speed.
    Cheap,
    /// Reads a disk or asks another machine: at most
    /// [`COSTLY_CALLS_PER_MINUTE`](crate::limits::COSTLY_CALLS_PER_MINUTE) of all such methods.
    Costly,
}

/// What is declared of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Its name on the wire.
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What it touches.
    pub object: Object,
    /// How many bytes its parameters may have.
    pub max_params: usize,
    /// What it costs.
    pub cost: Cost,
}
