//! Where an app gets its tokens (facts 1.16). It is no browser: no cookie counts here, and no page of
//! another origin may read an answer.

use std::sync::Arc;

use axum::{
    Extension, Form, Json,
    extract::{FromRequest as _, Request, State},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    rest::{NativeAnswer, NativeRefresh, NativeToken, Refusal},
    routes::LOGIN_PAGE,
};
use hermes_secret::Secret;
use hermes_storage::{Label, SessionId, StorageError};
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::{
    approval::{self, Guest},
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    limiter::Keys,
    native::codes::{Grant, Taken},
    refusal::{refuse, refuse_for, whole_seconds},
    sessions::{Live, Opened, Refreshed, Terms},
};

/// The most bytes of a body.
pub(super) const BODY_LIMIT: usize = 8 * 1024;

/// Why a code redeems nothing. The app is not told.
enum Unredeemed {
    Malformed,
    Unknown,
    Reused(SessionId),
    Mismatch,
    /// The person whom it stands for, or the session that allowed it, is gone.
    Withdrawn,
    Storage,
}

impl From<StorageError> for Unredeemed {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::UserUnknown => Self::Withdrawn,
            _ => Self::Storage,
        }
    }
}

impl Unredeemed {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unknown => "code_unknown",
            Self::Reused(_) => "code_reused",
            Self::Mismatch => "code_mismatch",
            Self::Withdrawn => "code_withdrawn",
            Self::Storage => "storage_unavailable",
        }
    }
}

/// Redeems a code: opens a session for the app.
pub(super) async fn redeem(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    request: Request,
) -> Response {
    if let Err(refusal) = in_time(&gateway, &seen) {
        return *refusal;
    }
    let agent = agent(request.headers());
    let token = read(request).await;
    by_code(&gateway, &seen, token, agent).await
}

/// Redeems a code, unless the body was none that has one.
pub(super) async fn by_code(
    gateway: &Gateway,
    seen: &Seen,
    token: Option<NativeToken>,
    agent: Option<Label>,
) -> Response {
    let opened = match token {
        Some(token) => redeemed(gateway, seen, token, agent).await,
        None => Err(Unredeemed::Malformed),
    };
    match opened {
        Ok(opened) => {
            note(
                gateway,
                seen,
                Event::LoginSuccess,
                "app",
                Some(&opened.live),
            );
            tokens(gateway, &opened)
        }
        Err(why) => {
            note(gateway, seen, Event::LoginFailure, why.reason(), None);
            if let Unredeemed::Reused(session) = why {
                // Whoever redeemed it may be the thief (RFC 6749 section 4.1.2).
                end(gateway, seen, session).await;
            }
            match why {
                Unredeemed::Storage => refuse(&Refusal::StorageUnavailable, None),
                _ => refuse(&Refusal::GrantInvalid, None),
            }
        }
    }
}

async fn redeemed(
    gateway: &Gateway,
    seen: &Seen,
    token: NativeToken,
    agent: Option<Label>,
) -> Result<Opened, Unredeemed> {
    let code = Secret::new(token.code.as_str());
    let grant = match gateway.codes.take(&code) {
        Taken::Grant(grant) => grant,
        Taken::Redeemed(session) => return Err(Unredeemed::Reused(session)),
        Taken::Unknown => return Err(Unredeemed::Unknown),
    };
    if !is_for(&grant, &token) {
        return Err(Unredeemed::Mismatch);
    }
    let Grant { ask, approval } = *grant;
    let guest = Guest {
        name: ask.device,
        client: ask.client_id.or(agent),
        address: seen.address,
        terms: Terms::Own,
    };
    let opened = approval::open(gateway, approval, guest).await?;
    gateway.codes.redeemed(&code, opened.live.session);
    Ok(opened)
}

/// Whether what was asked for is redeemed by whoever asked for it.
fn is_for(grant: &Grant, token: &NativeToken) -> bool {
    let ask = &grant.ask;
    let verifier = token.code_verifier.as_deref();
    let redirect_uri = token.redirect_uri.as_deref();
    let client_id = token.client_id.as_deref().map(Label::new);
    let grant_type = token.grant_type.as_deref();
    verifier.is_some_and(|verifier| ask.is_verified_by(verifier))
        && redirect_uri.is_none_or(|uri| uri == ask.redirect_uri.as_str())
        && client_id.is_none_or(|client_id| client_id == ask.client_id)
        && grant_type.is_none_or(|grant_type| grant_type == "authorization_code")
}

/// Gives an app new tokens for its refresh token.
pub(super) async fn refresh(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    request: Request,
) -> Response {
    if let Err(refusal) = in_time(&gateway, &seen) {
        return *refusal;
    }
    let token: Option<NativeRefresh> = read(request).await;
    let token = token.filter(|token| {
        token
            .grant_type
            .as_deref()
            .is_none_or(|it| it == "refresh_token")
    });
    let token = token.map(|token| Secret::new(token.refresh_token));
    let login_url = seen.prefix.join(LOGIN_PAGE.path).into();
    by_refresh_token(
        &gateway,
        &seen,
        token,
        &Refusal::SessionExpired { login_url },
    )
    .await
}

/// Gives new tokens for a refresh token, unless the body was none that has one. One that is not known any
/// more gets this refusal.
pub(super) async fn by_refresh_token(
    gateway: &Arc<Gateway>,
    seen: &Seen,
    token: Option<Secret>,
    over: &Refusal<'_>,
) -> Response {
    let refreshed = match token {
        Some(token) => finished(gateway, seen, token).await,
        None => Ok(Refreshed::Unknown),
    };
    let reason = match refreshed {
        Ok(Refreshed::On(opened)) => {
            note(
                gateway,
                seen,
                Event::RefreshSuccess,
                "app",
                Some(&opened.live),
            );
            return tokens(gateway, &opened);
        }
        Ok(Refreshed::Reused(session)) => {
            end(gateway, seen, session).await;
            "refresh_reused"
        }
        Ok(Refreshed::Unknown) => "no_such_token",
        Err(_) => {
            let event = Event::RefreshFailure;
            note(gateway, seen, event, "storage_unavailable", None);
            return refuse(&Refusal::StorageUnavailable, None);
        }
    };
    note(gateway, seen, Event::RefreshFailure, reason, None);
    refuse(over, None)
}

/// Refreshes, and goes on when the app hangs up meanwhile: the token is used up by then, and the
/// answer has to be there when the app asks again.
async fn finished(
    gateway: &Arc<Gateway>,
    seen: &Seen,
    token: Secret,
) -> Result<Refreshed, StorageError> {
    let (gateway, address) = (Arc::clone(gateway), seen.address);
    let refreshing = async move { gateway.sessions.refresh(token.expose(), address).await };
    let refreshed = tokio::spawn(refreshing).await;
    // It is neither cancelled nor does it panic; then nobody would know what became of it.
    refreshed.unwrap_or(Ok(Refreshed::Unknown))
}

/// Counts an attempt.
pub(super) fn in_time(gateway: &Gateway, seen: &Seen) -> Result<(), Box<Response>> {
    let keys = Keys::of("app", "", seen.address);
    let admitted = gateway.apps.admit(&keys, gateway.ports.clock.now());
    admitted.map_err(|wait| {
        note(gateway, seen, Event::LoginFailure, "rate_limited", None);
        Box::new(refuse_for(&Refusal::TooManyAttempts, whole_seconds(wait)))
    })
}

/// The fields of a body, JSON or a form; `None` if it is neither, or one is there twice.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Option<T> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let form = Form::from_request(request, &()).await;
        return form.ok().map(|Form(fields)| fields);
    }
    let json = Json::from_request(request, &()).await;
    json.ok().map(|Json(fields)| fields)
}

pub(super) fn agent(headers: &HeaderMap) -> Option<Label> {
    let agent = headers.get(header::USER_AGENT)?;
    Label::new(agent.to_str().ok()?)
}

pub(super) fn tokens(gateway: &Gateway, opened: &Opened) -> Response {
    let (live, access) = (&opened.live, &opened.access);
    let now = gateway.ports.clock.now();
    let ends_at = now
        .checked_add(access.life)
        .unwrap_or(now)
        .min(live.ends_at);
    let lasts = ends_at.duration_since(now).as_secs();
    let seconds = |number: i64| u64::try_from(number).unwrap_or_default();
    Json(NativeAnswer {
        access_token: access.value.expose().to_owned(),
        refresh_token: opened.long_lived.expose().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: seconds(lasts),
        expires_at: seconds(ends_at.as_second()),
        provider: live.method.clone(),
        user_id: live.user.to_string(),
    })
    .into_response()
}

/// Ends a session of which somebody has a copy.
async fn end(gateway: &Gateway, seen: &Seen, session: SessionId) {
    gateway.ports.tickets.forget(&session).await;
    // Should it fail, the session is in its person's list, and its end in the audit log is missing.
    if gateway.sessions.end(session).await.is_ok() {
        let line = Line::new(Event::Revoke, Some(seen.address)).reason("copied");
        gateway.ports.audit.record(line.session(session.as_str()));
    }
}

fn note(gateway: &Gateway, seen: &Seen, event: Event, reason: &str, live: Option<&Live>) {
    let line = Line::new(event, Some(seen.address)).reason(reason);
    let line = match live {
        Some(live) => line.live(live),
        None => line,
    };
    gateway.ports.audit.record(line);
}
