//! The way to an identity provider: what is kept of a sign-in that begins, and where its browser
//! goes.

use std::time::Duration;

use axum::response::Response;
use hermes_protocol::{rest::Refusal, routes};
use hermes_secret::Secret;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::{
    audit::{Event, Line},
    cookies::{self, Kind, Shape, Value},
    forwarded::Seen,
    gateway::Gateway,
    limiter::Keys,
    methods::{Attempt, IdentityProvider, LIFETIME, ProviderError, Purpose},
};

/// A browser that may go.
pub(crate) struct Departed {
    /// Where to.
    pub(crate) address: Url,
    /// What it has to bring back.
    cookie: HeaderValue,
}

impl Departed {
    /// The answer that sends it, with what it has to bring back.
    pub(crate) fn remembered(self, mut answer: Response) -> Response {
        answer.headers_mut().append(header::SET_COOKIE, self.cookie);
        answer
    }
}

/// Why a browser does not go.
#[derive(Debug)]
pub(crate) enum Stayed {
    /// It is not known where the provider would send it back to.
    NoWayBack,
    /// More than are allowed.
    TooMany(Duration),
    /// The provider does not answer.
    Unreachable(ProviderError),
}

impl Stayed {
    /// As clients know it.
    pub(crate) fn refusal(&self) -> Refusal<'static> {
        match self {
            Self::NoWayBack => Refusal::HostNotAllowed,
            Self::TooMany(_) => Refusal::TooManyAttempts,
            Self::Unreachable(error) => unreachable(error),
        }
    }
}

/// Begins a sign-in at a provider.
///
/// # Errors
///
/// [`Stayed`].
pub(crate) async fn depart(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    provider: &dyn IdentityProvider,
    purpose: Purpose,
) -> Result<Departed, Stayed> {
    let name = provider.name();
    let back = own_address(gateway, seen, routes::CALLBACK.path);
    let redirect_uri = back.ok_or(Stayed::NoWayBack)?;
    let keys = Keys::of(name, "", seen.address);
    let admitted = gateway.departures.admit(&keys, gateway.ports.clock.now());
    admitted.map_err(|wait| {
        failed(gateway, seen, name, "rate_limited");
        Stayed::TooMany(wait)
    })?;
    let random = &gateway.ports.random;
    let attempt = Attempt {
        method: name.to_owned(),
        state: random.token(32),
        nonce: random.token(32),
        verifier: random.token(32),
        redirect_uri,
        purpose,
    };
    let line = Line::new(Event::LoginStart, Some(seen.address)).provider(name);
    gateway.ports.audit.record(line);
    let address = provider.authorize(&attempt).await.map_err(|error| {
        failed(gateway, seen, name, "provider_unreachable");
        Stayed::Unreachable(error)
    })?;
    let shape = Shape::of(seen);
    let held = cookies::read(headers, Kind::Flow, &shape).ok().flatten();
    // A value that we did not give out is never taken over (RP6).
    let browser = match held.filter(|held| gateway.attempts.knows(held)) {
        Some(held) => Secret::new(held),
        None => random.token(32),
    };
    let value = Value::new(browser.expose()).ok_or(Stayed::NoWayBack)?;
    let cookie = cookies::set(Kind::Flow, value, LIFETIME, &shape);
    gateway
        .attempts
        .keep(browser.expose(), seen.address, attempt);
    Ok(Departed { address, cookie })
}

/// The absolute address of a path of the gateway, as the browser sees it (facts 1.10).
pub(crate) fn own_address(gateway: &Gateway, seen: &Seen, path: &str) -> Option<String> {
    if let Some(public) = gateway.rules().trust.public_url() {
        return Some(public.join(path));
    }
    let authority = seen.authority()?;
    let path = seen.prefix.join(path);
    Some(format!("{}://{authority}{path}", seen.scheme))
}

/// A provider that did not answer.
pub(crate) fn unreachable(error: &ProviderError) -> Refusal<'static> {
    let host = match error {
        ProviderError::Unreachable { host } => host.clone(),
        other => other.to_string(),
    };
    Refusal::SignInUnreachable { host: host.into() }
}

fn failed(gateway: &Gateway, seen: &Seen, method: &str, reason: &str) {
    let line = Line::new(Event::LoginFailure, Some(seen.address)).reason(reason);
    gateway.ports.audit.record(line.provider(method));
}
