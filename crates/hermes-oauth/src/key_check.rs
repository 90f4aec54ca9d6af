//! Asking a provider whether an API key is good, before it is kept.

use std::time::Duration;

use hermes_machine::http::{Request, Response};
use hermes_providers::{KeyCheck, KeyHeader, Provider};
use hermes_secret::Secret;
use url::Url;

use crate::{
    OAuthError, Ports, Step,
    pinned::pin_of,
    wire::{Problem, Wire},
};

/// A person waits for it, and the key can be kept without.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a provider said about an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyVerdict {
    /// It is good.
    Accepted,
    /// It is not.
    Refused {
        /// The status of the answer.
        status: u16,
        /// The provider's words, safe to show.
        detail: Option<String>,
    },
    /// Nobody was asked: no request is known that would tell.
    NotAsked,
    /// It was asked for, and there is no answer that says either.
    Unclear {
        /// Why, safe to show.
        reason: String,
    },
}

/// Asks whether the key is good where it is to be used. It goes to `base`, or to a host that the
/// table pins for the provider, and to no other: no redirect is followed with it.
pub async fn check_key(provider: &Provider, base: &Url, key: &Secret, ports: &Ports) -> KeyVerdict {
    let Some(check) = &provider.key_check else {
        return KeyVerdict::NotAsked;
    };
    let Some(url) = check.url(base) else {
        return KeyVerdict::NotAsked;
    };
    let mut pins = provider.hosts.clone();
    pins.push(pin_of(base));
    let wire = Wire {
        name: provider.short_name().to_owned(),
        pins,
        ports: ports.clone(),
    };
    let request = Request::get(url).within(PATIENCE);
    let request = match check.how {
        KeyHeader::Bearer => request.header("Authorization", format!("Bearer {}", key.expose())),
        KeyHeader::Anthropic => request
            .header("x-api-key", key.expose())
            .header("anthropic-version", "2023-06-01"),
        KeyHeader::Google => request.header("x-goog-api-key", key.expose()),
    };
    match wire.send(Step::KeyCheck, request).await {
        Ok(response) => judge(&wire, check, &response),
        Err(error) => unclear(&error),
    }
}

/// A 403 is no refusal of the key: restricted keys, which may use models and not list them, get it
/// at several providers, and so do keys that are used from a place that is not allowed.
fn judge(wire: &Wire, check: &KeyCheck, response: &Response) -> KeyVerdict {
    let problem = Problem::of(response);
    match response.status {
        200..=299 => KeyVerdict::Accepted,
        status if status == 401 || is_about_the_key(check, response) => KeyVerdict::Refused {
            status,
            detail: problem.detail(),
        },
        _ => unclear(&wire.rejected(Step::KeyCheck, &problem)),
    }
}

/// Whether a 400 says that the key is bad, at a provider that says so by a 400.
fn is_about_the_key(check: &KeyCheck, response: &Response) -> bool {
    let body = String::from_utf8_lossy(&response.body);
    let words = check.bad_request.as_deref();
    response.status == 400 && words.is_some_and(|words| body.contains(words))
}

fn unclear(error: &OAuthError) -> KeyVerdict {
    KeyVerdict::Unclear {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
