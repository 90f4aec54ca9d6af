//! `hermes serve`: the gateway, from its settings to its end.

mod announce;
mod logs;
mod signals;
mod supervisor;

use std::{net::IpAddr, sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    control::{self, About, Place},
    serve::{self, Capacity, Door},
    settings::{Flags, Settings},
};
use hermes_host::{
    assembly::{self, addresses, here, open, token_gate},
    certificate,
    config::Found,
    control::make_way,
    leave_no_core,
    models::Models,
    nearby,
    reload::{self, Stage},
};
use hermes_login::{SystemProbe, port_owner};
use hermes_machine::dns_sd::Networks;
use rustix::process::{Resource, getrlimit};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};
use tracing::{info, warn};

use self::{announce::Announcement, logs::Logs, signals::Signals, supervisor::State};
use super::{Done, lasting, whose};
use crate::{args::ServeArgs, output::Output, world::World};

/// Descriptors that are kept for everything but connections.
const SPARE: u64 = 128;

/// How long the last sockets may take to hear of the end.
const FAREWELL: Duration = Duration::from_millis(100);

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

async fn serve(settings: Settings, flags: &Flags, world: &World, output: Output) -> Done {
    let Signals {
        mut reload,
        mut end,
    } = Signals::listen()
        .map_err(|error| failed(format!("signals cannot be listened for: {error}")))?;
    let tls = certificate::open(&settings, world)?;
    if let Some(doubt) = lasting::doubt(world) {
        warn!("the home `{}` {doubt}", world.display(world.home.path()));
    }
    if let Some(stranger) = whose::doubt(world) {
        warn!(
            "the home `{}` {stranger}: its owner will not be able to read what this gateway writes",
            world.display(world.home.path())
        );
    }
    let storage = assembly::storage(world).await?;
    let listener = bind(&settings).await?;
    let numbers = bind_numbers(&settings).await?;
    let bound = listener
        .local_addr()
        .map_err(|error| failed(format!("the port is not known: {error}")))?;
    let port = bound.port();
    let models = Models::open(settings.model.as_ref(), world)?;
    // First of all: the gateway that it takes the place of has written its last word then.
    let place = take_control(world).await;
    let token = token_gate(&settings, &*storage, world).await?;
    let gateway = open(&settings, port, token, Arc::clone(&storage), &models, world).await?;
    let (reloads, asked_to_reload) = mpsc::channel(1);
    let about = About {
        address: Some(here(&settings, port)?.to_string()),
        everywhere: settings.is_everywhere(),
        gives_way: false,
        tls: tls.clone(),
        reloads: reloads.clone(),
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
    let announced = nearby::begin(&settings, bound, &SystemProbe, Networks::shared());
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
        let running = reload::Running {
            started: &settings,
            port,
            flags,
            gateway: &gateway,
            models: &models,
            tls: tls.as_deref(),
        };
        let tell = |stage| {
            let state = match stage {
                Stage::Begun => State::Reloading,
                Stage::Over => State::Ready,
            };
            supervisor::tell(&world.environment, state);
        };
        reload::at_each(asked_to_reload, &running, world, tell).await;
        std::future::pending::<()>().await;
    };
    let hanging_up = async {
        while let Some(()) = reload.recv().await {
            // A signal gets no answer.
            let (asked, _) = oneshot::channel();
            let _ = reloads.send(asked).await;
        }
        std::future::pending::<()>().await;
    };
    let stopping = async {
        end.asked().await;
        info!("gateway stopping");
        supervisor::tell(&world.environment, State::Stopping);
        output.say("Stopping: every client is told, and what is under way may end.");
        // First of all, so that nobody comes any more.
        if let Some(announced) = &announced {
            announced.end(&*world.ports.clock).await;
        }
        gateway.stop();
        std::future::pending::<()>().await;
    };
    let announcing = async {
        if let Some(announced) = &announced {
            announced.watch(&*world.ports.clock).await;
        }
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
        () = hanging_up => {}
        () = announcing => {}
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
    let patience = make_way(world).await;
    match Place::take(&world.home, patience, &*world.ports.clock).await {
        Ok(place) => Some(place),
        Err(error) => {
            let path = world.display(&world.home.gateway_sock());
            warn!(path, reason = %error, "no control socket: commands on this host do not reach this gateway");
            None
        }
    }
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

fn failed(message: String) -> Failure {
    Failure::new(Code::GatewayCannotListen, message)
}
