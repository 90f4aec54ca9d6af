use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    limits,
    rest::{Refusal, TicketAnswer},
};
use hermes_storage::TokenHash;
use http::header;

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    person::Person,
    refusal::refuse,
    tickets::Grant,
};

/// Makes a ticket for one socket of this session.
pub(super) async fn mint(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    request: Request,
) -> Response {
    let session = match (&person, &gateway.fixed.token) {
        (Person::SignedIn(live), _) => live.session,
        (Person::Holder, Some(token)) => token.session(),
        (Person::Holder, None) => return refuse(&Refusal::TokenRequired, None),
    };
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let ticket = gateway.ports.random.token(32);
    let grant = Grant {
        session,
        origin: origin.map(str::to_owned),
    };
    let now = gateway.ports.clock.now();
    let kept = gateway
        .ports
        .tickets
        .keep(TokenHash::of_secret(&ticket), grant, now);
    if kept.await.is_err() {
        return refuse(&Refusal::StorageUnavailable, None);
    }
    let method = person.session().map_or("token", |live| &live.method);
    gateway.ports.audit.record(
        Line::new(Event::WsTicketMinted, Some(seen.address))
            .provider(method)
            .session(session.as_str())
            .user(person.user().as_str(), None),
    );
    Json(TicketAnswer {
        ticket: ticket.expose().to_owned(),
        ttl_seconds: limits::TICKET_SECONDS,
    })
    .into_response()
}
