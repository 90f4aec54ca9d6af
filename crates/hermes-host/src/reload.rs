//! Reading the settings again while a gateway runs.

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
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::{
    World, assembly,
    config::Found,
    models::{HomeSources, Models},
};

/// What a reload changes, and what it compares with.
pub struct Running<'a> {
    /// The settings of the start.
    pub started: &'a Settings,
    /// The port that it got.
    pub port: u16,
    /// What was put over the file and the environment.
    pub flags: &'a Flags,
    /// What they are the settings of.
    pub gateway: &'a Gateway,
    /// Who answers.
    pub models: &'a Models,
    /// The certificate that it shows.
    pub tls: Option<&'a Tls>,
}

/// Where a reload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It begins.
    Begun,
    /// It is over, also if nothing came of it.
    Over,
}

/// Reads the settings and the certificate again each time that is asked for: all of it, or nothing if
/// one thing is not good. Whoever wants to know is told where it is.
pub async fn at_each(
    mut asked: mpsc::Receiver<AskedToReload>,
    running: &Running<'_>,
    world: &World,
    tell: impl Fn(Stage),
) {
    while let Some(waits) = asked.recv().await {
        tell(Stage::Begun);
        let outcome = reload(running, world);
        tell(Stage::Over);
        // Who asked may have gone.
        let _ = waits.send(outcome.map_err(|failure| explained(code::BAD_ARGUMENT, &failure)));
    }
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
        rules: assembly::rules(&settings, running.port, world)?,
        sources: HomeSources::new(settings.model.as_ref(), world)?,
        pair: pair.map_err(|error| Failure::of(&error))?,
        settings,
    })
}
