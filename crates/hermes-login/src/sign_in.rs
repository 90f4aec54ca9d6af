use std::time::Duration;

use hermes_credentials::{Credentials, Saved};
use hermes_machine::Environment;
use hermes_oauth::{Ports, Registration};
use hermes_providers::{Flow, Provider};
use url::Url;

use crate::{LoginError, Opener, Person, Place};

/// A sign-in that somebody asked for.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// With whom.
    pub provider: Provider,
    /// The flow, where the person chose one.
    pub flow: Option<Flow>,
    /// Whether a browser may be opened.
    pub open_browser: bool,
    /// The port for the listener, instead of the table's; no other is tried then.
    pub port: Option<u16>,
    /// How long to wait for the person.
    pub timeout: Option<Duration>,
    /// What to call the credential.
    pub label: Option<String>,
    /// The client, over the table's.
    pub registration: Registration,
    /// The redirect URI that the person registered, instead of the table's.
    pub redirect_uri: Option<Url>,
    /// Whether a program reads the events.
    pub machine_readable: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The credential, and where it is.
    pub saved: Saved,
    /// The flow that brought the answer.
    pub flow: Flow,
    /// Whose account it is, as far as the provider says.
    pub account: Option<String>,
    /// A message of the provider, or what is odd about the tokens.
    pub notice: Option<String>,
    /// The scope that was asked for and the one that was granted, where they differ.
    pub scope_differs: Option<(String, String)>,
    /// Whether the answer came through a tunnel, which can be closed now.
    pub tunnelled: bool,
}

/// Signs in: down the ladder until a rung holds, then saves the credential.
///
/// # Errors
///
/// If no rung holds, the person or the provider says no, time runs out, or the credential cannot
/// be kept.
pub async fn sign_in(
    _request: &SignIn,
    _place: &Place,
    _credentials: &Credentials,
    _ports: &Ports,
    _opener: &dyn Opener,
    _person: &dyn Person,
    _environment: &Environment,
) -> Result<SignedIn, LoginError> {
    Err(LoginError::NoFlow)
}
