//! `hermes connect`: gateways on other machines, from a terminal.

mod ask;
mod chat;
mod enter;
mod forget;
mod list;
mod reach;

use std::sync::Arc;

use hermes_client::kept::{Found, Gateways, KeptError, KeychainUse};
use hermes_errors::{Code, Failure};

use super::{Done, talk};
use crate::{args::ConnectArgs, output::Output, world::World};

/// Connects to a gateway, or looks after those that are remembered.
pub(crate) fn run(args: &ConnectArgs, world: &World, output: Output) -> Done {
    talk::block_on(async {
        let gateways = gateways(world)?;
        if args.list {
            return Ok(list::run(&found(&gateways, world, output).await?, output)?);
        }
        if let Some(name) = &args.forget {
            return forget::run(name, &gateways, world, output).await;
        }
        let opened = enter::run(args, &gateways, world, output).await?;
        match args.sign_in.sign_in_only {
            true => Ok(()),
            false => chat::run(opened, args, world, output).await,
        }
    })
}

/// The gateways of this home.
pub(crate) fn gateways(world: &World) -> Result<Arc<Gateways>, Failure> {
    let keychain = KeychainUse::of(&world.environment, &world.ports.clock);
    let keychain = keychain.map_err(|error| {
        let failure = Failure::of(&KeptError::from(error));
        failure.with_next_step("hermes help environment")
    })?;
    Ok(Arc::new(Gateways::of(&world.home, &world.ports, keychain)))
}

/// What is remembered. Whatever was damaged is told, and where it is now.
async fn found(gateways: &Gateways, world: &World, output: Output) -> Result<Found, Failure> {
    let found = gateways.read().await.map_err(|error| unusable(&error))?;
    for path in &found.set_aside {
        output.say(&format!(
            "Note: a file was damaged, and is now {}. What was in it is not remembered any more.",
            world.display(path)
        ));
    }
    Ok(found)
}

/// Why something could not be remembered or found again.
fn unusable(error: &KeptError) -> Failure {
    let failure = Failure::of(error);
    match error {
        KeptError::File { source, .. } => {
            let message = format!("{}: {source}", failure.message);
            Failure { message, ..failure }
        }
        _ => failure,
    }
}

/// That no gateway has this name.
fn unknown(name: &str) -> Failure {
    let name = hermes_secret::plain(name, hermes_secret::LABEL_LIMIT);
    let message = format!("no gateway is remembered as `{name}`");
    Failure::new(Code::ConnectUnknown, message)
}
