use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header};

use super::{Frame, exposed_port, passkeys_origin, render};
use crate::{forwarded::Seen, gateway::Gateway, mode::Mode};

#[derive(Template)]
#[template(path = "claim.html")]
struct Page {
    frame: Frame,
    /// Whether the gateway has no owner yet.
    unclaimed: bool,
    /// The port of the gateway, where others on the way can read what is typed.
    exposed: Option<u16>,
    /// The origin at which passkeys work; empty if there is none.
    passkeys: String,
}

/// `GET /claim`: the same for everybody, since what stands behind the `#` of a link stays in the
/// browser until the page's script sends it.
pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
) -> Response {
    let mode = gateway.mode();
    if mode == Mode::Token {
        let home = HeaderValue::from_str(&seen.prefix.join("/"));
        let home = home.unwrap_or_else(|_| HeaderValue::from_static("/"));
        return (StatusCode::SEE_OTHER, [(header::LOCATION, home)]).into_response();
    }
    let page = Page {
        unclaimed: mode == Mode::Unclaimed,
        exposed: exposed_port(&seen),
        passkeys: passkeys_origin(&gateway),
        frame: Frame::of(&seen),
    };
    render(StatusCode::OK, &page)
}
