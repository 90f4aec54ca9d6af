use std::sync::Arc;

use hermes_machine::{
    Clock,
    http::{Http, Request},
};
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AdditionalProviderMetadata, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use crate::methods::{
    identity::{PATIENCE, ProviderError, is_safe},
    token_endpoint::ClientAuth,
};

/// How long metadata is good.
const KEEP: SignedDuration = SignedDuration::from_hours(1);

/// The pause after an attempt that failed: whoever waited for it shares its outcome.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// The members of the specifications around Core.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Around {
    revocation_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Around {}

type Metadata = ProviderMetadata<
    Around,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What the gateway goes by of an issuer's metadata. Each address is safe to ask.
#[derive(Debug)]
pub(super) struct Discovered {
    /// The issuer, exactly as it writes itself.
    pub(super) issuer: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) userinfo: Option<Url>,
    pub(super) keys: Url,
    pub(super) revocation: Option<Url>,
    pub(super) end_session: Option<Url>,
    pub(super) client_auth: ClientAuth,
    /// Whether its answers name it (RFC 9207).
    pub(super) names_itself: bool,
}

/// The metadata of an issuer (OpenID Connect Discovery 1.0 section 4).
pub(super) struct Discovery {
    issuer: Url,
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    /// Held while it is fetched: whoever comes in the meantime waits for the same.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    found: Option<(Arc<Discovered>, Timestamp)>,
    failed: Option<(ProviderError, Timestamp)>,
}

impl Discovery {
    pub(super) fn new(issuer: Url, http: Arc<dyn Http>, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer,
            http,
            clock,
            held: Mutex::default(),
        }
    }

    /// The metadata, at most an hour old unless the issuer is out of reach.
    pub(super) async fn get(&self) -> Result<Arc<Discovered>, ProviderError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some((found, since)) = &held.found
            && now.duration_since(*since) < KEEP
        {
            return Ok(Arc::clone(found));
        }
        let failed = held.failed.as_ref();
        let error = match failed.filter(|(_, at)| now.duration_since(*at) < PAUSE) {
            Some((error, _)) => error.clone(),
            None => match self.fetch().await {
                Ok(found) => {
                    let found = Arc::new(found);
                    held.found = Some((Arc::clone(&found), now));
                    return Ok(found);
                }
                Err(error) => {
                    held.failed = Some((error.clone(), self.clock.now()));
                    error
                }
            },
        };
        match (&held.found, error) {
            (Some((found, _)), ProviderError::Unreachable { .. }) => Ok(Arc::clone(found)),
            (_, error) => Err(error),
        }
    }

    async fn fetch(&self) -> Result<Discovered, ProviderError> {
        let mut url = self.issuer.clone();
        let path = url.path().trim_end_matches('/');
        url.set_path(&format!("{path}/.well-known/openid-configuration"));
        let response = self.http.send(Request::get(url.clone()).within(PATIENCE));
        let response = response.await;
        let response = response.map_err(|error| ProviderError::no_answer(&url, &error))?;
        if !response.is_success() || !response.is_json() {
            return Err(ProviderError::unreachable(&url));
        }
        let metadata: Metadata = serde_json::from_slice(&response.body)
            .map_err(|_| ProviderError::invalid("the metadata of the issuer is incomplete"))?;
        self.judge(&metadata)
    }

    fn judge(&self, metadata: &Metadata) -> Result<Discovered, ProviderError> {
        let issuer = metadata.issuer().as_str();
        if !is_same(&self.issuer, issuer) {
            return Err(ProviderError::invalid(
                "the metadata is that of another issuer than the settings name",
            ));
        }
        let safe = |url: &Url| match is_safe(url) {
            true => Ok(url.clone()),
            false => Err(ProviderError::invalid(
                "an address in the metadata of the issuer is not https",
            )),
        };
        let token = metadata
            .token_endpoint()
            .ok_or_else(|| ProviderError::invalid("the issuer has no token endpoint"))?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let knows = |method| methods.is_some_and(|known| known.contains(&method));
        let in_body = !knows(CoreClientAuthMethod::ClientSecretBasic)
            && knows(CoreClientAuthMethod::ClientSecretPost);
        let around = metadata.additional_metadata();
        Ok(Discovered {
            issuer: issuer.to_owned(),
            authorization: safe(metadata.authorization_endpoint().url())?,
            token: safe(token.url())?,
            userinfo: metadata
                .userinfo_endpoint()
                .map(|it| safe(it.url()))
                .transpose()?,
            keys: safe(metadata.jwks_uri().url())?,
            revocation: around.revocation_endpoint.as_ref().map(safe).transpose()?,
            end_session: around.end_session_endpoint.as_ref().map(safe).transpose()?,
            client_auth: if in_body {
                ClientAuth::Body
            } else {
                ClientAuth::Basic
            },
            names_itself: around.authorization_response_iss_parameter_supported,
        })
    }
}

/// Whether an issuer is the one of the settings, to the letter. Reading a URL adds a slash to one
/// without a path, so there alone both forms are the same.
pub(super) fn is_same(settings: &Url, stated: &str) -> bool {
    let ours = settings.as_str();
    stated == ours || (settings.path() == "/" && ours.strip_suffix('/') == Some(stated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_compared_to_the_letter() {
        for (settings, stated, same) in [
            ("https://id.example.com", "https://id.example.com", true),
            ("https://id.example.com", "https://id.example.com/", true),
            ("https://id.example.com/a", "https://id.example.com/a", true),
            (
                "https://id.example.com/a",
                "https://id.example.com/a/",
                false,
            ),
            (
                "https://id.example.com/a/",
                "https://id.example.com/a",
                false,
            ),
            ("https://id.example.com", "http://id.example.com", false),
            ("https://id.example.com", "https://ID.example.com", false),
            (
                "https://id.example.com",
                "https://id.example.com.evil.test",
                false,
            ),
            (
                "https://id.example.com",
                "https://id.example.com:443",
                false,
            ),
        ] {
            let settings = Url::parse(settings).unwrap();
            assert_eq!(is_same(&settings, stated), same, "{settings} {stated}");
        }
    }
}
