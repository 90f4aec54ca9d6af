//! `hermes serve`: the gateway, from its settings to its end.

mod accounts;
mod announce;
mod hosted;
mod logs;
mod reload;
mod signals;
mod supervisor;
mod tls;
pub(super) mod token;

use std::{net::IpAddr, sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    answers::LocalAnswers,
    control::{self, About, Place},
    conversations::Answering,
    gateway::{Fixed, Gateway, Ports, Rules},
    methods::{Outside, Providers},
    mode::Mode,
    serve::{self, Capacity, Door},
    settings::{Flags, Settings},
    tickets::MemoryTickets,
    token::TokenGate,
    web_app::WebApp,
};
use hermes_login::port_owner;
use hermes_protocol::methods::{YieldParams, Yielded};
use hermes_storage::{Sealer, Storage};
use hermes_storage_sqlite::SqliteStorage;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{net::TcpListener, sync::mpsc};
use tracing::{info, warn};
use url::Url;

pub(super) use self::hosted::Hosted;
use self::{
    accounts::HostAccounts, announce::Announcement, logs::Logs, signals::Signals, supervisor::State,
};
use super::{Done, audit, config::Found, control::asked, lasting, whose};
use crate::{args::ServeArgs, models::Models, output::Output, world::World};

/// Descriptors that are kept for everything but connections.
const SPARE: u64 = 128;

/// How long the last sockets may take to hear of the end.
const FAREWELL: Duration = Duration::from_millis(100);

/// How long the gateway of a chat may take to give way.
const GIVING_WAY: Duration = Duration::from_secs(10);

/// Runs the gateway until it is told to stop.
pub(crate) fn run(args: &ServeArgs, world: &World, output: Output) -> Done {
    let flags = args.flags();
    leave_no_core();
    let settings = Found::read(world, &flags)?.into_settings(world)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(format!("the gateway cannot start: {error}")))?;
    let logs = Logs::start(settings.log_format, &world.environment)?;
    let served = runtime.block_on(serve(settings, &flags, world, output));
    runtime.shutdown_timeout(FAREWELL);
    drop(logs);
    served
}

/// A core dump would hold every secret that the memory holds.
fn leave_no_core() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A limit may always be lowered; where a sandbox forbids even that, it is no reason not to serve.
    let _ = setrlimit(Resource::Core, none);
}

async fn serve(settings: Settings, flags: &Flags, world: &World, output: Output) -> Done {
    let Signals { reload, mut end } = Signals::listen()
        .map_err(|error| failed(format!("signals cannot be listened for: {error}")))?;
    let tls = tls::open(&settings, world)?;
    if let Some(doubt) = lasting::doubt(world) {
        warn!("the home `{}` {doubt}", world.display(world.home.path()));
    }
    if let Some(stranger) = whose::doubt(world) {
        warn!(
            "the home `{}` {stranger}: its owner will not be able to read what this gateway writes",
            world.display(world.home.path())
        );
    }
    let storage = open_storage(world).await?;
    let listener = bind(&settings).await?;
    let numbers = bind_numbers(&settings).await?;
    let port = listener
        .local_addr()
        .map_err(|error| failed(format!("the port is not known: {error}")))?
        .port();
    let models = Models::open(settings.model.as_ref(), world)?;
    // First of all: the gateway that it takes the place of has written its last word then.
    let place = take_control(world).await;
    let token = token_gate(&settings, &*storage, world).await?;
    let gateway = open(&settings, port, token, Arc::clone(&storage), &models, world).await?;
    let (reloads, asked_to_reload) = mpsc::channel(1);
    let about = About {
        address: Some(here(&settings, port)?.to_string()),
        everywhere: settings.is_everywhere(),
        tls: tls.clone(),
        reloads,
    };
    let announcement = Announcement {
        settings: &settings,
        gateway: &gateway,
        port,
        world,
    };
    announcement.make(output).await?;
    let metrics = numbers.as_ref().and_then(|bound| bound.local_addr().ok());
    let metrics = metrics.map(tracing::field::display);
    info!(port, mode = ?gateway.mode(), metrics, "gateway started");
    supervisor::tell(&world.environment, State::Ready);
    if let Some(numbers) = numbers {
        tokio::spawn(serve::serve_numbers(numbers, Arc::clone(&gateway)));
    }
    let control =
        place.map(|place| tokio::spawn(control::serve(place, Arc::clone(&gateway), about)));
    let door = Door {
        listener,
        tls: tls.clone(),
    };
    let served = serve::serve(door, Arc::clone(&gateway), Capacity::of(connections()));
    let reloading = async {
        let asked = reload::Asked {
            signal: Some(reload),
            socket: asked_to_reload,
        };
        let running = reload::Running {
            started: &settings,
            port,
            flags,
            gateway: &gateway,
            models: &models,
            tls: tls.as_deref(),
        };
        reload::at_each(asked, &running, world).await;
        std::future::pending::<()>().await;
    };
    let stopping = async {
        end.asked().await;
        info!("gateway stopping");
        supervisor::tell(&world.environment, State::Stopping);
        output.say("Stopping: every client is told, and what is under way may end.");
        gateway.stop();
        std::future::pending::<()>().await;
    };
    let living = async {
        supervisor::keep_alive(&world.environment, &*world.ports.clock).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = served => {}
        () = living => {}
        () = stopping => {}
        () = reloading => {}
    }
    // It ends by itself within the same grace. The next gateway comes when nothing more is written.
    let _place = match control {
        Some(control) => control.await.ok(),
        None => None,
    };
    storage.close().await;
    Ok(())
}

/// The control socket. Without one people are served all the same, so that is no reason not to start.
async fn take_control(world: &World) -> Option<Place> {
    let patience = match asked(world, &YieldParams {}).await {
        Ok(Some(Yielded { yields: true })) => GIVING_WAY,
        // None that would: who has the place keeps it.
        Ok(_) | Err(_) => Duration::ZERO,
    };
    match Place::take(&world.home, patience, &*world.ports.clock).await {
        Ok(place) => Some(place),
        Err(error) => {
            let path = world.display(&world.home.gateway_sock());
            warn!(path, reason = %error, "no control socket: commands on this host do not reach this gateway");
            None
        }
    }
}

async fn open_storage(world: &World) -> Result<Arc<dyn Storage>, Failure> {
    let opened = SqliteStorage::open(&world.home.gateway_db()).await;
    let storage = opened.map_err(|error| Failure::of(&error))?;
    Ok(Arc::new(storage))
}

async fn bind(settings: &Settings) -> Result<TcpListener, Failure> {
    let (host, port) = (settings.host.as_str(), settings.port);
    TcpListener::bind((host, port)).await.map_err(|error| {
        let owner = port_owner(port).filter(|_| error.kind() == std::io::ErrorKind::AddrInUse);
        let owner = owner.map(|owner| format!(" ({owner} has it)"));
        let owner = owner.unwrap_or_default();
        let failure = Failure::new(
            Code::GatewayCannotListen,
            format!("the gateway cannot listen on `{host}` port {port}: {error}{owner}"),
        );
        match error.kind() {
            // No port helps on an address that this machine does not have.
            std::io::ErrorKind::AddrNotAvailable => {
                failure.with_next_step("hermes serve --host 127.0.0.1")
            }
            _ => failure,
        }
    })
}

/// Where the numbers for Prometheus are asked for.
async fn bind_numbers(settings: &Settings) -> Result<Option<TcpListener>, Failure> {
    let Some(address) = settings.metrics else {
        return Ok(None);
    };
    let bound = TcpListener::bind(address).await;
    bound.map(Some).map_err(|error| {
        Failure::new(
            Code::GatewayCannotListen,
            format!("the gateway cannot serve its metrics on `{address}`: {error}"),
        )
    })
}

/// What guards the gateway where nobody signs in.
async fn token_gate(
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

async fn open(
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
fn rules(settings: &Settings, port: u16, world: &World) -> Result<Rules, Failure> {
    Ok(Rules::new(
        settings,
        port,
        addresses(),
        providers(settings, world)?,
    ))
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
pub(super) fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces
        .into_iter()
        .map(|interface| interface.ip())
        .collect()
}

/// The addresses by which others reach a gateway that listens on all of them.
pub(super) fn outside() -> impl Iterator<Item = IpAddr> {
    addresses().into_iter().filter(|address| match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(_) => false,
    })
}

/// How many connections the descriptors of this process suffice for.
fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    usize::try_from(limit.saturating_sub(SPARE))
        .unwrap_or(usize::MAX)
        .max(16)
}

/// Where this machine reaches a gateway of these settings.
pub(super) fn here(settings: &Settings, port: u16) -> Result<Url, Failure> {
    settings.here(port).map_err(|error| {
        Failure::new(
            Code::ConfigInvalid,
            format!("`gateway.host` makes no address to ask: {error}"),
        )
    })
}

fn failed(message: String) -> Failure {
    Failure::new(Code::GatewayCannotListen, message)
}
