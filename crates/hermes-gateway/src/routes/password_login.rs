use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use hermes_protocol::rest::{PasswordLogin, PasswordLoginAnswer, Refusal};
use hermes_secret::Secret;
use hermes_storage::UserId;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;

use crate::{
    audit::{Event, Line},
    begin::{self, Proved},
    csrf,
    forwarded::Seen,
    gateway::Gateway,
    landing::Landing,
    limiter::{self, Keys},
    methods::{PasswordMethod, Trouble},
    mode::Mode,
    pages::{self, Tried},
    passwords::PasswordError,
    refusal::{refuse, refuse_for},
};

/// The most bytes of a sign-in.
pub(super) const BODY_LIMIT: usize = 16 * 1024;

/// How long to wait for the pool of hashes.
const POOL_BUSY: Duration = Duration::from_secs(1);

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
    Wrong,
    TooMany(Duration),
    Storage,
}

/// Signs in by a name and a password: JSON for JSON, a page for a form.
pub(super) async fn sign_in(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (reach, kind) = (&gateway.rules.reach, csrf::Body::Form);
    if let Err(forged) = csrf::check(&Method::POST, &headers, kind, reach, &seen) {
        let line = Line::new(Event::RequestRefused, Some(seen.address));
        gateway.ports.audit.record(line.reason("forged"));
        return refuse(&Refusal::Forbidden, Some(&forged.to_string()));
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

/// The limits, the cheap one first, and then the password.
async fn prove(gateway: &Gateway, seen: &Seen, typed: &Typed) -> Result<Proved, Failed> {
    let methods = gateway.methods();
    let method = methods.password(&typed.provider);
    let method = method.filter(|_| gateway.mode() == Mode::Gated);
    let Some(method) = method else {
        return Err(Failed::UnknownMethod);
    };
    let now = gateway.ports.clock.now();
    let keys = Keys::of(method.name(), &typed.username, seen.address);
    gateway
        .sign_ins
        .admit(&keys, now)
        .map_err(Failed::TooMany)?;
    let counters = gateway.ports.storage.counters();
    let wait = limiter::wait(counters, &keys, now).await;
    if let Some(wait) = wait.map_err(|_| Failed::Storage)? {
        return Err(Failed::TooMany(wait));
    }
    let user = checked(gateway, &method, typed).await?;
    let counted = match user {
        Some(_) => limiter::succeeded(counters, &keys).await,
        None => limiter::failed(counters, &keys, now).await,
    };
    // What cannot be counted does not happen: else a full disk would take the limits away.
    counted.map_err(|_| Failed::Storage)?;
    Ok(Proved {
        user: user.ok_or(Failed::Wrong)?,
        method: method.name().to_owned(),
        provider: None,
    })
}

async fn checked(
    gateway: &Gateway,
    method: &PasswordMethod<'_>,
    typed: &Typed,
) -> Result<Option<UserId>, Failed> {
    let proving = method.prove(gateway, &typed.username, typed.password.clone());
    proving.await.map_err(|trouble| match trouble {
        Trouble::Password(PasswordError::Busy) => Failed::TooMany(POOL_BUSY),
        Trouble::Password(PasswordError::Unusable) | Trouble::Storage => Failed::Storage,
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
        Failed::Wrong => "invalid_credentials",
        Failed::TooMany(_) => "rate_limited",
        Failed::Storage => "provider_unreachable",
    };
    let line = Line::new(Event::LoginFailure, Some(seen.address));
    let line = line.provider(&typed.provider).reason(reason);
    gateway.ports.audit.record(line);
}

fn answer(gateway: &Gateway, seen: &Seen, typed: &Typed, failed: &Failed) -> Response {
    let (refusal, wait) = match failed {
        Failed::UnknownMethod => (Refusal::UnknownPasswordProvider, None),
        Failed::Wrong => (Refusal::InvalidCredentials, None),
        Failed::TooMany(wait) => (Refusal::TooManyAttempts, Some(*wait)),
        Failed::Storage => (Refusal::StorageUnavailable, None),
    };
    // Rounded up: who comes back then is let in.
    let wait = wait.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
    if !typed.by_page {
        return match wait {
            Some(seconds) => refuse_for(&refusal, seconds),
            None => refuse(&refusal, None),
        };
    }
    let sentence = match failed {
        Failed::UnknownMethod => "This gateway has no such way to sign in.".to_owned(),
        Failed::Wrong => "The name or the password is wrong.".to_owned(),
        Failed::TooMany(_) => too_many(wait.unwrap_or_default()),
        Failed::Storage => "Nobody can be looked up just now. Try again in a minute.".to_owned(),
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
