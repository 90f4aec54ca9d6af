use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::KeyCheck;

/// A way to get from "not signed in" to tokens.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// The authorization server redirects the browser to a listener on 127.0.0.1 (RFC 8252).
    Loopback,
    /// The person brings the answer by hand: the address that failed to load, or a shown code.
    Paste,
    /// The person types a short code on the provider's page (RFC 8628, or a vendor's like of it).
    Device,
}

impl Flow {
    /// The word used on the command line and in `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Paste => "paste",
            Self::Device => "device",
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a provider's protocol differs from the standards; the code is in `hermes-oauth`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// RFC 6749, 7636, 8628, 7009 as written.
    #[default]
    Standard,
    /// Standard, with extra authorization and token parameters, and a 403 that means "no plan".
    Xai,
    /// Standard, with the client id and the redirect URI of the person's own app.
    Spotify,
    /// Paste of `code#state` from a page of theirs; JSON bodies; two token hosts.
    Anthropic,
    /// A device flow of their own, in which the server makes the PKCE verifier.
    Codex,
    /// RFC 8628; the refresh token travels in a header.
    Nous,
    /// A user code with PKCE, status 200 while pending, times in milliseconds.
    Minimax,
}

/// The redirect that a provider accepts for programs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Loopback {
    /// The host in the redirect URI: `127.0.0.1`, `[::1]` or `localhost`.
    pub host: String,
    /// The port that is tried first.
    pub port: u16,
    /// The path.
    pub path: String,
    /// Whether the authorization server accepts any port (RFC 8252 section 7.3); otherwise a busy
    /// port is an error, for the redirect URI is registered with its port.
    pub any_port: bool,
    /// Environment variables that may hold a whole redirect URI instead, first one wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uri_env: Vec<String>,
}

/// Where requests go. What is absent is discovered from the issuer, or does not exist.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Endpoints {
    /// Where the browser is sent.
    pub authorization: Option<Url>,
    /// Codes and refresh tokens become access tokens here.
    pub token: Option<Url>,
    /// A second host for the same, asked when the first one does not have the endpoint.
    pub token_fallback: Option<Url>,
    /// Where a device code is asked for.
    pub device: Option<Url>,
    /// Where a device code is polled, if it is not the token endpoint.
    pub device_token: Option<Url>,
    /// The page for the user code, where the answer does not name it.
    pub verification: Option<Url>,
    /// RFC 7009.
    pub revocation: Option<Url>,
    /// Who the token belongs to.
    pub userinfo: Option<Url>,
    /// The metadata document (RFC 8414 or OpenID Connect Discovery).
    pub discovery: Option<Url>,
}

impl Endpoints {
    /// Every endpoint there is, with the key that names it in the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Url)> {
        // All fields by name, so that a new one cannot be forgotten here and go unchecked.
        let Self {
            authorization,
            token,
            token_fallback,
            device,
            device_token,
            verification,
            revocation,
            userinfo,
            discovery,
        } = self;
        [
            ("authorization", authorization),
            ("token", token),
            ("token_fallback", token_fallback),
            ("device", device),
            ("device_token", device_token),
            ("verification", verification),
            ("revocation", revocation),
            ("userinfo", userinfo),
            ("discovery", discovery),
        ]
        .into_iter()
        .filter_map(|(key, url)| Some((key, url.as_ref()?)))
    }
}

/// Where and how the provider's tokens are used.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The dialect of the inference API.
    pub mode: String,
    /// The base URL.
    #[serde(default)]
    pub base_url: Option<Url>,
    /// Environment variables that replace the base URL, first one wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_url_env: Vec<String>,
    /// Other base URLs, each for the keys that begin so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub base_url_by_key: BTreeMap<String, Url>,
}

impl Api {
    /// Where this key is used.
    pub fn base_url_of(&self, key: &str) -> Option<&Url> {
        let mut others = self.base_url_by_key.iter();
        others
            .find_map(|(beginning, url)| key.starts_with(beginning).then_some(url))
            .or(self.base_url.as_ref())
    }

    /// Every base URL of the table.
    pub fn base_urls(&self) -> impl Iterator<Item = &Url> {
        self.base_url.iter().chain(self.base_url_by_key.values())
    }
}

/// One provider of the table.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The section's name.
    #[serde(skip)]
    pub id: String,
    /// The name in listings.
    pub name: String,
    /// The name in sentences; [`Provider::short_name`] falls back to `name`.
    #[serde(default)]
    pub short_name: Option<String>,
    /// Other names that are accepted on the command line.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Which protocol it speaks.
    #[serde(default)]
    pub dialect: Dialect,
    /// The flows it offers, the preferred one first; none for providers with API keys alone.
    #[serde(default)]
    pub flows: Vec<Flow>,
    /// The issuer identifier, compared character for character.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The only hosts its tokens and requests may go to: `host`, or `*.domain` for every host
    /// below a domain; `host:port` where the port is not 443.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The client id.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Environment variables that replace the client id, first one wins.
    #[serde(default)]
    pub client_id_env: Vec<String>,
    /// Whose registration the client id is.
    #[serde(default)]
    pub client_owner: Option<String>,
    /// Where a person registers a client of their own.
    #[serde(default)]
    pub client_setup_url: Option<Url>,
    /// The scope that is asked for.
    #[serde(default)]
    pub scope: Option<String>,
    /// The redirect for programs.
    #[serde(default)]
    pub loopback: Option<Loopback>,
    /// The redirect to a page of the provider that shows the code.
    #[serde(default)]
    pub hosted_redirect_uri: Option<Url>,
    /// Whether a page of the provider shows the bare code, so that a person may have nothing else
    /// to paste.
    #[serde(default)]
    pub shows_code: bool,
    /// Origins whose pages may send the listener a private-network preflight.
    #[serde(default)]
    pub preflight_origins: Vec<String>,
    /// Endpoints that are known without discovery.
    #[serde(default)]
    pub endpoints: Endpoints,
    /// Where tokens are used.
    #[serde(default)]
    pub api: Option<Api>,
    /// Environment variables that may hold an API key, first one wins.
    #[serde(default)]
    pub key_env: Vec<String>,
    /// Whether API keys are taken though no variable holds one.
    #[serde(default)]
    pub keys: bool,
    /// How an API key is checked before it is kept, where the provider has a way that is known.
    #[serde(default)]
    pub key_check: Option<KeyCheck>,
    /// The id under which API keys of this vendor are kept, if it is another one.
    #[serde(default)]
    pub key_provider: Option<String>,
    /// The id under which accounts of this vendor are kept, if it is another one.
    #[serde(default)]
    pub sign_in_provider: Option<String>,
    /// Whether the person must name the base URL.
    #[serde(default)]
    pub needs_base_url: bool,
    /// The provider's page about signing in.
    #[serde(default)]
    pub docs_url: Option<Url>,
    /// The page of our guide.
    #[serde(default)]
    pub guide: Option<String>,
    /// What the provider's terms say about use by other programs, told before the sign-in.
    #[serde(default)]
    pub terms: Option<String>,
    /// Why there is no sign-in, and what to do instead.
    #[serde(default)]
    pub no_sign_in: Option<String>,
}

impl Provider {
    /// A provider of which nothing is known but that it takes keys, and where; without an address
    /// the person must name one.
    pub fn of_keys(id: String, name: String, base_url: Option<Url>) -> Self {
        Self {
            id,
            name,
            keys: true,
            needs_base_url: base_url.is_none(),
            api: Some(Api {
                mode: "chat_completions".to_owned(),
                base_url,
                ..Api::default()
            }),
            ..Self::default()
        }
    }

    /// The name in sentences.
    pub fn short_name(&self) -> &str {
        self.short_name.as_deref().unwrap_or(&self.name)
    }

    /// Whether accounts can be signed in.
    pub fn has_sign_in(&self) -> bool {
        !self.flows.is_empty()
    }

    /// Whether a refresh token of its accounts can be used: there is a place to send it, and hosts
    /// to check that place against. An account may renew though it cannot be signed in to here.
    pub fn can_renew(&self) -> bool {
        !self.hosts.is_empty() && (self.endpoints.token.is_some() || self.issuer.is_some())
    }

    /// Whether API keys can be added.
    pub fn takes_keys(&self) -> bool {
        self.keys || !self.key_env.is_empty()
    }
}
