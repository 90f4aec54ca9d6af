//! The agent over the credentials of a home.

use std::sync::Arc;

use hermes_agent::{Accounts, End};
use hermes_credentials::{Credentials, PoolStrategy};
use hermes_machine::{Environment, SystemClock, http::BoundedClient};
use hermes_oauth::Ports;
use hermes_providers::Table;
use hermes_testkit::{Answer, FakeProvider, FixedRandom, Issued, Saying, TestHome};
use serde_json::{Value, json};

use crate::rig::{Rig, Turn, whole};

/// A home whose provider is the model server.
struct House {
    rig: Rig,
    home: TestHome,
    fake: FakeProvider,
    provider: &'static str,
}

impl House {
    async fn new(provider: &'static str, mode: &str, entries: Value) -> Self {
        let house = Self {
            rig: Rig::new().await,
            home: TestHome::new(),
            fake: FakeProvider::start().await,
            provider,
        };
        let signs_in = Table::load(None)
            .unwrap()
            .get(provider)
            .unwrap()
            .has_sign_in();
        let mut text = match signs_in {
            true => house.fake.table_override(provider),
            false => format!("[provider.{provider}]\n"),
        };
        let base = house.rig.models.base_url();
        text.push_str(&format!(
            "api = {{ mode = {mode:?}, base_url = {base:?} }}\n"
        ));
        house.home.write_providers_toml(&text);
        house.keep(entries);
        house
    }

    fn keep(&self, entries: Value) {
        let mut pool = json!({});
        pool[self.provider] = entries;
        let file = json!({"version": 1, "providers": {}, "credential_pool": pool});
        self.home.write_auth_json(&file.to_string());
    }

    fn entry(&self, index: usize) -> Value {
        self.home.read_auth_json()["credential_pool"][self.provider][index].clone()
    }

    fn accounts(&self, strategy: PoolStrategy) -> Accounts {
        let path = self.home.providers_toml();
        let text = hermes_machine::file::read_bounded(&path, 1 << 20)
            .unwrap()
            .unwrap();
        let table = Table::load(Some(&String::from_utf8(text).unwrap())).unwrap();
        let provider = table.get(self.provider).unwrap().clone();
        let environment = Environment::default();
        let ports = Ports {
            http: Arc::new(BoundedClient::new(&environment, Arc::new(SystemClock))),
            clock: self.rig.clock.clone(),
            random: FixedRandom::seeded(3),
        };
        let credentials = Credentials::open(self.home.home(), environment, Arc::new(table), ports);
        Accounts::new(credentials, provider, strategy).unwrap()
    }

    async fn turn(&self) -> Turn {
        whole(self.rig.ask(self.accounts(PoolStrategy::FillFirst))).await
    }

    /// The tokens that were shown, in order.
    fn shown(&self) -> Vec<String> {
        let requests = self.rig.models.requests();
        let tokens = requests.iter().map(|request| {
            let header = request.header("authorization").unwrap_or_default();
            header.trim_start_matches("Bearer ").to_owned()
        });
        tokens.collect()
    }
}

fn key(id: &str, priority: u64) -> Value {
    json!({"id": id, "label": id, "auth_type": "api_key", "priority": priority, "source": "manual",
        "access_token": format!("key-CANARY-{id}"), "last_status": null, "request_count": 0})
}

fn two_keys() -> Value {
    json!([key("aaaaaa", 0), key("bbbbbb", 1)])
}

fn account(issued: &Issued) -> Value {
    json!([{"id": "cccccc", "label": "ada", "auth_type": "oauth", "priority": 0,
        "source": "manual:device_code", "access_token": issued.access_token,
        "refresh_token": issued.refresh_token, "client_id": client("xai-oauth"),
        "last_refresh": "2026-11-21T11:59:00Z", "last_status": null}])
}

fn client(provider: &str) -> String {
    let table = Table::load(None).unwrap();
    table.get(provider).unwrap().client_id.clone().unwrap()
}

const FIRST: &str = "key-CANARY-aaaaaa";
const SECOND: &str = "key-CANARY-bbbbbb";

#[tokio::test]
async fn a_limit_is_waited_for_once_and_then_the_next_credential_is_asked() {
    let house = House::new("openrouter", "chat_completions", two_keys()).await;
    let busy = json!({"error": {"code": 429, "message": "slow down"}});
    for _ in 0..2 {
        let answer = Answer::refuses(429, &busy).header("Retry-After", "2");
        house.rig.models.then(answer);
    }
    let turn = house.turn().await;
    assert_eq!(turn.text, "You said: Hello");
    assert_eq!(house.shown(), [FIRST, FIRST, SECOND]);
    assert_eq!(turn.notices.len(), 2, "{turn:?}");
    assert!(turn.notices[0].ends_with("asked again in 2 s"), "{turn:?}");
    assert!(
        turn.notices[1].contains("another credential is asked"),
        "{turn:?}"
    );
    let entry = house.entry(0);
    assert_eq!(entry["last_status"], "exhausted");
    assert_eq!(entry["last_error_code"], 429);
    // The next turn leaves it alone.
    house.turn().await;
    assert_eq!(house.shown().last().unwrap(), SECOND);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_and_used() {
    let house = House::new("xai-oauth", "codex_responses", json!([])).await;
    let issued = house
        .fake
        .issue("xai-oauth", &client("xai-oauth"), "openid");
    house.keep(account(&issued));
    let stale = json!({"error": "[WKE=unauthenticated:bad-credentials]"});
    house.rig.models.then(Answer::refuses(403, &stale));
    house.rig.models.then(Answer::says(Saying::new("Yes.")));
    let turn = house.turn().await;
    assert_eq!(
        (turn.text.as_str(), turn.end),
        ("Yes.", Some(End::Complete))
    );
    let shown = house.shown();
    assert_eq!(shown[0], issued.access_token);
    assert_ne!(shown[1], issued.access_token);
    assert!(house.fake.accepts_access(&shown[1]));
    let sent = house.rig.models.requests().remove(1);
    assert_eq!(sent.header("x-grok-conv-id"), Some("conversation-1"));
}

#[tokio::test]
async fn a_dead_credential_is_told_with_the_command_that_signs_in() {
    let house = House::new("xai-oauth", "codex_responses", json!([])).await;
    let issued = house
        .fake
        .issue("xai-oauth", &client("xai-oauth"), "openid");
    house.keep(account(&issued));
    house
        .fake
        .end_grant(issued.refresh_token.as_deref().unwrap());
    house.rig.models.then(Answer::refuses(
        401,
        &json!({"error": {"code": "invalid_token"}}),
    ));
    let turn = house.turn().await;
    let failure = turn.failure();
    assert_eq!(failure.code, "model.unauthorized");
    assert_eq!(failure.hint, "hermes auth add xai-oauth");
    assert_eq!(house.entry(0)["last_status"], "dead");
    let turn = house.turn().await;
    assert_eq!(turn.failure().hint, "hermes auth add xai-oauth");
    assert_eq!(
        house.rig.models.requests().len(),
        1,
        "nobody was asked again"
    );
}

#[tokio::test]
async fn a_plan_without_the_model_marks_nothing_and_is_not_refreshed() {
    let house = House::new("xai-oauth", "codex_responses", json!([])).await;
    let issued = house
        .fake
        .issue("xai-oauth", &client("xai-oauth"), "openid");
    house.keep(account(&issued));
    let before = house.home.auth_json_text();
    let no = json!({"error": "You do not have an active Grok subscription"});
    house.rig.models.then(Answer::refuses(403, &no));
    let turn = house.turn().await;
    assert_eq!(turn.failure().code, "model.not_entitled");
    assert_eq!(house.home.auth_json_text(), before);
    assert_eq!(house.fake.refreshes(), 0);
}

#[tokio::test]
async fn a_limit_behind_the_provider_marks_nothing() {
    let house = House::new("openrouter", "chat_completions", two_keys()).await;
    let busy = json!({"error": {"code": 429, "message": "x",
        "metadata": {"provider_name": "P", "raw": "busy"}}});
    for _ in 0..3 {
        house.rig.models.then(Answer::refuses(429, &busy));
    }
    let before = house.home.auth_json_text();
    let turn = house.turn().await;
    assert_eq!(turn.failure().code, "model.rate_limited");
    assert!(
        turn.failure()
            .message
            .starts_with("the server behind OpenRouter")
    );
    assert_eq!(house.shown(), [FIRST, FIRST, FIRST]);
    assert_eq!(house.home.auth_json_text(), before);
}

#[tokio::test]
async fn turns_are_spread_over_a_pool_as_it_says() {
    let house = House::new("openrouter", "chat_completions", two_keys()).await;
    let accounts = house.accounts(PoolStrategy::RoundRobin);
    for _ in 0..4 {
        whole(house.rig.ask(accounts.clone())).await;
    }
    let shown = house.shown();
    assert_ne!(shown[0], shown[1]);
    assert_eq!(shown[..2], shown[2..]);
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_how() {
    let house = House::new("nous", "chat_completions", json!([])).await;
    let turn = house.turn().await;
    let failure = turn.failure();
    assert_eq!(failure.code, "auth.not_signed_in");
    assert_eq!(failure.hint, "hermes auth add nous");
    assert!(!failure.retryable);
}
