//! Signing in by a passkey, without a name: the authenticator knows whose it is.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse as _, Response},
    routing::post,
};
use hermes_protocol::{
    rest::{PasskeyLogin, PasskeyRequest, PasswordLoginAnswer, Refusal},
    routes,
};
use hermes_storage::{PasskeyId, UserId};
use http::HeaderMap;
use serde_json::Value;

use super::password_login::BODY_LIMIT;
use crate::{
    audit::{Event, Line},
    begin::{self, Proved},
    csrf,
    forwarded::Seen,
    front::was_meant,
    gateway::Gateway,
    landing::Landing,
    mode::Mode,
    passkeys::{self, Browser, Ceremony, PASSKEY, PasskeyError},
    refusal::{refuse, refuse_for, whole_seconds},
};

/// What the sign-in page asks.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::PASSKEY_LOGIN_START.path, post(start))
        .route(routes::PASSKEY_LOGIN.path, post(sign_in))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Tells what is to be signed; it tells nothing of who has a passkey.
async fn start(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    if gateway.mode() != Mode::Gated {
        return refuse(&Refusal::UnknownPasswordProvider, None);
    }
    let begun = passkeys::begin(&gateway, &seen).and_then(|site| site.request());
    let (options, state) = match begun {
        Ok(begun) => begun,
        Err(error) => return failed(&gateway, &seen, &error),
    };
    let browser = Browser::of(&gateway, &seen, &headers);
    let ceremony = gateway.ceremonies.keep(
        &*gateway.ports.random,
        browser.holder(),
        seen.address,
        Ceremony::SignIn(Box::new(state)),
    );
    let ceremony = ceremony.expose().to_owned();
    browser.remembered(Json(PasskeyRequest { ceremony, options }).into_response())
}

/// Signs in by what was signed.
async fn sign_in(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(shown): Json<PasskeyLogin>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let next = shown.next.as_deref();
    let next = next.and_then(|next| Landing::parse(next, &seen.prefix));
    let next = next.map_or_else(|| seen.prefix.join("/"), |next| next.location(&seen.prefix));
    let proving = prove(&gateway, &seen, &headers, &shown.ceremony, shown.credential);
    let (user, passkey) = match proving.await {
        Ok(proved) => proved,
        Err(error) => return failed(&gateway, &seen, &error),
    };
    let proved = Proved {
        user,
        method: PASSKEY.to_owned(),
        provider: None,
        passkey: Some(passkey),
    };
    let answer = Json(PasswordLoginAnswer::landing(next)).into_response();
    let begun = begin::begin(&gateway, &seen, &headers, proved, answer).await;
    begun.unwrap_or_else(|refusal| *refusal)
}

async fn prove(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    ceremony: &str,
    credential: Value,
) -> Result<(UserId, PasskeyId), PasskeyError> {
    let browser = Browser::known(seen, headers);
    let taken = browser.and_then(|holder| gateway.ceremonies.take(&holder, ceremony));
    let Some(Ceremony::SignIn(state)) = taken else {
        return Err(PasskeyError::Over);
    };
    passkeys::prove(gateway, *state, credential).await
}

fn failed(gateway: &Gateway, seen: &Seen, error: &PasskeyError) -> Response {
    let line = Line::new(Event::LoginFailure, Some(seen.address));
    let line = line.provider(PASSKEY).reason(error.reason());
    let user = error.user();
    gateway.ports.audit.record(match &user {
        Some(user) => line.user(user.as_str(), None),
        None => line,
    });
    answer(error)
}

/// The answer to somebody of whose passkey nothing came.
pub(super) fn answer(error: &PasskeyError) -> Response {
    match error {
        PasskeyError::TooMany(wait) => refuse_for(&error.refusal(), whole_seconds(*wait)),
        _ => refuse(&error.refusal(), error.hint()),
    }
}
