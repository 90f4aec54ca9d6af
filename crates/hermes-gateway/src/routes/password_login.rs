use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use hermes_protocol::rest::{PasswordLogin, PasswordLoginAnswer, Refusal};
use hermes_secret::Secret;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use crate::{
    audit::{Event, Line},
    begin::{self, Proved},
    csrf,
    forwarded::Seen,
    front::was_meant,
    gateway::Gateway,
    landing::Landing,
    methods::Unproved,
    mode::Mode,
    pages::{self, Tried},
    refusal::{refuse, refuse_for, whole_seconds},
};

/// The most bytes of a sign-in.
pub(super) const BODY_LIMIT: usize = 16 * 1024;

/// The query of a form, which has no field for the method.
#[derive(Deserialize)]
pub(super) struct Asked {
    provider: Option<String>,
}

/// What was typed, and how.
struct Typed {
    provider: String,
    username: String,
    password: Secret,
    next: Option<Landing>,
    /// Sent by the page itself, which gets a page back.
    by_page: bool,
}

/// Why nobody is signed in.
enum Failed {
    UnknownMethod,
    Unproved(Unproved),
}

/// Signs in by a name and a password: JSON for JSON, a page for a form.
pub(super) async fn sign_in(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Form) {
        return *refusal;
    }
    let typed = match read(&headers, &body, asked, &seen) {
        Ok(typed) => typed,
        Err(what) => return refuse(&Refusal::Unprocessable { what: what.into() }, None),
    };
    match prove(&gateway, &seen, &typed).await {
        Ok(proved) => {
            let answer = landed(&typed, &seen);
            let begun = begin::begin(&gateway, &seen, &headers, proved, answer).await;
            begun.unwrap_or_else(|refusal| *refusal)
        }
        Err(failed) => {
            note(&gateway, &seen, &typed, &failed);
            answer(&gateway, &seen, &typed, &failed)
        }
    }
}

fn read(headers: &HeaderMap, body: &Bytes, asked: Asked, seen: &Seen) -> Result<Typed, String> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let by_page = kind.starts_with("application/x-www-form-urlencoded");
    let login = if by_page {
        of_form(body, asked)
    } else {
        serde_json::from_slice(body).map_err(|error| error.to_string())?
    };
    let next = login.next.as_deref();
    Ok(Typed {
        next: next.and_then(|next| Landing::parse(next, &seen.prefix)),
        provider: login.provider,
        username: login.username,
        password: Secret::new(login.password),
        by_page,
    })
}

fn of_form(body: &[u8], asked: Asked) -> PasswordLogin {
    let mut login = PasswordLogin {
        provider: asked.provider.unwrap_or_default(),
        username: String::new(),
        password: String::new(),
        next: None,
    };
    for (name, value) in url::form_urlencoded::parse(body) {
        match &*name {
            "provider" => login.provider = value.into_owned(),
            "username" => login.username = value.into_owned(),
            "password" => login.password = value.into_owned(),
            "next" => login.next = Some(value.into_owned()),
            _ => {}
        }
    }
    login
}

async fn prove(gateway: &Gateway, seen: &Seen, typed: &Typed) -> Result<Proved, Failed> {
    let rules = gateway.rules();
    let method = rules.methods.password(&typed.provider);
    let method = method.filter(|_| gateway.mode() == Mode::Gated);
    let method = method.ok_or(Failed::UnknownMethod)?;
    let password = typed.password.clone();
    let proving = method.prove(gateway, seen.address, &typed.username, password);
    Ok(Proved {
        user: proving.await.map_err(Failed::Unproved)?,
        method: method.name().to_owned(),
        provider: None,
        passkey: None,
    })
}

fn landed(typed: &Typed, seen: &Seen) -> Response {
    let next = typed.next.as_ref();
    let next = next.map_or_else(|| seen.prefix.join("/"), |next| next.location(&seen.prefix));
    if !typed.by_page {
        return Json(PasswordLoginAnswer::landing(next)).into_response();
    }
    let location = HeaderValue::from_str(&next);
    let location = location.unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// What was typed as a name is not noted: now and then it is a password.
fn note(gateway: &Gateway, seen: &Seen, typed: &Typed, failed: &Failed) {
    let reason = match failed {
        Failed::UnknownMethod => "unknown_password_provider",
        Failed::Unproved(Unproved::Wrong) => "invalid_credentials",
        Failed::Unproved(Unproved::TooMany(_)) => "rate_limited",
        Failed::Unproved(Unproved::Unavailable) => "provider_unreachable",
    };
    let line = Line::new(Event::LoginFailure, Some(seen.address));
    let line = line.provider(&typed.provider).reason(reason);
    gateway.ports.audit.record(line);
}

fn answer(gateway: &Gateway, seen: &Seen, typed: &Typed, failed: &Failed) -> Response {
    let (refusal, wait) = match failed {
        Failed::UnknownMethod => (Refusal::UnknownPasswordProvider, None),
        Failed::Unproved(Unproved::Wrong) => (Refusal::InvalidCredentials, None),
        Failed::Unproved(Unproved::TooMany(wait)) => (Refusal::TooManyAttempts, Some(*wait)),
        Failed::Unproved(Unproved::Unavailable) => (Refusal::StorageUnavailable, None),
    };
    let wait = wait.map(whole_seconds);
    if !typed.by_page {
        return match wait {
            Some(seconds) => refuse_for(&refusal, seconds),
            None => refuse(&refusal, None),
        };
    }
    let sentence = match failed {
        Failed::UnknownMethod => "This gateway has no such way to sign in.".to_owned(),
        Failed::Unproved(Unproved::Wrong) => "The name or the password is wrong.".to_owned(),
        Failed::Unproved(Unproved::TooMany(_)) => too_many(wait.unwrap_or_default()),
        Failed::Unproved(Unproved::Unavailable) => {
            "Nobody can be looked up just now. Try again in a minute.".to_owned()
        }
    };
    let tried = Tried {
        method: &typed.provider,
        username: &typed.username,
        sentence: &sentence,
    };
    let mut page = pages::sign_in(gateway, seen, typed.next.as_ref(), Some(&tried));
    let status = StatusCode::from_u16(refusal.status());
    *page.status_mut() = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    if let Some(seconds) = wait {
        let headers = page.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    page
}

fn too_many(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=1 => (1, "second"),
        2..=90 => (seconds, "seconds"),
        _ => (seconds.div_ceil(60), "minutes"),
    };
    format!("Too many tries. The next one counts in {count} {unit}.")
}
