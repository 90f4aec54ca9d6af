//! What the application works on: the environment, the home, the clock, the network.

use std::{io::Write as _, sync::Arc};

use anyhow::{Result, anyhow};
use hermes_client::kept::{Gateways, KeychainUse};
use hermes_desk::{Outfit, SignInWindows};
use hermes_host::World;
use hermes_login::{Place, PlaceKind, SystemOpener, SystemProbe};
use hermes_machine::{Environment, dns_sd::Networks};

use crate::logs;

/// What this process begins with. Nothing below it reads the environment.
pub(crate) fn of_process(windows: Arc<dyn SignInWindows>) -> Result<Outfit> {
    let world =
        World::new(Environment::of_process(), None).map_err(|failure| anyhow!(failure.message))?;
    let keychain = KeychainUse::of(&world.environment, &world.ports.clock)?;
    let logs = world.home.path().join("logs");
    logs::begin(&logs);
    Ok(Outfit {
        gateways: Arc::new(Gateways::of(&world.home, &world.ports, keychain)),
        // Whatever else this machine is: a window is on its screen, and so is whoever signs in.
        place: Place {
            kind: PlaceKind::Desktop,
            ..Place::detect(&world.environment, &SystemProbe)
        },
        opener: Arc::new(SystemOpener),
        windows,
        networks: Networks::shared(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        logs,
        program: std::env::current_exe()?,
        world,
    })
}

/// Says why there is no window, to whoever started it from a terminal.
pub(crate) fn complain(error: &anyhow::Error) {
    // Where nobody reads it there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "hermes-desktop: {error:#}");
}
