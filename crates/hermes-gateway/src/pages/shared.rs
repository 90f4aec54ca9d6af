//! What is under a link to a conversation, for people who are nobody here. What was said is text: no
//! Markdown is read, and nothing runs, loads or leads anywhere.

use askama::Template;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{Timestamp, tz::TimeZone};

use super::{Frame, Message, Tone, message, render};
use crate::{forwarded::Seen, sharing::Snapshot};

/// What these pages may do: be shown, in our style.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "shared.html")]
struct SharedPage<'a> {
    frame: Frame,
    title: &'a str,
    about: String,
    said: Vec<Exchange<'a>>,
}

struct Exchange<'a> {
    /// When it was asked, for machines and for people.
    at: String,
    day: String,
    prompt: &'a str,
    /// What is said of its pictures; empty if it has none.
    pictures: String,
    answer: &'a str,
}

/// A conversation as it was shared.
pub(crate) fn shared(seen: &Seen, snapshot: &Snapshot) -> Response {
    let at = day(snapshot.at);
    let page = SharedPage {
        frame: Frame::of(seen),
        title: &snapshot.title,
        about: match &snapshot.by {
            Some(by) => format!("Shared by {by}, as it was on {at}."),
            None => format!("As it was on {at}."),
        },
        said: snapshot
            .said
            .iter()
            .map(|said| Exchange {
                at: moment(said.at).to_string(),
                day: day(said.at),
                prompt: &said.prompt,
                pictures: match said.pictures {
                    0 => String::new(),
                    1 => "A picture that went with it is not shared.".to_owned(),
                    count => format!("{count} pictures that went with it are not shared."),
                },
                answer: &said.answer,
            })
            .collect(),
    };
    kept_apart(render(StatusCode::OK, &page))
}

/// There is nothing under a link, whyever.
pub(crate) fn not_shared(seen: &Seen) -> Response {
    let message_ = Message {
        tone: Tone::Bad,
        state: "Not found",
        title: "There is nothing under this link",
        text: "It is over, was revoked, or is mistyped. Whoever gave it to you can share the \
               conversation again.",
        command: None,
        link: None,
    };
    kept_apart(message(seen, StatusCode::NOT_FOUND, message_))
}

/// Links are opened too often from where somebody is.
pub(crate) fn too_often(seen: &Seen, seconds: u64) -> Response {
    let message_ = Message {
        tone: Tone::Wait,
        state: "Too often",
        title: "Wait a minute, then try again",
        text: "Too many links were opened from where you are.",
        command: None,
        link: None,
    };
    let mut response = kept_apart(message(seen, StatusCode::TOO_MANY_REQUESTS, message_));
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Keeps a page out of what searches, and lets it do less than the pages of people who are somebody.
fn kept_apart(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response
}

/// What storage keeps is what was written there, so that no moment is out of range.
fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

fn day(milliseconds: i64) -> String {
    let at = moment(milliseconds).to_zoned(TimeZone::UTC);
    at.strftime("%-d %B %Y").to_string()
}
