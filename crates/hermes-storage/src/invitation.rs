use hermes_secret::Secret;
use jiff::Timestamp;

use crate::{Answer, Identity, Label, LoginName, NewPasskey, Role, SessionId, TokenHash, UserId};

/// What whoever brings the value of an invitation may do: choose, once, a way to sign in as this
/// user. The value is kept as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The user. They are added when the invitation is used, unless they are there by then.
    pub user: UserId,
    /// What a user who is added may do.
    pub role: Role,
    /// As a user who is added is addressed, unless they say otherwise.
    pub display_name: Option<Label>,
    /// When the invitation ends.
    pub ends_at: Timestamp,
}

/// A way to sign in, as somebody has chosen it for themselves.
#[derive(Clone, Debug)]
pub enum Way {
    /// By name and password.
    Password {
        /// The name.
        login: LoginName,
        /// The hash of the password, as a PHC string.
        phc: Secret,
    },
    /// At an identity provider; it counts whatever the settings say of the person.
    Identity(Identity),
    /// By a passkey.
    Passkey(NewPasskey),
}

/// The use of an invitation.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The present moment.
    pub at: Timestamp,
    /// What was chosen.
    pub way: Way,
    /// As the person wants to be addressed, or their identity provider does.
    pub display_name: Option<Label>,
    /// Their e-mail address, unverified.
    pub email: Option<Label>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The user, who has the way in now.
    pub user: UserId,
    /// The sessions that ended, because the password is another one.
    pub ended: Vec<SessionId>,
}

/// Invitations that are open.
///
/// # Errors
///
/// Each method fails with what the engine met, and with nothing else but what it names.
pub trait Invitations: Send + Sync {
    /// Keeps an invitation. One for the same user that was made before opens nothing any more, and
    /// those that are over are dropped.
    fn invite(&self, hash: TokenHash, invitation: Invitation, now: Timestamp) -> Answer<'_, ()>;

    /// The invitation of this value, if it is not over.
    fn invitation<'a>(
        &'a self,
        hash: &'a TokenHash,
        now: Timestamp,
    ) -> Answer<'a, Option<Invitation>>;

    /// Uses an invitation up and gives its user the way in; `None` if it opens nothing. Of many at
    /// once one does it.
    ///
    /// # Errors
    ///
    /// [`LoginTaken`](crate::StorageError::LoginTaken),
    /// [`IdentityTaken`](crate::StorageError::IdentityTaken), what adding a
    /// [passkey](crate::Passkeys::add) fails with, or
    /// [`UserUnknown`](crate::StorageError::UserUnknown) if the user is disabled. The invitation
    /// stays open then.
    fn accept<'a>(
        &'a self,
        hash: &'a TokenHash,
        acceptance: Acceptance,
    ) -> Answer<'a, Option<Accepted>>;
}
