use std::sync::Arc;

use hermes_machine::{Environment, Home};
use hermes_oauth::{Ports, TokenSet};
use hermes_providers::{Flow, Provider, Table};
use hermes_secret::Secret;
use url::Url;

use crate::{
    AccessToken, Check, CredentialError, Entry, LoggedOut, Pool, Removed, Saved, Status,
};

/// All credentials of one home.
#[derive(Clone)]
pub struct Credentials {
    #[expect(dead_code, reason = "the skeleton")]
    inner: Arc<(Home, Environment, Arc<Table>, Ports)>,
}

#[expect(unused_variables, clippy::unused_async, reason = "the skeleton")]
impl Credentials {
    /// The credentials of a home; touches nothing.
    pub fn open(home: Home, environment: Environment, table: Arc<Table>, ports: Ports) -> Self {
        Self {
            inner: Arc::new((home, environment, table, ports)),
        }
    }
    /// What there is, of one provider or all: no lock, no network.
    pub fn list(&self, provider: Option<&str>) -> Result<Vec<Pool>, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Whether the provider is signed in to: local, instant.
    pub fn status(&self, provider: &str) -> Result<Status, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Saves what a sign-in brought.
    pub async fn save_sign_in(
        &self,
        provider: &Provider,
        flow: Flow,
        client_id: &str,
        redirect_uri: Option<&Url>,
        label: Option<&str>,
        tokens: &TokenSet,
    ) -> Result<Saved, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Saves an API key.
    pub async fn add_key(
        &self,
        provider: &Provider,
        key: Secret,
        label: Option<&str>,
        base_url: Option<&Url>,
    ) -> Result<Saved, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Puts a section into `providers.toml`; other sections and comments stay.
    pub async fn save_provider(&self, toml_section: &str, id: &str) -> Result<(), CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Removes one credential: by id, label or number.
    pub async fn remove(&self, provider: &str, target: &str) -> Result<Removed, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Makes one credential the first.
    pub async fn prefer(&self, provider: &str, target: &str) -> Result<Entry, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Clears the marks of refusals; says how many credentials had one.
    pub async fn reset(&self, provider: &str) -> Result<usize, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Signs out of the provider.
    pub async fn logout(&self, provider: &str) -> Result<LoggedOut, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// A token that can be used now, refreshed if that is due.
    pub async fn access_token(&self, provider: &str) -> Result<AccessToken, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Refreshes now.
    pub async fn refresh(
        &self,
        provider: &str,
        target: Option<&str>,
    ) -> Result<Entry, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
    /// Asks the provider.
    pub async fn check(&self, provider: &str) -> Result<Check, CredentialError> {
        Err(CredentialError::KeyMissing)
    }
}
