use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::ConnectInfo};
use hermes_gateway::{
    ASSETS,
    audit::{self, Audit},
    gateway::{Gateway, Ports, Rules},
    methods::{Methods, Providers},
    paths::Paths,
    settings::{Flags, Settings, Sources},
    socket::Answers,
    tickets::MemoryTickets,
    token::TokenGate,
};
use hermes_machine::{BoxFuture, Clock as _, Environment};
use hermes_protocol::{
    methods::{ConfigGetAnswer, ConfigKey, PublicConfig, SetupStatusAnswer},
    rpc::RpcError,
};
use hermes_secret::Secret;
use hermes_storage::{Label, LoginName, NewUser, Role, Storage, UserId};
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::{FixedRandom, MovedClock};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "canary-password fourteen geese";

/// The token of token mode here.
pub(crate) const TOKEN: &str = "canary-token-0123456789abcdef0123456789";

/// The name under which the gateway is reached.
pub(crate) const HOST: &str = "gw.example.com";

/// A gateway and what is around it.
pub(crate) struct Rig {
    pub(crate) directory: Arc<TempDir>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) gateway: Arc<Gateway>,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

struct NoAnswers;

impl Answers for NoAnswers {
    fn setup_status(&self) -> BoxFuture<'_, Result<SetupStatusAnswer, RpcError>> {
        Box::pin(async { Err(RpcError::internal()) })
    }

    fn config_get(&self, _: ConfigKey) -> Result<ConfigGetAnswer, RpcError> {
        Ok(ConfigGetAnswer::Full {
            config: PublicConfig::default(),
        })
    }
}

/// Settings for a gateway behind a proxy at 10.0.0.1.
pub(crate) const GATED: &str = "[gateway.proxy]\npublic_url = \"http://gw.example.com\"\n\
    trusted_proxies = [\"10.0.0.1/32\"]\n";

impl Rig {
    /// A gated gateway whose owner is `ada`.
    pub(crate) async fn gated() -> Self {
        let rig = Self::with(GATED).await;
        rig.add("owner", "ada", &rig.hash(PASSWORD).await).await;
        rig.again(GATED).await
    }

    /// A gateway with these settings and an empty database.
    pub(crate) async fn with(settings: &str) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::start(directory, MovedClock::at("2026-11-22T12:00:00Z"), settings).await
    }

    /// The same home after a restart.
    pub(crate) async fn again(&self, settings: &str) -> Self {
        let directory = Arc::clone(&self.directory);
        Self::start(directory, Arc::clone(&self.clock), settings).await
    }

    async fn start(directory: Arc<TempDir>, clock: Arc<MovedClock>, text: &str) -> Self {
        let settings = Settings::load(Sources {
            flags: &Flags::default(),
            environment: &Environment::default(),
            file: Some(text),
            read_secret: &|_| Err("no file".to_owned()),
        });
        let settings = settings.unwrap();
        let database = directory.path().join("home/gateway.db");
        let storage = SqliteStorage::open(&database).await.unwrap();
        let storage: Arc<dyn Storage> = Arc::new(storage);
        let random = FixedRandom::seeded(7);
        let is_local = settings.proxy.public_url.is_none() && !settings.has_methods();
        let token = is_local.then(|| {
            TokenGate::new(Secret::new(TOKEN), &*random).with_token_in_page(settings.token_in_page)
        });
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            random: random as _,
            storage: Arc::clone(&storage),
            tickets: Arc::new(MemoryTickets::new(settings.limits.tickets_per_session)),
            audit: Audit::open(directory.path(), Arc::clone(&clock) as _).unwrap(),
            answers: Arc::new(NoAnswers),
        };
        let rules = Rules {
            trust: settings.proxy.trust(),
            reach: settings.proxy.reach(&settings.host, []),
            paths: Paths::with_assets(ASSETS),
            lifetimes: settings.lifetimes,
            token,
            names_owner: settings.names_owner(),
            limits: settings.limits,
            cores: 2,
        };
        let methods = Methods {
            passwords: true,
            basic: settings.basic,
            providers: Providers::default(),
        };
        let gateway = Gateway::new(ports, rules, methods).await.unwrap();
        Self {
            directory,
            clock,
            storage,
            router: hermes_gateway::router(Arc::clone(&gateway)),
            gateway,
        }
    }

    /// The hash of a password.
    pub(crate) async fn hash(&self, password: &str) -> Secret {
        let pool = hermes_gateway::passwords::Passwords::new(1, FixedRandom::seeded(9));
        pool.hash(Secret::new(password)).await.unwrap()
    }

    /// Adds a user.
    pub(crate) async fn add(&self, id: &str, login: &str, hash: &Secret) {
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

    /// Asks, as a program at 192.0.2.1 that is no browser.
    pub(crate) async fn ask(&self, request: http::request::Builder, body: &str) -> Answer {
        self.ask_from("192.0.2.1", request, body).await
    }

    /// Asks from this address.
    pub(crate) async fn ask_from(
        &self,
        peer: &str,
        request: http::request::Builder,
        body: &str,
    ) -> Answer {
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 50_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            let host = match self.gateway.mode() {
                hermes_gateway::mode::Mode::Token => "127.0.0.1:9119",
                _ => HOST,
            };
            headers.insert(header::HOST, host.parse().unwrap());
        }
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Request::get(path).header(header::COOKIE, cookie), "")
            .await
    }

    /// Signs in by JSON.
    pub(crate) async fn sign_in(&self, provider: &str, name: &str, password: &str) -> Answer {
        self.sign_in_from("192.0.2.1", provider, name, password)
            .await
    }

    /// Signs in by JSON from this address.
    pub(crate) async fn sign_in_from(
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
        self.ask_from(peer, request, &body.to_string()).await
    }

    /// The cookies of somebody who is signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> String {
        let answer = self.sign_in("password", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.cookies()
    }

    /// Closes the gateway and reads its audit log.
    pub(crate) fn audit(self) -> String {
        let path = self.directory.path().join(audit::FILE);
        let directory = Arc::clone(&self.directory);
        drop(self);
        let text = std::fs::read_to_string(path).unwrap();
        drop(directory);
        text
    }
}

impl Answer {
    /// The value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The cookies that it sets, as a client sends them back.
    pub(crate) fn cookies(&self) -> String {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs: Vec<_> = lines
            .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        pairs.join("; ")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A request with a body of JSON.
pub(crate) fn json(path: &str) -> http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/json")
}

/// What a browser sends with a form of our own page.
pub(crate) fn form(path: &str) -> http::request::Builder {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "http://gw.example.com")
        .header("sec-fetch-site", "same-origin")
}
