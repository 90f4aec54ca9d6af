//! The authorization endpoint, for the vendors that have one.

use url::{Host, Url};

use super::Vendor;
use crate::provider::{call::Params, page, reply::Reply, state::State};

/// Why the browser was not sent back to the client at all.
#[derive(Clone, Debug)]
pub(in crate::provider) struct Refused(pub(in crate::provider) String);

impl State {
    /// The path of the authorization endpoint.
    fn authorization_path(vendor: Vendor) -> Option<String> {
        if vendor == Vendor::Standard {
            return Some("/authorize".to_owned());
        }
        let endpoint = vendor.provider()?.endpoints.authorization?;
        Some(endpoint.path().to_owned())
    }

    /// Where the browser goes from this URL when the person agrees, or does not.
    pub(in crate::provider) fn consent(&mut self, url: &Url, agrees: bool) -> Result<Url, Refused> {
        let (vendor, path) = Vendor::of_path(url.path());
        let place = Self::authorization_path(vendor);
        if !url.as_str().starts_with(&self.origin) || place.as_deref() != Some(path) {
            return Err(Refused("not the authorization endpoint".to_owned()));
        }
        let pairs = url.query_pairs().into_owned().collect();
        let params = Params::new(pairs).map_err(|refusal| Refused(refusal.description))?;
        self.decide(vendor, &params, agrees)
    }

    /// The endpoint over HTTP: whoever comes agrees.
    pub(super) fn authorize(&mut self, vendor: Vendor, pairs: &[(String, String)]) -> Reply {
        let outcome = Params::new(pairs.to_vec())
            .map_err(|refusal| Refused(refusal.description))
            .and_then(|params| self.decide(vendor, &params, true));
        match outcome {
            Ok(url) => Reply::redirect(302, url.as_str()),
            Err(Refused(why)) => {
                Reply::html(400, page::plain("This request cannot be answered", &why))
            }
        }
    }

    fn decide(&mut self, vendor: Vendor, params: &Params, agrees: bool) -> Result<Url, Refused> {
        let need = |name| {
            params
                .get(name)
                .ok_or_else(|| Refused(format!("`{name}` is missing")))
        };
        let client_id = need("client_id")?;
        if !self.knows_client(vendor, client_id) {
            return Err(Refused("unknown client".to_owned()));
        }
        let text = need("redirect_uri")?;
        let mut back = Url::parse(text).map_err(|_| Refused("`redirect_uri` is no URL".into()))?;
        if !self.knows_redirect(vendor, text, &back) {
            return Err(Refused("`redirect_uri` is not registered".to_owned()));
        }
        // xAI's consent page refuses clients of its loopback kind without this.
        if vendor == Vendor::Xai && params.get("plan") != Some("generic") {
            return Err(Refused("the client may not use this page".to_owned()));
        }
        if vendor == Vendor::Anthropic && params.get("code") != Some("true") {
            return Err(Refused("`code` is missing".to_owned()));
        }

        let problem = self.problem(vendor, params);
        let state = params.get("state");
        let answer = match problem {
            Some((error, why)) => vec![("error", error.to_owned()), ("error_description", why)],
            None if !agrees => {
                let why = "the person said no".to_owned();
                vec![
                    ("error", "access_denied".to_owned()),
                    ("error_description", why),
                ]
            }
            None => {
                let scope = params.get("scope").unwrap_or_default();
                let mut grant = self.new_grant(vendor, client_id, scope);
                grant.nonce = params.get("nonce").map(str::to_owned);
                let challenge = params.get("code_challenge").unwrap_or_default();
                vec![("code", self.new_code(grant, text, challenge, state))]
            }
        };
        let mut query = back.query_pairs_mut();
        query.extend_pairs(answer);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        if self.settings.iss && matches!(vendor, Vendor::Standard | Vendor::Xai) {
            query.append_pair("iss", &self.issuer(vendor));
        }
        drop(query);
        Ok(back)
    }

    /// What the client is told by redirect.
    fn problem(&self, vendor: Vendor, params: &Params) -> Option<(&'static str, String)> {
        let invalid = |why: &str| Some(("invalid_request", why.to_owned()));
        if params.get("response_type") != Some("code") {
            return Some(("unsupported_response_type", "only `code`".to_owned()));
        }
        if params.get("code_challenge_method") != Some("S256") {
            return invalid("`code_challenge_method` is not S256");
        }
        if !params.get("code_challenge").is_some_and(is_challenge) {
            return invalid("`code_challenge` is not a SHA-256 digest");
        }
        if params.get("state").is_none_or(|state| state.len() < 16) {
            return invalid("`state` is missing or can be guessed");
        }
        let scope = params.get("scope").unwrap_or_default();
        if scope.is_empty() && vendor != Vendor::Standard {
            return invalid("`scope` is missing");
        }
        let openid = scope.split(' ').any(|word| word == "openid");
        if openid && self.settings.require_nonce && params.get("nonce").is_none() {
            return invalid("`nonce` is missing");
        }
        self.scope_problem(scope)
    }

    /// Whether a scope does not exist.
    pub(super) fn scope_problem(&self, scope: &str) -> Option<(&'static str, String)> {
        let known = self.settings.scopes.as_ref()?;
        let stranger = scope
            .split(' ')
            .filter(|word| !word.is_empty())
            .find(|word| !known.iter().any(|scope| scope == word))?;
        Some(("invalid_scope", format!("no scope `{stranger}`")))
    }

    fn knows_redirect(&self, vendor: Vendor, text: &str, url: &Url) -> bool {
        if vendor == Vendor::Anthropic {
            return text == format!("{}/anthropic/oauth/code/callback", self.origin);
        }
        if let Some(registered) = &self.settings.redirect_uris {
            return registered.iter().any(|known| known == text);
        }
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let plain = url.scheme() == "http" && url.fragment().is_none() && url.query().is_none();
        let named = url.username().is_empty() && url.port().is_some();
        let vendors = match vendor {
            Vendor::Xai => url.host_str() == Some("127.0.0.1") && url.path() == "/callback",
            _ => true,
        };
        loopback && plain && named && vendors
    }
}

/// 32 bytes in unpadded base64url.
pub(super) fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
