//! The beginning of a session: the last step of every sign-in, whatever the method.

use axum::response::Response;
use hermes_protocol::rest::Refusal;
use hermes_storage::{Label, PasskeyId, SessionKind, StorageError, UserId};
use http::{HeaderMap, header};

use crate::{
    audit::{Event, Line},
    cookies::{self, Kind, Shape, Value},
    forwarded::Seen,
    gateway::Gateway,
    refusal::refuse,
    sessions::{FromProvider, SignedIn, Terms},
};

/// Somebody who has proved who they are.
pub(crate) struct Proved {
    /// The user.
    pub(crate) user: UserId,
    /// The name of the method by which.
    pub(crate) method: String,
    /// The session at the identity provider, if there is one.
    pub(crate) provider: Option<FromProvider>,
    /// The passkey that they signed in by.
    pub(crate) passkey: Option<PasskeyId>,
}

/// Opens the session and puts its cookies into the answer that the method has made. A session that
/// these cookies held before ends: nobody is signed in twice in one browser.
///
/// # Errors
///
/// The answer that says why no session was opened.
pub(crate) async fn begin(
    gateway: &Gateway,
    seen: &Seen,
    asked: &HeaderMap,
    proved: Proved,
    mut answer: Response,
) -> Result<Response, Box<Response>> {
    let shape = Shape::of(seen);
    let client = asked
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let opened = gateway.sessions.open(SignedIn {
        user: proved.user,
        terms: Terms::Own,
        method: proved.method,
        kind: SessionKind::Browser,
        name: None,
        client: client.and_then(Label::new),
        address: seen.address,
        authenticated_at: None,
        provider: proved.provider,
        passkey: proved.passkey,
    });
    let opened = opened.await.map_err(|error| {
        Box::new(match error {
            StorageError::UserUnknown => refuse(&Refusal::InvalidCredentials, None),
            _ => refuse(&Refusal::StorageUnavailable, None),
        })
    })?;
    if let Ok(Some(before)) = cookies::read(asked, Kind::Long, &shape)
        && let Ok(Some((before, _))) = gateway.sessions.renew(before).await
    {
        // Should it fail, the old session is still in the person's list, to be ended there.
        let _ = gateway.sessions.end(before.session).await;
    }
    let live = &opened.live;
    let line = Line::new(Event::LoginSuccess, Some(seen.address));
    gateway.ports.audit.record(line.live(live));
    let left = live.ends_at.duration_since(gateway.ports.clock.now());
    let values = [
        (
            Kind::Short,
            opened.access.value.expose(),
            opened.access.life,
        ),
        (
            Kind::Long,
            opened.long_lived.expose(),
            left.try_into().unwrap_or_default(),
        ),
    ];
    let headers = answer.headers_mut();
    for (kind, value, lasts) in values {
        if let Some(value) = Value::new(value) {
            headers.append(header::SET_COOKIE, cookies::set(kind, value, lasts, &shape));
        }
    }
    Ok(answer)
}
