//! The loopback listener: where the browser brings the answer (RFC 8252 section 7.3).
//!
//! [`request::parse`] says what a request is, purely. `callback` holds the one thing that is
//! awaited and decides: the first valid answer is taken, everything else is answered with a page
//! and changes nothing. `listener` binds and serves, [`pages`] holds what the person sees.

mod awaited;
mod callback;
mod listener;
mod owner;
pub mod pages;
pub mod request;

use hermes_providers::Provider;
use url::Url;

pub use self::{
    awaited::{Awaited, ListenError},
    callback::{Ending, Taken},
    owner::port_owner,
};
pub(crate) use self::{
    callback::{Callback, Ears},
    listener::{BindError, Listener, PortChoice},
};

/// What the listener of this redirect URI answers to.
pub(crate) fn door(redirect_uri: &Url, provider: &Provider) -> request::Door {
    request::Door {
        path: redirect_uri.path().to_owned(),
        port: redirect_uri.port_or_known_default().unwrap_or_default(),
        origins: provider.preflight_origins.clone(),
    }
}

#[cfg(test)]
mod tests;
