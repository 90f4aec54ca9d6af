//! Host pinning: the one function that every URL passes before it is asked or opened.

use hermes_machine::http::is_loopback;
use hermes_secret::SafeUrl;
use thiserror::Error;
use url::{Host, Url};

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unpinned {
    /// Neither https, nor http to a loopback host.
    #[error("is not https")]
    NotHttps,
    /// It holds a user name or password, which hide the true host from a reader.
    #[error("holds user information")]
    UserInfo,
    /// It has a fragment, which an endpoint must not have (RFC 6749 section 3.1).
    #[error("has a fragment")]
    Fragment,
    /// It has no host, or one that ends in a dot.
    #[error("has no proper host")]
    NoHost,
    /// Its host is not one of the provider's.
    #[error("is not on a host of this provider")]
    ForeignHost,
    /// Its host is, but the port is not.
    #[error("is on another port than this provider's")]
    ForeignPort,
}

/// Whether requests, tokens and the browser may go to `url`.
///
/// Pins are those of [`hermes_providers::Provider::hosts`]: `host` exactly, or `*.domain` for all
/// hosts below it, with `:port` where the port is not the scheme's own.
///
/// # Errors
///
/// If they may not.
pub fn check_pinned(url: &Url, pins: &[String]) -> Result<(), Unpinned> {
    let host = check_shape(url)?;
    let mut verdict = Unpinned::ForeignHost;
    for pin in pins {
        let (pinned_host, pinned_port) = split_port(pin);
        if !host_matches(&host, pinned_host) {
            continue;
        }
        // A pin without port, or with the scheme's own, fits a URL without; else they must agree.
        let wanted = pinned_port.or_else(|| default_port(url));
        if url.port_or_known_default() == wanted {
            return Ok(());
        }
        verdict = Unpinned::ForeignPort;
    }
    Err(verdict)
}

/// What holds for every URL that a secret may go to, whatever is pinned.
///
/// # Errors
///
/// If it is plain http beyond this machine, or shows another host than it leads to.
pub fn check_shape(url: &Url) -> Result<Host<&str>, Unpinned> {
    let host = url.host().ok_or(Unpinned::NoHost)?;
    if matches!(host, Host::Domain(name) if name.is_empty() || name.ends_with('.')) {
        return Err(Unpinned::NoHost);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unpinned::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(Unpinned::Fragment);
    }
    match url.scheme() {
        "https" => Ok(host),
        "http" if is_loopback(&host) => Ok(host),
        _ => Err(Unpinned::NotHttps),
    }
}

/// The pin that fits exactly this URL's host and port.
pub(crate) fn pin_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A URL for an error text: no query values, one line, not too long.
pub(crate) fn shown(url: &Url) -> String {
    hermes_secret::plain(&SafeUrl(url).to_string(), hermes_secret::LABEL_LIMIT)
}

fn host_matches(host: &Host<&str>, pin: &str) -> bool {
    match (pin.strip_prefix("*."), host) {
        (Some(domain), Host::Domain(name)) => {
            let below = name
                .strip_suffix(domain)
                .and_then(|rest| rest.strip_suffix('.'));
            !domain.is_empty() && below.is_some_and(|label| !label.is_empty())
        }
        (Some(_), _) => false,
        (None, host) => host.to_string().eq_ignore_ascii_case(pin),
    }
}

/// Splits `host:port`; the colons of `[::1]` are none.
fn split_port(pin: &str) -> (&str, Option<u16>) {
    pin.rsplit_once(':')
        .filter(|(host, _)| !host.contains(':') || host.ends_with(']'))
        .and_then(|(host, port)| Some((host, Some(port.parse().ok()?))))
        .unwrap_or((pin, None))
}

fn default_port(url: &Url) -> Option<u16> {
    match url.scheme() {
        "https" => Some(443),
        _ => Some(80),
    }
}

#[cfg(test)]
mod tests;
