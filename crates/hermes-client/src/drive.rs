//! Follows a conversation over a connection that comes and goes.
//!
//! One task holds everything: what the connection is to do next ([`Connection`]), the socket, and the
//! conversation. It counts time in ticks of five seconds, for which it needs no clock that knows the
//! time: what has waited for too long is given up, and a machine that slept in between is noticed by
//! that more time has passed than a tick has.

mod attempt;
mod caught;
mod following;
mod network;
mod outbox;
mod pending;
mod words;

use std::{collections::BTreeSet, net::IpAddr, sync::Arc, time::Duration};

use hermes_machine::{BoxFuture, Clock, Random};
use jiff::Timestamp;

pub use self::network::{Network, SystemNetwork};
use self::{
    attempt::{Attempt, Came},
    following::{Following, Useless},
    pending::TICK,
};
use crate::{
    Calls, Connection, Door, Ended, Happened, Mode, State, ToDo, Wire,
    talk::{Backstage, Told, Wish},
};

/// How much later than expected a tick may end before the machine is taken to have slept.
const SLEPT: Duration = Duration::from_secs(10);

/// How much may wait to be told before nothing more is read.
const UNTOLD: usize = 4096;

/// What it takes to follow a conversation.
pub struct Drive {
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
    /// Which kind of client this is, for lists of conversations.
    pub source: String,
}

impl Drive {
    /// Fulfils wishes and calls until whoever shows the conversation is gone.
    pub async fn run(self, mut backstage: Backstage, mut calls: Calls) {
        let mut run = Run::new(self);
        let first = run.connection.begin();
        run.say_state();
        run.begin(first);
        loop {
            let step = tokio::select! {
                permit = backstage.told.reserve(), if !run.following.told.is_empty() => {
                    let (Ok(permit), Some(told)) = (permit, run.following.told.pop_front()) else {
                        return;
                    };
                    permit.send(told);
                    continue;
                }
                wish = backstage.wishes.recv() => match wish {
                    Some(wish) => Step::Wish(wish),
                    None => return,
                },
                Some(asked) = calls.asked.recv() => {
                    run.following.call(asked);
                    Step::Nothing
                }
                step = run.work.next(), if run.following.told.len() < UNTOLD => step,
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
    Nothing,
    Wish(Wish),
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

struct Run {
    door: Arc<dyn Door>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    network: Arc<dyn Network>,
    connection: Connection,
    following: Following,
    work: Work,
    tick: BoxFuture<'static, ()>,
    ticked_at: Timestamp,
    /// How long this has run, by ticks.
    age: Duration,
    addresses: BTreeSet<IpAddr>,
    said: Option<State>,
}

impl Run {
    fn new(drive: Drive) -> Self {
        let Drive {
            door,
            clock,
            random,
            network,
            mode,
            source,
        } = drive;
        Self {
            connection: Connection::new(mode),
            following: Following::new(source),
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
            Step::Nothing => {}
            Step::Wish(Wish::Retry) => self.stir(),
            Step::Wish(Wish::SignedIn) => self.happened(Happened::SignedIn),
            Step::Wish(wish) => self.following.wish(wish),
            Step::Came(Came::Happened(happened)) => {
                self.work = Work::Nothing;
                self.happened(happened);
            }
            Step::Came(Came::Open(wire, ready)) => {
                self.work = Work::Nothing;
                self.happened(Happened::Ready);
                if self.connection.state() == State::Live {
                    self.work = Work::Open(wire);
                    self.following.connected(ready);
                }
            }
            Step::Waited => {
                self.work = Work::Nothing;
                self.happened(Happened::Nudged);
            }
            Step::Frame(Ok(frame)) => {
                if self.following.frame(&frame) == Err(Useless) {
                    self.lost(None);
                }
            }
            Step::Frame(Err(Ended(code))) => self.lost(code),
            Step::Tick => self.tick(),
        }
    }

    /// Sends what is to be sent. Why a socket takes nothing more is the next thing that it says.
    async fn send(&mut self) {
        while let Work::Open(wire) = &mut self.work {
            let Some(frame) = self.following.frames.pop_front() else {
                return;
            };
            if wire.send(frame).await.is_err() {
                self.following.doubt();
                self.following.frames.clear();
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
        if self.following.tick() == Err(Useless) {
            self.lost(None);
        } else if slept || moved {
            self.stir();
        }
    }

    /// Something has changed: what waits is tried, and what looks open is asked whether it is.
    fn stir(&mut self) {
        match self.connection.state() {
            State::Live => self.following.doubt(),
            _ => self.happened(Happened::Nudged),
        }
    }

    fn lost(&mut self, code: Option<u16>) {
        self.work = Work::Nothing;
        self.happened(Happened::Closed(code));
        self.following.lost();
    }

    fn happened(&mut self, happened: Happened) {
        let mut roll = [0; 4];
        self.random.fill(&mut roll);
        let to_do = self
            .connection
            .on(happened, self.age, u32::from_le_bytes(roll));
        self.say_state();
        self.begin(to_do);
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
            self.following.told.push_back(Told::State(state));
        }
    }
}

fn later(clock: &Arc<dyn Clock>, pause: Duration) -> BoxFuture<'static, ()> {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(pause).await })
}
