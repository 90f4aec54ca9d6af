//! What a request to the listener is. Pure, and fed by strangers: every page that the browser
//! shows can send requests here.

use hermes_oauth::{Answer, AnswerError};
use hermes_secret::{LABEL_LIMIT, plain};

use crate::Arrival;

/// The head of a request, as far as it matters.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a str,
    /// The host in the request target, where it is in absolute form.
    pub authority: Option<&'a str>,
    /// The path.
    pub path: &'a str,
    /// The query.
    pub query: Option<&'a str>,
    /// The headers, names in lower case.
    pub headers: Vec<(&'a str, &'a str)>,
}

impl Head<'_> {
    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(found, _)| *found == name)
            .map(|(_, value)| *value)
    }

    /// The value of a header that is there exactly once.
    fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }
}

/// What the listener answers to.
#[derive(Clone, Debug)]
pub struct Door {
    /// The path of the redirect URI.
    pub path: String,
    /// The port it is bound to.
    pub port: u16,
    /// Origins of the provider whose pages may ask before they send the answer.
    pub origins: Vec<String>,
}

/// What a request is.
#[derive(Clone, Debug)]
pub enum Received {
    /// A `GET` on the right path with something of an answer in it; not judged yet.
    Answer(Answer),
    /// A `GET` on the right path whose query cannot be an answer.
    Malformed(AnswerError),
    /// A `GET` on the right path with nothing in it.
    Empty,
    /// A browser that fetches ahead of the person: it must not use up the code.
    Prefetch,
    /// The page that follows the answer, with its id.
    Done(String),
    /// A private-network preflight, or another `OPTIONS`.
    Options,
    /// A `HEAD` on the right path: it asks and changes nothing.
    Head,
    /// Another method on the right path.
    WrongMethod,
    /// Another path: an icon, a guess.
    Elsewhere,
    /// A `Host` that is not this listener: a name that a stranger pointed at 127.0.0.1.
    WrongHost,
}

/// The path of the page that follows the answer; its id comes behind it.
pub(crate) const DONE: &str = "/done/";

/// Says what a request is.
pub fn parse(head: &Head<'_>, door: &Door) -> Received {
    if !is_ours(head, door) {
        return Received::WrongHost;
    }
    if head.method == "OPTIONS" {
        return Received::Options;
    }
    if head.path != door.path {
        return match head.path.strip_prefix(DONE) {
            Some(id) if head.method == "GET" => Received::Done(id.to_owned()),
            _ => Received::Elsewhere,
        };
    }
    match head.method {
        "GET" => {}
        "HEAD" => return Received::Head,
        _ => return Received::WrongMethod,
    }
    if is_prefetch(head) {
        return Received::Prefetch;
    }
    match Answer::from_query(head.query.unwrap_or_default()) {
        Err(error) => Received::Malformed(error),
        Ok(answer) if answer.code.is_none() && answer.error.is_none() => Received::Empty,
        Ok(answer) => Received::Answer(answer),
    }
}

/// The origin of the request, if it is one of the provider's: it is allowed to ask, and to learn
/// that its answer arrived.
pub fn listed_origin<'a>(head: &'a Head<'_>, door: &Door) -> Option<&'a str> {
    head.one("origin")
        .filter(|origin| door.origins.iter().any(|listed| listed == origin))
}

/// What a request counts as. `None` for an answer, which is still to be judged, and for the page
/// that follows one.
pub(crate) fn arrival(received: &Received, head: &Head<'_>, door: &Door) -> Option<Arrival> {
    Some(match received {
        Received::Answer(_) | Received::Done(_) => return None,
        Received::Malformed(_) | Received::Empty => Arrival::NotAnAnswer,
        Received::Prefetch => Arrival::Prefetch,
        Received::Options => match head.one("origin") {
            Some(_) if listed_origin(head, door).is_some() => Arrival::Preflight,
            Some(origin) => Arrival::UnlistedPreflight {
                origin: plain(origin, LABEL_LIMIT),
            },
            None => Arrival::Other,
        },
        Received::WrongHost => match head.one("host").and_then(loopback_port) {
            Some(port) if port != door.port => Arrival::OtherPort(port),
            _ => Arrival::WrongHost,
        },
        Received::Head | Received::WrongMethod | Received::Elsewhere => Arrival::Other,
    })
}

/// Whether the request was meant for this listener: exactly one `Host`, a loopback name, the bound
/// port. A stranger's name that resolves to 127.0.0.1 is not one (DNS rebinding).
fn is_ours(head: &Head<'_>, door: &Door) -> bool {
    let host = head
        .one("host")
        .is_some_and(|host| is_loopback(host, door.port));
    let target = head
        .authority
        .is_none_or(|authority| is_loopback(authority, door.port));
    host && target
}

fn is_loopback(host: &str, port: u16) -> bool {
    loopback_port(host) == Some(port)
}

/// The port of a host that is a loopback name, 80 where none is written.
fn loopback_port(host: &str) -> Option<u16> {
    let rest = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .find_map(|name| {
            host.get(..name.len())
                .filter(|start| start.eq_ignore_ascii_case(name))
                .and_then(|_| host.get(name.len()..))
        })?;
    match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.parse().ok(),
        Some(_) => None,
        None => rest.is_empty().then_some(80),
    }
}

fn is_prefetch(head: &Head<'_>) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"]
        .iter()
        .any(|name| {
            head.all(name).any(|value| {
                let value = value.to_ascii_lowercase();
                value.contains("prefetch") || value.contains("prerender") || value == "preview"
            })
        })
}
