use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use hermes_machine::{Environment, Home};
use hermes_oauth::Ports;
use hermes_providers::{Provider, Table};
use jiff::Timestamp;

use crate::{
    AuthFile, CredentialError, CredentialStore as _, FileStore, Pool, Status,
    env_keys::EnvKeys,
    intent::Intents,
    listing::{Found, Scene},
    single_flight::SingleFlight,
};

mod import;
mod key;
mod logout;
mod order;
mod provider_file;
mod refresh;
mod refused;
mod remove;
mod renewal;
mod revoke;
mod save;
mod shapes;
mod tidy;
mod token;
mod turns;

pub use self::refused::{Afterwards, Refusal, RefusalKind};

/// All credentials of one home. Cloning it is cheap, and clones refresh together.
#[derive(Clone)]
pub struct Credentials {
    inner: Arc<Inner>,
}

/// What the operations share.
struct Inner {
    store: FileStore,
    environment: Environment,
    table: Arc<Table>,
    /// Providers that were signed in to by `--issuer` since the table was read.
    added: Mutex<BTreeMap<String, Provider>>,
    ports: Ports,
    intents: Intents,
    flights: SingleFlight,
    turns: turns::Turns,
}

impl Credentials {
    /// The credentials of a home; touches nothing.
    pub fn open(home: Home, environment: Environment, table: Arc<Table>, ports: Ports) -> Self {
        let store = FileStore::new(home, Arc::clone(&ports.clock));
        Self::over(store, environment, table, ports)
    }

    /// The same over a store that was made already.
    pub fn over(
        store: FileStore,
        environment: Environment,
        table: Arc<Table>,
        ports: Ports,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                intents: Intents::new(store.home()),
                store,
                environment,
                table,
                added: Mutex::default(),
                ports,
                flights: SingleFlight::default(),
                turns: turns::Turns::default(),
            }),
        }
    }

    /// What there is, of one provider or of all: no lock, no network. A provider of which there is
    /// nothing has no pool in the answer.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or understood.
    pub fn list(&self, provider: Option<&str>) -> Result<Vec<Pool>, CredentialError> {
        let inner = &self.inner;
        let (file, env) = (inner.store.read()?, inner.env());
        let ids: Vec<String> = match provider {
            Some(id) => vec![id.to_owned()],
            None => inner.ids(&file),
        };
        let pools = ids.into_iter().map(|id| Pool {
            entries: inner
                .found_in(&file, &id, &env)
                .into_iter()
                .map(|found| found.entry)
                .collect(),
            provider: id,
        });
        Ok(pools.filter(|pool| !pool.entries.is_empty()).collect())
    }

    /// The version of the file's format, if it is newer than the one that is written.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or understood.
    pub fn newer_format(&self) -> Result<Option<u64>, CredentialError> {
        Ok(self.inner.store.read()?.newer_version())
    }

    /// Whether the provider is signed in to, and what there is: local and instant.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or understood.
    pub fn status(&self, provider: &str) -> Result<Status, CredentialError> {
        let inner = &self.inner;
        let file = inner.store.read()?;
        let found = inner.found_in(&file, provider, &inner.env());
        let entries: Vec<_> = found.into_iter().map(|found| found.entry).collect();
        Ok(Status {
            provider: provider.to_owned(),
            signed_in: entries.iter().any(|entry| entry.state.is_usable()),
            current: entries.iter().find(|entry| entry.current).cloned(),
            entries,
            path: inner.store.home().auth_json(),
            newer_format: file.newer_version(),
        })
    }

    /// Whether what a sign-in brings could be saved now: to be asked before one begins.
    ///
    /// # Errors
    ///
    /// What the save would say: the home is another user's, the file cannot be read or written,
    /// there is no room.
    pub fn check_can_save(&self) -> Result<(), CredentialError> {
        Ok(self.inner.store.check_can_save()?)
    }

    /// The inference provider that was signed in to last, as the file has it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or understood.
    pub fn active_provider(&self) -> Result<Option<String>, CredentialError> {
        Ok(self
            .inner
            .store
            .read()?
            .active_provider()
            .map(ToOwned::to_owned))
    }
}

impl Inner {
    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    fn env(&self) -> EnvKeys {
        EnvKeys::read(self.store.home(), &self.environment)
    }

    /// The provider, if the table or a sign-in of this process knows it.
    fn provider(&self, id: &str) -> Option<Provider> {
        let added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        added.get(id).or_else(|| self.table.get(id)).cloned()
    }

    /// Remembers a provider as the sign-in knew it.
    fn remember(&self, provider: &Provider) {
        if self.table.get(&provider.id) != Some(provider) {
            let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
            added.insert(provider.id.clone(), provider.clone());
        }
    }

    /// Every provider that the file or the table names, those of the file first.
    fn ids(&self, file: &AuthFile) -> Vec<String> {
        let mut ids: Vec<String> = file
            .providers()
            .into_iter()
            .map(ToOwned::to_owned)
            .collect();
        for provider in self.table.iter() {
            if !ids.contains(&provider.id) {
                ids.push(provider.id.clone());
            }
        }
        ids
    }

    fn found_in(&self, file: &AuthFile, id: &str, env: &EnvKeys) -> Vec<Found> {
        let provider = self.provider(id);
        Scene {
            file,
            id,
            provider: provider.as_ref(),
            env,
            intents: &self.intents,
            now: self.now(),
        }
        .list()
    }

    /// The provider's credentials as the file has them now.
    fn found(&self, id: &str) -> Result<Vec<Found>, CredentialError> {
        Ok(self.found_in(&self.store.read()?, id, &self.env()))
    }
}

#[cfg(test)]
mod tests;
