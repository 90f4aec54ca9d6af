//! A gateway of one conversation, the way to it, and somebody who looks: all in one process, under a
//! clock that is moved. Its frames are read and written by the gateway's own end of the protocol.

mod gateway;
mod screen;

use std::{
    collections::{BTreeSet, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use hermes_client::{
    Calls, Door, Drive, Driver, Ended, Happened, Minted, Mode, Network, Rpc, State, Wire, calls,
    talk::{self, Instead, Prompt, Talk, Told, Which, Wish},
};
use hermes_machine::BoxFuture;
use hermes_secret::Secret;
use hermes_testkit::{FixedRandom, MovedClock};
use tokio::{sync::Notify, task::JoinHandle};

pub(crate) use self::{
    gateway::{Gateway, Kind},
    screen::Screen,
};

/// What a step of the way to the gateway meets, in place of what it should.
#[derive(Debug, Default)]
pub(crate) struct Weather {
    /// What the next probes come to.
    pub(crate) probes: VecDeque<Happened>,
    /// What the next questions for a ticket come to.
    pub(crate) mints: VecDeque<Happened>,
    /// What the next openings come to.
    pub(crate) opens: VecDeque<Happened>,
    /// After how many frames, both ways counted together, a socket ends, and how; one for each socket.
    pub(crate) cuts: VecDeque<(usize, Option<u16>)>,
    /// Whether sockets are silent, and take everything.
    pub(crate) is_hollow: bool,
    /// How often each was asked: probes, tickets, sockets.
    pub(crate) asked: (usize, usize, usize),
}

pub(crate) struct Stage {
    pub(crate) gateway: Arc<Mutex<Gateway>>,
    pub(crate) weather: Arc<Mutex<Weather>>,
    pub(crate) network: Arc<Addresses>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) talk: Talk,
    pub(crate) rpc: Rpc,
    pub(crate) screen: Screen,
    pub(crate) driver: JoinHandle<()>,
    calls: usize,
}

#[derive(Default)]
pub(crate) struct Addresses(Mutex<BTreeSet<IpAddr>>);

impl Addresses {
    pub(crate) fn add(&self, address: &str) {
        lock(&self.0).insert(address.parse().unwrap());
    }
}

impl Network for Addresses {
    fn addresses(&self) -> BTreeSet<IpAddr> {
        lock(&self.0).clone()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl Stage {
    /// A gateway of this kind, and a client that has begun to reach it in this weather.
    pub(crate) fn new(kind: Kind, weather: Weather) -> Self {
        Self::of(Gateway::new(kind), weather)
    }

    pub(crate) fn of(gateway: Gateway, weather: Weather) -> Self {
        let gateway = Arc::new(Mutex::new(gateway));
        let weather = Arc::new(Mutex::new(weather));
        let network = Arc::new(Addresses::default());
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        let (talk, backstage) = talk::line();
        let (rpc, calls): (Rpc, Calls) = calls();
        let drive = Drive {
            driver: Driver {
                door: Arc::new(Way {
                    gateway: Arc::clone(&gateway),
                    weather: Arc::clone(&weather),
                }),
                clock: Arc::clone(&clock) as _,
                random: FixedRandom::seeded(7),
                network: Arc::clone(&network) as _,
                mode: None,
            },
            source: "test".to_owned(),
        };
        Self {
            gateway,
            weather,
            network,
            clock,
            talk,
            rpc,
            screen: Screen::default(),
            driver: tokio::spawn(drive.run(backstage, calls)),
            calls: 0,
        }
    }

    pub(crate) async fn wish(&self, wish: Wish) {
        self.talk.wishes.send(wish).await.unwrap();
    }

    pub(crate) async fn open(&self) {
        self.wish(Wish::Open(Which::Latest)).await;
    }

    /// Says something, under a name of its own.
    pub(crate) async fn say(&mut self, text: &str) {
        self.say_instead(text, None).await;
    }

    /// The same in place of others.
    pub(crate) async fn say_instead(&mut self, text: &str, instead: Option<Instead>) {
        self.calls += 1;
        let prompt = Prompt::new(format!("p{}", self.calls), text);
        self.wish(Wish::Say(Prompt { instead, ..prompt })).await;
    }

    /// Takes in what is told until something is as it should be. Waits of the connection pass at once.
    pub(crate) async fn until(&mut self, what: &str, is: impl Fn(&Screen) -> bool) {
        for _ in 0..2_000 {
            if is(&self.screen) {
                return;
            }
            let told = self.told().await;
            if let Told::State(State::Waiting(pause, _)) = told {
                self.pass(pause).await;
            }
        }
        panic!("{what} never came: {:#?}", self.screen);
    }

    /// Lets time pass, in steps that are no longer than a tick.
    pub(crate) async fn pass(&self, pause: Duration) {
        let mut left = pause;
        while !left.is_zero() {
            let step = left.min(Duration::from_secs(5));
            settle().await;
            self.clock.advance(step);
            left -= step;
        }
        settle().await;
    }

    /// Takes in what is told next.
    pub(crate) async fn told(&mut self) -> Told {
        let told = self.talk.told.recv();
        let told = tokio::time::timeout(Duration::from_secs(20), told).await;
        let told = told.unwrap_or_else(|_| panic!("nothing is told any more: {:#?}", self.screen));
        let told = told.expect("the client lives");
        self.screen.take(told.clone());
        told
    }

    pub(crate) async fn until_state(&mut self, is: impl Fn(&State) -> bool) -> State {
        loop {
            if let Told::State(state) = self.told().await
                && is(&state)
            {
                return state;
            }
        }
    }

    pub(crate) async fn until_live(&mut self) {
        self.until("a connection", |screen| screen.state == Some(State::Live))
            .await;
    }

    /// Lets this many ticks pass, with nothing else to wait for.
    pub(crate) async fn ticks(&self, count: usize) {
        for _ in 0..count {
            self.clock.until_sleeping(1).await;
            self.clock.advance(Duration::from_secs(5));
            settle().await;
        }
    }

    /// Everything that is told without anything else happening.
    pub(crate) async fn rest(&mut self) {
        settle().await;
        while let Ok(told) = self.talk.told.try_recv() {
            self.screen.take(told);
            settle().await;
        }
    }
}

/// Lets the client do what it can do at once: there is one thread, and everybody gets a turn.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

struct Way {
    gateway: Arc<Mutex<Gateway>>,
    weather: Arc<Mutex<Weather>>,
}

impl Door for Way {
    fn probe(&self) -> BoxFuture<'_, Happened> {
        let mut weather = lock(&self.weather);
        weather.asked.0 += 1;
        let happened = weather.probes.pop_front();
        Box::pin(std::future::ready(
            happened.unwrap_or(Happened::Probed(Mode::SignIn)),
        ))
    }

    fn mint(&self) -> BoxFuture<'_, Happened> {
        let mut weather = lock(&self.weather);
        weather.asked.1 += 1;
        let ticket = || Happened::Minted(Minted::Ticket(Secret::new("T")));
        let happened = weather.mints.pop_front().unwrap_or_else(ticket);
        Box::pin(std::future::ready(happened))
    }

    fn open(&self, ticket: Option<Secret>) -> BoxFuture<'_, Result<Box<dyn Wire>, Happened>> {
        assert!(ticket.is_some(), "each socket has a ticket");
        let mut weather = lock(&self.weather);
        weather.asked.2 += 1;
        let refused = weather.opens.pop_front();
        let cut = weather.cuts.pop_front();
        Box::pin(async move {
            if let Some(happened) = refused {
                return Err(happened);
            }
            let news = lock(&self.gateway).opened();
            Ok(Box::new(Cable {
                gateway: Arc::clone(&self.gateway),
                weather: Arc::clone(&self.weather),
                news,
                cut,
            }) as Box<dyn Wire>)
        })
    }
}

/// A socket that ends when it is told to.
struct Cable {
    gateway: Arc<Mutex<Gateway>>,
    weather: Arc<Mutex<Weather>>,
    news: Arc<Notify>,
    cut: Option<(usize, Option<u16>)>,
}

impl Cable {
    /// One more frame goes through, unless this was the last.
    fn passes(&mut self) -> Result<(), Ended> {
        match &mut self.cut {
            Some((0, code)) => {
                lock(&self.gateway).closed();
                Err(Ended(*code))
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Wire for Cable {
    fn send(&mut self, frame: String) -> BoxFuture<'_, Result<(), Ended>> {
        let passes = self.passes();
        if passes.is_ok() && !lock(&self.weather).is_hollow {
            lock(&self.gateway).asked(&frame);
        }
        Box::pin(std::future::ready(passes))
    }

    fn next(&mut self) -> BoxFuture<'_, Result<String, Ended>> {
        Box::pin(async move {
            loop {
                let news = Arc::clone(&self.news);
                let waiting = news.notified();
                let ended = lock(&self.gateway).ended.take();
                if let Some(ended) = ended {
                    lock(&self.gateway).closed();
                    return Err(ended);
                }
                if matches!(self.cut, Some((0, _))) {
                    self.passes()?;
                }
                let speaks = !lock(&self.weather).is_hollow;
                let frame = speaks.then(|| lock(&self.gateway).says()).flatten();
                if let Some(frame) = frame {
                    self.passes()?;
                    return Ok(frame);
                }
                waiting.await;
            }
        })
    }
}
