use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{Refusal, StrangerChoice, StrangerRow, StrangersAnswer};
use hermes_storage::{Role, StorageError, UserId};
use http::StatusCode;

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    person::Person,
    refusal::refuse,
    strangers::Stranger,
    vouch,
};

const SHUT_OUT: &str = "this user is shut out: `hermes users enable`, on the gateway's host, lets \
                        them in again";

/// Who waits for the owner.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    if person.role() != Role::Owner {
        return refuse(&Refusal::Forbidden, None);
    }
    let waiting = gateway.strangers.waiting().into_iter();
    let row = |it: Stranger| StrangerRow {
        identity: vouch::word(&it.identity),
        provider: it.provider,
        name: it.name.map(|name| name.to_string()),
        email: it.email.map(|email| email.to_string()),
        address: it.address.to_string(),
        asked_at: u64::try_from(it.at.as_second()).unwrap_or_default(),
    };
    Json(StrangersAnswer {
        strangers: waiting.map(row).collect(),
    })
    .into_response()
}

/// Lets one of them in, as a member: they sign in again.
pub(super) async fn allow(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Json(choice): Json<StrangerChoice>,
) -> Response {
    let stranger = match chosen(&gateway, &person, &choice) {
        Ok(stranger) => stranger,
        Err(refusal) => return refuse(&refusal, None),
    };
    let ports = &gateway.ports;
    let (clock, random) = (&*ports.clock, &*ports.random);
    match vouch::vouch(&*ports.storage, stranger.identity, clock, random).await {
        Ok(user) => {
            note(&gateway, &seen, &person, user.as_str(), "allowed");
            StatusCode::NO_CONTENT.into_response()
        }
        // They were let in once, and shut out since.
        Err(StorageError::UserUnknown) => refuse(&Refusal::Forbidden, Some(SHUT_OUT)),
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

/// Takes one of them off the list, who may ask again.
pub(super) async fn dismiss(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Json(choice): Json<StrangerChoice>,
) -> Response {
    match chosen(&gateway, &person, &choice) {
        Ok(stranger) => {
            let whom = vouch::word(&stranger.identity);
            note(&gateway, &seen, &person, &whom, "dismissed");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refuse(&refusal, None),
    }
}

/// The stranger of whom the owner speaks. Only who waits can be chosen: a click lets in whom the
/// page has shown, and nobody else.
fn chosen(
    gateway: &Gateway,
    person: &Person,
    choice: &StrangerChoice,
) -> Result<Stranger, Refusal<'static>> {
    if person.role() != Role::Owner {
        return Err(Refusal::Forbidden);
    }
    let identity = vouch::read(&choice.identity);
    let stranger = identity.and_then(|identity| gateway.strangers.take(&identity));
    stranger.ok_or(Refusal::NoSuchStranger)
}

fn note(gateway: &Gateway, seen: &Seen, person: &Person, whom: &str, reason: &str) {
    let by: UserId = person.user();
    gateway.ports.audit.record(
        Line::new(Event::UserChanged, Some(seen.address))
            .user(by.as_str(), None)
            .text("whom", whom)
            .reason(reason),
    );
}
