use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{OpenLink, Refusal};
use hermes_secret::Secret;
use http::{HeaderMap, StatusCode, header};

use crate::{
    audit::{Event, Line},
    cookies::{self, Kind, Shape, Value},
    csrf,
    forwarded::Seen,
    front::was_meant,
    gateway::Gateway,
    refusal::refuse,
};

/// Why a link opens nothing, and how to get one that does.
const USED: &str =
    "the link was used before, or is of another start: `hermes link` prints a new one";

/// Lets the browser of a printed link in, once.
pub(super) async fn open(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    Json(link): Json<OpenLink>,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Json) {
        return *refusal;
    }
    let secret = Secret::new(link.secret);
    let token = gateway.fixed.token.as_ref();
    let value = token.and_then(|token| token.follow(secret.expose(), &*gateway.ports.random));
    let Some(value) = value else {
        let line = Line::new(Event::TokenAuthFailure, Some(seen.address));
        gateway.ports.audit.record(line.reason("link_unknown"));
        return refuse(&Refusal::TokenRequired, Some(USED));
    };
    gateway.ports.audit.record(
        Line::new(Event::LoginSuccess, Some(seen.address))
            .provider("token")
            .user("owner", None),
    );
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if let Some(value) = Value::new(value.expose()) {
        let lasts = gateway.fixed.lifetimes.absolute;
        let line = cookies::set(Kind::Short, value, lasts, &Shape::of(&seen));
        answer.headers_mut().append(header::SET_COOKIE, line);
    }
    answer
}
