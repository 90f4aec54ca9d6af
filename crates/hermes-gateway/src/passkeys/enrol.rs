use hermes_storage::{
    CredentialId, Invitation, Label, NewPasskey, Passkey, PasskeyId, User, UserHandle,
};
use serde_json::Value;
use webauthn_rs::prelude::Uuid;
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{Enrolment, PasskeyError, Site};
use crate::gateway::Gateway;

/// As what an authenticator shows a person when they choose among passkeys.
struct Named {
    /// What tells one account from another.
    name: String,
    /// What the person is called.
    display_name: String,
}

/// As what somebody is shown who is a user already.
fn named(user: &User) -> Named {
    let label = |label: &Option<Label>| label.as_ref().map(ToString::to_string);
    let login = user.login.as_ref().map(ToString::to_string);
    let shown = label(&user.display_name);
    let name = login.or_else(|| label(&user.email));
    let name = name.or_else(|| shown.clone());
    let name = name.unwrap_or_else(|| user.id.to_string());
    Named {
        display_name: shown.unwrap_or_else(|| name.clone()),
        name,
    }
}

impl Site {
    /// What a browser makes a passkey of, and what its answer is checked by. The passkeys that the
    /// person has are named, so that no authenticator makes a second one.
    fn creation(
        &self,
        handle: UserHandle,
        named: &Named,
        have: &[Passkey],
    ) -> Result<(Value, Enrolment), PasskeyError> {
        let known = |passkey: &Passkey| passkey.credential_id.as_bytes().to_vec();
        let known = have.iter().map(known).collect();
        // The library knows people by 16 bytes and only passes them on: ours are 32, put in below.
        let started = self.library().start_passkey_registration(
            Uuid::nil(),
            &named.name,
            &named.display_name,
            Some(known),
        );
        let (creation, state) = started.map_err(|_| PasskeyError::Unsound)?;
        let mut options = creation.public_key;
        options.user.id = handle.as_bytes().to_vec();
        // Found without a name, so it has to be kept where it was made.
        if let Some(selection) = &mut options.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        let options = serde_json::to_value(options).map_err(|_| PasskeyError::Unsound)?;
        Ok((options, Enrolment { state, handle }))
    }
}

/// What a browser makes a passkey of for somebody who is a user.
///
/// # Errors
///
/// [`PasskeyError`].
pub(crate) async fn creation_for(
    gateway: &Gateway,
    site: &Site,
    user: &User,
) -> Result<(Value, Enrolment), PasskeyError> {
    let passkeys = gateway.ports.storage.passkeys();
    let fresh = UserHandle::new(&*gateway.ports.random);
    let handle = passkeys.handle(user.id, fresh).await?;
    let have = passkeys.list(user.id).await?;
    site.creation(handle, &named(user), &have)
}

/// What a browser makes a passkey of for somebody who is invited, and perhaps no user yet.
///
/// # Errors
///
/// [`PasskeyError`].
pub(crate) async fn creation_by_invitation(
    gateway: &Gateway,
    site: &Site,
    invitation: &Invitation,
) -> Result<(Value, Enrolment), PasskeyError> {
    let users = gateway.ports.storage.users();
    if let Some(user) = users.find(invitation.user).await? {
        return creation_for(gateway, site, &user).await;
    }
    let invited_as = invitation.display_name.as_ref().map(ToString::to_string);
    let name = invited_as.unwrap_or_else(|| invitation.user.to_string());
    let named = Named {
        display_name: name.clone(),
        name,
    };
    let handle = UserHandle::new(&*gateway.ports.random);
    site.creation(handle, &named, &[])
}

/// The passkey that a browser has made.
///
/// # Errors
///
/// [`PasskeyError::Unavailable`] or [`PasskeyError::Unsound`].
pub(crate) fn enrolled(
    gateway: &Gateway,
    enrolment: &Enrolment,
    credential: Value,
    name: Option<Label>,
) -> Result<NewPasskey, PasskeyError> {
    let site = gateway.rules().passkeys.clone();
    let site = site.ok_or(PasskeyError::Unavailable)?;
    let unsound = |_| PasskeyError::Unsound;
    let made = serde_json::from_value(credential).map_err(unsound)?;
    let library = site.library();
    let passkey = library.finish_passkey_registration(&made, &enrolment.state);
    let passkey = passkey.map_err(|_| PasskeyError::Unsound)?;
    let credential_id = CredentialId::new(passkey.cred_id());
    Ok(NewPasskey {
        id: PasskeyId::new(&*gateway.ports.random),
        handle: enrolment.handle,
        credential_id: credential_id.map_err(|_| PasskeyError::Unsound)?,
        credential: serde_json::to_string(&passkey).map_err(unsound)?,
        name,
    })
}
