use std::{fmt, time::Duration};

use hermes_secret::{SafeUrl, Secret};
use thiserror::Error;
use url::Url;

/// The methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
    /// Changes a part.
    Patch,
    /// Takes away.
    Delete,
}

/// What a request carries.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded`, already encoded.
    Form(String),
    /// `application/json`, already encoded.
    Json(String),
    /// `application/octet-stream`.
    Octets(Vec<u8>),
}

impl Body {
    /// Encodes the pairs as a form.
    pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        Self::Form(form.extend_pairs(pairs).finish())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Form(_) => "Form(..)",
            Self::Json(_) => "Json(..)",
            Self::Octets(_) => "Octets(..)",
        })
    }
}

/// A request. Its `Debug` shows neither header values nor body.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Headers besides those the client sets itself (`Accept`, `User-Agent`, `Content-Type`).
    pub headers: Vec<(&'static str, String)>,
    /// What it carries.
    pub body: Body,
    /// The time for the whole exchange; the client caps it at 30 s.
    pub timeout: Duration,
    /// The most mebibytes of an answer; the client caps it at 16.
    pub mebibytes: u8,
}

impl Request {
    /// A `GET` with 15 s of time.
    pub fn get(url: Url) -> Self {
        Self::new(Method::Get, url, Body::Empty).within(Duration::from_secs(15))
    }

    /// A `POST` with 20 s of time.
    pub fn post(url: Url, body: Body) -> Self {
        Self::new(Method::Post, url, body)
    }

    /// Any request, with 20 s of time, for an answer of 1 MiB at most.
    pub fn new(method: Method, url: Url, body: Body) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body,
            timeout: Duration::from_secs(20),
            mebibytes: 1,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Changes the time limit.
    #[must_use]
    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Changes how large the answer may be.
    #[must_use]
    pub fn up_to(self, mebibytes: u8) -> Self {
        Self { mebibytes, ..self }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} {} {:?}",
            self.method,
            SafeUrl(&self.url),
            self.body
        )
    }
}

/// A whole answer. Its `Debug` shows neither the body nor cookies, which may hold tokens.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The media type without parameters, in lower case.
    pub media_type: Option<String>,
    /// `Retry-After` in seconds, where it was a number or a date.
    pub retry_after: Option<Duration>,
    /// `Date` in seconds since the epoch: what the other side takes the time to be.
    pub date: Option<i64>,
    /// What its `Set-Cookie` headers say, the first 16 of them and each of 8 KiB at most.
    pub set_cookies: Vec<Secret>,
    /// The body, at most as large as the request has allowed.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the media type is JSON, or a `+json` type.
    pub fn is_json(&self) -> bool {
        self.media_type.as_deref().is_some_and(|kind| {
            kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, kind, size) = (self.status, &self.media_type, self.body.len());
        write!(f, "{status} {kind:?} {size} bytes")
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// No connection was made, so nothing was sent and the request may safely be repeated.
    #[error("no connection to `{host}`: {reason}")]
    NotSent {
        /// The host and port.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The connection broke after something may have been sent.
    #[error("the connection to `{host}` broke before the answer was complete")]
    Broken {
        /// The host and port.
        host: String,
    },
    /// There was no complete answer in time.
    #[error("`{host}` did not answer within {} s", limit.as_secs())]
    TimedOut {
        /// The host and port.
        host: String,
        /// The limit that was reached.
        limit: Duration,
    },
    /// The answer is larger than an answer may be.
    #[error("`{host}` sent more than {mebibytes} MiB")]
    TooLarge {
        /// The host and port.
        host: String,
        /// The limit that was reached.
        mebibytes: u64,
    },
    /// The client itself could not be set up: an unreadable CA bundle, most likely.
    #[error("{0}")]
    Setup(String),
}
