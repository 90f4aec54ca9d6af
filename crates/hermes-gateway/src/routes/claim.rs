use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse as _, Response},
    routing::post,
};
use hermes_protocol::{
    rest::{Claim, ClaimAnswer, ClaimLook, ClaimLookAnswer, ClaimStart, Provider, Refusal},
    routes,
};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use hermes_storage::Role;
use http::HeaderMap;

use super::{claim_passkey, password_login::BODY_LIMIT};
use crate::{
    audit::{Event, Line},
    begin::{self, Proved},
    claim::{self, Unaccepted},
    csrf,
    departure::{Stayed, depart},
    forwarded::Seen,
    front::was_meant,
    gateway::Gateway,
    methods::{Purpose, USERS},
    passkeys::PasskeyError,
    refusal::{refuse, refuse_for, whole_seconds},
};

/// What the page of an invitation asks.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::CLAIM_LOOK.path, post(look))
        .route(routes::CLAIM.path, post(accept))
        .route(routes::CLAIM_PASSKEY_START.path, post(claim_passkey::start))
        .route(routes::CLAIM_PASSKEY.path, post(claim_passkey::accept))
        .route(routes::CLAIM_START.path, post(start))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Tells whose an invitation is, so that nobody types in vain.
async fn look(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(asked): Json<ClaimLook>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let secret = Secret::new(asked.secret);
    match described(&gateway, &seen, &secret).await {
        Ok(answer) => Json(answer).into_response(),
        Err(why) => unaccepted(&gateway, &seen, &why),
    }
}

async fn described(
    gateway: &Gateway,
    seen: &Seen,
    secret: &Secret,
) -> Result<ClaimLookAnswer, Unaccepted> {
    let (_, invitation) = claim::look(gateway, seen, secret).await?;
    let username = claim::suggested_name(gateway, &invitation).await?;
    let rules = gateway.rules();
    let offered = rules.methods.providers.offered();
    let least = rules.password_min_length;
    let display_name = invitation.display_name.map(|name| name.to_string());
    Ok(ClaimLookAnswer {
        owner: invitation.role == Role::Owner,
        display_name: display_name.unwrap_or_default(),
        username: username.map(|name| name.to_string()).unwrap_or_default(),
        providers: offered
            .map(|method| Provider {
                name: method.name,
                display_name: method.display_name,
                supports_password: false,
            })
            .collect(),
        password_min_length: u32::try_from(least).unwrap_or(u32::MAX),
        expires_at: u64::try_from(invitation.ends_at.as_second()).unwrap_or_default(),
    })
}

/// Accepts an invitation by a name and a password, and signs its user in.
async fn accept(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(typed): Json<Claim>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let (secret, password) = (Secret::new(typed.secret), Secret::new(typed.password));
    let accepting = claim::by_password(&gateway, &seen, &secret, &typed.username, password);
    let user = match accepting.await {
        Ok(user) => user,
        Err(why) => return unaccepted(&gateway, &seen, &why),
    };
    let proved = Proved {
        user,
        method: USERS.to_owned(),
        provider: None,
        passkey: None,
    };
    let next = seen.prefix.join("/");
    let answer = Json(ClaimAnswer { next }).into_response();
    let begun = begin::begin(&gateway, &seen, &headers, proved, answer).await;
    begun.unwrap_or_else(|refusal| *refusal)
}

/// Begins to accept an invitation at an identity provider.
async fn start(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(asked): Json<ClaimStart>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let secret = Secret::new(asked.secret);
    let hash = match claim::look(&gateway, &seen, &secret).await {
        Ok((hash, _)) => hash,
        Err(why) => return unaccepted(&gateway, &seen, &why),
    };
    let rules = gateway.rules();
    let Some(provider) = rules.methods.providers.get(&asked.provider) else {
        let name = plain(&asked.provider, LABEL_LIMIT).into();
        return refuse(&Refusal::UnknownProvider { name }, None);
    };
    let purpose = Purpose::Invitation(hash);
    match depart(&gateway, &seen, &headers, &**provider, purpose).await {
        Ok(departed) => {
            let next = departed.address.to_string();
            departed.remembered(Json(ClaimAnswer { next }).into_response())
        }
        Err(Stayed::TooMany(wait)) => refuse_for(&Refusal::TooManyAttempts, whole_seconds(wait)),
        Err(stayed) => refuse(&stayed.refusal(), None),
    }
}

/// What is wrong, in words that say what to change.
pub(super) fn unaccepted(gateway: &Gateway, seen: &Seen, why: &Unaccepted) -> Response {
    let line = Line::new(Event::LoginFailure, Some(seen.address)).reason(why.reason());
    gateway.ports.audit.record(line.provider("invitation"));
    match why {
        Unaccepted::TooMany(wait) | Unaccepted::Passkey(PasskeyError::TooMany(wait)) => {
            refuse_for(&why.refusal(), whole_seconds(*wait))
        }
        _ => refuse(&why.refusal(), why.hint()),
    }
}
