//! A bounded HTTP client: no redirects, a size limit, a time limit, and errors that say whether
//! anything was sent. Answers of models come in pieces, under limits of their own.

mod bounded;
mod expected;
mod message;
mod streaming;
mod visitor;

pub use self::{
    bounded::BoundedClient,
    expected::Fingerprint,
    message::{Body, HttpError, Method, Request, Response},
    streaming::{Limits, Opened, StreamingHttp},
    visitor::{Connection, Visit, Visitor},
};

pub use reqwest::header::HeaderMap;

use url::Host;

use crate::BoxFuture;

/// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1`. It alone may be spoken to
/// without TLS, and no proxy comes in between.
pub fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Sends one request. The seam at which tests count and answer requests.
pub trait Http: Send + Sync {
    /// Sends the request and reads the whole answer, whatever its status is.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>>;
}
