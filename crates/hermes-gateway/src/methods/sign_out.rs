//! Leaving an identity provider together with the gateway.

use std::sync::Arc;

use hermes_storage::SessionId;
use url::Url;

use super::{IdentityProvider, identity::Kept, renewal::unsealed};
use crate::gateway::Gateway;

/// What is needed to leave a provider, read before the session ends and its tokens with it.
pub(crate) struct Leaving {
    provider: Arc<dyn IdentityProvider>,
    kept: Kept,
}

impl Leaving {
    /// What a session of this method holds of its provider. What cannot be read is left behind: it
    /// must not keep anybody signed in here.
    pub(crate) async fn of(gateway: &Gateway, session: SessionId, method: &str) -> Option<Self> {
        let methods = &gateway.rules().methods;
        let provider = methods.providers.get(method)?;
        let sealer = methods.providers.sealer()?;
        let tokens = gateway.ports.storage.sessions().provider_tokens(session);
        let (_, tokens) = tokens.await.ok()??;
        Some(Self {
            provider: Arc::clone(provider),
            kept: unsealed(sealer, session, &tokens)?,
        })
    }

    /// Gives the tokens back; where the browser ends its session there, and then comes home.
    pub(crate) async fn leave(&self, home: &str) -> Option<Url> {
        let home = Url::parse(home).ok()?;
        self.provider.leave(&self.kept, &home).await
    }
}
