use std::{fmt, sync::Arc, time::Duration};

use hermes_machine::{
    Clock, Random,
    http::{Body, Http},
};
use hermes_providers::{Dialect, Endpoints, Flow, Provider};
use url::Url;

use crate::{
    Attempt, OAuthError, Step, dialect,
    discovery::{self, Metadata},
    pinned::shown,
    pkce::{self, Pkce},
    wire::Wire,
};

/// The time for one request that nothing else limits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// What the protocol needs of the machine.
#[derive(Clone)]
pub struct Ports {
    /// Sends requests.
    pub http: Arc<dyn Http>,
    /// Tells the time and waits.
    pub clock: Arc<dyn Clock>,
    /// Draws verifiers, states and nonces.
    pub random: Arc<dyn Random>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports")
    }
}

/// What a person says about the client, over the table's.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// The client id.
    pub client_id: Option<String>,
    /// The scope to ask for.
    pub scope: Option<String>,
}

/// Hermes as a client of one provider.
#[derive(Clone)]
pub struct Client {
    pub(crate) provider: Provider,
    /// The table's endpoints, and where it has none the metadata's.
    pub(crate) endpoints: Endpoints,
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) wire: Wire,
    flows: Vec<Flow>,
    /// What the metadata says besides endpoints, if it was read.
    metadata: Metadata,
}

impl Client {
    /// A client ready to sign in. Endpoints of the table come first; what is missing is discovered
    /// from the issuer, and so is what a standard server promises of its answers.
    ///
    /// # Errors
    ///
    /// If there is no client id, an endpoint is missing or not on a pinned host, or the metadata
    /// cannot be had or is another issuer's.
    pub async fn resolve(
        provider: &Provider,
        registration: &Registration,
        ports: Ports,
    ) -> Result<Self, OAuthError> {
        let mut client = Self::from_table(provider, registration, ports)?;
        if client.wants_metadata() {
            client.discover().await?;
        }
        if client.endpoints.token.is_none() {
            return Err(client.no_endpoint("token"));
        }
        Ok(client)
    }

    /// A client made from the table alone, without a request: to refresh, revoke or ask who the
    /// token belongs to.
    ///
    /// # Errors
    ///
    /// If there is no client id, or an endpoint is not on a pinned host.
    pub fn from_table(
        provider: &Provider,
        registration: &Registration,
        ports: Ports,
    ) -> Result<Self, OAuthError> {
        let name = provider.short_name().to_owned();
        let given = |text: &&String| !text.trim().is_empty();
        let client_id = registration.client_id.as_ref().filter(given);
        let Some(client_id) = client_id.or(provider.client_id.as_ref()) else {
            return Err(OAuthError::ClientIdMissing {
                provider: name,
                variable: provider.client_id_env.first().cloned(),
            });
        };
        let scope = registration.scope.as_ref().or(provider.scope.as_ref());
        let client = Self {
            provider: provider.clone(),
            endpoints: provider.endpoints.clone(),
            client_id: client_id.trim().to_owned(),
            scope: scope.filter(given).cloned(),
            wire: Wire {
                name,
                pins: provider.hosts.clone(),
                ports,
            },
            flows: provider.flows.clone(),
            metadata: Metadata::default(),
        };
        for (_, endpoint) in client.endpoints.iter() {
            client.wire.check(endpoint)?;
        }
        Ok(client)
    }

    /// The provider of the table.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// The client id in use.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The scope that is asked for.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The flows that have the endpoints they need.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// Begins a sign-in by authorization code, with a verifier, a state and where it is due a
    /// nonce that no other attempt has.
    ///
    /// # Errors
    ///
    /// If the provider has no authorization endpoint or not the protection that we ask for, or
    /// the redirect URI is not one that an answer may go to.
    pub fn begin(&self, redirect_uri: &Url) -> Result<Attempt, OAuthError> {
        let provider = || self.wire.name.clone();
        let Some(authorization) = &self.endpoints.authorization else {
            return Err(OAuthError::FlowUnsupported {
                provider: provider(),
                flow: Flow::Loopback,
            });
        };
        if !self.metadata.allows_s256() {
            return Err(OAuthError::PkceUnsupported {
                provider: provider(),
            });
        }
        if self.metadata.require_pushed_authorization_requests {
            return Err(OAuthError::PushedRequestsRequired {
                provider: provider(),
            });
        }
        if !dialect::allows_redirect(&self.provider, redirect_uri) {
            return Err(OAuthError::RedirectInvalid {
                redirect_uri: shown(redirect_uri),
            });
        }
        self.wire.check(authorization)?;
        let random = &*self.wire.ports.random;
        let mut attempt = Attempt {
            authorize_url: authorization.clone(),
            redirect_uri: redirect_uri.clone(),
            state: random.token(32),
            pkce: Pkce::new(random),
            nonce: self.asks_for("openid").then(|| random.token(32)),
            issuer: self.provider.issuer.clone(),
            iss_promised: self.metadata.authorization_response_iss_parameter_supported,
            spent: false.into(),
        };
        self.ask(&mut attempt);
        Ok(attempt)
    }

    /// Writes the request into the query of the authorization endpoint, which may have one of its
    /// own (RFC 6749 section 3.1).
    fn ask(&self, attempt: &mut Attempt) {
        let mut query = attempt.authorize_url.query_pairs_mut();
        query.extend_pairs(dialect::leading_parameters(self.provider.dialect));
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", attempt.redirect_uri.as_str());
        if let Some(scope) = &self.scope {
            query.append_pair("scope", scope);
        }
        query
            .append_pair("code_challenge", &attempt.pkce.challenge)
            .append_pair("code_challenge_method", pkce::METHOD)
            .append_pair("state", attempt.state.expose());
        if let Some(nonce) = &attempt.nonce {
            query.append_pair("nonce", nonce.expose());
        }
        // OpenID Connect Core section 11: without consent asked for anew, a server may leave the
        // refresh token out.
        if self.provider.dialect == Dialect::Standard && self.asks_for("offline_access") {
            query.append_pair("prompt", "consent");
        }
        query.extend_pairs(dialect::trailing_parameters(self.provider.dialect));
    }

    /// Whether the word is in the scope that is asked for.
    pub(crate) fn asks_for(&self, word: &str) -> bool {
        let scope = self.scope.as_deref().unwrap_or_default();
        scope.split(' ').any(|one| one == word)
    }

    /// A form, with the client id that a public client proves nothing by but always names.
    pub(crate) fn form(&self, pairs: &[(&str, &str)]) -> Body {
        let mut pairs = pairs.to_vec();
        pairs.push(("client_id", &self.client_id));
        Body::form(pairs)
    }

    /// The token endpoint, discovered within `limit` if the table does not know it.
    pub(crate) async fn token_endpoint(&self, limit: Duration) -> Result<Url, OAuthError> {
        let found = self.endpoint(limit, |endpoints| endpoints.token.as_ref());
        found.await?.ok_or_else(|| self.no_endpoint("token"))
    }

    /// An endpoint of the table, or else of the metadata, if the provider has metadata.
    pub(crate) async fn endpoint(
        &self,
        limit: Duration,
        pick: impl Fn(&Endpoints) -> Option<&Url>,
    ) -> Result<Option<Url>, OAuthError> {
        if let Some(url) = pick(&self.endpoints) {
            return Ok(Some(url.clone()));
        }
        let document = self.provider.endpoints.discovery.as_ref();
        // A table that names the token endpoint and no metadata means to name everything.
        let complete = document.is_none() && self.endpoints.token.is_some();
        let was_read = !self.metadata.issuer.is_empty();
        let Some(issuer) = self
            .provider
            .issuer
            .as_ref()
            .filter(|_| !complete && !was_read)
        else {
            return Ok(None);
        };
        let (metadata, _) = discovery::fetch(&self.wire, issuer, document, limit).await?;
        Ok(pick(&metadata.endpoints()).cloned())
    }

    pub(crate) fn no_endpoint(&self, endpoint: &'static str) -> OAuthError {
        OAuthError::EndpointMissing {
            provider: self.wire.name.clone(),
            endpoint,
        }
    }

    fn wants_metadata(&self) -> bool {
        let offers = |flow| self.provider.flows.contains(&flow);
        let has = &self.endpoints;
        let code = offers(Flow::Loopback) || offers(Flow::Paste);
        has.token.is_none()
            || (code && has.authorization.is_none())
            || (offers(Flow::Device) && has.device.is_none())
            // Only the metadata says whether answers will name their issuer (RFC 9207).
            || (self.provider.dialect == Dialect::Standard && has.discovery.is_some())
    }

    async fn discover(&mut self) -> Result<(), OAuthError> {
        let Some(issuer) = self.provider.issuer.clone() else {
            return Ok(());
        };
        let document = self.provider.endpoints.discovery.as_ref();
        let (metadata, _) = discovery::fetch(&self.wire, &issuer, document, PATIENCE).await?;
        let found = metadata.endpoints();
        let has = &mut self.endpoints;
        for (slot, found) in [
            (&mut has.authorization, found.authorization),
            (&mut has.token, found.token),
            (&mut has.device, found.device),
            (&mut has.revocation, found.revocation),
            (&mut has.userinfo, found.userinfo),
        ] {
            if slot.is_none() {
                *slot = found;
            }
        }
        for (_, endpoint) in self.endpoints.iter() {
            self.wire.check(endpoint)?;
        }
        let has = &self.endpoints;
        self.flows.retain(|flow| match flow {
            Flow::Loopback | Flow::Paste => has.authorization.is_some(),
            Flow::Device => has.device.is_some(),
        });
        self.metadata = metadata;
        Ok(())
    }

    /// The error for a `Rejected` at this step, when the vendor means "no plan" by a 403.
    pub(crate) fn not_entitled(&self, step: Step) -> OAuthError {
        OAuthError::NotEntitled {
            provider: self.wire.name.clone(),
            step,
            key_provider: self.provider.key_provider.clone(),
            key_variable: dialect::key_variable(self.provider.dialect).map(str::to_owned),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.provider.id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
