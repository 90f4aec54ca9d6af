use hermes_errors::Failure;
use hermes_gateway::{
    control::AskedToReload,
    gateway::{Gateway, Rules},
    mode::Mode,
    settings::{Flags, Settings},
};
use hermes_protocol::{
    methods::Reloaded,
    rpc::{RpcError, code},
};
use tokio::{signal::unix::Signal, sync::mpsc};
use tracing::{info, warn};

use super::supervisor::{self, State};
use crate::{commands::config::Found, world::World};

/// The ways to ask for a reload.
pub(super) struct Asked {
    /// SIGHUP, which gets no answer.
    pub(super) signal: Signal,
    /// The control socket, which does.
    pub(super) socket: mpsc::Receiver<AskedToReload>,
}

/// Reads the settings again each time that is asked for: all of them, or none if one is not good.
pub(super) async fn at_each(
    mut asked: Asked,
    started: &Settings,
    flags: &Flags,
    gateway: &Gateway,
    world: &World,
) {
    loop {
        let waits = tokio::select! {
            Some(()) = asked.signal.recv() => None,
            Some(waits) = asked.socket.recv() => Some(waits),
            else => return,
        };
        supervisor::tell(&world.environment, State::Reloading);
        let outcome = reload(started, flags, gateway, world);
        supervisor::tell(&world.environment, State::Ready);
        if let Some(waits) = waits {
            // Who asked may have gone.
            let _ = waits.send(outcome.map_err(|failure| {
                let refused = RpcError::new(code::BAD_ARGUMENT, failure.message);
                refused.with_code(failure.code.as_str())
            }));
        }
    }
}

fn reload(
    started: &Settings,
    flags: &Flags,
    gateway: &Gateway,
    world: &World,
) -> Result<Reloaded, Failure> {
    let read = read(flags, world).inspect_err(|failure| {
        warn!(
            code = failure.code.as_str(),
            reason = failure.message,
            "settings not read again; those before stay in force"
        );
    });
    let (settings, rules) = read?;
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
    Ok(Reloaded { waiting })
}

fn read(flags: &Flags, world: &World) -> Result<(Settings, Rules), Failure> {
    let settings = Found::read(world, flags)?.into_settings(world)?;
    let rules = super::rules(&settings, world)?;
    Ok((settings, rules))
}
