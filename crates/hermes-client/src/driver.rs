//! Drives a connection that comes and goes, whatever it carries.
//!
//! One task holds everything: what the connection is to do next ([`Connection`]), the socket, and what is
//! carried ([`Cargo`]). It counts time in ticks of five seconds, for which it needs no clock that knows the
//! time: what has waited for too long is given up, and a machine that slept in between is noticed by
//! that more time has passed than a tick has.

mod attempt;
mod network;
mod pending;

use std::{
    collections::{BTreeSet, VecDeque},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use hermes_machine::{BoxFuture, Clock, Random};
use jiff::Timestamp;

pub use self::network::{Network, SystemNetwork};
pub(crate) use self::{attempt::first_word, pending::Pending};
use self::{
    attempt::{Attempt, Came},
    pending::TICK,
};
use crate::{Connection, Door, Ended, Happened, Mode, State, ToDo, Wire};

/// How much later than expected a tick may end before the machine is taken to have slept.
const SLEPT: Duration = Duration::from_secs(10);

/// What it takes to reach a gateway, and to reach it again.
pub struct Driver {
    /// The way to the gateway.
    pub door: Arc<dyn Door>,
    /// For waits and ticks.
    pub clock: Arc<dyn Clock>,
    /// For waits that differ from those of other clients.
    pub random: Arc<dyn Random>,
    /// The addresses of this machine.
    pub network: Arc<dyn Network>,
    /// How people got in when it was known last.
    pub mode: Option<Mode>,
}

/// What a connection carries, and for whom. But for [`next`](Self::next) nothing of it waits.
pub(crate) trait Cargo: Send {
    /// Waits until whoever it is carried for has taken something, or wants something. May be dropped
    /// while it waits, and nothing is lost.
    fn next(&mut self) -> impl Future<Output = Wanted> + Send;

    /// Whether so much is still to be told that nothing more is read.
    fn is_full(&self) -> bool;

    /// The connection stands like this now.
    fn stands(&mut self, state: State);

    /// There is a socket, at which the gateway has said this first.
    fn connected(&mut self, ready: String);

    /// The gateway has sent this.
    fn frame(&mut self, frame: &str) -> Result<(), Useless>;

    /// What is to be sent.
    fn frames(&mut self) -> &mut VecDeque<String>;

    /// Asks for a sign that somebody is at the other end.
    fn doubt(&mut self);

    /// Another tick is over.
    fn tick(&mut self) -> Result<(), Useless>;

    /// The socket has ended.
    fn lost(&mut self);
}

/// What whoever a connection is driven for wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing of the connection itself.
    Nothing,
    /// To try again at once.
    Retry,
    /// To go on with a new sign-in, or another token.
    SignedIn,
    /// To stop, since another request was told that the session is over.
    SignedOut,
    /// Nothing more, ever.
    Over,
}

/// The socket is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Useless;

impl Driver {
    /// Carries the cargo until whoever it is carried for is gone.
    pub(crate) async fn run<C: Cargo>(self, cargo: C) {
        let mut run = Run::new(self, cargo);
        let first = run.connection.begin();
        run.say_state();
        run.begin(first);
        loop {
            let step = tokio::select! {
                wanted = run.cargo.next() => match wanted {
                    Wanted::Over => return,
                    wanted => Step::Wanted(wanted),
                },
                step = run.work.next(), if !run.cargo.is_full() => step,
                () = &mut run.tick => Step::Tick,
            };
            run.take(step);
            run.send().await;
        }
    }
}

/// What is under way.
enum Work {
    Nothing,
    Attempt(Attempt),
    Wait(BoxFuture<'static, ()>),
    Open(Box<dyn Wire>),
}

/// What has happened.
enum Step {
    Wanted(Wanted),
    Came(Came),
    Waited,
    Frame(Result<String, Ended>),
    Tick,
}

impl Work {
    /// What comes of it. May be dropped while it waits.
    async fn next(&mut self) -> Step {
        match self {
            Self::Nothing => std::future::pending().await,
            Self::Attempt(attempt) => Step::Came(attempt.await),
            Self::Wait(wait) => {
                wait.await;
                Step::Waited
            }
            Self::Open(wire) => Step::Frame(wire.next().await),
        }
    }
}

struct Run<C> {
    door: Arc<dyn Door>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    network: Arc<dyn Network>,
    connection: Connection,
    cargo: C,
    work: Work,
    tick: BoxFuture<'static, ()>,
    ticked_at: Timestamp,
    /// How long this has run, by ticks.
    age: Duration,
    addresses: BTreeSet<IpAddr>,
    said: Option<State>,
}

impl<C: Cargo> Run<C> {
    fn new(driver: Driver, cargo: C) -> Self {
        let Driver {
            door,
            clock,
            random,
            network,
            mode,
        } = driver;
        Self {
            connection: Connection::new(mode),
            cargo,
            work: Work::Nothing,
            tick: later(&clock, Duration::from_secs(TICK.into())),
            ticked_at: clock.now(),
            age: Duration::ZERO,
            addresses: network.addresses(),
            said: None,
            door,
            clock,
            random,
            network,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Wanted(Wanted::Nothing | Wanted::Over) => {}
            Step::Wanted(Wanted::Retry) => self.stir(),
            Step::Wanted(Wanted::SignedIn) => self.happened(Happened::SignedIn),
            Step::Wanted(Wanted::SignedOut) => self.happened(Happened::Unauthorized),
            Step::Came(Came::Happened(happened)) => {
                self.work = Work::Nothing;
                self.happened(happened);
            }
            Step::Came(Came::Open(wire, ready)) => {
                self.work = Work::Nothing;
                self.happened(Happened::Ready);
                if self.connection.state() == State::Live {
                    self.work = Work::Open(wire);
                    self.cargo.connected(ready);
                }
            }
            Step::Waited => {
                self.work = Work::Nothing;
                self.happened(Happened::Nudged);
            }
            Step::Frame(Ok(frame)) => {
                if self.cargo.frame(&frame) == Err(Useless) {
                    self.happened(Happened::Closed(None));
                }
            }
            Step::Frame(Err(Ended(code))) => self.happened(Happened::Closed(code)),
            Step::Tick => self.tick(),
        }
    }

    /// Sends what is to be sent. Why a socket takes nothing more is the next thing that it says.
    async fn send(&mut self) {
        while let Work::Open(wire) = &mut self.work {
            let Some(frame) = self.cargo.frames().pop_front() else {
                return;
            };
            if wire.send(frame).await.is_err() {
                self.cargo.doubt();
                self.cargo.frames().clear();
                return;
            }
        }
    }

    fn tick(&mut self) {
        let length = Duration::from_secs(TICK.into());
        let now = self.clock.now();
        let passed = Duration::try_from(now.duration_since(self.ticked_at)).unwrap_or_default();
        let slept = passed > length + SLEPT;
        self.age += passed.max(length);
        self.ticked_at = now;
        self.tick = later(&self.clock, length);
        let addresses = self.network.addresses();
        let moved = addresses != self.addresses;
        self.addresses = addresses;
        if self.cargo.tick() == Err(Useless) {
            self.happened(Happened::Closed(None));
        } else if slept || moved {
            self.stir();
        }
    }

    /// Something has changed: what waits is tried, and what looks open is asked whether it is.
    fn stir(&mut self) {
        match self.connection.state() {
            State::Live => self.cargo.doubt(),
            _ => self.happened(Happened::Nudged),
        }
    }

    fn happened(&mut self, happened: Happened) {
        let mut roll = [0; 4];
        self.random.fill(&mut roll);
        let was = self.connection.state();
        let to_do = self
            .connection
            .on(happened, self.age, u32::from_le_bytes(roll));
        let state = self.connection.state();
        if matches!(state, State::NeedsSignIn(_) | State::Refused(_)) {
            self.work = Work::Nothing;
        }
        self.say_state();
        self.begin(to_do);
        if was == State::Live && state != State::Live {
            self.cargo.lost();
        }
    }

    fn begin(&mut self, to_do: ToDo) {
        let (door, clock) = (Arc::clone(&self.door), Arc::clone(&self.clock));
        self.work = match to_do {
            ToDo::Nothing => return,
            ToDo::Probe => Work::Attempt(attempt::probe(door, clock)),
            ToDo::Mint => Work::Attempt(attempt::mint(door, clock)),
            ToDo::OpenByTicket(ticket) => Work::Attempt(attempt::open(door, clock, Some(ticket))),
            ToDo::OpenByToken => Work::Attempt(attempt::open(door, clock, None)),
            ToDo::Wait(pause) => Work::Wait(later(&clock, pause)),
        };
    }

    /// Tells where the connection stands, if it stands somewhere else than when that was told last.
    fn say_state(&mut self) {
        let state = self.connection.state();
        if self.said != Some(state) {
            self.said = Some(state);
            self.cargo.stands(state);
        }
    }
}

fn later(clock: &Arc<dyn Clock>, pause: Duration) -> BoxFuture<'static, ()> {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(pause).await })
}
