//! A gateway, its providers, and browsers before it.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::ConnectInfo};
use hermes_gateway::{
    audit::{self, Audit},
    gateway::{Gateway, Ports, Rules},
    methods::{Methods, Outside, Providers},
    paths::Paths,
    router,
    settings::{Flags, Settings, Sources},
    socket::Answers,
    tickets::MemoryTickets,
};
use hermes_machine::{BoxFuture, Clock, Environment, http::Http};
use hermes_protocol::{
    methods::{ConfigGetAnswer, ConfigKey, PublicConfig, SetupStatusAnswer},
    rpc::RpcError,
};
use hermes_storage::{NewUser, Role, Sealer, Storage, UserId};
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::{FixedRandom, MovedClock};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::idp::{ISSUER, Idp, World};

/// The settings of one issuer that lets a few people in.
pub(crate) const ONE: &str = r#"
[[gateway.oidc]]
name = "acme"
display_name = "Acme"
issuer = "https://id.example.com"
client_id = "hermes-gw"
client_secret = "gateway-secret"
allow_emails = ["ada@good.test"]
"#;

struct Fixed;

impl Answers for Fixed {
    fn setup_status(&self) -> BoxFuture<'_, Result<SetupStatusAnswer, RpcError>> {
        let answer = SetupStatusAnswer {
            provider_configured: true,
        };
        Box::pin(std::future::ready(Ok(answer)))
    }

    fn config_get(&self, _: ConfigKey) -> Result<ConfigGetAnswer, RpcError> {
        let config = PublicConfig::default();
        Ok(ConfigGetAnswer::Full { config })
    }
}

/// The gateway.
pub(crate) struct Bench {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) idp: Arc<Idp>,
    pub(crate) other: Arc<Idp>,
    outside: Outside,
    router: Router,
    home: TempDir,
}

impl Bench {
    /// A gateway under these settings, whose owner exists.
    pub(crate) async fn new(settings: &str) -> Self {
        let bench = Self::unowned(settings).await;
        bench.add_owner().await;
        bench
    }

    /// A gateway under these settings that has no owner.
    pub(crate) async fn unowned(settings: &str) -> Self {
        let clock = MovedClock::at("2026-11-22T12:00:00Z");
        let home = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(&home.path().join("gateway.db"))
            .await
            .unwrap();
        let storage: Arc<dyn Storage> = Arc::new(storage);
        let random = FixedRandom::seeded(7);
        let idp = Idp::new(ISSUER, &clock);
        let other = Idp::new("https://other.example.com", &clock);
        let world = World(vec![Arc::clone(&idp), Arc::clone(&other)]);
        let sealer = Sealer::open(&home.path().join("gateway.key"), Arc::clone(&random) as _);
        let outside = Outside {
            http: Arc::new(world) as Arc<dyn Http>,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            sealer: Arc::new(sealer.unwrap()),
        };
        let settings = read(settings);
        let ports = Ports {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random,
            storage: Arc::clone(&storage),
            tickets: Arc::new(MemoryTickets::new(settings.limits.tickets_per_session)),
            audit: Audit::open(home.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap(),
            answers: Arc::new(Fixed),
        };
        let rules = Rules {
            trust: settings.proxy.trust(),
            reach: settings.proxy.reach("127.0.0.1", []),
            paths: Paths::default(),
            lifetimes: settings.lifetimes,
            token: None,
            names_owner: settings.names_owner(),
            limits: settings.limits,
            cores: 1,
        };
        let methods = Methods {
            passwords: false,
            basic: None,
            providers: Providers::new(&settings, &outside),
        };
        let gateway = Gateway::new(ports, rules, methods).await.unwrap();
        Self {
            router: router(Arc::clone(&gateway)),
            gateway,
            storage,
            clock,
            idp,
            other,
            outside,
            home,
        }
    }

    async fn add_owner(&self) {
        let owner = NewUser {
            id: UserId::owner(),
            login: None,
            display_name: None,
            email: None,
            role: Role::Owner,
            created_at: self.clock.now(),
            password: None,
            identity: None,
        };
        self.storage.users().create(owner).await.unwrap();
        // As a minute later: the gateway looks for an owner by itself.
        let keeping = tokio::spawn({
            let gateway = Arc::clone(&self.gateway);
            async move { gateway.keep_up().await }
        });
        self.clock.until_sleeping(3).await;
        self.clock.advance(std::time::Duration::from_secs(60));
        self.clock.until_sleeping(3).await;
        keeping.abort();
        let _ = keeping.await;
    }

    /// Other settings of the same gateway.
    pub(crate) fn reload(&self, settings: &str) {
        self.gateway.set_methods(Methods {
            passwords: false,
            basic: None,
            providers: Providers::new(&read(settings), &self.outside),
        });
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            bench: self,
            cookies: BTreeMap::new(),
            headers: vec![("accept", "text/html")],
            answers: Vec::new(),
        }
    }

    /// A program rather than a browser.
    pub(crate) fn program(&self) -> Browser<'_> {
        Browser {
            headers: Vec::new(),
            ..self.browser()
        }
    }

    /// The lines of the audit log, once the gateway has ended.
    pub(crate) fn audited(self) -> String {
        let path = self.home.path().join(audit::FILE);
        let Self {
            gateway, router, ..
        } = self;
        drop(router);
        drop(Arc::into_inner(gateway).unwrap());
        std::fs::read_to_string(path).unwrap()
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

/// An answer of the gateway.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// Status and body in one line.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.body)
    }
}

/// A client that keeps cookies.
pub(crate) struct Browser<'a> {
    bench: &'a Bench,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// Everything that was answered, to look for what must not be there.
    pub(crate) answers: Vec<String>,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], Body::empty()).await
    }

    pub(crate) async fn post(&mut self, path: &str) -> Answer {
        self.ask("POST", path, &[], Body::empty()).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let sets_host = headers.iter().any(|(name, _)| *name == "host");
        if !sets_host {
            request = request.header(header::HOST, "127.0.0.1:9119");
        }
        for (name, value) in self.headers.iter().chain(headers) {
            request = request.header(*name, *value);
        }
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        let mut request = request.body(body).unwrap();
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = self.bench.router.clone();
        let response = router.oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        self.answers.push(format!("{:?} {body}", head.headers));
        for line in head.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            match rest.split(';').next().unwrap() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// Goes to a provider: the address that the browser is sent to.
    pub(crate) async fn begin(&mut self, method: &str) -> String {
        let answer = self.get(&format!("/auth/login?provider={method}")).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
        answer.location().to_owned()
    }

    /// Signs in at the first provider.
    pub(crate) async fn sign_in(&mut self) -> Answer {
        let there = self.begin("acme").await;
        let back = self.bench.idp.approve(&there);
        self.get(&back).await
    }

    /// Whether the browser is signed in.
    pub(crate) async fn is_in(&mut self) -> bool {
        self.get("/api/auth/me").await.status == StatusCode::OK
    }
}
