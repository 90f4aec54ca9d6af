use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{Html, IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode};

use super::{Frame, Message, Tone, message, render};
use crate::{
    cookies::{self, Kind, Shape},
    forwarded::Seen,
    gateway::Gateway,
    token::TokenGate,
};

#[derive(Template)]
#[template(path = "open.html")]
struct Open {
    frame: Frame,
    /// The assignment that old clients look for.
    token: Option<String>,
}

/// `GET /`: the web app. In token mode the gate lets everybody here, so that the page that follows a
/// printed link can be loaded; it is another one.
pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
) -> Response {
    match &gateway.fixed.token {
        Some(token) if !is_open(token, &seen, &headers) => open(token, &seen),
        _ => match gateway.fixed.web_app.page(&seen.prefix) {
            Some(page) => Html(page).into_response(),
            None => message(&seen, StatusCode::OK, NOT_BUILT),
        },
    }
}

/// Whether this browser has followed a printed link.
pub(super) fn is_open(token: &TokenGate, seen: &Seen, headers: &HeaderMap) -> bool {
    let cookie = cookies::read(headers, Kind::Short, &Shape::of(seen));
    cookie.ok().flatten().is_some_and(|it| token.is_browser(it))
}

/// The page that follows a printed link.
pub(super) fn open(token: &TokenGate, seen: &Seen) -> Response {
    let token = token.in_page().map(|token| {
        let text = serde_json::Value::from(token.expose()).to_string();
        // Within a script element nothing but `</` and `<!--` could end it.
        text.replace('<', "\\u003c")
    });
    let frame = Frame::of(seen);
    render(StatusCode::OK, &Open { frame, token })
}

const NOT_BUILT: Message<'_> = Message {
    tone: Tone::Wait,
    state: "No web app",
    title: "This program was built without the web app",
    text: "The gateway works; only its page is missing. Whoever built the program builds the page with \
           the command below, and then the program again. Your sessions and passkeys are there without it.",
    command: Some("cargo xtask ui"),
    link: Some(("/account", "Sessions and passkeys")),
};
