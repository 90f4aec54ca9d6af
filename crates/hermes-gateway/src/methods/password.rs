//! The methods that take a user name and a password: the users of this gateway, and the one user
//! of the settings, who is the owner.

use std::{net::IpAddr, time::Duration};

use hermes_secret::Secret;
use hermes_storage::{Label, LoginName, NewUser, Role, StorageError, User, UserId};

use super::Methods;
use crate::{
    gateway::Gateway,
    limiter::{self, Keys},
    passwords::{Known, PasswordError, Verdict},
    settings::{Basic, BasicPassword},
};

/// The name of the method for the users of this gateway.
pub(crate) const USERS: &str = "password";

/// The name of the method for the one user of the settings.
pub(crate) const BASIC: &str = "basic";

/// A method that takes a password.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PasswordMethod<'a> {
    /// Users with a login name.
    Users,
    /// The one of the settings.
    Basic(&'a Basic),
}

/// How long to wait for the pool of hashes.
const POOL_BUSY: Duration = Duration::from_secs(1);

/// Why nobody has proved who they are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unproved {
    /// The name or the password is wrong.
    Wrong,
    /// There were more attempts than are let through: how long to wait.
    TooMany(Duration),
    /// Nobody can be looked up, or no attempt counted.
    Unavailable,
}

impl From<StorageError> for Unproved {
    fn from(_: StorageError) -> Self {
        Self::Unavailable
    }
}

impl From<PasswordError> for Unproved {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::TooMany(POOL_BUSY),
            PasswordError::Unusable => Self::Unavailable,
        }
    }
}

impl Methods {
    /// The method of this name, if it takes a password.
    pub(crate) fn password(&self, name: &str) -> Option<PasswordMethod<'_>> {
        match name {
            USERS => Some(PasswordMethod::Users),
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

    /// Who has this name and this password: first the limits, the cheap one before the others, then
    /// the password. Each way to no takes as long as the way to yes.
    ///
    /// # Errors
    ///
    /// [`Unproved`].
    pub(crate) async fn prove(
        &self,
        gateway: &Gateway,
        address: IpAddr,
        name: &str,
        password: Secret,
    ) -> Result<UserId, Unproved> {
        let now = gateway.ports.clock.now();
        let keys = Keys::of(self.name(), name, address);
        let admitted = gateway.sign_ins.admit(&keys, now);
        admitted.map_err(Unproved::TooMany)?;
        let counters = gateway.ports.storage.counters();
        if let Some(wait) = limiter::wait(counters, &keys, now).await? {
            return Err(Unproved::TooMany(wait));
        }
        let user = match self {
            Self::Users => of_users(gateway, name, password).await?,
            Self::Basic(basic) => of_settings(gateway, basic, name, password).await?,
        };
        // What cannot be counted does not happen: else a full disk would take the limits away.
        match user {
            Some(_) => limiter::succeeded(counters, &keys).await?,
            None => limiter::failed(counters, &keys, now).await?,
        }
        user.ok_or(Unproved::Wrong)
    }
}

async fn of_users(
    gateway: &Gateway,
    name: &str,
    password: Secret,
) -> Result<Option<UserId>, Unproved> {
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
) -> Result<Option<UserId>, Unproved> {
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
