use std::{path::Path, sync::Arc};

use hermes_credentials::{Credentials, Settings};
use hermes_errors::{Code, Failure};
use hermes_machine::{
    Clock, Environment, Home, SystemClock, SystemRandom, file,
    http::{BoundedClient, StreamingHttp},
};
use hermes_oauth::Ports;
use hermes_providers::{Lookup, Table};

/// The most bytes of `providers.toml`.
const TABLE_LIMIT: u64 = 1024 * 1024;

/// The environment, the home and the ports. Making it touches no file, and nothing below reads the
/// process environment.
#[derive(Clone)]
pub struct World {
    /// The variables of this process, with what its program put over them.
    pub environment: Environment,
    /// Where everything is kept.
    pub home: Home,
    /// Clock, randomness, HTTP.
    pub ports: Ports,
}

impl World {
    /// Finds the home, of this profile if one is named.
    ///
    /// # Errors
    ///
    /// If the environment names no home, or there can be no such profile.
    pub fn new(environment: Environment, profile: Option<&str>) -> Result<Self, Failure> {
        let home = Home::locate(&environment, profile).map_err(|error| Failure::of(&error))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let http = Arc::new(BoundedClient::new(&environment, Arc::clone(&clock)));
        let ports = Ports {
            http,
            clock,
            random: Arc::new(SystemRandom),
        };
        Ok(Self {
            environment,
            home,
            ports,
        })
    }

    /// Trusts the authorities of this PEM file too, as `HERMES_CA_BUNDLE` would.
    pub fn add_ca_bundle(&mut self, path: &Path) {
        self.environment = std::mem::take(&mut self.environment).with("HERMES_CA_BUNDLE", path);
        self.ports.http = Arc::new(BoundedClient::new(
            &self.environment,
            Arc::clone(&self.ports.clock),
        ));
    }

    /// The client for answers that come in pieces.
    pub fn streaming(&self) -> Arc<dyn StreamingHttp> {
        let clock = Arc::clone(&self.ports.clock);
        Arc::new(BoundedClient::new(&self.environment, clock))
    }

    /// The provider table with the home's changes, and the servers that `config.yaml` names.
    ///
    /// # Errors
    ///
    /// If the home's changes cannot be read, or are not good.
    pub fn table(&self) -> Result<Table, Failure> {
        let path = self.home.providers_toml();
        let problem = |reason: &dyn std::fmt::Display| {
            Failure::new(
                Code::TableInvalid,
                format!("`{}` cannot be read: {reason}", path.display()),
            )
        };
        let bytes = file::read_bounded(&path, TABLE_LIMIT).map_err(|error| problem(&error))?;
        let text = bytes
            .map(String::from_utf8)
            .transpose()
            .map_err(|error| problem(&error))?;
        let mut table = Table::load(text.as_deref()).map_err(|error| Failure::of(&error))?;
        for mut provider in self.settings().providers() {
            // A name that stands for something already goes on doing so.
            provider
                .aliases
                .retain(|alias| table.find(alias, Lookup::Exact).is_err());
            if table.get(&provider.id).is_none() {
                table.insert(provider);
            }
        }
        Ok(table)
    }

    /// What upstream's `config.yaml` says. One that cannot be read or parsed says nothing: it is
    /// another program's file, and `hermes doctor` tells of it.
    pub fn settings(&self) -> Settings {
        Settings::read(&self.home).unwrap_or_default()
    }

    /// The credentials under this table.
    pub fn credentials(&self, table: &Arc<Table>) -> Credentials {
        Credentials::open(
            self.home.clone(),
            self.environment.clone(),
            Arc::clone(table),
            self.ports.clone(),
        )
    }

    /// A path as a person writes it.
    pub fn display(&self, path: &Path) -> String {
        self.home.display(path, &self.environment)
    }
}
