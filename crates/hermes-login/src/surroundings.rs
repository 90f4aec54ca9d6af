use hermes_credentials::Credentials;
use hermes_machine::Environment;
use hermes_oauth::Ports;

use crate::{Person, Place};

/// What a sign-in has around it, whatever its flow.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Where it happens.
    pub place: &'a Place,
    /// Who signs in.
    pub person: &'a dyn Person,
    /// Where the credential will be.
    pub credentials: &'a Credentials,
    /// Clock, randomness and the network.
    pub ports: &'a Ports,
    /// The variables of this process.
    pub environment: &'a Environment,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("place", self.place)
            .finish_non_exhaustive()
    }
}
