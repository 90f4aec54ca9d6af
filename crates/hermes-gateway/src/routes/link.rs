use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    rest::{OpenLink, Refusal},
    routes,
};

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    person::Person,
    refusal::refuse,
};

/// Makes a link for one more browser. Only token mode has links.
pub(super) async fn make(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
) -> Response {
    let Some(secret) = gateway.new_link() else {
        let path = routes::LINK.path.into();
        return refuse(&Refusal::NoSuchEndpoint { path }, None);
    };
    let line = Line::new(Event::LinkMade, Some(seen.address));
    let user = person.user();
    let line = line.provider("token").user(user.as_str(), None);
    gateway.ports.audit.record(line);
    Json(OpenLink {
        secret: secret.expose().to_owned(),
    })
    .into_response()
}
