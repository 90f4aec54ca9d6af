use hermes_credentials::Credentials;
use hermes_errors::Failure;
use hermes_host::sign_in;
use hermes_oauth::Registration;
use hermes_providers::Provider;

use crate::{
    args::SignInArgs,
    output::{self, Output},
    world::World,
};

/// What the flags say about the client.
pub(crate) fn given(args: &SignInArgs) -> Registration {
    Registration {
        client_id: args.client_id.clone(),
        scope: args.scope.clone(),
    }
}

/// The client to sign in as: flag, environment, the one of the last sign-in, the table's. Where
/// none of them knows, the person registers one and is asked for it.
pub(crate) fn registration(
    provider: &Provider,
    args: &SignInArgs,
    credentials: &Credentials,
    world: &World,
    output: Output,
) -> Result<Registration, Failure> {
    let registration = sign_in::registration(provider, given(args), credentials, world)?;
    let is_known = registration.client_id.is_some() || provider.client_id.is_some();
    if is_known || output.json || world.no_input || !output::can_ask() {
        return Ok(registration);
    }
    Ok(Registration {
        client_id: ask_client_id(provider, output),
        ..registration
    })
}

/// Explains how to register an app, and reads its client id.
fn ask_client_id(provider: &Provider, output: Output) -> Option<String> {
    let name = provider.short_name();
    output.say(&format!(
        "{name} wants an app of your own; it takes two minutes, once:"
    ));
    if let Some(url) = &provider.client_setup_url {
        output.say(&format!("  1. Open {url} and create an app."));
    }
    if let Some(loopback) = &provider.loopback {
        let (host, port, path) = (&loopback.host, loopback.port, &loopback.path);
        output.say(&format!(
            "  2. Give it the redirect URI http://{host}:{port}{path}"
        ));
    }
    output.say("  3. Paste its client id here (it is no secret):");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|id| !id.is_empty())
}
