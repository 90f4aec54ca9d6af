use hermes_errors::Failure;
use hermes_gateway::{
    gateway::{Gateway, Rules},
    mode::Mode,
    settings::{Flags, Settings},
};
use tokio::signal::unix::Signal;
use tracing::{info, warn};

use super::supervisor::{self, State};
use crate::{commands::config::Found, world::World};

/// Reads the settings again at each signal: all of them, or none if one is not good.
pub(super) async fn at_each(
    mut asked: Signal,
    started: &Settings,
    flags: &Flags,
    gateway: &Gateway,
    world: &World,
) {
    while asked.recv().await.is_some() {
        supervisor::tell(&world.environment, State::Reloading);
        match read(flags, world) {
            Ok((settings, rules)) => {
                let mode = gateway.mode();
                if mode != Mode::Token {
                    gateway.set_rules(rules);
                }
                let waiting = settings.waiting(started, mode);
                if waiting.is_empty() {
                    info!("settings read again");
                } else {
                    let keys = waiting.join(", ");
                    warn!(keys, "settings read again; these wait for a restart");
                }
            }
            Err(failure) => warn!(
                code = failure.code.as_str(),
                reason = failure.message,
                "settings not read again; those before stay in force"
            ),
        }
        supervisor::tell(&world.environment, State::Ready);
    }
}

fn read(flags: &Flags, world: &World) -> Result<(Settings, Rules), Failure> {
    let settings = Found::read(world, flags)?.into_settings(world)?;
    let rules = super::rules(&settings, world)?;
    Ok((settings, rules))
}
