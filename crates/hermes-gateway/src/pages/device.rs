//! The pages on which a person lets a machine in.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;

use super::{
    Frame, Message, Tone,
    account::{about, who},
    message, render,
};
use crate::{
    device::{Asked, UserCode},
    forwarded::Seen,
    landing::{self, Landing},
    limiter::network,
    sessions::Live,
};

/// Why the page is shown again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mistyped {
    /// No machine waits for the code.
    Unknown,
    /// Too many were wrong; codes count again in so many seconds.
    TooMany(u64),
}

#[derive(Template)]
#[template(path = "device.html")]
struct Page<'a> {
    frame: Frame,
    code: String,
    who: String,
    problem: Option<String>,
    /// Whom the page is shown to.
    session: &'a str,
}

/// Where a code is typed, or stands already.
pub(crate) fn device_code(
    seen: &Seen,
    code: Option<&UserCode>,
    live: &Live,
    mistyped: Option<Mistyped>,
) -> Response {
    let (status, problem) = match mistyped {
        None => (StatusCode::OK, None),
        Some(Mistyped::Unknown) => {
            let text = "No machine waits for this code. It is mistyped, was answered, or is older \
                        than ten minutes.";
            (StatusCode::NOT_FOUND, Some(text.to_owned()))
        }
        Some(Mistyped::TooMany(seconds)) => {
            let minutes = seconds.div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            let text = format!("Too many wrong codes. None counts for {minutes} {unit}.");
            (StatusCode::TOO_MANY_REQUESTS, Some(text))
        }
    };
    let page = Page {
        frame: Frame::of(seen),
        code: code.map(ToString::to_string).unwrap_or_default(),
        who: who(live),
        problem,
        session: live.session.as_str(),
    };
    render(status, &page)
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct Confirm<'a> {
    frame: Frame,
    code: &'a UserCode,
    program: Option<String>,
    device: Option<String>,
    address: String,
    /// Whether the person is at another one.
    elsewhere: Option<String>,
    age: String,
    who: String,
    about: String,
    session: &'a str,
}

/// Whether this machine may come in.
pub(crate) fn device_confirm(
    seen: &Seen,
    code: &UserCode,
    asked: &Asked,
    live: &Live,
    now: Timestamp,
) -> Response {
    let requester = &asked.requester;
    let is_elsewhere = network(requester.address) != network(seen.address);
    let page = Confirm {
        frame: Frame::of(seen),
        code,
        program: requester.program().map(ToString::to_string),
        device: requester.device.as_ref().map(ToString::to_string),
        address: requester.address.to_string(),
        elsewhere: is_elsewhere.then(|| seen.address.to_string()),
        age: age(asked.at, now),
        who: who(live),
        about: about(live),
        session: live.session.as_str(),
    };
    render(StatusCode::OK, &page)
}

/// How long ago a machine has asked: minutes at most.
fn age(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_mins() {
        ..=0 => "less than a minute ago".to_owned(),
        1 => "a minute ago".to_owned(),
        minutes => format!("{minutes} minutes ago"),
    }
}

/// The machine is let in.
pub(crate) fn device_approved(seen: &Seen) -> Response {
    let page = Message {
        tone: Tone::Good,
        state: "Approved",
        title: "The machine is let in",
        text: "It goes on by itself within seconds, and you can close this page. It is among your \
               sessions for a day at most; end it there when you are done.",
        command: None,
        link: Some(("/account", "To your sessions")),
    };
    message(seen, StatusCode::OK, page)
}

/// The machine is not let in.
pub(crate) fn device_declined(seen: &Seen) -> Response {
    let page = Message {
        tone: Tone::Bad,
        state: "Declined",
        title: "The machine is not let in",
        text: "It is told so, and its code is worth nothing any more. You can close this page.",
        command: None,
        link: None,
    };
    message(seen, StatusCode::OK, page)
}

/// The code ended while its person was at their identity provider.
pub(crate) fn device_over(seen: &Seen) -> Response {
    let text = "Its code was answered meanwhile, or is older than ten minutes. The machine shows \
                another one when it is asked to sign in again.";
    device_stays_out(seen, StatusCode::NOT_FOUND, text)
}

/// Nothing was let in, and why.
pub(crate) fn device_stays_out(seen: &Seen, status: StatusCode, text: &str) -> Response {
    let page = Message {
        tone: Tone::Bad,
        state: "Sign-in of a machine",
        title: "The machine is not let in",
        text,
        command: None,
        link: None,
    };
    message(seen, status, page)
}

/// Who signed in long ago proves first that it is still them.
pub(crate) fn sign_in_again(seen: &Seen, landing: Option<&Landing>) -> Response {
    let path = landing::sign_in_path(landing);
    let page = Message {
        tone: Tone::Wait,
        state: "Signed in a while ago",
        title: "Sign in once more",
        text: "Whoever lets a machine in has signed in within the last ten minutes. You come back \
               here.",
        command: None,
        link: Some((&path, "Sign in")),
    };
    message(seen, StatusCode::FORBIDDEN, page)
}
