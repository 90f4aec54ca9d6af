use hermes_storage::{CredentialId, PasskeyId, UserId};
use serde::Deserialize;
use serde_json::Value;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError,
};

use super::{PasskeyError, Site};
use crate::gateway::Gateway;

impl Site {
    /// What a browser signs, with whichever passkey its person chooses, and what its answer is checked
    /// by. It is the same for everybody.
    pub(crate) fn request(&self) -> Result<(Value, DiscoverableAuthentication), PasskeyError> {
        let started = self.library().start_discoverable_authentication();
        let (request, state) = started.map_err(|_| PasskeyError::Unproved(None))?;
        let options = serde_json::to_value(request.public_key);
        Ok((options.map_err(|_| PasskeyError::Unproved(None))?, state))
    }
}

/// What the library does not ask of a sign-in: whether our page was in a frame of another site.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "crossOrigin")]
    cross_origin: Option<bool>,
}

fn is_cross_origin(shown: &PublicKeyCredential) -> bool {
    let data = serde_json::from_slice::<ClientData>(&shown.response.client_data_json);
    data.map_or(true, |data| data.cross_origin == Some(true))
}

/// Who has signed what they were asked to, and by which passkey.
///
/// # Errors
///
/// [`PasskeyError`].
pub(crate) async fn prove(
    gateway: &Gateway,
    state: DiscoverableAuthentication,
    credential: Value,
) -> Result<(UserId, PasskeyId), PasskeyError> {
    let site = gateway.rules().passkeys.clone();
    let site = site.ok_or(PasskeyError::Unavailable)?;
    let nobody = PasskeyError::Unproved(None);
    let Ok(shown) = serde_json::from_value::<PublicKeyCredential>(credential) else {
        return Err(nobody);
    };
    let Ok(id) = CredentialId::new(shown.get_credential_id()) else {
        return Err(nobody);
    };
    let passkeys = gateway.ports.storage.passkeys();
    let Some((handle, passkey)) = passkeys.by_credential(&id).await? else {
        return Err(nobody);
    };
    let unproved = PasskeyError::Unproved(Some(passkey.user));
    // The authenticator says whose the passkey is, and it is theirs (WebAuthn Level 3 §7.2 step 6).
    if shown.get_user_unique_id() != Some(handle.as_bytes().as_slice()) {
        return Err(unproved);
    }
    let was = passkey.credential;
    let mut known: Passkey = serde_json::from_str(&was).map_err(|_| PasskeyError::Storage)?;
    let library = site.library();
    let result = library.finish_discoverable_authentication_v2(&shown, state, &known);
    let result = match result {
        Ok(result) if result.user_verified() && !is_cross_origin(&shown) => result,
        Err(WebauthnError::CredentialPossibleCompromise) => {
            return Err(PasskeyError::CounterFell(passkey.user));
        }
        Ok(_) | Err(_) => return Err(unproved),
    };
    known.update_credential(&result);
    let becomes = serde_json::to_string(&known).map_err(|_| PasskeyError::Storage)?;
    let now = gateway.ports.clock.now();
    match passkeys.used(passkey.id, &was, &becomes, now).await? {
        true => Ok((passkey.user, passkey.id)),
        // Another sign-in has shown the same counter in the meantime, or it was removed.
        false => Err(PasskeyError::CounterFell(passkey.user)),
    }
}
