use hermes_errors::Failure;
use hermes_gateway::{
    answers::explained,
    control::AskedToReload,
    gateway::{Gateway, Rules},
    mode::Mode,
    settings::{Flags, Settings},
    tls::{Pair, Tls},
};
use hermes_protocol::{methods::Reloaded, rpc::code};
use tokio::{signal::unix::Signal, sync::mpsc};
use tracing::{info, warn};

use super::supervisor::{self, State};
use crate::{
    commands::config::Found,
    models::{HomeSources, Models},
    world::World,
};

/// The ways to ask for a reload.
pub(super) struct Asked {
    /// SIGHUP, which gets no answer.
    pub(super) signal: Option<Signal>,
    /// The control socket, which does.
    pub(super) socket: mpsc::Receiver<AskedToReload>,
}

/// What a reload changes, and what it compares with.
pub(super) struct Running<'a> {
    /// The settings of the start.
    pub(super) started: &'a Settings,
    /// The port that it got.
    pub(super) port: u16,
    pub(super) flags: &'a Flags,
    pub(super) gateway: &'a Gateway,
    pub(super) models: &'a Models,
    pub(super) tls: Option<&'a Tls>,
}

/// Reads the settings and the certificate again each time that is asked for: all of it, or nothing if
/// one thing is not good.
pub(super) async fn at_each(mut asked: Asked, running: &Running<'_>, world: &World) {
    loop {
        let waits = tokio::select! {
            Some(()) = signalled(asked.signal.as_mut()) => None,
            Some(waits) = asked.socket.recv() => Some(waits),
            else => return,
        };
        supervisor::tell(&world.environment, State::Reloading);
        let outcome = reload(running, world);
        supervisor::tell(&world.environment, State::Ready);
        if let Some(waits) = waits {
            // Who asked may have gone.
            let _ = waits.send(outcome.map_err(|failure| explained(code::BAD_ARGUMENT, &failure)));
        }
    }
}

/// The next signal, if one is listened for.
async fn signalled(signal: Option<&mut Signal>) -> Option<()> {
    signal?.recv().await
}

fn reload(running: &Running<'_>, world: &World) -> Result<Reloaded, Failure> {
    let read = read(running, world).inspect_err(|failure| {
        warn!(
            code = failure.code.as_str(),
            reason = failure.message,
            "settings not read again; those before stay in force"
        );
    });
    let Read {
        settings,
        rules,
        sources,
        pair,
    } = read?;
    let mode = running.gateway.mode();
    if mode != Mode::Token {
        running.gateway.set_rules(rules);
    }
    running.models.replace(sources);
    if let (Some(tls), Some(pair)) = (running.tls, pair)
        && tls.show(pair)
    {
        info!("a new certificate is shown");
    }
    let waiting = settings.waiting(running.started, mode);
    if waiting.is_empty() {
        info!("settings read again");
    } else {
        let keys = waiting.join(", ");
        warn!(keys, "settings read again; these wait for a restart");
    }
    Ok(Reloaded { waiting })
}

/// What was read, all of it good.
struct Read {
    settings: Settings,
    rules: Rules,
    sources: HomeSources,
    pair: Option<Pair>,
}

fn read(running: &Running<'_>, world: &World) -> Result<Read, Failure> {
    let settings = Found::read(world, running.flags)?.into_settings(world)?;
    let pair = running.tls.map(Tls::look).transpose();
    Ok(Read {
        rules: super::rules(&settings, running.port, world)?,
        sources: HomeSources::new(settings.model.as_ref(), world)?,
        pair: pair.map_err(|error| Failure::of(&error))?,
        settings,
    })
}
