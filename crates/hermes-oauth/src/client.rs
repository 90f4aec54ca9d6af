use std::{sync::Arc, time::Duration};

use hermes_machine::{Clock, Random, http::Http};
use hermes_providers::{Flow, Provider};
use hermes_secret::Secret;
use url::Url;

use crate::{
    Account, Attempt, AuthorizationCode, DeviceCode, OAuthError, Revocation, TokenKind, TokenSet,
};

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

/// What a person says about the client, over the table's.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// The client id.
    pub client_id: Option<String>,
    /// The scope to ask for.
    pub scope: Option<String>,
}

/// A client of one provider.
#[derive(Clone)]
pub struct Client {
    provider: Provider,
    client_id: String,
}

impl Client {
    /// Table endpoints first; what is missing is discovered.
    pub async fn resolve(
        provider: &Provider,
        registration: &Registration,
        ports: Ports,
    ) -> Result<Self, OAuthError> {
        Self::from_table(provider, registration, ports)
    }
    /// No network.
    pub fn from_table(
        provider: &Provider,
        registration: &Registration,
        _ports: Ports,
    ) -> Result<Self, OAuthError> {
        Ok(Self {
            provider: provider.clone(),
            client_id: registration.client_id.clone().unwrap_or_default(),
        })
    }
    fn unfinished(&self) -> OAuthError {
        OAuthError::NoFlow {
            provider: self.provider.short_name().to_owned(),
            reason: "not built yet".to_owned(),
        }
    }
    /// The provider.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }
    /// The client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
    /// The flows.
    pub fn flows(&self) -> &[Flow] {
        &self.provider.flows
    }
    /// Begins.
    pub fn begin(&self, _redirect_uri: &Url) -> Result<Attempt, OAuthError> {
        Err(self.unfinished())
    }
    /// Exchanges.
    pub async fn exchange(
        &self,
        _attempt: &Attempt,
        _code: &AuthorizationCode,
    ) -> Result<TokenSet, OAuthError> {
        Err(self.unfinished())
    }
    /// Starts.
    pub async fn start_device(&self) -> Result<DeviceCode, OAuthError> {
        Err(self.unfinished())
    }
    /// Polls.
    pub async fn wait_for_device(&self, _device: &DeviceCode) -> Result<TokenSet, OAuthError> {
        Err(self.unfinished())
    }
    /// Refreshes.
    pub async fn refresh(
        &self,
        _refresh_token: &Secret,
        _limit: Duration,
    ) -> Result<TokenSet, OAuthError> {
        Err(self.unfinished())
    }
    /// Revokes.
    pub async fn revoke(
        &self,
        _token: &Secret,
        _hint: TokenKind,
    ) -> Result<Revocation, OAuthError> {
        Err(self.unfinished())
    }
    /// Asks.
    pub async fn userinfo(&self, _access_token: &Secret) -> Result<Option<Account>, OAuthError> {
        Err(self.unfinished())
    }
}
