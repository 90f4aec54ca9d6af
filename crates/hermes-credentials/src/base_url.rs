//! Where a credential's token may go.
//!
//! The environment and the file can name another base URL than the provider table. For an API key
//! that is a person's own choice, and shown. For the token of an account it is refused unless the
//! table pins that host: such a token opens more than the one service, and a line in a shared
//! `.env` must not be able to send it elsewhere.

use hermes_oauth::{check_pinned, check_shape};
use hermes_providers::{Api, Provider};
use hermes_secret::{SafeUrl, Secret};
use url::Url;

use crate::{Kind, env_keys::EnvKeys};

/// The base URL of a credential, and what was asked for instead.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    pub(crate) used: Option<String>,
    pub(crate) overridden: bool,
    pub(crate) refused: Option<String>,
}

/// Decides it.
pub(crate) fn decide(
    provider: Option<&Provider>,
    kind: Kind,
    token: Option<&Secret>,
    stored: Option<&str>,
    env: &EnvKeys,
) -> BaseUrl {
    let api = provider.and_then(|provider| provider.api.as_ref());
    let key = token.map(Secret::expose).unwrap_or_default();
    let default = api.and_then(|api| api.base_url_of(key));
    let variables = api
        .map(|api| api.base_url_env.as_slice())
        .unwrap_or_default();
    let named = variables.iter().find_map(|name| env.text(name));
    let Some(wanted) = named.or(stored) else {
        return BaseUrl {
            used: default.map(shown),
            ..BaseUrl::default()
        };
    };
    let parsed = Url::parse(wanted).ok();
    let text = match &parsed {
        Some(url) => shown(url),
        None => hermes_secret::plain(wanted, hermes_secret::LABEL_LIMIT),
    };
    let Some(provider) = provider else {
        return BaseUrl {
            used: Some(text),
            ..BaseUrl::default()
        };
    };
    match parsed {
        Some(url) if is_pinned(provider, &url) => BaseUrl {
            used: Some(text),
            ..BaseUrl::default()
        },
        // Where the person has to name it there is nothing to differ from.
        Some(_) if provider.needs_base_url => BaseUrl {
            used: Some(text),
            ..BaseUrl::default()
        },
        Some(url) if kind == Kind::ApiKey && is_sendable(&url) => BaseUrl {
            used: Some(text),
            overridden: true,
            refused: None,
        },
        _ => BaseUrl {
            used: default.map(shown),
            overridden: true,
            refused: Some(text),
        },
    }
}

/// Whether the provider's tokens may go to this URL: to a host that the table pins, or to where one
/// of the table's own base URLs is.
pub(crate) fn is_pinned(provider: &Provider, url: &Url) -> bool {
    let mut own = provider.api.iter().flat_map(Api::base_urls);
    let at_home = own.any(|own| own.origin() == url.origin());
    at_home && is_sendable(url) || check_pinned(url, &provider.hosts).is_ok()
}

/// Whether a secret may be sent there at all: https, or http on this machine.
pub(crate) fn is_sendable(url: &Url) -> bool {
    check_shape(url).is_ok()
}

/// Without user information and query, and without the slash that a bare origin gets.
fn shown(url: &Url) -> String {
    let text = SafeUrl(url).to_string();
    match text.strip_suffix('/') {
        Some(bare) if url.path() == "/" && url.query().is_none() => bare.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use hermes_machine::{Environment, Home};
    use hermes_providers::Table;

    use super::*;

    fn decided(id: &str, kind: Kind, stored: Option<&str>, env: Option<(&str, &str)>) -> BaseUrl {
        let table = Table::load(None).unwrap();
        let environment = match env {
            Some(pair) => Environment::from([pair]),
            None => Environment::default(),
        };
        let keys = EnvKeys::read(&Home::at("/nowhere"), &environment);
        decide(table.get(id), kind, None, stored, &keys)
    }

    #[test]
    fn a_kind_of_key_may_have_a_place_of_its_own() {
        let table = Table::load(None).unwrap();
        let keys = EnvKeys::read(&Home::at("/nowhere"), &Environment::default());
        let coding = "https://api.kimi.com/coding";
        for (key, stored, used) in [
            ("sk-0123", None, "https://api.moonshot.ai/v1"),
            ("sk-kimi-0123", None, coding),
            ("sk-kimi-0123", Some(coding), coding),
        ] {
            let (kimi, key) = (table.get("kimi-coding"), Secret::new(key));
            let found = decide(kimi, Kind::ApiKey, Some(&key), stored, &keys);
            assert_eq!(found.used.as_deref(), Some(used));
            assert!(!found.overridden, "{used} is the table's own");
        }
    }

    #[test]
    fn pc7_an_account_never_goes_to_another_host() {
        let table = "https://api.x.ai/v1";
        for url in [
            "https://x.ai.evil.test/v1",
            "https://evilx.ai/v1",
            "https://api.x.ai@evil.test/v1",
            "https://u@api.x.ai/v1",
            "http://api.x.ai/v1",
            "https://api.x.ai./v1",
            "https://api.x.ai:8443/v1",
            "https://.x.ai/v1",
            "file:///etc/passwd",
            "not a url",
        ] {
            for (stored, env) in [(Some(url), None), (None, Some(("XAI_BASE_URL", url)))] {
                let found = decided("xai-oauth", Kind::OAuth, stored, env);
                assert_eq!(found.used.as_deref(), Some(table), "{url}");
                assert!(found.overridden && found.refused.is_some(), "{url}");
            }
        }
        let other = decided(
            "xai-oauth",
            Kind::OAuth,
            None,
            Some(("XAI_BASE_URL", "https://eu.x.ai/v1")),
        );
        assert_eq!(other.used.as_deref(), Some("https://eu.x.ai/v1"));
        assert!(!other.overridden, "a pinned host is the table's own word");
    }

    #[test]
    fn pc7_a_key_may_and_it_shows() {
        let found = decided(
            "openai-api",
            Kind::ApiKey,
            None,
            Some(("OPENAI_BASE_URL", "https://proxy.test/v1")),
        );
        assert_eq!(found.used.as_deref(), Some("https://proxy.test/v1"));
        assert!(found.overridden);
        let stored = decided(
            "deepseek",
            Kind::ApiKey,
            Some("https://api.deepseek.com/v1"),
            None,
        );
        assert_eq!(stored.used.as_deref(), Some("https://api.deepseek.com/v1"));
        assert!(!stored.overridden);
        let local = decided(
            "lmstudio",
            Kind::ApiKey,
            Some("http://127.0.0.1:1234/v1"),
            None,
        );
        assert!(!local.overridden);
        let plain = decided("deepseek", Kind::ApiKey, Some("http://proxy.test/v1"), None);
        assert!(
            plain.refused.is_some(),
            "no secret leaves this machine unencrypted"
        );
    }
}
