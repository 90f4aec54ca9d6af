use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use hermes_protocol::rest::Refusal;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    methods::{self, Told},
    refusal::refuse,
};

/// Ends the sessions that a logout token speaks of (OpenID Connect Back-Channel Logout 1.0 section
/// 2.5). The token is the credential: no cookie counts here.
pub(super) async fn hear(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let mut tokens = url::form_urlencoded::parse(&body).filter(|(name, _)| name == "logout_token");
    let (Some((_, token)), None) = (tokens.next().filter(|_| is_form), tokens.next()) else {
        return refused("`logout_token` is missing from the form");
    };
    let note = |event, reason: &str| {
        let line = Line::new(event, Some(seen.address)).reason(reason);
        gateway
            .ports
            .audit
            .record(line.path("/auth/backchannel-logout"));
    };
    match methods::hear(&gateway, &token).await {
        Told::Ended(0) => StatusCode::OK.into_response(),
        Told::Ended(_) => {
            note(Event::Revoke, "backchannel_logout");
            StatusCode::OK.into_response()
        }
        Told::Refused(error) => {
            let error = error.to_string();
            note(Event::RequestRefused, &error);
            refused(&error)
        }
        Told::Storage => refuse(&Refusal::StorageUnavailable, None),
    }
}

fn refused(why: &str) -> Response {
    let body = json!({ "error": "invalid_request", "error_description": why });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
