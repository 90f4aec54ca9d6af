//! A bounded HTTP client: no redirects, a size limit, a time limit, and errors that say whether
//! anything was sent.

mod bounded;
mod message;

pub use self::{
    bounded::BoundedClient,
    message::{Body, HttpError, Method, Request, Response},
};

use crate::BoxFuture;

/// Sends one request. The seam at which tests count and answer requests.
pub trait Http: Send + Sync {
    /// Sends the request and reads the whole answer, whatever its status is.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>>;
}
