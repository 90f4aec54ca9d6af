use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::ConnectInfo};
use hermes_machine::{BoxFuture, Clock, Random};
use hermes_protocol::{
    methods::{ConfigGetAnswer, ConfigKey, PublicConfig, SetupStatusAnswer},
    rpc::RpcError,
};
use hermes_secret::Secret;
use hermes_storage::{NewUser, Role, Storage, UserId};
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::{FixedRandom, MovedClock};
use http::{Request, header};
use tower::ServiceExt as _;

use crate::{
    ASSETS,
    audit::{self, Audit},
    gateway::{Gateway, Ports, Rules},
    lifetimes::Lifetimes,
    methods::Methods,
    paths::Paths,
    reach::{Allowed, Reach},
    routes,
    sessions::{Opened, SignedIn},
    settings::Limits,
    site::PublicUrl,
    socket::Answers,
    tickets::MemoryTickets,
    token::TokenGate,
};

/// The token of token mode.
pub(super) const TOKEN: &str = "the-token-of-this-test";

/// A gateway with a database of its own.
pub(super) struct Rig {
    pub(super) gateway: Arc<Gateway>,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) clock: Arc<MovedClock>,
    home: tempfile::TempDir,
}

struct NoAnswers;

impl Answers for NoAnswers {
    fn setup_status(&self) -> BoxFuture<'_, Result<SetupStatusAnswer, RpcError>> {
        Box::pin(std::future::ready(Ok(SetupStatusAnswer {
            provider_configured: false,
        })))
    }

    fn config_get(&self, _: ConfigKey) -> Result<ConfigGetAnswer, RpcError> {
        Ok(ConfigGetAnswer::Full {
            config: PublicConfig::default(),
        })
    }
}

/// An answer, read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: http::HeaderMap,
    pub(super) body: String,
}

impl Answer {
    /// The lines that set cookies.
    pub(super) fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        lines
            .map(|line| line.to_str().unwrap().to_owned())
            .collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Rig {
    /// A gated gateway that has an owner.
    pub(super) async fn gated() -> Self {
        let rig = Self::unclaimed().await;
        rig.add(UserId::owner(), Role::Owner).await;
        rig.gateway.look_for_owner().await.unwrap();
        rig
    }

    /// A gated gateway that nobody owns.
    pub(super) async fn unclaimed() -> Self {
        Self::new(None, None).await
    }

    /// A gateway in token mode.
    pub(super) async fn token() -> Self {
        Self::new(Some(TOKEN), None).await
    }

    /// A gated gateway with an owner, reached at this address.
    pub(super) async fn public(url: &str) -> Self {
        let rig = Self::new(None, Some(url)).await;
        rig.add(UserId::owner(), Role::Owner).await;
        rig.gateway.look_for_owner().await.unwrap();
        rig
    }

    async fn new(token: Option<&str>, public_url: Option<&str>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let clock = MovedClock::at("2026-11-22T00:00:00Z");
        let random = FixedRandom::seeded(11);
        let opened = SqliteStorage::open(&home.path().join("gateway.db")).await;
        let storage: Arc<dyn Storage> = Arc::new(opened.unwrap());
        let public_url = public_url.map(|url| PublicUrl::parse(url).unwrap());
        let ports = Ports {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::clone(&random) as Arc<dyn Random>,
            storage: Arc::clone(&storage),
            tickets: Arc::new(MemoryTickets::new(32)),
            audit: Audit::open(home.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap(),
            answers: Arc::new(NoAnswers),
        };
        let allowed = Allowed {
            non_web_origins: true,
            ..Allowed::default()
        };
        let rules = Rules {
            trust: crate::forwarded::Trust::new(Vec::new(), public_url.clone()),
            reach: Reach::new("127.0.0.1", [], public_url.as_ref(), allowed),
            paths: Paths::with_assets(ASSETS),
            lifetimes: Lifetimes::default(),
            token: token.map(|token| TokenGate::new(Secret::new(token), &*random)),
            names_owner: false,
            limits: limits(),
            cores: 2,
        };
        let methods = Methods {
            passwords: true,
            ..Methods::default()
        };
        let gateway = Gateway::new(ports, rules, methods);
        Self {
            gateway: gateway.await.unwrap(),
            storage,
            clock,
            home,
        }
    }

    /// Adds a user.
    pub(super) async fn add(&self, id: UserId, role: Role) {
        let user = NewUser {
            id,
            login: None,
            display_name: hermes_storage::Label::new(id.as_str()),
            email: None,
            role,
            created_at: self.clock.now(),
            password: None,
            identity: None,
        };
        self.storage.users().create(user).await.unwrap();
    }

    /// A session of this user.
    pub(super) async fn open(&self, user: UserId) -> Opened {
        let who = SignedIn {
            user,
            method: "password".to_owned(),
            client: None,
            address: [127, 0, 0, 1].into(),
            provider: None,
        };
        self.gateway.sessions.open(who).await.unwrap()
    }

    pub(super) fn router(&self) -> Router {
        routes::router(Arc::clone(&self.gateway))
    }

    /// Asks, from 127.0.0.1 unless the request says otherwise.
    pub(super) async fn ask(&self, request: http::request::Builder) -> Answer {
        self.ask_with(request, "").await
    }

    /// The same with a body.
    pub(super) async fn ask_with(&self, request: http::request::Builder, body: &str) -> Answer {
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        let peer: SocketAddr = ([127, 0, 0, 1], 50_000).into();
        request.extensions_mut().insert(ConnectInfo(peer));
        if !request.headers().contains_key(header::HOST) {
            let host = "127.0.0.1:9119".parse().unwrap();
            request.headers_mut().insert(header::HOST, host);
        }
        let answer = self.router().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// What has been audited. The gateway is gone afterwards.
    pub(super) fn audited(self) -> String {
        let Self { gateway, home, .. } = self;
        drop(Arc::into_inner(gateway).expect("nobody else holds the gateway"));
        std::fs::read_to_string(home.path().join(audit::FILE)).unwrap()
    }
}

/// The limits as they are by default.
pub(super) const fn limits() -> Limits {
    Limits {
        sign_ins_per_address: 10,
        sign_ins_per_account: 10,
        sign_ins_in_all: 300,
        tickets_per_session: 32,
        sockets: 16_384,
        sockets_per_session: 32,
        sockets_per_user: 128,
        body_bytes: 1 << 20,
    }
}

pub(super) fn get(path: &str) -> http::request::Builder {
    Request::get(path)
}

pub(super) fn post(path: &str) -> http::request::Builder {
    Request::post(path)
}

/// With the cookies of this session.
pub(super) fn signed(request: http::request::Builder, opened: &Opened) -> http::request::Builder {
    let value = format!("hermes_session_at={}", opened.access.value.expose());
    request.header(header::COOKIE, value)
}
