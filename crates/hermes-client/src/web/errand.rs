//! What a page asks over HTTP, by what its program has signed in with: the page itself never sees that.

use std::time::Duration;

use hermes_machine::http::{Body, HttpError, Method, Request, Response};
use hermes_protocol::{
    limits,
    routes::{self, Route, Verb},
};
use serde_json::value::RawValue;
use thiserror::Error;

use super::Web;
use crate::{Happened, Minted, Outage, sign_in::says};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most mebibytes of an answer: five hundred messages may be long ones.
const MEBIBYTES: u8 = 16;

/// The most bytes of a path with its query.
const PATH_BYTES: usize = 8 * 1024;

/// What no page asks for: each of these answers with something that opens the gateway.
const SECRETS: [Route; 3] = [routes::WS_TICKET, routes::LINK, routes::SOCKET];

/// A question that a page may ask: a route of the gateway, and nothing else of it or of anybody.
#[derive(Clone, Debug)]
pub struct Errand {
    method: Method,
    path: String,
    query: Option<String>,
    body: Body,
}

/// What the gateway has answered, as far as a page is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// After how long it may be asked again, if it says so.
    pub retry_after: Option<Duration>,
    /// The JSON that it answers with; nothing if it is something else.
    pub body: Vec<u8>,
}

/// Why there is no answer to an errand.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrandError {
    /// No page asks that.
    #[error("a page asks nothing of the kind")]
    NotForPages,
    /// It is larger than what a gateway takes.
    #[error("it is larger than what the gateway takes")]
    TooLarge,
    /// The sign-in has ended, and the gateway was not asked.
    #[error("the sign-in has ended")]
    SignedOut,
    /// The sign-in could not be renewed just now: this has answered in place of the gateway, or it is
    /// out of order.
    #[error("the sign-in could not be renewed just now")]
    Out(Outage),
    /// Nobody has answered.
    #[error("the gateway does not answer")]
    Unanswered,
    /// The way to the gateway failed.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl Errand {
    /// What a page wants asked: a path with its query, and JSON that goes along.
    ///
    /// # Errors
    ///
    /// If no page asks that, or it is too large.
    pub fn new(
        verb: Verb,
        path_and_query: &str,
        body: Option<Box<RawValue>>,
    ) -> Result<Self, ErrandError> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let is_sound = path_and_query.len() <= PATH_BYTES
            && is_plain(path)
            && query.is_none_or(|query| query.bytes().all(is_of_query));
        let mut routes = routes::ALL.iter().map(|(_, route)| route);
        if !is_sound || !routes.any(|route| is_asked(route, verb, path)) {
            return Err(ErrandError::NotForPages);
        }
        let body = match body {
            Some(body) if body.get().len() > limits::FRAME_BYTES => {
                return Err(ErrandError::TooLarge);
            }
            Some(body) => Body::Json(body.get().to_owned()),
            None => Body::Empty,
        };
        Ok(Self {
            method: method(verb),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            body,
        })
    }
}

impl Errand {
    /// Whether it asks which conversations there are.
    pub(crate) fn lists_conversations(&self) -> bool {
        self.method == Method::Get && self.path == routes::CONVERSATIONS.path
    }

    /// The same where what is pinned comes first, without that; `None` if it is something else.
    pub(crate) fn by_age_alone(&self) -> Option<Self> {
        let query = self.query.as_deref()?;
        let fields = query.split('&');
        let plain: Vec<_> = fields
            .map(|field| match field {
                "order=pinned" => "order=recent",
                other => other,
            })
            .collect();
        let plain = plain.join("&");
        (self.path == routes::CONVERSATIONS.path && plain != query).then(|| Self {
            query: Some(plain),
            ..self.clone()
        })
    }
}

impl Answered {
    /// Whether the gateway says that the session is over. A page that is not signed in at all is told the
    /// same; a proxy's 401 is none of its words.
    pub fn is_signed_out(&self) -> bool {
        let said = says(&self.body);
        let error = said.as_ref().and_then(|said| said.get("error")?.as_str());
        self.status == 401 && matches!(error, Some("unauthenticated" | "session_expired"))
    }
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} bytes", self.status, self.body.len())
    }
}

impl ErrandError {
    /// Whether the session is over.
    pub const fn is_signed_out(&self) -> bool {
        matches!(self, Self::SignedOut)
    }
}

impl From<Happened> for ErrandError {
    fn from(happened: Happened) -> Self {
        match happened {
            Happened::Minted(Minted::SignInNeeded) => Self::SignedOut,
            Happened::Out(outage) => Self::Out(outage),
            _ => Self::Unanswered,
        }
    }
}

impl Web {
    /// Does an errand at the gateway, and nowhere else: what signs in is shown there, and renewed once if
    /// it is not taken any more.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn ask(&self, errand: &Errand) -> Result<Answered, ErrandError> {
        let first = self.asked(errand).await?;
        if !first.is_signed_out() {
            return Ok(first);
        }
        match self.credential.renew().await {
            Ok(()) => self.asked(errand).await,
            // There is nothing to renew, and the gateway has said so best.
            Err(Happened::Minted(Minted::SignInNeeded)) => Ok(first),
            Err(happened) => Err(happened.into()),
        }
    }

    async fn asked(&self, errand: &Errand) -> Result<Answered, ErrandError> {
        let mut url = self.address.at(&errand.path);
        // A URL has ways of its own to read a path.
        let wanted = format!(
            "{}{}",
            self.address.at("").path().trim_end_matches('/'),
            errand.path
        );
        if url.path() != wanted {
            return Err(ErrandError::NotForPages);
        }
        url.set_query(errand.query.as_deref());
        let mut request = Request::new(errand.method, url, errand.body.clone())
            .within(PATIENCE)
            .up_to(MEBIBYTES);
        request.headers = self.credential.headers().await?;
        Ok(self.http.send(request).await?.into())
    }
}

impl From<Response> for Answered {
    fn from(answer: Response) -> Self {
        let is_json = answer.is_json();
        Self {
            status: answer.status,
            retry_after: answer.retry_after,
            body: if is_json { answer.body } else { Vec::new() },
        }
    }
}

/// Whether a page asks this route, and this path is one of it.
fn is_asked(route: &Route, verb: Verb, path: &str) -> bool {
    let is_filled = |(pattern, part): (&str, &str)| match pattern.starts_with('{') {
        true => !matches!(part, "" | "." | ".."),
        false => pattern == part,
    };
    route.verb == verb
        && route.path.starts_with("/api/")
        && !SECRETS.contains(route)
        && route.path.split('/').count() == path.split('/').count()
        && route.path.split('/').zip(path.split('/')).all(is_filled)
}

/// Whether a path says what it means: a proxy may undo its escapes before it looks where it leads.
fn is_plain(path: &str) -> bool {
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let is_good = match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                match (digit(), digit()) {
                    (Some(high), Some(low)) => {
                        let meant = high * 16 + low;
                        meant > 0x1f && !matches!(meant, 0x25 | 0x2e | 0x2f | 0x5c | 0x7f)
                    }
                    _ => false,
                }
            }
            byte => byte.is_ascii_alphanumeric() || b"/-_.~!$&'()*+,;=:@".contains(&byte),
        };
        if !is_good {
            return false;
        }
    }
    true
}

const fn is_of_query(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>')
}

const fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::Get,
        Verb::Post => Method::Post,
        Verb::Patch => Method::Patch,
        Verb::Delete => Method::Delete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for_pages(verb: Verb, path: &str) -> bool {
        Errand::new(verb, path, None).is_ok()
    }

    #[test]
    fn a_page_asks_what_pages_ask() {
        for (verb, path) in [
            (Verb::Get, "/api/status"),
            (Verb::Get, "/api/sessions?limit=50&offset=0&order=recent"),
            (Verb::Get, "/api/sessions/search?q=a%2Fb%20%26%20c'd"),
            (
                Verb::Get,
                "/api/sessions/20261121_192603_64c7f4/messages?limit=500&offset=0",
            ),
            (Verb::Patch, "/api/sessions/d5cf7da9"),
            (Verb::Delete, "/api/sessions/d5cf7da9"),
            (Verb::Post, "/api/sessions/import"),
            (
                Verb::Delete,
                "/api/providers/oauth/openai-codex/env%3AOPENAI_API_KEY",
            ),
        ] {
            assert!(is_for_pages(verb, path), "{path}");
        }
    }

    #[test]
    fn dt4_a_page_asks_for_nothing_that_opens_a_gateway_and_nothing_elsewhere() {
        for path in [
            "",
            "/",
            "api/status",
            "//evil.example/api/status",
            "https://evil.example/api/status",
            "/login",
            "/auth/logout",
            "/api/ws",
            "/api/env/reveal",
            "/api/status/",
            "/api//status",
            "/api/sessions/",
            "/api/sessions/..",
            "/api/sessions/../status",
            "/api/sessions/%2e%2E",
            "/api/sessions/a%2fb",
            "/api/sessions/a%5Cb",
            "/api/sessions/a%252fb",
            "/api/sessions/a%0d%0ab",
            "/api/sessions/a%zz",
            "/api/sessions/a%2",
            "/api/sessions/a\\b",
            "/api/sessions/a\u{fc}",
            "/api/sessions/a b",
            "/api/sessions/a\r\nx: y",
            "/api/sessions/a#b",
            "/api/sessions?a#b",
            "/api/sessions?a\nb",
        ] {
            assert!(!is_for_pages(Verb::Get, path), "{path:?}");
        }
        assert!(!is_for_pages(Verb::Post, "/api/auth/ws-ticket"));
        assert!(!is_for_pages(Verb::Post, "/api/auth/link"));
        assert!(!is_for_pages(Verb::Post, "/auth/native/refresh"));
        assert!(!is_for_pages(Verb::Delete, "/api/status"), "another verb");
        let long = format!("/api/sessions?q={}", "x".repeat(PATH_BYTES));
        assert!(!is_for_pages(Verb::Get, &long));
    }

    #[test]
    fn a_session_is_over_when_the_gateway_says_so() {
        for (status, body, is_over) in [
            (
                401,
                r#"{"error":"session_expired","detail":"Unauthorized"}"#,
                true,
            ),
            (401, r#"{"error":"unauthenticated"}"#, true),
            (401, r#"{"detail":"Unauthorized"}"#, false),
            (401, r#"{"error":"wrong_password"}"#, false),
            (401, "", false),
            (401, "<html>", false),
            (403, r#"{"error":"session_expired"}"#, false),
            (200, r#"{"error":"session_expired"}"#, false),
        ] {
            let answered = Answered {
                status,
                retry_after: None,
                body: body.into(),
            };
            assert_eq!(answered.is_signed_out(), is_over, "{status} {body}");
        }
    }
}
