use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hermes_credentials::Credentials;
use hermes_login::{
    BrowserOutcome, Event, LoginError, Opener, Person, Place, PlaceKind, SignIn, SignedIn,
    SshConnection, Surroundings, sign_in,
};
use hermes_machine::{BoxFuture, Environment, SystemClock, http::BoundedClient};
use hermes_oauth::{Ports, Registration};
use hermes_providers::{Flow, Provider, Table};
use hermes_testkit::{FakeBrowser, FakeProvider, FixedRandom, MovedClock, Page, TestHome};
use tokio::sync::{mpsc, watch};
use url::Url;

/// A person, as a script: it remembers what it was told, types what the test gives it, and answers
/// questions as the test decided.
pub(crate) struct Actor {
    told: watch::Sender<Vec<Told>>,
    lines: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
    keyboard: Mutex<Option<mpsc::UnboundedSender<String>>>,
    answers: Mutex<VecDeque<bool>>,
    asked: Mutex<Vec<String>>,
    chooses: AtomicBool,
    choose: mpsc::UnboundedSender<Flow>,
    choices: tokio::sync::Mutex<mpsc::UnboundedReceiver<Flow>>,
}

/// An event, as the actor keeps it.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Url(Url),
    Device(String),
    Waiting(Flow, Option<Url>, Duration),
    Hint(String),
    Browser(BrowserOutcome),
    Rejected(String),
    Stray,
    Rung(Flow, Vec<Flow>),
    Failed(Flow, String, Option<Flow>),
    Stalled(Flow, String, Option<String>),
    Other(String),
}

impl Default for Actor {
    fn default() -> Self {
        let (keyboard, lines) = mpsc::unbounded_channel();
        let (choose, choices) = mpsc::unbounded_channel();
        Self {
            chooses: AtomicBool::new(false),
            choose,
            choices: tokio::sync::Mutex::new(choices),
            told: watch::Sender::default(),
            lines: tokio::sync::Mutex::new(lines),
            keyboard: Mutex::new(Some(keyboard)),
            answers: Mutex::default(),
            asked: Mutex::default(),
        }
    }
}

impl Actor {
    pub(crate) fn types(&self, text: &str) {
        let keyboard = self.keyboard.lock().unwrap();
        for line in text.split('\n') {
            keyboard.as_ref().unwrap().send(line.to_owned()).unwrap();
        }
    }

    /// They sit at a terminal and are asked which rung to take.
    pub(crate) fn will_choose(&self) {
        self.chooses.store(true, Ordering::Relaxed);
    }

    /// They press the key of this flow.
    pub(crate) fn chooses(&self, flow: Flow) {
        self.choose.send(flow).unwrap();
    }

    pub(crate) fn ends_input(&self) {
        self.keyboard.lock().unwrap().take();
    }

    /// Answers the next questions; without an answer it says No.
    pub(crate) fn will_say(&self, answers: &[bool]) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.borrow().clone()
    }

    pub(crate) async fn until<T>(&self, find: impl Fn(&Told) -> Option<T>) -> T {
        let mut told = self.told.subscribe();
        loop {
            if let Some(found) = told.borrow_and_update().iter().find_map(&find) {
                return found;
            }
            told.changed().await.unwrap();
        }
    }

    /// Waits for the `n`th event of a kind.
    pub(crate) async fn until_count(&self, n: usize, is: impl Fn(&Told) -> bool) {
        let mut told = self.told.subscribe();
        let enough = |told: &Vec<Told>| told.iter().filter(|event| is(event)).count() >= n;
        told.wait_for(enough).await.unwrap();
    }

    pub(crate) async fn url(&self) -> Url {
        self.until(|told| match told {
            Told::Url(url) => Some(url.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn waiting(&self) -> (Flow, Option<Url>, Duration) {
        self.until(|told| match told {
            Told::Waiting(flow, uri, limit) => Some((*flow, uri.clone(), *limit)),
            _ => None,
        })
        .await
    }

    pub(crate) fn rejections(&self) -> Vec<String> {
        let told = self.told();
        let rejected = told.into_iter().filter_map(|told| match told {
            Told::Rejected(reason) => Some(reason),
            _ => None,
        });
        rejected.collect()
    }

    pub(crate) fn rungs(&self) -> Vec<Flow> {
        let told = self.told();
        let rungs = told.into_iter().filter_map(|told| match told {
            Told::Rung(flow, _) => Some(flow),
            _ => None,
        });
        rungs.collect()
    }
}

impl Person for Actor {
    fn tell(&self, event: Event<'_>) {
        let told = match event {
            Event::AuthorizeUrl { url, .. } => Told::Url(url.clone()),
            Event::DeviceCode(device) => Told::Device(device.user_code.clone()),
            Event::Waiting {
                flow,
                redirect_uri,
                limit,
            } => Told::Waiting(flow, redirect_uri.cloned(), limit),
            Event::Hint(hint) => Told::Hint(hint.lines.join("\n")),
            Event::Browser(outcome) => Told::Browser(outcome),
            Event::PasteRejected { reason } => Told::Rejected(reason),
            Event::Stray { what } => {
                assert!(!what.is_empty());
                Told::Stray
            }
            Event::Rung { flow, why, left } => {
                assert!(!why.is_empty());
                Told::Rung(flow, left.to_vec())
            }
            Event::RungFailed {
                flow, reason, next, ..
            } => Told::Failed(flow, reason, next),
            Event::Stalled {
                flow,
                reason,
                instead,
            } => Told::Stalled(flow, reason, instead),
            other => Told::Other(format!("{other:?}")),
        };
        self.told.send_modify(|all| all.push(told));
    }

    fn line(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async {
            let mut lines = self.lines.lock().await;
            match lines.recv().await {
                Some(line) => Some(line),
                None if lines.is_closed() && self.keyboard.lock().unwrap().is_none() => {
                    // `None` once, then nothing for ever.
                    if self.ended() {
                        std::future::pending::<()>().await;
                    }
                    None
                }
                None => None,
            }
        })
    }

    fn confirm(&self, question: &str) -> BoxFuture<'_, bool> {
        self.asked.lock().unwrap().push(question.to_owned());
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.unwrap_or(false) })
    }

    fn can_choose(&self) -> bool {
        self.chooses.load(Ordering::Relaxed)
    }

    fn choice(&self) -> BoxFuture<'_, Flow> {
        Box::pin(async { self.choices.lock().await.recv().await.unwrap() })
    }
}

impl Actor {
    /// Whether the end of the input was told already; marks it as told.
    fn ended(&self) -> bool {
        let mut ended = true;
        self.told.send_if_modified(|all| {
            let mark = |told: &Told| matches!(told, Told::Other(text) if text == "end of input");
            if !all.iter().any(mark) {
                ended = false;
                all.push(Told::Other("end of input".to_owned()));
            }
            true
        });
        ended
    }
}

/// A browser that opens nothing and remembers what it was to open.
#[derive(Default)]
pub(crate) struct Recorder {
    opened: Mutex<Vec<Url>>,
    refuses: bool,
}

impl Recorder {
    pub(crate) fn refusing() -> Self {
        Self {
            refuses: true,
            ..Self::default()
        }
    }

    pub(crate) fn opened(&self) -> Vec<Url> {
        self.opened.lock().unwrap().clone()
    }
}

impl Opener for Recorder {
    fn open(&self, url: &Url) -> Result<(), String> {
        self.opened.lock().unwrap().push(url.clone());
        match self.refuses {
            true => Err("no browser was found".to_owned()),
            false => Ok(()),
        }
    }
}

/// Everything a sign-in needs, with a provider of the built-in table pointed at the fake one.
pub(crate) struct Rig {
    pub(crate) fake: FakeProvider,
    pub(crate) home: TestHome,
    pub(crate) clock: Arc<MovedClock>,
    /// The clock of the other machine, where there is one.
    pub(crate) laptop_clock: Arc<MovedClock>,
    pub(crate) actor: Actor,
    pub(crate) opener: Recorder,
    pub(crate) place: Place,
    pub(crate) environment: Environment,
    pub(crate) request: SignIn,
    pub(crate) ports: Ports,
    credentials: Credentials,
}

impl Rig {
    pub(crate) async fn new(provider: &str) -> Self {
        let fake = FakeProvider::start().await;
        let overrides = fake.table_override(provider);
        let table = Table::load(Some(&overrides)).unwrap();
        let provider = table.get(provider).unwrap().clone();
        Self::with(fake, table, provider)
    }

    pub(crate) fn with(fake: FakeProvider, table: Table, provider: Provider) -> Self {
        let home = TestHome::new();
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        let environment = home.environment();
        // The wire keeps its own time limits: the moved clock is for waits that mean something.
        let http = BoundedClient::new(&environment, Arc::new(SystemClock));
        let ports = Ports {
            http: Arc::new(http),
            clock: clock.clone(),
            random: FixedRandom::seeded(7),
        };
        let credentials = Credentials::open(
            home.home(),
            environment.clone(),
            Arc::new(table),
            ports.clone(),
        );
        let registration = Registration {
            client_id: (provider.id == "spotify").then(|| "ada-app".to_owned()),
            scope: None,
        };
        Self {
            fake,
            home,
            clock,
            laptop_clock: MovedClock::at("2026-11-21T12:00:00Z"),
            actor: Actor::default(),
            opener: Recorder::default(),
            place: at(PlaceKind::Desktop),
            environment,
            request: SignIn {
                provider,
                flow: None,
                open_browser: true,
                port: None,
                timeout: None,
                label: None,
                registration,
                redirect_uri: None,
                machine_readable: false,
                standing: None,
            },
            ports,
            credentials,
        }
    }

    /// Over SSH, from a laptop.
    pub(crate) fn over_ssh(mut self) -> Self {
        self.place = Place {
            ssh: Some(SshConnection {
                client: None,
                server: "203.0.113.7".parse().ok(),
                port: Some(22),
            }),
            ..at(PlaceKind::Ssh)
        };
        self
    }

    pub(crate) fn by(mut self, flow: Flow) -> Self {
        self.request.flow = Some(flow);
        self
    }

    /// A port of its own for the table's preferred one: tests run side by side.
    pub(crate) fn at_port(mut self, port: u16) -> Self {
        if let Some(loopback) = &mut self.request.provider.loopback {
            loopback.port = port;
        }
        self
    }

    pub(crate) fn around(&self) -> Surroundings<'_> {
        Surroundings {
            place: &self.place,
            person: &self.actor,
            credentials: &self.credentials,
            ports: &self.ports,
            environment: &self.environment,
        }
    }

    pub(crate) async fn signs_in(&self) -> Result<SignedIn, LoginError> {
        sign_in(&self.request, self.around(), &self.opener).await
    }

    /// Signs in while the person goes to the address that is shown and agrees there; the page that
    /// they end up on.
    pub(crate) async fn signs_in_by_browser(
        &self,
        before: impl AsyncFnOnce(&Url),
    ) -> (Result<SignedIn, LoginError>, Page) {
        let act = async {
            let url = self.actor.url().await;
            before(&url).await;
            FakeBrowser.must_visit(&self.fake.authorize(&url)).await
        };
        tokio::join!(self.signs_in(), act)
    }

    /// Somebody approves the code on another device, and the time until it is asked for passes.
    pub(crate) async fn device_is_approved(&self) {
        let code = self.fake.until_device().await;
        self.fake.approve_device(&code);
        self.clock.set_automatic();
    }

    /// What the sign-in saves into.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The same home, as a process sees it that was started under this clock.
    pub(crate) fn credentials_at(&self, clock: Arc<MovedClock>) -> Credentials {
        let table = Table::load(Some(&self.fake.table_override("xai-oauth"))).unwrap();
        let ports = Ports {
            clock,
            ..self.ports.clone()
        };
        Credentials::open(
            self.home.home(),
            self.environment.clone(),
            Arc::new(table),
            ports,
        )
    }

    /// How many codes or device codes were redeemed.
    pub(crate) fn exchanges(&self) -> usize {
        self.fake.requests_to("/token").len()
    }

    /// Whether anything was saved.
    pub(crate) fn saved(&self) -> bool {
        self.home
            .auth_json_text()
            .is_some_and(|text| text.contains("access_token"))
    }
}

pub(crate) fn at(kind: PlaceKind) -> Place {
    let graphical_browser = match kind {
        PlaceKind::Desktop => Ok(()),
        _ => Err("your browser is elsewhere".to_owned()),
    };
    Place {
        kind,
        evidence: Vec::new(),
        user: "ada".to_owned(),
        host: "build7".to_owned(),
        ssh: None,
        inside: Vec::new(),
        graphical_browser,
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

/// The value of a query parameter.
pub(crate) fn param(url: &Url, name: &str) -> String {
    let mut pairs = url.query_pairs();
    let (_, value) = pairs.find(|(found, _)| found == name).unwrap();
    value.into_owned()
}

/// The URL with one query parameter replaced, or removed.
pub(crate) fn with_param(url: &Url, name: &str, value: Option<&str>) -> Url {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut changed = url.clone();
    let mut query = changed.query_pairs_mut();
    query.clear();
    for (found, old) in &pairs {
        if found != name {
            query.append_pair(found, old);
        }
    }
    if let Some(value) = value {
        query.append_pair(name, value);
    }
    drop(query);
    changed
}
