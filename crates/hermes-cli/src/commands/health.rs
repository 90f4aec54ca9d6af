//! `hermes health`: whether a gateway serves, as an exit status.

use std::time::Duration;

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    settings::{Flags, Settings},
    site::Host,
};
use hermes_machine::http::Request;
use url::Url;

use super::{Done, config::Found};
use crate::{args::HealthArgs, output::Output, world::World};

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the gateway.
pub(crate) fn run(args: &HealthArgs, world: &World, output: Output) -> Done {
    let url = match &args.url {
        Some(url) => url.clone(),
        None => here(&Found::read(world, &Flags::default())?.into_settings(world)?)?,
    };
    let ready = format!("{}/readyz", url.as_str().trim_end_matches('/'));
    let ready = Url::parse(&ready).map_err(|error| unwell(&url, &error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| unwell(&url, &error))?;
    let asked = world.ports.http.send(Request::get(ready).within(PATIENCE));
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

/// The gateway of these settings, from this machine.
fn here(settings: &Settings) -> Result<Url, Failure> {
    let host = match settings.host.as_str() {
        "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        name => Host::typed(name).map_or_else(|| name.to_owned(), |host| host.to_string()),
    };
    let text = format!("http://{host}:{}", settings.port);
    Url::parse(&text).map_err(|error| {
        let message = format!("`gateway.host` makes no address to ask: {error}");
        Failure::new(Code::GatewayNotReady, message)
    })
}

fn unwell(url: &Url, why: &dyn std::fmt::Display) -> Failure {
    let url = hermes_secret::SafeUrl(url);
    Failure::new(
        Code::GatewayNotReady,
        format!("the gateway at {url} is not ready: {why}"),
    )
}
