//! Who a person from an identity provider is here.

use hermes_storage::{NewUser, Role, StorageError, UserId};

use super::{IdentityProvider, identity::Described};
use crate::gateway::Gateway;

/// Why somebody who is known to a provider is nobody here.
#[derive(Debug)]
pub(crate) enum Unadmitted {
    /// The settings do not name them.
    Stranger,
    /// The owner has to come first.
    NoOwner,
    /// Storage did not answer.
    Storage,
}

impl From<StorageError> for Unadmitted {
    fn from(_: StorageError) -> Self {
        Self::Storage
    }
}

/// The user of a person who is let in: the one who has signed in as them before, the owner whom the
/// settings name, or a new member.
///
/// Issuer and subject decide alone. An e-mail address lets somebody in and makes them the owner
/// while there is none; it never leads to a user who is there already (RP4).
///
/// # Errors
///
/// If they are not let in.
pub(crate) async fn admit(
    gateway: &Gateway,
    provider: &dyn IdentityProvider,
    person: &Described,
) -> Result<UserId, Unadmitted> {
    let claims = person.claims();
    if !is_let_in(gateway, provider, person).await? {
        return Err(Unadmitted::Stranger);
    }
    if let Some(user) = known(gateway, person).await? {
        return Ok(user);
    }
    if provider.allow().is_owner(&claims) {
        match create(gateway, person, UserId::owner(), Role::Owner).await {
            Ok(()) => return Ok(UserId::owner()),
            // There is one: whoever the settings name now is a member beside them.
            Err(StorageError::UserExists) => {}
            Err(StorageError::IdentityTaken) => return again(gateway, person).await,
            Err(error) => return Err(error.into()),
        }
    }
    let owner = gateway.ports.storage.users().find(UserId::owner()).await?;
    if owner.is_none() {
        return Err(Unadmitted::NoOwner);
    }
    let id = UserId::new(&*gateway.ports.random);
    match create(gateway, person, id, Role::Member).await {
        Ok(()) => Ok(id),
        // Two tabs at once: the other one was first.
        Err(StorageError::IdentityTaken) => again(gateway, person).await,
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody may come in: the lists of the settings name them, or an invitation or the owner
/// has vouched for them.
///
/// # Errors
///
/// If storage does not answer: then nobody may.
pub(super) async fn is_let_in(
    gateway: &Gateway,
    provider: &dyn IdentityProvider,
    person: &Described,
) -> Result<bool, StorageError> {
    if provider.allow().admits(&person.claims()) {
        return Ok(true);
    }
    let users = gateway.ports.storage.users();
    users.is_vouched_for(&person.identity()).await
}

async fn again(gateway: &Gateway, person: &Described) -> Result<UserId, Unadmitted> {
    known(gateway, person).await?.ok_or(Unadmitted::Storage)
}

/// The user who is this at the provider, with the profile that the provider gives now.
async fn known(gateway: &Gateway, person: &Described) -> Result<Option<UserId>, StorageError> {
    let users = gateway.ports.storage.users();
    let Some(user) = users.by_identity(&person.identity()).await? else {
        return Ok(None);
    };
    let (name, email) = person.profile();
    let (name, email) = (
        name.or_else(|| user.display_name.clone()),
        email.or_else(|| user.email.clone()),
    );
    if name != user.display_name || email != user.email {
        users.set_profile(user.id, name, email).await?;
    }
    Ok(Some(user.id))
}

async fn create(
    gateway: &Gateway,
    person: &Described,
    id: UserId,
    role: Role,
) -> Result<(), StorageError> {
    let (display_name, email) = person.profile();
    let user = NewUser {
        id,
        login: None,
        display_name,
        email,
        role,
        created_at: gateway.ports.clock.now(),
        password: None,
        identity: Some(person.identity()),
    };
    gateway.ports.storage.users().create(user).await
}
