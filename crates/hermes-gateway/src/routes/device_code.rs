//! Where a machine without a browser gets its codes and its tokens (RFC 8628). It is no browser: no
//! cookie counts here, and no page of another origin may read an answer.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse as _, Response},
    routing::post,
};
use hermes_protocol::{
    rest::{DeviceCode, DeviceCodeAnswer, DeviceToken, Refusal},
    routes::{self, query},
};
use hermes_secret::Secret;
use hermes_storage::StorageError;

use super::native_token::{self, BODY_LIMIT, agent, read, tokens};
use crate::{
    approval::{self, Approval, Guest, called},
    audit::{Event, Line},
    departure::own_address,
    device::{Poll, Requester},
    forwarded::Seen,
    gateway::Gateway,
    limiter::Keys,
    mode::Mode,
    refusal::{refuse, refuse_for, whole_seconds},
    sessions::{Live, Terms},
};

/// As the audit log knows this way in.
const METHOD: &str = "device";

/// After how many seconds there may be room for one more machine.
const NO_ROOM: u64 = 60;

/// What machines ask.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::DEVICE_CODE.path, post(begin))
        .route(routes::DEVICE_TOKEN.path, post(poll))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Whether machines may ask just now.
pub(super) fn is_on(gateway: &Gateway) -> bool {
    gateway.mode() == Mode::Gated && gateway.rules().device_approval
}

/// That they may not.
pub(super) fn off() -> Refusal<'static> {
    let what = "Device approval is off: `gateway.device.enabled` turns it on".into();
    Refusal::GrantUnsupported { what }
}

/// Gives a machine its two codes (RFC 8628 section 3.2).
async fn begin(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    request: Request,
) -> Response {
    if let Err(refusal) = in_time(&gateway, &seen) {
        return *refusal;
    }
    if !is_on(&gateway) {
        return refuse(&off(), None);
    }
    let agent = agent(request.headers());
    let Some(asked) = read::<DeviceCode>(request).await else {
        let what = "the body must be a form or JSON, with each name once".into();
        return refuse(&Refusal::AppRequestInvalid { what }, None);
    };
    let Some(page) = own_address(&gateway, &seen, routes::DEVICE_PAGE.path) else {
        return refuse(&Refusal::HostNotAllowed, None);
    };
    let name = |text: Option<String>| called(&text?);
    let requester = Requester {
        client_id: name(asked.client_id),
        agent,
        device: name(asked.device),
        address: seen.address,
    };
    let requests = &gateway.devices.requests;
    let Some(begun) = requests.begin(&*gateway.ports.random, requester) else {
        note(&gateway, &seen, Event::LoginFailure, "rate_limited", None);
        return refuse_for(&Refusal::TooManyAttempts, NO_ROOM);
    };
    let line = Line::new(Event::LoginStart, Some(seen.address)).provider(METHOD);
    gateway.ports.audit.record(line);
    Json(DeviceCodeAnswer {
        device_code: begun.device_code.expose().to_owned(),
        user_code: begun.user_code.to_string(),
        verification_uri_complete: format!("{page}?{}={}", query::USER_CODE, begun.user_code),
        verification_uri: page,
        expires_in: begun.life.as_secs(),
        interval: begun.interval.as_secs(),
    })
    .into_response()
}

/// Gives a machine its tokens, or says why not yet (RFC 8628 section 3.5).
async fn poll(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    request: Request,
) -> Response {
    let Some(token) = read::<DeviceToken>(request).await else {
        let what = "the body must be a form or JSON, with `grant_type` and `device_code` once";
        return refuse(&Refusal::AppRequestInvalid { what: what.into() }, None);
    };
    by_device_code(&gateway, &seen, token).await
}

/// Gives a machine its tokens for its device code, or says why not yet.
pub(super) async fn by_device_code(gateway: &Gateway, seen: &Seen, token: DeviceToken) -> Response {
    if !is_on(gateway) {
        return refuse(&off(), None);
    }
    if token.grant_type != DeviceToken::GRANT_TYPE {
        let what = format!("`grant_type` must be `{}`", DeviceToken::GRANT_TYPE).into();
        return refuse(&Refusal::GrantUnsupported { what }, None);
    }
    let code = Secret::new(token.device_code);
    let client_id = token.client_id.as_deref().and_then(called);
    let requests = &gateway.devices.requests;
    match requests.poll(&code, client_id.as_ref(), seen.address) {
        Poll::Approved(approval, requester) => let_in(gateway, seen, *approval, requester).await,
        Poll::Waiting => refuse(&Refusal::AuthorizationPending, None),
        Poll::TooSoon => refuse(&Refusal::SlowDown, None),
        Poll::Declined => refuse(&Refusal::AccessDenied, None),
        Poll::Over => refuse(&Refusal::ExpiredToken, None),
        // A machine that has asked is never kept from its tokens by those who guess.
        Poll::Unknown => {
            if let Err(refusal) = native_token::in_time(gateway, seen) {
                return *refusal;
            }
            note(gateway, seen, Event::LoginFailure, "code_unknown", None);
            refuse(&Refusal::GrantInvalid, None)
        }
    }
}

async fn let_in(
    gateway: &Gateway,
    seen: &Seen,
    approval: Approval,
    requester: Requester,
) -> Response {
    let guest = Guest {
        client: requester.program().cloned(),
        name: requester.device,
        address: seen.address,
        terms: Terms::Lent,
    };
    match approval::open(gateway, approval, guest).await {
        Ok(opened) => {
            let event = Event::LoginSuccess;
            note(gateway, seen, event, METHOD, Some(&opened.live));
            tokens(gateway, &opened)
        }
        // The person, or the session in which they said yes, is gone.
        Err(StorageError::UserUnknown) => {
            note(gateway, seen, Event::LoginFailure, "code_withdrawn", None);
            refuse(&Refusal::GrantInvalid, None)
        }
        Err(_) => {
            let event = Event::LoginFailure;
            note(gateway, seen, event, "storage_unavailable", None);
            refuse(&Refusal::StorageUnavailable, None)
        }
    }
}

/// Counts a request for codes before anything is read.
fn in_time(gateway: &Gateway, seen: &Seen) -> Result<(), Box<Response>> {
    let keys = Keys::of(METHOD, "", seen.address);
    let window = &gateway.devices.codes;
    let admitted = window.admit(&keys, gateway.ports.clock.now());
    admitted.map_err(|wait| {
        note(gateway, seen, Event::LoginFailure, "rate_limited", None);
        Box::new(refuse_for(&Refusal::TooManyAttempts, whole_seconds(wait)))
    })
}

fn note(gateway: &Gateway, seen: &Seen, event: Event, reason: &str, live: Option<&Live>) {
    let line = Line::new(event, Some(seen.address)).reason(reason);
    let line = match live {
        Some(live) => line.live(live),
        None => line.provider(METHOD),
    };
    gateway.ports.audit.record(line);
}
