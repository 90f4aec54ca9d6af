use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension, Json,
    extract::{FromRequestParts, State},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    limits,
    rest::{Refusal, TicketAnswer},
};
use hermes_storage::TokenHash;
use http::{header, request::Parts};

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    person::Person,
    refusal::refuse,
    tickets::Grant,
};

/// The `Origin` of the request. To hold it alone is less than to hold the request.
pub(super) struct Origin(Option<String>);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let origin = parts.headers.get(header::ORIGIN);
        let origin = origin.and_then(|origin| origin.to_str().ok());
        Ok(Self(origin.map(str::to_owned)))
    }
}

/// Makes a ticket for one socket of this session.
pub(super) async fn mint(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Origin(origin): Origin,
) -> Response {
    let session = match (&person, &gateway.fixed.token) {
        (Person::SignedIn(live), _) => live.session,
        (Person::Holder, Some(token)) => token.session(),
        (Person::Holder, None) => return refuse(&Refusal::TokenRequired, None),
    };
    let ticket = gateway.ports.random.token(32);
    let grant = Grant { session, origin };
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
        ticket: ticket.expose(),
        ttl_seconds: limits::TICKET_SECONDS,
    })
    .into_response()
}
