//! Accepting an invitation by a passkey.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{ClaimAnswer, ClaimLook, ClaimPasskey, PasskeyCreation};
use hermes_secret::Secret;
use http::HeaderMap;

use super::claim::unaccepted;
use crate::{
    begin::{self, Proved},
    claim::{self, Unaccepted},
    csrf,
    forwarded::Seen,
    front::was_meant,
    gateway::Gateway,
    passkeys::{self, Browser, Ceremony, PASSKEY, PasskeyError},
};

/// Begins to make the passkey.
pub(super) async fn start(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(asked): Json<ClaimLook>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let browser = Browser::of(&gateway, &seen, &headers);
    match begun(&gateway, &seen, &browser, &Secret::new(asked.secret)).await {
        Ok(creation) => browser.remembered(Json(creation).into_response()),
        Err(why) => unaccepted(&gateway, &seen, &why),
    }
}

async fn begun(
    gateway: &Gateway,
    seen: &Seen,
    browser: &Browser,
    secret: &Secret,
) -> Result<PasskeyCreation, Unaccepted> {
    let (hash, invitation) = claim::look(gateway, seen, secret).await?;
    let site = passkeys::begin(gateway, seen)?;
    let (options, enrolment) =
        passkeys::creation_by_invitation(gateway, &site, &invitation).await?;
    let ceremony = gateway.ceremonies.keep(
        &*gateway.ports.random,
        browser.holder(),
        seen.address,
        Ceremony::Claim(Box::new(enrolment), hash),
    );
    let ceremony = ceremony.expose().to_owned();
    Ok(PasskeyCreation { ceremony, options })
}

/// Accepts an invitation by the passkey that the browser has made, and signs its user in.
pub(super) async fn accept(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(made): Json<ClaimPasskey>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let proved = match accepted(&gateway, &seen, &headers, made).await {
        Ok(proved) => proved,
        Err(why) => return unaccepted(&gateway, &seen, &why),
    };
    let next = seen.prefix.join("/");
    let answer = Json(ClaimAnswer { next }).into_response();
    let begun = begin::begin(&gateway, &seen, &headers, proved, answer).await;
    begun.unwrap_or_else(|refusal| *refusal)
}

async fn accepted(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    made: ClaimPasskey,
) -> Result<Proved, Unaccepted> {
    let (hash, _) = claim::look(gateway, seen, &Secret::new(made.secret)).await?;
    let browser = Browser::known(seen, headers);
    let taken = browser.and_then(|holder| gateway.ceremonies.take(&holder, &made.ceremony));
    let enrolment = match taken {
        Some(Ceremony::Claim(enrolment, of)) if of == hash => enrolment,
        _ => return Err(PasskeyError::Over.into()),
    };
    let passkey = passkeys::enrolled(gateway, &enrolment, made.credential, None)?;
    let id = passkey.id;
    Ok(Proved {
        user: claim::by_passkey(gateway, seen, &hash, passkey).await?,
        method: PASSKEY.to_owned(),
        provider: None,
        passkey: Some(id),
    })
}
