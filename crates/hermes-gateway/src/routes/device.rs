//! The page on which a person lets a machine in that shows them a code.
//!
//! A link fills the code in and does no more: what it names is looked up when the person sends the
//! form, and let in when they have seen who asks and have said yes to that.

use std::sync::Arc;

use axum::{Extension, Form, extract::State, response::Response};
use hermes_protocol::{
    rest::Refusal,
    routes::{self, query},
};
use hermes_storage::StorageError;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Deserialize;
use url::form_urlencoded;

use super::device_code::{is_on, off};
use crate::{
    approval::{Approval, Approved, approve},
    audit::{Event, Line},
    credential::{self, Shown},
    csrf,
    device::{self, Approving, Asked, UserCode},
    forwarded::Seen,
    front::{expired, nobody, was_meant},
    gateway::Gateway,
    landing::{self, Landing},
    limiter::Keys,
    methods::Purpose,
    pages::{self, Mistyped, Onward},
    paths::Class,
    refusal::{refuse, whole_seconds},
    sessions::Live,
    sso,
};

/// The page, with the code of the link that led to it.
pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    head: Parts,
) -> Response {
    if !is_on(&gateway) {
        return failure(&seen, &head.headers, &off());
    }
    let code = named(head.uri.query().unwrap_or_default());
    match credential::of_browser(&gateway, &seen, &head.headers).await {
        Ok(Shown::Session(live, renewed)) => {
            let mut page = match is_recent(&gateway, &live).await {
                Ok(true) => pages::device_code(&seen, code.as_ref(), &live, None),
                Ok(false) => pages::sign_in_again(&seen, landing_of(&seen, code.as_ref()).as_ref()),
                Err(_) => failure(&seen, &head.headers, &Refusal::StorageUnavailable),
            };
            if let Some(renewed) = renewed {
                renewed.hand_out(&mut page);
            }
            page
        }
        Ok(Shown::Nothing) => nobody(&gateway, &seen, &head, Class::Page),
        Ok(Shown::Nobodys(_)) => expired(&seen, &head, Class::Page),
        Err(_) => failure(&seen, &head.headers, &Refusal::StorageUnavailable),
    }
}

/// What the person has typed, and answered once they have seen who asks.
#[derive(Deserialize)]
pub(super) struct Answered {
    user_code: String,
    /// The session that the page was shown to.
    session: String,
    decision: Option<Decision>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Decline,
}

/// Shows who asks, or does what the person has answered.
pub(super) async fn decide(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Form(answered): Form<Answered>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Form) {
        return *refusal;
    }
    if !is_on(&gateway) {
        return failure(&seen, &headers, &off());
    }
    let code = UserCode::parse(&answered.user_code);
    let landing = landing_of(&seen, code.as_ref());
    let (live, renewed) = match credential::of_browser(&gateway, &seen, &headers).await {
        Ok(Shown::Session(live, renewed)) => (live, renewed),
        Ok(Shown::Nothing | Shown::Nobodys(_)) => {
            let page = landing::sign_in_page(&seen.prefix, landing.as_ref());
            return sso::to(&page).unwrap_or_else(|| failure(&seen, &headers, &Refusal::Forbidden));
        }
        Err(_) => return failure(&seen, &headers, &Refusal::StorageUnavailable),
    };
    let mut answer = match is_recent(&gateway, &live).await {
        // Somebody else has signed in since the page was shown.
        Ok(true) if live.session.as_str() != answered.session => {
            pages::device_code(&seen, code.as_ref(), &live, None)
        }
        Ok(true) => match asked(&gateway, &seen, &live, code) {
            Ok((code, asked)) => match answered.decision {
                None => {
                    let now = gateway.ports.clock.now();
                    pages::device_confirm(&seen, &code, &asked, &live, now)
                }
                Some(decision) => {
                    note(&gateway, &seen, &live, &asked, decision);
                    decided(&gateway, &seen, &headers, &live, &code, decision).await
                }
            },
            Err(page) => *page,
        },
        Ok(false) => pages::sign_in_again(&seen, landing.as_ref()),
        Err(_) => failure(&seen, &headers, &Refusal::StorageUnavailable),
    };
    if let Some(renewed) = renewed {
        renewed.hand_out(&mut answer);
    }
    answer
}

/// The machine that waits for this code. What is wrong counts, so that nobody finds the code of
/// somebody else's machine by typing many.
fn asked(
    gateway: &Gateway,
    seen: &Seen,
    live: &Live,
    code: Option<UserCode>,
) -> Result<(UserCode, Asked), Box<Response>> {
    let wrong = &gateway.devices.wrong;
    let keys = Keys::of("device", live.user.as_str(), seen.address);
    wrong
        .admit(&keys, gateway.ports.clock.now())
        .map_err(|wait| {
            let seconds = whole_seconds(wait);
            let mut page = pages::device_code(seen, None, live, Some(Mistyped::TooMany(seconds)));
            let headers = page.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Box::new(page)
        })?;
    let found = code.and_then(|code| {
        let asked = gateway.devices.requests.asked(&code)?;
        Some((code, asked))
    });
    match found {
        Some(found) => {
            wrong.forgive(&keys);
            Ok(found)
        }
        None => {
            let line = Line::new(Event::LoginFailure, Some(seen.address));
            let line = line.provider("device").reason("code_unknown");
            let line = line.user(live.user.as_str(), None);
            let line = line.session(live.session.as_str());
            gateway.ports.audit.record(line);
            let page = pages::device_code(seen, None, live, Some(Mistyped::Unknown));
            Err(Box::new(page))
        }
    }
}

async fn decided(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    live: &Arc<Live>,
    code: &UserCode,
    decision: Decision,
) -> Response {
    if decision == Decision::Decline {
        gateway.devices.requests.decline(code);
        return pages::device_declined(seen);
    }
    let Some(landing) = landing_of(seen, Some(code)) else {
        return failure(seen, headers, &Refusal::Forbidden);
    };
    let machine = Approving {
        code: code.clone(),
        user: live.user,
        session: live.session,
    };
    let at_provider = || Purpose::Device(machine, landing);
    match approve(gateway, seen, headers, live, at_provider).await {
        Ok(Approved::Here(approval)) => granted(gateway, seen, code, approval),
        Ok(Approved::There(departed)) => {
            let page = pages::onward(seen, &Onward::to_provider(&departed.address));
            departed.remembered(page)
        }
        Err(refusal) => failure(seen, headers, &refusal),
    }
}

/// Lets the machine in that waits for this code, if it still does.
pub(super) fn granted(
    gateway: &Gateway,
    seen: &Seen,
    code: &UserCode,
    approval: Approval,
) -> Response {
    match gateway.devices.requests.approve(code, approval) {
        true => pages::device_approved(seen),
        false => pages::device_over(seen),
    }
}

async fn is_recent(gateway: &Gateway, live: &Live) -> Result<bool, StorageError> {
    let session = gateway.ports.storage.sessions().find(live.session).await?;
    let now = gateway.ports.clock.now();
    Ok(session.is_some_and(|session| device::is_recent(session.authenticated_at, now)))
}

/// The code that a link names. A name that is there twice counts for nothing.
fn named(query: &str) -> Option<UserCode> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut codes = pairs.filter(|(name, _)| name == query::USER_CODE);
    let (_, code) = codes.next()?;
    UserCode::parse(&code).filter(|_| codes.next().is_none())
}

/// The way back to the page.
fn landing_of(seen: &Seen, code: Option<&UserCode>) -> Option<Landing> {
    let path = routes::DEVICE_PAGE.path;
    let path = match code {
        Some(code) => format!("{path}?{}={code}", query::USER_CODE),
        None => path.to_owned(),
    };
    Landing::parse(&path, &seen.prefix)
}

/// What the person has answered, and to whom.
fn note(gateway: &Gateway, seen: &Seen, live: &Live, asked: &Asked, decision: Decision) {
    let event = match decision {
        Decision::Approve => Event::AppAllowed,
        Decision::Decline => Event::AppDeclined,
    };
    let requester = asked.requester.address.to_string();
    let line = Line::new(event, Some(seen.address)).reason("device");
    gateway.ports.audit.record(
        line.provider(&live.method)
            .user(live.user.as_str(), None)
            .session(live.session.as_str())
            .text("requester", &requester),
    );
}

/// A page for a person, the body that clients know for a program.
fn failure(seen: &Seen, headers: &HeaderMap, refusal: &Refusal<'_>) -> Response {
    if !pages::wanted(headers) {
        return refuse(refusal, None);
    }
    let status = StatusCode::from_u16(refusal.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    pages::device_stays_out(seen, status, &pages::sentence(refusal))
}
