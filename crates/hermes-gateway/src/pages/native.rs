//! The pages between an app and the browser of its person.

use askama::Template;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use url::Url;

use super::{
    Frame, Message, Tone,
    account::{about, who},
    message, render,
};
use crate::{forwarded::Seen, landing::Landing, native::ask::Ask, sessions::Live};

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    frame: Frame,
    app: Option<String>,
    device: Option<String>,
    port: u16,
    who: String,
    about: String,
    /// What the app asks, for the answer.
    query: &'a str,
    /// Whom the page is shown to.
    session: &'a str,
}

/// Whether this app may come in.
pub(crate) fn confirm(seen: &Seen, ask: &Ask, query: &str, live: &Live) -> Response {
    let page = Confirm {
        frame: Frame::of(seen),
        app: ask.client_id.as_ref().map(ToString::to_string),
        device: ask.device.as_ref().map(ToString::to_string),
        port: ask.redirect_uri.port(),
        who: who(live),
        about: about(live),
        query,
        session: live.session.as_str(),
    };
    render(StatusCode::OK, &page)
}

/// A page that leads elsewhere by itself. A redirect would not do: it comes after a form, and our
/// policy lets no form lead elsewhere, not even by a redirect.
pub(crate) struct Onward<'a> {
    tone: &'static str,
    state: &'static str,
    title: &'static str,
    text: String,
    address: &'a str,
}

impl<'a> Onward<'a> {
    /// To the app, which is let in.
    pub(crate) fn allowed(address: &'a str) -> Self {
        Self {
            tone: "good",
            state: "Allowed",
            title: "Back to the app",
            text: "It goes on by itself; you can close this page then. Nothing there? Then the app has \
                   stopped waiting: begin again in it."
                .to_owned(),
            address,
        }
    }

    /// To the app, which is not let in.
    pub(crate) fn declined(address: &'a str) -> Self {
        Self {
            tone: "bad",
            state: "Declined",
            title: "The app is not let in",
            text: "It is told so by itself; you can close this page then.".to_owned(),
            address,
        }
    }

    /// To the identity provider, which has to say once more who it is.
    pub(crate) fn to_provider(address: &'a Url) -> Self {
        Self {
            tone: "wait",
            state: "Allowed",
            title: "One more step",
            text: format!(
                "{} says once more who you are, for a session by itself.",
                address.authority()
            ),
            address: address.as_str(),
        }
    }
}

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage<'a> {
    frame: Frame,
    onward: &'a Onward<'a>,
}

/// Sends the browser on.
pub(crate) fn onward(seen: &Seen, onward: &Onward<'_>) -> Response {
    let frame = Frame::of(seen);
    let mut response = render(StatusCode::OK, &OnwardPage { frame, onward });
    // Without the header there is still the link.
    if let Ok(refresh) = HeaderValue::from_str(&format!("0; url={}", onward.address)) {
        let name = HeaderName::from_static("refresh");
        response.headers_mut().insert(name, refresh);
    }
    response
}

/// An app that nobody was asked about, or that could not be let in, with the way to try again where
/// there is one.
pub(crate) fn app_stays_out(
    seen: &Seen,
    status: StatusCode,
    text: &str,
    landing: Option<&Landing>,
) -> Response {
    let again = landing.map(Landing::as_str);
    let page = Message {
        tone: Tone::Bad,
        state: "Sign-in of an app",
        title: "The app is not let in",
        text,
        command: None,
        link: again.map(|path| (path, "Try again")),
    };
    message(seen, status, page)
}
