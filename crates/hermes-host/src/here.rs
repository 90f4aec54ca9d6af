//! A gateway inside an application, for the person at this computer: on loopback, behind a token that this
//! process alone knows.
//!
//! It is the home's gateway while it runs, with its models, accounts and conversations, and `hermes chat`
//! finds it by the control socket. What the settings say of addresses, names, proxies and certificates does
//! not count: it listens on 127.0.0.1 and nowhere else, at a port that the system chooses, and answers to
//! names of loopback alone. The checks of `Host` and `Origin` are those of every gateway; the application
//! itself asks without a page, and so without an origin.
//!
//! # A home that has users
//!
//! A home may have been claimed, and have users who sign in to the gateway that `hermes serve` runs. It
//! opens here by the token all the same, with the rights of its owner, and that gives nobody more than they
//! have. Who holds the token runs this process as the user whose home it is: they can read the database,
//! and the control socket gives them the owner's rights without asking. Other users of this computer reach
//! the port, and cannot know the token: 32 random bytes in the memory of this process, which are in no file,
//! argument, variable, log or core dump, and gone with it. A cookie of a session opens nothing here, since a gateway
//! has one gate and this one's is the token. What users have stays as it is. The identity providers stay
//! known too, since a session whose provider nobody knows would end at its next renewal.

use std::{fmt, net::Ipv4Addr, sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    control::Place,
    gateway::Gateway,
    serve::{self, Capacity},
    settings::{Flags, Proxy, Settings},
    token::TokenGate,
};
use hermes_protocol::methods::{GatewayMode, HostStatus, HostStatusParams};
use hermes_secret::Secret;
use tokio::{net::TcpListener, sync::watch};
use tracing::info;
use url::Url;

use crate::{
    World, assembly,
    config::Found,
    control::{GIVING_WAY, asked, make_way, not_running},
    leave_no_core,
    own::{Own, take},
    token,
};

/// The bytes of a token.
const TOKEN_BYTES: usize = 32;

/// How many connections are served at once. One application asks, with a few windows.
const CONNECTIONS: usize = 128;

/// How long another gateway may take to give way, or to be ready.
const BEGINNING: Duration = Duration::from_secs(15);

/// How often it is looked whether another one answers.
const LOOK: Duration = Duration::from_millis(100);

/// What beginning comes to.
#[derive(Debug)]
pub enum Begun {
    /// The home's gateway is in this process now.
    Ours(Running),
    /// One runs already, and goes on doing so.
    Theirs(Theirs),
}

/// Begins to run the gateway of this home, unless one runs already. One that a chat runs for itself gives
/// way, and the chat goes on with this one.
///
/// It runs on the runtime that this is awaited on, beside what else the program does, which leaves no core
/// dump from then on. What happens is told to `tracing`. Whoever writes that down hears the crates of
/// others only when they warn: in detail they tell headers, and the token is in one.
///
/// # Errors
///
/// If the settings are not good, something of the home cannot be opened, or there is no port.
pub async fn begin(world: &World) -> Result<Begun, Failure> {
    let settings = inside(Found::read(world, &Flags::default())?.into_settings(world)?);
    let taken = tokio::select! {
        taken = take_place(world) => taken?,
        () = world.ports.clock.sleep(BEGINNING) => {
            return Err(in_between("another one of this home has its place, and does not answer"));
        }
    };
    let place = match taken {
        Taken::ByUs(place) => place,
        Taken::ByThem(status) => return Theirs::of(status, world).map(Begun::Theirs),
    };
    leave_no_core();
    let (listener, port) = bind().await?;
    let address = assembly::here(&settings, port)?;
    let random = &*world.ports.random;
    let token = random.token(TOKEN_BYTES);
    let gate = TokenGate::new(token.clone(), random);
    let own = Own::open(settings, port, Some(gate), world).await?;
    let gateway = Arc::clone(&own.gateway);
    let capacity = Capacity::of(CONNECTIONS);
    let serving = serve::serve(listener.into(), Arc::clone(&gateway), capacity);
    let running = own.run(place, Some(address.to_string()), serving);
    let (over, ended) = watch::channel(());
    tokio::spawn(async move {
        // Dropped at the end, whatever that is.
        let _over = over;
        running.await;
        info!("gateway ended");
    });
    info!(port, mode = ?gateway.mode(), "gateway started");
    Ok(Begun::Ours(Running {
        address,
        token,
        gateway,
        ended,
    }))
}

/// Who has the place of the home's gateway.
enum Taken {
    ByUs(Place),
    ByThem(HostStatus),
}

/// Takes the place, unless somebody has it who listens. Who ends just now is waited for, as whoever begins
/// in the same moment is: they answer once they are ready.
async fn take_place(world: &World) -> Result<Taken, Failure> {
    loop {
        let patience = match asked(world, &HostStatusParams {}).await {
            Ok(Some(status)) if !status.address.is_empty() => return Ok(Taken::ByThem(status)),
            Ok(Some(_)) => make_way(world).await,
            Ok(None) => Duration::ZERO,
            Err(failure) if failure.code == Code::GatewayNotReady => Duration::ZERO,
            Err(failure) => return Err(failure),
        };
        if let Some(place) = take(world, patience).await? {
            return Ok(Taken::ByUs(place));
        }
        world.ports.clock.sleep(LOOK).await;
    }
}

/// The settings of the home, but for where it listens and who is in between.
fn inside(mut settings: Settings) -> Settings {
    settings.host = Ipv4Addr::LOCALHOST.to_string();
    settings.tls = None;
    settings.proxy = Proxy {
        public_url: None,
        trusted_proxies: Vec::new(),
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        // The application is no page.
        non_web_origins: true,
    };
    settings
}

async fn bind() -> Result<(TcpListener, u16), Failure> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let bound = bound.and_then(|listener| {
        let port = listener.local_addr()?.port();
        Ok((listener, port))
    });
    bound.map_err(|error| {
        let message = format!("the gateway cannot listen on 127.0.0.1: {error}");
        Failure::new(Code::GatewayCannotListen, message)
    })
}

fn in_between(why: &str) -> Failure {
    let message = format!("the gateway is not ready: {why}");
    Failure::new(Code::GatewayNotReady, message).with_next_step("hermes status")
}

/// The gateway of this process. To be ended before the process is, so that what was said last is kept;
/// one that is dropped stops too, with nobody waiting for it.
pub struct Running {
    address: Url,
    token: Secret,
    gateway: Arc<Gateway>,
    ended: watch::Receiver<()>,
}

impl Running {
    /// Where it is reached, on this computer alone.
    pub const fn address(&self) -> &Url {
        &self.address
    }

    /// What opens it.
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// Completes when it has ended although nobody here ended it: it gave way to a gateway that is there
    /// for others, and [`successor`] finds that one.
    pub async fn wait(&self) {
        let mut ended = self.ended.clone();
        // Nothing is ever sent. It completes when the other side is gone.
        while ended.changed().await.is_ok() {}
    }

    /// Stops it. A turn that runs is interrupted, what there is of its answer is kept, and the place is
    /// free for the next gateway. All of it happens within a few seconds.
    pub async fn end(self) {
        self.gateway.stop();
        self.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.gateway.stop();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("address", &self.address.as_str())
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// A gateway of this home that another process runs.
#[derive(Clone, Debug)]
pub struct Theirs {
    /// Where this computer reaches it.
    pub address: Url,
    /// What it says of itself, the hash of its certificate included.
    pub status: HostStatus,
    /// What opens it where nobody signs in, as far as the home knows. The token of another application is
    /// in that one's memory.
    pub token: Option<Secret>,
}

impl Theirs {
    fn of(status: HostStatus, world: &World) -> Result<Self, Failure> {
        let address = Url::parse(&status.address);
        let address = address.map_err(|_| in_between("it says no address that is one"))?;
        let token = match status.mode {
            GatewayMode::Token if !status.gives_way => {
                let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
                token::known(&settings, world)?
            }
            _ => None,
        };
        Ok(Self {
            address,
            status,
            token,
        })
    }
}

/// The gateway that [`Running`] gave way to. It takes the place before it answers, so it is waited for:
/// to begin another one would take the place from it.
///
/// # Errors
///
/// If there is none after some seconds, or what opens it cannot be read.
pub async fn successor(world: &World) -> Result<Theirs, Failure> {
    let clock = &world.ports.clock;
    let answers = async {
        loop {
            // One that comes or goes just now is asked again.
            match asked(world, &HostStatusParams {}).await {
                Ok(Some(status)) if !status.address.is_empty() => return status,
                Ok(_) | Err(_) => clock.sleep(LOOK).await,
            }
        }
    };
    tokio::select! {
        status = answers => Theirs::of(status, world),
        () = clock.sleep(GIVING_WAY) => Err(not_running(world)),
    }
}

#[cfg(test)]
mod tests;
