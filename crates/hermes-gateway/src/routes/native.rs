//! An app's sign-in, as far as the browser of its person goes (facts 1.16).

use std::sync::Arc;

use axum::{Extension, Form, extract::State, response::Response};
use hermes_protocol::{rest::Refusal, routes};
use hermes_secret::{LABEL_LIMIT, plain};
use http::{HeaderMap, StatusCode, request::Parts};
use serde::Deserialize;

use crate::{
    approval::{Approved, approve},
    audit::{Event, Line},
    credential::{self, Shown},
    csrf,
    departure::own_address,
    forwarded::Seen,
    front::{expired, nobody, was_meant},
    gateway::Gateway,
    landing::{self, Landing},
    methods::{MethodKind, Offered, Purpose},
    mode::Mode,
    native::{Allowed, ask::Ask, codes::Grant},
    pages::{self, Onward},
    paths::Class,
    refusal::refuse,
    sessions::Live,
    sso,
};

/// Why nothing is asked that does not fit into an address.
const TOO_LONG: &str = "the address is too long";

/// Asks the person whether the app may come in, after a sign-in where there was none. It asks each
/// time: any program can claim to be this app (RFC 8252 section 8.6).
pub(super) async fn ask(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    head: Parts,
) -> Response {
    let failed = |refusal: &Refusal<'_>| failure(&seen, &head.headers, refusal, None);
    if gateway.mode() != Mode::Gated {
        return failed(&Refusal::NoProviders);
    }
    let query = head.uri.query().unwrap_or_default();
    let ask = match Ask::parse(query) {
        Ok(ask) => ask,
        Err(error) => return failed(&invalid(&error.to_string())),
    };
    let Some(landing) = landing_of(&seen, query) else {
        return failed(&invalid(TOO_LONG));
    };
    let wanted = match wanted(&gateway, &ask) {
        Ok(wanted) => wanted,
        Err(refusal) => return failed(&refusal),
    };
    match credential::of_browser(&gateway, &seen, &head.headers).await {
        Ok(Shown::Session(live, renewed)) => {
            let mut page = pages::confirm(&seen, &ask, query, &live);
            if let Some(renewed) = renewed {
                renewed.hand_out(&mut page);
            }
            page
        }
        Ok(Shown::Nothing) => match wanted {
            Some(method) => {
                let start = landing::at_provider(&seen.prefix, &method, Some(&landing));
                sso::to(&start).unwrap_or_else(|| failed(&invalid(TOO_LONG)))
            }
            None => nobody(&gateway, &seen, &head, Class::Page),
        },
        Ok(Shown::Nobodys(_)) => expired(&seen, &head, Class::Page),
        Err(_) => failed(&Refusal::StorageUnavailable),
    }
}

/// The identity provider that the app would like, if it names one.
fn wanted(gateway: &Gateway, ask: &Ask) -> Result<Option<String>, Refusal<'static>> {
    let Some(name) = &ask.provider else {
        return Ok(None);
    };
    let offered = gateway.offered();
    let found: Option<&Offered> = offered.iter().find(|method| method.name == *name);
    match found {
        Some(method) => Ok((method.kind == MethodKind::Provider).then(|| name.clone())),
        None => Err(Refusal::UnknownProvider {
            name: plain(name, LABEL_LIMIT).into(),
        }),
    }
}

/// What the person has answered.
#[derive(Deserialize)]
pub(super) struct Answered {
    /// The query of the app.
    ask: String,
    /// The session that the page was shown to.
    session: String,
    decision: Decision,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Allow,
    Decline,
}

/// Does what the person has answered.
pub(super) async fn decide(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Form(answered): Form<Answered>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Form) {
        return *refusal;
    }
    let failed = |refusal: &Refusal<'_>| failure(&seen, &headers, refusal, None);
    let ask = match Ask::parse(&answered.ask) {
        Ok(ask) => ask,
        Err(error) => return failed(&invalid(&error.to_string())),
    };
    let Some(landing) = landing_of(&seen, &answered.ask) else {
        return failed(&invalid(TOO_LONG));
    };
    let (live, renewed) = match credential::of_browser(&gateway, &seen, &headers).await {
        Ok(Shown::Session(live, renewed)) => (live, renewed),
        Ok(Shown::Nothing | Shown::Nobodys(_)) => {
            let page = landing::sign_in_page(&seen.prefix, Some(&landing));
            return sso::to(&page).unwrap_or_else(|| failed(&invalid(TOO_LONG)));
        }
        Err(_) => return failed(&Refusal::StorageUnavailable),
    };
    let mut answer = if live.session.as_str() == answered.session {
        decided(
            &gateway,
            &seen,
            &headers,
            &live,
            ask,
            landing,
            answered.decision,
        )
        .await
    } else {
        // Somebody else has signed in since the page was shown.
        pages::confirm(&seen, &ask, &answered.ask, &live)
    };
    if let Some(renewed) = renewed {
        renewed.hand_out(&mut answer);
    }
    answer
}

async fn decided(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    live: &Arc<Live>,
    ask: Ask,
    landing: Landing,
    decision: Decision,
) -> Response {
    let failed = |refusal: &Refusal<'_>| failure(seen, headers, refusal, Some(&landing));
    let event = match decision {
        Decision::Allow => Event::AppAllowed,
        Decision::Decline => Event::AppDeclined,
    };
    gateway.ports.audit.record(
        Line::new(event, Some(seen.address))
            .provider(&live.method)
            .user(live.user.as_str(), None)
            .session(live.session.as_str()),
    );
    if decision == Decision::Decline {
        let Some(issuer) = own_address(gateway, seen, "") else {
            return failed(&Refusal::HostNotAllowed);
        };
        return pages::onward(seen, &Onward::declined(&ask.declined(&issuer)));
    }
    let app = Allowed {
        ask: ask.clone(),
        user: live.user,
        session: live.session,
    };
    let at_provider = || Purpose::App(app, landing.clone());
    match approve(gateway, seen, headers, live, at_provider).await {
        Ok(Approved::Here(approval)) => give(gateway, seen, headers, Grant { ask, approval }),
        Ok(Approved::There(departed)) => {
            let page = pages::onward(seen, &Onward::to_provider(&departed.address));
            departed.remembered(page)
        }
        Err(refusal) => failed(&refusal),
    }
}

/// Sends the browser to the app with a code.
pub(super) fn give(gateway: &Gateway, seen: &Seen, headers: &HeaderMap, grant: Grant) -> Response {
    let failed = |refusal: &Refusal<'_>| failure(seen, headers, refusal, None);
    let Some(issuer) = own_address(gateway, seen, "") else {
        return failed(&Refusal::HostNotAllowed);
    };
    let ask = grant.ask.clone();
    let Some(code) = gateway
        .codes
        .issue(&*gateway.ports.random, seen.address, grant)
    else {
        return failed(&Refusal::TooManyAttempts);
    };
    pages::onward(seen, &Onward::allowed(&ask.allowed(code.expose(), &issuer)))
}

/// The way back to what the app asks.
fn landing_of(seen: &Seen, query: &str) -> Option<Landing> {
    Landing::parse(
        &format!("{}?{query}", routes::NATIVE_AUTHORIZE.path),
        &seen.prefix,
    )
}

fn invalid(what: &str) -> Refusal<'static> {
    Refusal::AppRequestInvalid {
        what: what.to_owned().into(),
    }
}

/// A page for a person, the body that clients know for a program. In no case does it lead to where
/// the app says.
fn failure(
    seen: &Seen,
    headers: &HeaderMap,
    refusal: &Refusal<'_>,
    landing: Option<&Landing>,
) -> Response {
    if !pages::wanted(headers) {
        return refuse(refusal, None);
    }
    let status = StatusCode::from_u16(refusal.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    pages::app_stays_out(seen, status, &pages::sentence(refusal), landing)
}
