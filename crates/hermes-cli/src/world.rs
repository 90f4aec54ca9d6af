//! What a command works on: the world of its host, and what was typed that holds for every command.
//! Made once in `main` and passed down.

use std::{ops::Deref, path::Path};

use hermes_errors::Failure;
use hermes_machine::Environment;

/// The world of the host, by `Deref`, with what every command may be told.
#[derive(Clone)]
pub(crate) struct World {
    host: hermes_host::World,
    /// The profile that was named.
    pub(crate) profile: Option<String>,
    /// Whether questions are forbidden.
    pub(crate) no_input: bool,
}

impl Deref for World {
    type Target = hermes_host::World;

    fn deref(&self) -> &Self::Target {
        &self.host
    }
}

impl World {
    /// Finds the home.
    pub(crate) fn new(
        environment: Environment,
        profile: Option<&str>,
        no_input: bool,
    ) -> Result<Self, Failure> {
        Ok(Self {
            host: hermes_host::World::new(environment, profile)?,
            profile: profile.map(str::to_owned),
            no_input,
        })
    }

    /// Trusts the authorities of this PEM file too, as `HERMES_CA_BUNDLE` would.
    pub(crate) fn add_ca_bundle(&mut self, path: &Path) {
        self.host.add_ca_bundle(path);
    }
}
