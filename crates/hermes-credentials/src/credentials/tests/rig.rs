use std::{sync::Arc, time::Duration};

use hermes_machine::{
    Clock, Environment, SystemClock,
    http::{BoundedClient, Http},
};
use hermes_oauth::{Ports, TokenSet};
use hermes_providers::{Flow, Provider, Table};
use hermes_secret::Secret;
use hermes_testkit::{FakeProvider, FixedRandom, Issued, MovedClock, TestHome};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Credentials, Saved};

pub(super) const NOON: &str = "2026-11-21T12:00:00Z";

/// A home, a provider, and a clock that both go by.
pub(super) struct Rig {
    pub(super) home: TestHome,
    pub(super) fake: FakeProvider,
    pub(super) clock: Arc<MovedClock>,
    pub(super) environment: Environment,
    pub(super) credentials: Credentials,
}

impl Rig {
    pub(super) async fn new(providers: &[&str]) -> Self {
        Self::with(providers, Environment::default()).await
    }

    pub(super) async fn with(providers: &[&str], environment: Environment) -> Self {
        let clock = MovedClock::at(NOON);
        let fake = FakeProvider::start_with_clock(clock.clone()).await;
        let home = TestHome::new();
        // The fake's vendors have no revocation, as the real ones have none; xAI gets the standard
        // one.
        let revocation = format!("endpoints = {{ revocation = \"{}\",", fake.url("/revoke"));
        let overrides = providers.iter().map(|id| match *id {
            "xai-oauth" => fake
                .table_override(id)
                .replace("endpoints = {", &revocation),
            _ => fake.table_override(id),
        });
        let overrides: Vec<_> = overrides.collect();
        home.write_providers_toml(&overrides.join("\n"));
        let mut rig = Self {
            credentials: open(&home, &environment, clock.clone(), web()),
            home,
            fake,
            clock,
            environment,
        };
        rig.credentials = rig.another();
        rig
    }

    /// The same home as another process would open it.
    pub(super) fn another(&self) -> Credentials {
        open(&self.home, &self.environment, self.clock.clone(), web())
    }

    pub(super) fn provider(&self, id: &str) -> Provider {
        table(&self.home).get(id).unwrap().clone()
    }

    pub(super) fn client_id(&self, id: &str) -> String {
        self.provider(id)
            .client_id
            .unwrap_or_else(|| "my-app".to_owned())
    }

    /// Signs in without the browser: the tokens are real ones of the fake provider.
    pub(super) async fn sign_in(&self, id: &str, label: Option<&str>) -> (Saved, Issued) {
        let issued = self
            .fake
            .issue(id, &self.client_id(id), "openid offline_access");
        let saved = self.save(id, &issued, None, label).await;
        (saved, issued)
    }

    pub(super) async fn save(
        &self,
        id: &str,
        issued: &Issued,
        account: Option<&str>,
        label: Option<&str>,
    ) -> Saved {
        let mut tokens = token_set(issued, self.clock.now());
        tokens.account = account.map(ToOwned::to_owned);
        let provider = self.provider(id);
        let redirect = "http://127.0.0.1:56121/callback".parse().unwrap();
        self.credentials
            .save_sign_in(
                &provider,
                provider.flows[0],
                &self.client_id(id),
                (provider.flows[0] == Flow::Loopback).then_some(&redirect),
                label,
                &tokens,
            )
            .await
            .unwrap()
    }

    /// Moves the clock beyond the end of every token.
    pub(super) fn a_day_later(&self) {
        self.clock.advance(Duration::from_secs(86_400));
    }

    pub(super) async fn token(&self, id: &str) -> String {
        let token = self.credentials.access_token(id).await.unwrap();
        token.token.expose().to_owned()
    }

    /// The pool's entry at this place.
    pub(super) fn entry(&self, id: &str, position: usize) -> Value {
        self.home.read_auth_json()["credential_pool"][id][position].clone()
    }
}

pub(super) fn token_set(issued: &Issued, now: Timestamp) -> TokenSet {
    let mut tokens = TokenSet::new(Secret::new(issued.access_token.as_str()), now);
    tokens.refresh_token = issued.refresh_token.clone().map(Secret::new);
    tokens.id_token = issued.id_token.clone().map(Secret::new);
    tokens.expires_in = issued.expires_in;
    tokens.expires_at = issued
        .expires_in
        .map(|life| now.checked_add(Duration::from_secs(life)).unwrap());
    tokens.scope = Some(issued.scope.clone());
    tokens
}

pub(super) fn table(home: &TestHome) -> Arc<Table> {
    let path = home.providers_toml();
    let bytes = hermes_machine::file::read_bounded(&path, 1 << 20).unwrap();
    let text = bytes.map(|bytes| String::from_utf8(bytes).unwrap());
    Arc::new(Table::load(text.as_deref()).unwrap())
}

pub(super) fn web() -> Arc<dyn Http> {
    web_by(Arc::new(SystemClock))
}

/// A client whose time limits go by this clock.
pub(super) fn web_by(clock: Arc<dyn Clock>) -> Arc<dyn Http> {
    Arc::new(BoundedClient::new(&Environment::default(), clock))
}

pub(super) fn open(
    home: &TestHome,
    environment: &Environment,
    clock: Arc<dyn Clock>,
    http: Arc<dyn Http>,
) -> Credentials {
    let ports = Ports {
        http,
        clock,
        random: Arc::new(FixedRandom::default()),
    };
    Credentials::open(home.home(), environment.clone(), table(home), ports)
}
