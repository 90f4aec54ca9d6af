//! `hermes health`: whether a gateway serves, as an exit status.

use std::{sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_machine::http::{Http, Request};
use hermes_protocol::methods::HostStatusParams;
use url::Url;

use super::{Done, auth::block_on, certificate, config::Found, control::asked, serve::here};
use crate::{args::HealthArgs, output::Output, world::World};

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the gateway.
pub(crate) fn run(args: &HealthArgs, world: &World, output: Output) -> Done {
    let (url, http) = match &args.url {
        Some(url) => (url.clone(), Arc::clone(&world.ports.http)),
        None => of_this_home(world)?,
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
        let status = format!("it answers with status {}", answer.status);
        return Err(unwell(&url, &status).into());
    }
    output.data("ready\n")?;
    Ok(())
}

/// Where the gateway of this home listens. One that runs says so itself, since its port may come from a
/// flag or be any free one; else it is where the settings would make it listen.
fn of_this_home(world: &World) -> Result<(Url, Arc<dyn Http>), Failure> {
    let running = block_on(asked(world, &HostStatusParams {})).flatten();
    let running = running.ok().flatten();
    let said = running.as_ref().map(|status| Url::parse(&status.address));
    if let (Some(running), Some(Ok(url))) = (&running, said) {
        return Ok((url, certificate::client_of(running, world)));
    }
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
