//! Where vendors differ from the standards. The flows call in here at the places where somebody
//! differs; each vendor's file holds its difference and nothing else.

pub(crate) mod anthropic;
pub(crate) mod codex;
pub(crate) mod minimax;
pub(crate) mod nous;
pub(crate) mod spotify;
pub(crate) mod xai;

use std::time::Duration;

use hermes_providers::{Dialect, Provider};
use url::{Host, Url};

use crate::{Client, TokenSet, wire::Problem};

/// Parameters of the authorization request that go before the standard ones.
pub(crate) fn leading_parameters(dialect: Dialect) -> &'static [(&'static str, &'static str)] {
    match dialect {
        Dialect::Anthropic => anthropic::PARAMETERS,
        _ => &[],
    }
}

/// Parameters of the authorization request that go after the standard ones.
pub(crate) fn trailing_parameters(dialect: Dialect) -> &'static [(&'static str, &'static str)] {
    match dialect {
        Dialect::Xai => xai::PARAMETERS,
        _ => &[],
    }
}

/// Whether an answer may be sent there: to the provider's own page that shows the code, or to a
/// loopback host with a port (RFC 8252 section 7.3).
pub(crate) fn allows_redirect(provider: &Provider, uri: &Url) -> bool {
    if provider.hosted_redirect_uri.as_ref() == Some(uri) {
        return true;
    }
    let host = match uri.host() {
        Some(Host::Domain("localhost")) => true,
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback() && provider.dialect != Dialect::Spotify,
        _ => false,
    };
    host && uri.scheme() == "http"
        && uri.port().is_some_and(|port| port != 0)
        && uri.username().is_empty()
        && uri.password().is_none()
        && uri.fragment().is_none()
}

/// What is odd about tokens of this vendor.
pub(crate) fn token_problem(client: &Client, tokens: &TokenSet) -> Option<String> {
    match client.provider.dialect {
        Dialect::Nous => nous::token_problem(tokens),
        _ => None,
    }
}

/// The plan that the tokens of this vendor name.
pub(crate) fn plan(dialect: Dialect, tokens: &TokenSet) -> Option<String> {
    match dialect {
        Dialect::Codex => codex::plan(tokens),
        _ => None,
    }
}

/// The life of an access token, in seconds, where an answer does not name it and the token does
/// not either.
pub(crate) fn default_life(dialect: Dialect) -> Option<u64> {
    (dialect == Dialect::Anthropic).then_some(3600)
}

/// The environment variable for an API key, told to accounts without the plan.
pub(crate) fn key_variable(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Xai => Some(xai::KEY_VARIABLE),
        _ => None,
    }
}

/// The error code, if it says that the refresh token is dead. `invalid_grant` says so everywhere;
/// the others are the vendors' words for it. A status alone never does: a proxy in between or a
/// plan that ended answers 401 and 403 too.
pub(crate) fn dead_refresh_token(dialect: Dialect, problem: &Problem) -> Option<String> {
    const EVERYWHERE: [&str; 6] = [
        "invalid_grant",
        "refresh_token_reused",
        "invalid_refresh_token",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "bad_refresh_token",
    ];
    let dead = problem.is(&EVERYWHERE)
        || (matches!(dialect, Dialect::Codex | Dialect::Nous) && problem.is(&["invalid_token"]));
    if dead {
        return problem.code.clone();
    }
    match dialect {
        Dialect::Minimax => minimax::dead_refresh_token(problem, &EVERYWHERE),
        _ => None,
    }
}

/// How long to wait after a 429: what the server says, else 2, 4, 8 s; 1 to 60 s in any case.
pub(crate) fn patience(retry_after: Option<Duration>, tries: u32) -> Duration {
    retry_after
        .unwrap_or_else(|| Duration::from_secs(1 << tries.min(5)))
        .clamp(Duration::from_secs(1), Duration::from_secs(60))
}

#[cfg(test)]
mod tests;
