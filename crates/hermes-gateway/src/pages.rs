//! The pages that the gateway renders itself, and the files they are made of.
//!
//! They work under any path prefix, hold no secret, and run no script but the one file.

mod account;
mod claim;
mod device;
mod ended;
mod first;
mod install;
mod native;
mod shared;
mod sign_in;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::Request,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use hermes_protocol::routes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

pub(crate) use self::{
    device::{
        Mistyped, device_approved, device_code, device_confirm, device_declined, device_over,
        device_stays_out, sign_in_again,
    },
    ended::{Back, as_sentence, sentence, sign_in_failed, signed_out},
    native::{Onward, app_stays_out, confirm, onward},
    shared::{not_shared, shared, too_often},
    sign_in::{Tried, sign_in},
};
use crate::{forwarded::Seen, gateway::Gateway, passkeys::Site, site::Scheme, web_app};

/// The look's tokens and the layout of these pages.
const STYLE: &str = concat!(
    include_str!("../../../ui/tokens.css"),
    include_str!("../../../ui/base.css"),
    include_str!("pages/gateway.css")
);
const SCRIPT: &str = concat!(
    include_str!("pages/passkeys.js"),
    include_str!("pages/gateway.js")
);
const MARK: &str = include_str!("pages/mark.svg");

/// The paths of the files, all of them public.
pub(crate) const ASSETS: [&str; 8] = [
    "/assets/gateway.css",
    "/assets/gateway.js",
    "/assets/mark.svg",
    install::MANIFEST,
    install::ICONS[0].0,
    install::ICONS[1].0,
    install::ICONS[2].0,
    install::ICONS[3].0,
];

/// The pages and their files.
pub(crate) fn router() -> Router<Arc<Gateway>> {
    let [style, script, mark, ..] = ASSETS;
    Router::new()
        .route(style, get(async || file("text/css; charset=utf-8", STYLE)))
        .route(
            script,
            get(async || file("text/javascript; charset=utf-8", SCRIPT)),
        )
        .route(mark, get(async || file("image/svg+xml", MARK)))
        .merge(install::router())
        .route(routes::LOGIN_PAGE.path, get(sign_in::page))
        .route(routes::CLAIM_PAGE.path, get(claim::page))
        .route("/", get(first::page))
        .route("/account", get(account::page))
        .route("/app/{name}", get(web_app::file))
        .route(web_app::WORKER, get(web_app::worker))
}

/// A newer program may be started at any time, and its pages go with its own files.
const KEPT: (HeaderName, HeaderValue) = (
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=60"),
);

fn file(kind: &'static str, content: impl IntoResponse) -> Response {
    let kind = HeaderValue::from_static(kind);
    ([(header::CONTENT_TYPE, kind), KEPT], content).into_response()
}

/// What every page is built around.
struct Frame {
    /// Below which path the client sees the gateway.
    prefix: String,
    /// Under which name it is reached.
    host: String,
}

impl Frame {
    fn of(seen: &Seen) -> Self {
        let host = seen.authority().map(|authority| authority.host.to_string());
        Self {
            prefix: seen.prefix.as_str().to_owned(),
            host: host.unwrap_or_default(),
        }
    }
}

/// The port by which a page came without TLS from another machine.
fn exposed_port(seen: &Seen) -> Option<u16> {
    let authority = seen.authority()?;
    let is_exposed = seen.told_scheme == Scheme::Http && !authority.host.is_loopback();
    is_exposed.then_some(authority.port.unwrap_or(80))
}

/// The origin at which a page can use passkeys; empty if there is none.
fn passkeys_origin(gateway: &Gateway) -> String {
    let rules = gateway.rules();
    let site = rules.passkeys.as_ref();
    site.map(Site::origin).unwrap_or_default()
}

/// How a page's subject stands: the colour of the dot beside the word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    /// It is done.
    Good,
    /// Something waits for the person.
    Wait,
    /// It ended, or did not work.
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Bad => "bad",
        }
    }
}

/// What a page says that says one thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    /// The colour of the word below.
    pub(crate) tone: Tone,
    /// How things stand, in a word or two.
    pub(crate) state: &'a str,
    /// What is the matter, in one line.
    pub(crate) title: &'a str,
    /// What it means and what to do.
    pub(crate) text: &'a str,
    /// What to type on the host.
    pub(crate) command: Option<&'a str>,
    /// Where to go, as a path without prefix, and what it is called.
    pub(crate) link: Option<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    frame: Frame,
    message: Message<'a>,
}

/// A page that says one thing.
pub(crate) fn message(seen: &Seen, status: StatusCode, message: Message<'_>) -> Response {
    let frame = Frame::of(seen);
    render(status, &MessagePage { frame, message })
}

/// The gateway has no owner yet.
pub(crate) fn unclaimed(seen: &Seen) -> Response {
    let message_ = Message {
        tone: Tone::Wait,
        state: "Unclaimed",
        title: "This gateway has no owner yet",
        text: "Until somebody is its owner it serves nobody. Whoever runs it becomes the owner by \
               a link that works once, which this command prints on its host:",
        command: Some("hermes owner invite"),
        link: None,
    };
    message(seen, StatusCode::SERVICE_UNAVAILABLE, message_)
}

/// There is no such page.
pub(crate) fn not_found(request: &Request) -> Response {
    let Some(seen) = request.extensions().get::<Seen>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let message_ = Message {
        tone: Tone::Bad,
        state: "Not found",
        title: "There is no such page",
        text: "The address is mistyped, or belongs to another version of Hermes.",
        command: None,
        link: Some(("/", "To the first page")),
    };
    message(seen, StatusCode::NOT_FOUND, message_)
}

/// Whether a person reads the answer, rather than a program.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        // A template writes into memory, which does not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
