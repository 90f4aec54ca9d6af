use hermes_secret::Secret;
use jiff::Timestamp;

use crate::{Answer, Label, LoginName, SessionId, UserId};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, settings and other people's sessions included.
    Owner,
    /// Their own conversations.
    Member,
}

impl Role {
    /// The lesser of the two.
    #[must_use]
    pub const fn at_most(self, limit: Self) -> Self {
        match (self, limit) {
            (Self::Owner, Self::Owner) => Self::Owner,
            _ => Self::Member,
        }
    }
}

/// A person who may use the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// For ever the same.
    pub id: UserId,
    /// For signing in by password; unique.
    pub login: Option<LoginName>,
    /// As they are addressed.
    pub display_name: Option<Label>,
    /// As they or their identity provider gave it. Unverified: it decides nothing.
    pub email: Option<Label>,
    /// What they may do.
    pub role: Role,
    /// Shut out, with everything of theirs kept.
    pub disabled: bool,
    /// When the user was added.
    pub created_at: Timestamp,
}

/// A user to be added, with the ways in they have from the start.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// See [`User::id`].
    pub id: UserId,
    /// See [`User::login`].
    pub login: Option<LoginName>,
    /// See [`User::display_name`].
    pub display_name: Option<Label>,
    /// See [`User::email`].
    pub email: Option<Label>,
    /// See [`User::role`].
    pub role: Role,
    /// The present moment.
    pub created_at: Timestamp,
    /// The hash of a password, as a PHC string.
    pub password: Option<Secret>,
    /// Who they are at an identity provider.
    pub identity: Option<Identity>,
}

/// The hash of a user's password.
#[derive(Clone, Debug)]
pub struct Password {
    /// Algorithm, parameters, salt and hash as one PHC string.
    pub phc: Secret,
    /// When the person last chose a password; a new hash of the same one does not count.
    pub changed_at: Timestamp,
}

/// Who somebody is at an identity provider: the pair that is unique and stays (OpenID Connect
/// Core 1.0 §5.7).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// `iss`, exactly as the provider writes it.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}

/// The people who may sign in.
///
/// # Errors
///
/// Each method fails with what the engine met. Those that name a user who is not there, other than
/// the questions, fail with [`StorageError::UserUnknown`](crate::StorageError::UserUnknown).
pub trait Users: Send + Sync {
    /// Adds a user with their password and identity, all or nothing.
    ///
    /// # Errors
    ///
    /// [`UserExists`](crate::StorageError::UserExists),
    /// [`LoginTaken`](crate::StorageError::LoginTaken) or
    /// [`IdentityTaken`](crate::StorageError::IdentityTaken).
    fn create(&self, user: NewUser) -> Answer<'_, ()>;

    /// The user of this id.
    fn find(&self, id: UserId) -> Answer<'_, Option<User>>;

    /// The user of this login name, and their password if they have one.
    fn by_login<'a>(&'a self, login: &'a LoginName)
    -> Answer<'a, Option<(User, Option<Password>)>>;

    /// The user who is this at an identity provider.
    fn by_identity<'a>(&'a self, identity: &'a Identity) -> Answer<'a, Option<User>>;

    /// Whether somebody who is this at an identity provider was invited or let in by the owner, and
    /// so may come in whatever the settings say of them.
    fn is_vouched_for<'a>(&'a self, identity: &'a Identity) -> Answer<'a, bool>;

    /// All users, the oldest first.
    fn list(&self) -> Answer<'_, Vec<User>>;

    /// Who the user is at identity providers, in order.
    fn identities(&self, id: UserId) -> Answer<'_, Vec<Identity>>;

    /// The user's password, if they have one.
    fn password(&self, id: UserId) -> Answer<'_, Option<Password>>;

    /// Adds a way in; one that the user has already is fine.
    ///
    /// # Errors
    ///
    /// [`IdentityTaken`](crate::StorageError::IdentityTaken) if it is somebody else's.
    fn link_identity(&self, id: UserId, identity: Identity) -> Answer<'_, ()>;

    /// Replaces the login name.
    ///
    /// # Errors
    ///
    /// [`LoginTaken`](crate::StorageError::LoginTaken) if it is somebody else's.
    fn set_login(&self, id: UserId, login: Option<LoginName>) -> Answer<'_, ()>;

    /// Replaces how the user is addressed, and their e-mail address.
    fn set_profile(
        &self,
        id: UserId,
        display_name: Option<Label>,
        email: Option<Label>,
    ) -> Answer<'_, ()>;

    /// Sets the password that the person chose, and ends all their sessions but `keep`: whoever
    /// knew the old one is out. Returns what ended.
    fn set_password(
        &self,
        id: UserId,
        phc: Secret,
        at: Timestamp,
        keep: Option<SessionId>,
    ) -> Answer<'_, Vec<SessionId>>;

    /// Gives a user who has no password a name and a password to sign in by. Their sessions go on:
    /// nobody knew a password before. The answer is false if they have one by now.
    ///
    /// # Errors
    ///
    /// [`LoginTaken`](crate::StorageError::LoginTaken) if the name is somebody else's.
    fn add_password(
        &self,
        id: UserId,
        login: LoginName,
        phc: Secret,
        at: Timestamp,
    ) -> Answer<'_, bool>;

    /// Replaces the hash by a stronger one of the same password. Nothing is done, and the answer
    /// is false, if the hash is no longer `old`: the person has just chosen another password.
    fn rehash_password<'a>(
        &'a self,
        id: UserId,
        old: &'a Secret,
        new: &'a Secret,
    ) -> Answer<'a, bool>;

    /// Shuts the user out or lets them in again. Shutting out ends their sessions; returns which.
    fn set_disabled(&self, id: UserId, disabled: bool) -> Answer<'_, Vec<SessionId>>;

    /// Changes what the user may do. Their sessions go on with the new role; whoever caches them
    /// has to forget them.
    fn set_role(&self, id: UserId, role: Role) -> Answer<'_, ()>;

    /// Takes all the user's ways in away, and ends their sessions; returns which. The name by which
    /// they signed in stays theirs.
    fn take_ways_in(&self, id: UserId) -> Answer<'_, Vec<SessionId>>;

    /// Removes the user with everything of theirs; returns the sessions that ended.
    fn remove(&self, id: UserId) -> Answer<'_, Vec<SessionId>>;
}
