use std::{fmt, sync::Arc};

use hermes_machine::{Clock, http::Http};
use hermes_storage::Sealer;

use super::{IdentityProvider, MethodKind, Offered, nous::Nous, oidc::Oidc};
use crate::settings::Settings;

/// What identity providers are reached and remembered with.
pub struct Outside {
    /// Sends requests.
    pub http: Arc<dyn Http>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Makes their tokens unreadable in storage.
    pub sealer: Arc<Sealer>,
}

/// The identity providers of the settings, each of another name.
#[derive(Default)]
pub struct Providers {
    known: Vec<Arc<dyn IdentityProvider>>,
    sealer: Option<Arc<Sealer>>,
}

impl Providers {
    /// Those of the settings. None of them is asked anything yet.
    pub fn new(settings: &Settings, outside: &Outside) -> Self {
        let ports = || (Arc::clone(&outside.http), Arc::clone(&outside.clock));
        let nous = settings.nous.iter().map(|nous| {
            let (http, clock) = ports();
            Arc::new(Nous::new(nous.clone(), http, clock)) as Arc<dyn IdentityProvider>
        });
        let issuers = settings.issuers.iter().map(|issuer| {
            let (http, clock) = ports();
            Arc::new(Oidc::new(issuer.clone(), http, clock)) as Arc<dyn IdentityProvider>
        });
        Self {
            known: nous.chain(issuers).collect(),
            sealer: Some(Arc::clone(&outside.sealer)),
        }
    }

    /// The provider of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<dyn IdentityProvider>> {
        self.known.iter().find(|provider| provider.name() == name)
    }

    /// Those whose tokens name this issuer.
    pub(crate) fn of_issuer<'a>(
        &'a self,
        issuer: &'a str,
    ) -> impl Iterator<Item = &'a Arc<dyn IdentityProvider>> {
        let speaks = move |provider: &&Arc<dyn IdentityProvider>| provider.speaks_for(issuer);
        self.known.iter().filter(speaks)
    }

    /// What seals their tokens. There is one wherever there is a provider.
    pub(crate) const fn sealer(&self) -> Option<&Arc<Sealer>> {
        self.sealer.as_ref()
    }

    pub(crate) fn offered(&self) -> impl Iterator<Item = Offered> {
        self.known.iter().map(|provider| Offered {
            name: provider.name().to_owned(),
            display_name: provider.display_name().to_owned(),
            kind: MethodKind::Provider,
        })
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.known.iter().map(|provider| provider.name());
        f.debug_list().entries(names).finish()
    }
}
