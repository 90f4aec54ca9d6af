//! `hermes link`: a link that lets one browser into the gateway of this machine.

use std::time::Duration;

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_host::{assembly::here, certificate, config::Found, token};
use hermes_machine::http::{Body, Http, Request, Response};
use hermes_protocol::{
    rest::OpenLink,
    routes::{self, header::SESSION_TOKEN},
};
use hermes_secret::Secret;
use url::Url;

use super::{
    Done,
    running::{self, Reached},
};
use crate::{args::LinkArgs, output::Output, world::World};

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the gateway for a link, and prints it.
pub(crate) fn run(args: &LinkArgs, world: &World, output: Output) -> Done {
    let settings = Found::read(world, &Flags::of_port(args.port.as_deref()))?;
    let settings = settings.into_settings(world)?;
    // One that runs may have got another port, and a certificate, by its flags.
    let is_meant = |running: &Reached| {
        args.port.is_none() || running.url.port_or_known_default() == Some(settings.port)
    };
    let (mut url, http) = match running::reach(world).filter(is_meant) {
        Some(running) => (running.url, running.http),
        None => {
            let http = certificate::client(&settings, world)?;
            (here(&settings, settings.port)?, http)
        }
    };
    let Some(token) = token::known(&settings, world)? else {
        return Err(refused(&url, "no gateway without sign-in has run in this home yet").into());
    };
    let answer = ask(&url, &token, &*http)?;
    let link = serde_json::from_slice::<OpenLink>(&answer.body)
        .ok()
        .filter(|_| answer.is_success());
    let Some(link) = link else {
        let why = match answer.status {
            401 | 404 => "people sign in there, or it was started with another token",
            _ => "its answer is not that of a gateway without sign-in",
        };
        return Err(refused(&url, why).into());
    };
    let secret = Secret::new(link.secret);
    url.set_fragment(Some(secret.expose()));
    output.data(&format!("{url}\n"))?;
    Ok(())
}

fn ask(url: &Url, token: &Secret, http: &dyn Http) -> Result<Response, Failure> {
    let unwell = |why: &dyn std::fmt::Display| {
        let url = hermes_secret::SafeUrl(url);
        let message = format!("the gateway at {url} is not ready: {why}");
        Failure::new(Code::GatewayNotReady, message)
    };
    let asked = url.join(routes::LINK.path);
    let request = Request::post(asked.map_err(|error| unwell(&error))?, Body::Empty)
        .header(SESSION_TOKEN, token.expose())
        .within(PATIENCE);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| unwell(&error))?;
    let answer = runtime.block_on(http.send(request));
    answer.map_err(|error| unwell(&error))
}

fn refused(url: &Url, why: &str) -> Failure {
    let url = hermes_secret::SafeUrl(url);
    Failure::new(
        Code::GatewayLinkRefused,
        format!("the gateway at {url} makes no link: {why}"),
    )
}
