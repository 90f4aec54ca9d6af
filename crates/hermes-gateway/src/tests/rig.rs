use std::sync::Arc;

use axum::body::Body;
use hermes_machine::{Clock as _, Environment, Home, Random};
use hermes_secret::Secret;
use hermes_storage::{Label, LoginName, NewUser, Role, Sealer, SessionKind, Storage, UserId};
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::{FixedRandom, MovedClock};
use http::{HeaderMap, Request, header};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    aviary,
    clerk::Clerk,
    idp::{ISSUER, Idp, World},
    parrot::Parrot,
    push_services::PushServices,
    web_app,
};
use crate::{
    Front,
    audit::{self, Audit},
    claim,
    gateway::{Fixed, Gateway, Ports, Rules},
    methods::{Outside, Providers},
    mode::Mode,
    passwords::Passwords,
    push::{Identity, PushPorts},
    sessions::{Opened, SignedIn, Terms},
    settings::{Flags, Settings, Sources},
    socket::Answers,
    tickets::{MemoryTickets, TicketStore},
    token::TokenGate,
    web_app::WebApp,
};

/// The password of everybody here.
pub(super) const PASSWORD: &str = "canary-password fourteen geese";

/// The token of token mode here.
pub(super) const TOKEN: &str = "canary-token-0123456789abcdef0123456789";

/// The port that a gateway here would have.
pub(super) const PORT: u16 = 9119;

/// Settings for a gateway with sign-in that this machine alone reaches.
pub(super) const LOCAL: &str = "[gateway]\nhost = \"127.0.0.2\"\n";

/// Settings for a gateway behind a proxy at 10.0.0.1.
pub(super) const GATED: &str = "[gateway.proxy]\npublic_url = \"http://gw.example.com\"\n\
    trusted_proxies = [\"10.0.0.1/32\"]\n";

/// The settings of one issuer that lets a few people in.
pub(super) const ONE: &str = r#"
[[gateway.oidc]]
name = "acme"
display_name = "Acme"
issuer = "https://id.example.com"
client_id = "hermes-gw"
client_secret = "gateway-secret"
allow_emails = ["ada@good.test"]
"#;

/// Settings for a gateway at this address.
pub(super) fn public(url: &str) -> String {
    format!("[gateway.proxy]\npublic_url = \"{url}\"\n")
}

/// A gateway and what is around it.
pub(super) struct Rig {
    pub(super) gateway: Arc<Gateway>,
    /// What its connections see. Like a server it has one: to make one takes longer than most answers.
    front: Front,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) clock: Arc<MovedClock>,
    /// Who answers in its conversations.
    pub(super) parrot: Arc<Parrot>,
    /// Who signs its host in to providers.
    pub(super) clerk: Arc<Clerk>,
    /// Where browsers are told while they are closed.
    pub(super) services: Arc<PushServices>,
    pub(super) idp: Arc<Idp>,
    pub(super) other: Arc<Idp>,
    outside: Outside,
    home: Arc<TempDir>,
}

struct NoAnswers;

impl Answers for NoAnswers {
    fn config_changed_at(&self) -> f64 {
        0.0
    }
}

impl Rig {
    /// A gateway with these settings and an empty database.
    pub(super) async fn with(settings: &str) -> Self {
        let home = Arc::new(tempfile::tempdir().unwrap());
        Self::start(home, MovedClock::at("2026-11-22T12:00:00Z"), settings).await
    }

    /// A gateway with these settings, whose owner exists and has no password.
    pub(super) async fn owned(settings: &str) -> Self {
        let rig = Self::with(settings).await;
        rig.add(UserId::owner(), Role::Owner).await;
        rig.gateway.look_for_owner().await.unwrap();
        rig
    }

    /// A gateway behind a proxy, whose owner signs in as `ada`.
    pub(super) async fn gated() -> Self {
        let rig = Self::with(GATED).await;
        rig.add_login("owner", "ada", &rig.hash(PASSWORD).await)
            .await;
        rig.gateway.look_for_owner().await.unwrap();
        rig
    }

    /// A gateway with these settings, whose tickets are kept by somebody else.
    pub(super) async fn with_tickets(settings: &str, tickets: Arc<dyn TicketStore>) -> Self {
        let home = Arc::new(tempfile::tempdir().unwrap());
        let clock = MovedClock::at("2026-11-22T12:00:00Z");
        Self::compose(home, clock, settings, Some(tickets), web_app::sample()).await
    }

    /// A gateway with these settings, in a program that was built without the web app.
    pub(super) async fn without_web_app(settings: &str) -> Self {
        let home = Arc::new(tempfile::tempdir().unwrap());
        let clock = MovedClock::at("2026-11-22T12:00:00Z");
        Self::compose(home, clock, settings, None, WebApp::default()).await
    }

    /// The same home after a restart.
    pub(super) async fn again(&self, settings: &str) -> Self {
        Self::start(Arc::clone(&self.home), Arc::clone(&self.clock), settings).await
    }

    async fn start(home: Arc<TempDir>, clock: Arc<MovedClock>, settings: &str) -> Self {
        Self::compose(home, clock, settings, None, web_app::sample()).await
    }

    async fn compose(
        home: Arc<TempDir>,
        clock: Arc<MovedClock>,
        settings: &str,
        tickets: Option<Arc<dyn TicketStore>>,
        web_app: WebApp,
    ) -> Self {
        let settings = read(settings);
        let storage = SqliteStorage::open(&home.path().join("home/gateway.db")).await;
        let storage: Arc<dyn Storage> = Arc::new(storage.unwrap());
        let random = FixedRandom::seeded(7);
        let parrot = Arc::new(Parrot::default());
        let clerk = Arc::new(Clerk::default());
        let idp = Idp::new(ISSUER, &clock);
        let other = Idp::new("https://other.example.com", &clock);
        let sealer = Sealer::open(&home.path().join("gateway.key"), Arc::clone(&random) as _);
        let outside = Outside {
            http: Arc::new(World(vec![Arc::clone(&idp), Arc::clone(&other)])),
            clock: Arc::clone(&clock) as _,
            sealer: Arc::new(sealer.unwrap()),
        };
        let services = Arc::new(PushServices::default());
        let identity = Identity::open(&home.path().join("push.key"), &*random);
        let identity = Arc::new(identity.unwrap());
        let push = settings.push.then(|| PushPorts {
            http: Arc::clone(&services) as _,
            identity,
            contact: Some("https://gw.example.com".to_owned()),
        });
        let users = storage.users().list().await.unwrap();
        let token = (settings.mode(!users.is_empty()) == Mode::Token).then(|| {
            let gate = TokenGate::new(Secret::new(TOKEN), &*random);
            gate.with_token_in_page(settings.token_in_page)
        });
        let per_session = settings.limits.tickets_per_session;
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            random: random as Arc<dyn Random>,
            storage: Arc::clone(&storage),
            tickets: tickets.unwrap_or_else(|| Arc::new(MemoryTickets::new(per_session))),
            audit: Audit::open(home.path(), Arc::clone(&clock) as _).unwrap(),
            answers: Arc::new(NoAnswers),
            answering: aviary::answering(&parrot, &clock),
            accounts: Arc::clone(&clerk) as _,
            push,
        };
        let fixed = Fixed {
            token,
            lifetimes: settings.lifetimes,
            limits: settings.limits,
            cores: 2,
            web_app,
        };
        let rules = Rules::new(&settings, PORT, [], Providers::new(&settings, &outside));
        let gateway = Gateway::new(ports, fixed, rules).await.unwrap();
        Self {
            front: Front::new(Arc::clone(&gateway)),
            gateway,
            storage,
            clock,
            parrot,
            clerk,
            services,
            idp,
            other,
            outside,
            home,
        }
    }

    /// Other settings of the same gateway, while it runs.
    pub(super) fn reload(&self, settings: &str) {
        let settings = read(settings);
        let providers = Providers::new(&settings, &self.outside);
        self.gateway
            .set_rules(Rules::new(&settings, PORT, [], providers));
    }

    /// The hash of a password.
    pub(super) async fn hash(&self, password: &str) -> Secret {
        let pool = Passwords::new(1, FixedRandom::seeded(9));
        pool.hash(Secret::new(password)).await.unwrap()
    }

    /// Adds a user who has no way to sign in.
    pub(super) async fn add(&self, id: UserId, role: Role) {
        let user = NewUser {
            id,
            login: None,
            display_name: Label::new(id.as_str()),
            email: None,
            role,
            created_at: self.clock.now(),
            password: None,
            identity: None,
        };
        self.storage.users().create(user).await.unwrap();
    }

    /// Adds a user who signs in by this name and a password.
    pub(super) async fn add_login(&self, id: &str, login: &str, hash: &Secret) {
        let id: UserId = id.parse().unwrap();
        let role = match id == UserId::owner() {
            true => Role::Owner,
            false => Role::Member,
        };
        let user = NewUser {
            id,
            login: Some(login.parse::<LoginName>().unwrap()),
            display_name: Label::new("Ada <b>L.</b>"),
            email: None,
            role,
            created_at: self.clock.now(),
            password: Some(hash.clone()),
            identity: None,
        };
        self.storage.users().create(user).await.unwrap();
    }

    /// A browser's session of this user.
    pub(super) async fn open(&self, user: UserId) -> Opened {
        self.open_as(user, SessionKind::Browser).await
    }

    /// An app's session of this user.
    pub(super) async fn open_app(&self, user: UserId) -> Opened {
        self.open_as(user, SessionKind::App).await
    }

    async fn open_as(&self, user: UserId, kind: SessionKind) -> Opened {
        let who = SignedIn {
            user,
            terms: Terms::Own,
            method: "password".to_owned(),
            kind,
            name: None,
            client: None,
            address: [127, 0, 0, 1].into(),
            authenticated_at: None,
            provider: None,
            passkey: None,
        };
        self.gateway.sessions.open(who).await.unwrap()
    }

    /// Asks, as a program at 192.0.2.1 that is no browser.
    pub(super) async fn ask(&self, request: http::request::Builder, body: &str) -> Answer {
        self.ask_from("192.0.2.1", request, body.to_owned()).await
    }

    /// Asks from this address.
    pub(super) async fn ask_from(
        &self,
        peer: &str,
        request: http::request::Builder,
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = request.body(body.into()).unwrap();
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            let rules = self.gateway.rules();
            let host = match rules.trust.public_url() {
                Some(url) => url.origin.host.to_string(),
                None => "127.0.0.1:9119".to_owned(),
            };
            headers.insert(header::HOST, host.parse().unwrap());
        }
        let answer = self
            .front
            .answer(peer.parse::<std::net::IpAddr>().unwrap(), request)
            .await;
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(get(path).header(header::COOKIE, cookie), "").await
    }

    /// Signs in by JSON.
    pub(super) async fn sign_in(&self, provider: &str, name: &str, password: &str) -> Answer {
        self.sign_in_from("192.0.2.1", provider, name, password)
            .await
    }

    /// Signs in by JSON from this address.
    pub(super) async fn sign_in_from(
        &self,
        peer: &str,
        provider: &str,
        name: &str,
        password: &str,
    ) -> Answer {
        let body = serde_json::json!({
            "provider": provider, "username": name, "password": password,
        });
        let request = json("/auth/password-login");
        self.ask_from(peer, request, body.to_string()).await
    }

    /// The cookies of somebody who is signed in.
    pub(super) async fn signed_in(&self, name: &str) -> String {
        let answer = self.sign_in("password", name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.cookies()
    }

    /// The home that its files are in.
    pub(super) fn home(&self) -> Home {
        Home::at(self.home.path())
    }

    /// The bytes of the database and of what stands beside it.
    pub(super) fn database(&self) -> Vec<u8> {
        let folder = std::fs::read_dir(self.home.path().join("home")).unwrap();
        let files = folder.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.flatten().collect()
    }

    /// The same database, as a command of the host opens it.
    pub(super) async fn elsewhere(&self) -> SqliteStorage {
        let place = self.home.path().join("home/gateway.db");
        SqliteStorage::open(&place).await.unwrap()
    }

    /// The secret of a link that invites this user, who may be there already.
    pub(super) async fn invite(&self, user: &str, role: Role, name: Option<&str>) -> String {
        let (invitations, random) = (self.storage.invitations(), &*self.gateway.ports.random);
        let (user, name) = (user.parse().unwrap(), name.and_then(Label::new));
        let inviting = claim::invite(invitations, user, role, name, &*self.clock, random);
        inviting.await.unwrap().0.expose().to_owned()
    }

    /// What has been audited. The gateway is gone afterwards.
    pub(super) fn audited(self) -> String {
        let Self {
            gateway,
            front,
            home,
            ..
        } = self;
        drop(front);
        drop(Arc::into_inner(gateway).expect("nobody else holds the gateway"));
        std::fs::read_to_string(home.path().join(audit::FILE)).unwrap()
    }
}

fn read(settings: &str) -> Settings {
    let loaded = Settings::load(Sources {
        flags: &Flags::default(),
        environment: &Environment::default(),
        file: Some(settings),
        read_secret: &|_| panic!("no secret is in a file"),
    });
    loaded.unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// An answer of the gateway, read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    /// The value of a header, or nothing.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        self.header("location")
    }

    /// The lines that set cookies.
    pub(super) fn set_cookies(&self) -> Vec<&str> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        lines.map(|line| line.to_str().unwrap()).collect()
    }

    /// The cookies that it sets, as a client sends them back.
    pub(super) fn cookies(&self) -> String {
        let lines = self.set_cookies().into_iter();
        let pairs: Vec<_> = lines.map(|line| line.split(';').next().unwrap()).collect();
        pairs.join("; ")
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status and body in one line.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.status, self.body)
    }
}

pub(super) fn get(path: &str) -> http::request::Builder {
    Request::get(path)
}

pub(super) fn post(path: &str) -> http::request::Builder {
    Request::post(path)
}

/// A request with a body of JSON.
pub(super) fn json(path: &str) -> http::request::Builder {
    post(path).header(header::CONTENT_TYPE, "application/json")
}

/// What a browser sends with a form of our own page.
pub(super) fn form(path: &str) -> http::request::Builder {
    post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "http://gw.example.com")
        .header("sec-fetch-site", "same-origin")
}

/// With the cookies of this session.
pub(super) fn signed(request: http::request::Builder, opened: &Opened) -> http::request::Builder {
    let value = format!("hermes_session_at={}", opened.access.value.expose());
    request.header(header::COOKIE, value)
}
