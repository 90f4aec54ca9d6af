//! The methods that take a user name and a password: the users of this gateway, and the one user
//! of the settings, who is the owner.

use hermes_secret::Secret;
use hermes_storage::{Label, LoginName, NewUser, Role, StorageError, User, UserId};

use super::Methods;
use crate::{
    gateway::Gateway,
    passwords::{Known, PasswordError, Verdict},
    settings::{Basic, BasicPassword},
};

/// The name of the method for the users of this gateway.
pub(crate) const USERS: &str = "password";

/// The name of the method for the one user of the settings.
pub(super) const BASIC: &str = "basic";

/// A method that takes a password.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PasswordMethod<'a> {
    /// Users with a login name.
    Users,
    /// The one of the settings.
    Basic(&'a Basic),
}

/// Why nobody could be checked.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Storage did not answer.
    Storage,
    /// No password could be checked.
    Password(PasswordError),
}

impl From<StorageError> for Trouble {
    fn from(_: StorageError) -> Self {
        Self::Storage
    }
}

impl From<PasswordError> for Trouble {
    fn from(error: PasswordError) -> Self {
        Self::Password(error)
    }
}

impl Methods {
    /// The method of this name, if it takes a password.
    pub(crate) fn password(&self, name: &str) -> Option<PasswordMethod<'_>> {
        match name {
            USERS if self.passwords => Some(PasswordMethod::Users),
            BASIC => self.basic.as_ref().map(PasswordMethod::Basic),
            _ => None,
        }
    }
}

impl PasswordMethod<'_> {
    /// Its name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Users => USERS,
            Self::Basic(_) => BASIC,
        }
    }

    /// Who has this name and this password. Each way to no takes as long as the way to yes.
    pub(crate) async fn prove(
        &self,
        gateway: &Gateway,
        name: &str,
        password: Secret,
    ) -> Result<Option<UserId>, Trouble> {
        match self {
            Self::Users => of_users(gateway, name, password).await,
            Self::Basic(basic) => of_settings(gateway, basic, name, password).await,
        }
    }
}

async fn of_users(
    gateway: &Gateway,
    name: &str,
    password: Secret,
) -> Result<Option<UserId>, Trouble> {
    let users = gateway.ports.storage.users();
    let found = match name.parse::<LoginName>() {
        Ok(login) => users.by_login(&login).await?,
        Err(_) => None,
    };
    let stored = found.filter(|(user, _)| !user.disabled);
    let stored = stored.and_then(|(user, password)| Some((user, password?.phc)));
    let known = match &stored {
        Some((_, phc)) => Known::Hash(phc.clone()),
        None => Known::Nothing,
    };
    let verdict = gateway.passwords.check(password.clone(), known).await?;
    let Some((user, phc)) = stored.filter(|_| verdict != Verdict::Wrong) else {
        return Ok(None);
    };
    if verdict == Verdict::RightButWeak {
        rehash(gateway, &user, password, &phc).await;
    }
    Ok(Some(user.id))
}

/// Keeps the password under a stronger hash. Should it fail, the next sign-in does it.
async fn rehash(gateway: &Gateway, user: &User, password: Secret, old: &Secret) {
    if let Ok(new) = gateway.passwords.hash(password).await {
        let users = gateway.ports.storage.users();
        let _ = users.rehash_password(user.id, old, &new).await;
    }
}

/// The hash of the settings is nowhere kept, a stronger one neither: whoever changes the setting
/// has changed the password.
async fn of_settings(
    gateway: &Gateway,
    basic: &Basic,
    name: &str,
    password: Secret,
) -> Result<Option<UserId>, Trouble> {
    let known = match &basic.password {
        BasicPassword::Plain(plain) => Known::Plain(plain.clone()),
        BasicPassword::Hash(hash) => Known::Hash(hash.clone()),
    };
    let verdict = gateway.passwords.check(password, known).await?;
    let is_name = Secret::new(basic.username.as_str()).matches(name);
    if verdict == Verdict::Wrong || !is_name {
        return Ok(None);
    }
    let owner = UserId::owner();
    let users = gateway.ports.storage.users();
    match users.find(owner).await? {
        Some(user) if user.disabled => return Ok(None),
        Some(_) => return Ok(Some(owner)),
        None => {}
    }
    let new = NewUser {
        id: owner,
        login: None,
        display_name: Label::new(&basic.username),
        email: None,
        role: Role::Owner,
        created_at: gateway.ports.clock.now(),
        password: None,
        identity: None,
    };
    match users.create(new).await {
        // Somebody else was first, by another sign-in at the same time.
        Ok(()) | Err(StorageError::UserExists) => Ok(Some(owner)),
        Err(error) => Err(error.into()),
    }
}
