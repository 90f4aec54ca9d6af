//! A gateway of a home, put together from its settings. Nobody is served yet: where it listens, if
//! anywhere, and until when it runs is for whoever asks for it.

use std::{net::IpAddr, sync::Arc};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    answers::LocalAnswers,
    conversations::Answering,
    gateway::{Fixed, Gateway, Ports, Rules},
    methods::{Outside, Providers},
    mode::Mode,
    push::{Identity, PushPorts},
    settings::Settings,
    tickets::MemoryTickets,
    token::TokenGate,
    web_app::WebApp,
};
use hermes_storage::{Sealer, Storage};
use hermes_storage_sqlite::SqliteStorage;
use url::Url;

use crate::{World, accounts::HostAccounts, audit, models::Models, token};

/// What the gateway of this home keeps.
///
/// # Errors
///
/// If the database cannot be opened.
pub async fn storage(world: &World) -> Result<Arc<dyn Storage>, Failure> {
    let opened = SqliteStorage::open(&world.home.gateway_db()).await;
    let storage = opened.map_err(|error| Failure::of(&error))?;
    Ok(Arc::new(storage))
}

/// What guards the gateway where nobody signs in.
///
/// # Errors
///
/// If storage does not answer, or the token that is kept cannot be used.
pub async fn token_gate(
    settings: &Settings,
    storage: &dyn Storage,
    world: &World,
) -> Result<Option<TokenGate>, Failure> {
    let users = storage.users().list().await;
    let users = users.map_err(|error| Failure::of(&error))?;
    match settings.mode(!users.is_empty()) {
        Mode::Token => {
            let gate = TokenGate::new(token::find(settings, world)?, &*world.ports.random);
            Ok(Some(gate.with_token_in_page(settings.token_in_page)))
        }
        Mode::Gated | Mode::Unclaimed => Ok(None),
    }
}

/// The gateway of these settings at this port.
///
/// # Errors
///
/// If something that it needs of the home cannot be opened.
pub async fn open(
    settings: &Settings,
    port: u16,
    token: Option<TokenGate>,
    storage: Arc<dyn Storage>,
    models: &Models,
    world: &World,
) -> Result<Arc<Gateway>, Failure> {
    let ports = &world.ports;
    let audit = audit::open(world)?;
    let answers = LocalAnswers::new(world.home.config_toml());
    let ports = Ports {
        clock: Arc::clone(&ports.clock),
        random: Arc::clone(&ports.random),
        storage,
        tickets: Arc::new(MemoryTickets::new(settings.limits.tickets_per_session)),
        audit,
        answers: Arc::new(answers),
        answering: Answering {
            agent: Arc::clone(&models.agent) as _,
            catalogue: Arc::clone(&models.catalogue),
            titles: Arc::clone(&models.titles),
        },
        accounts: Arc::new(HostAccounts::new(Arc::new(world.clone()))),
        // Who holds the token has no sign-in that it could end with.
        push: match &token {
            Some(_) => None,
            None => push(settings, world)?,
        },
    };
    let fixed = Fixed {
        token,
        lifetimes: settings.lifetimes,
        limits: settings.limits,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        web_app: WebApp::built(),
    };
    let gateway = Gateway::new(ports, fixed, rules(settings, port, world)?);
    gateway.await.map_err(|error| Failure::of(&error))
}

/// The rules that the settings come to, at the start and at each reload.
///
/// # Errors
///
/// If the key for the tokens of identity providers cannot be opened.
pub fn rules(settings: &Settings, port: u16, world: &World) -> Result<Rules, Failure> {
    Ok(Rules::new(
        settings,
        port,
        addresses(),
        providers(settings, world)?,
    ))
}

/// How browsers are told while they are closed. Where nobody may be, no key for it is made.
fn push(settings: &Settings, world: &World) -> Result<Option<PushPorts>, Failure> {
    if !settings.push {
        return Ok(None);
    }
    let identity = Identity::open(&world.home.push_key(), &*world.ports.random);
    let public = settings.proxy.public_url.as_ref().map(ToString::to_string);
    Ok(Some(PushPorts {
        http: Arc::clone(&world.ports.http),
        identity: Arc::new(identity.map_err(|error| Failure::of(&error))?),
        contact: public.filter(|address| address.starts_with("https://")),
    }))
}

/// The identity providers. Without one, no key for the tokens of one is made.
fn providers(settings: &Settings, world: &World) -> Result<Providers, Failure> {
    if settings.nous.is_none() && settings.issuers.is_empty() {
        return Ok(Providers::default());
    }
    let ports = &world.ports;
    let sealer = Sealer::open(&world.home.gateway_key(), Arc::clone(&ports.random));
    let outside = Outside {
        http: Arc::clone(&ports.http),
        clock: Arc::clone(&ports.clock),
        sealer: Arc::new(sealer.map_err(|error| Failure::of(&error))?),
    };
    Ok(Providers::new(settings, &outside))
}

/// The addresses of this machine, by which it may be called.
pub fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces
        .into_iter()
        .map(|interface| interface.ip())
        .collect()
}

/// Where this machine reaches a gateway of these settings.
///
/// # Errors
///
/// If the host of the settings makes no address.
pub fn here(settings: &Settings, port: u16) -> Result<Url, Failure> {
    settings.here(port).map_err(|error| {
        Failure::new(
            Code::ConfigInvalid,
            format!("`gateway.host` makes no address to ask: {error}"),
        )
    })
}
