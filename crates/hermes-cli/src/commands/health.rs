//! `hermes health`: whether a gateway serves, as an exit status.

use std::{sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_host::{assembly::here, certificate, config::Found};
use hermes_machine::http::{Http, Request};
use url::Url;

use super::{Done, running};
use crate::{args::HealthArgs, output::Output, world::World};

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the gateway.
pub(crate) fn run(args: &HealthArgs, world: &World, output: Output) -> Done {
    let running = match &args.url {
        Some(_) => None,
        None => running::reach(world),
    };
    let (url, http) = match (&args.url, &running) {
        (Some(url), _) => (url.clone(), Arc::clone(&world.ports.http)),
        (None, Some(running)) => (running.url.clone(), Arc::clone(&running.http)),
        (None, None) => by_the_settings(world)?,
    };
    let ready = format!("{}/readyz", url.as_str().trim_end_matches('/'));
    let ready = Url::parse(&ready).map_err(|error| unwell(&url, &error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| unwell(&url, &error))?;
    let asked = http.send(Request::get(ready).within(PATIENCE));
    let answer = runtime
        .block_on(asked)
        .map_err(|error| unwell(&url, &error))?;
    if !answer.is_success() {
        // Only who has its host gets the reason.
        let reason = running.and_then(|running| running.status.not_ready);
        let reason = reason.map(|not_ready| not_ready.reason);
        let status = || format!("it answers with status {}", answer.status);
        return Err(unwell(&url, &reason.unwrap_or_else(status)).into());
    }
    output.data("ready\n")?;
    Ok(())
}

/// Where the gateway of this home would listen.
fn by_the_settings(world: &World) -> Result<(Url, Arc<dyn Http>), Failure> {
    let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
    let http = certificate::client(&settings, world)?;
    Ok((here(&settings, settings.port)?, http))
}

fn unwell(url: &Url, why: &dyn std::fmt::Display) -> Failure {
    let url = hermes_secret::SafeUrl(url);
    Failure::new(
        Code::GatewayNotReady,
        format!("the gateway at {url} is not ready: {why}"),
    )
}
