//! What becomes of a credential that a provider refused, row by row.

use hermes_machine::Environment;
use hermes_secret::Secret;
use hermes_testkit::Scripted;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::rig::{NOON, Rig};
use crate::{Afterwards, PoolStrategy, Refusal, RefusalKind, State};

const ID: &str = "openrouter";

fn refusal(kind: RefusalKind) -> Refusal {
    Refusal {
        kind,
        message: "no".to_owned(),
        until: None,
        before: 0,
    }
}

fn unauthorized(reason: &str) -> RefusalKind {
    RefusalKind::Unauthorized {
        reason: Some(reason.to_owned()),
    }
}

fn later(refusal: Refusal, before: u32) -> Refusal {
    Refusal { before, ..refusal }
}

fn key(id: &str, priority: u64, token: &str) -> Value {
    json!({"id": id, "label": id, "auth_type": "api_key", "priority": priority, "source": "manual",
        "access_token": token, "last_status": null, "last_status_at": null, "last_error_code": null,
        "last_error_reason": null, "last_error_message": null, "last_error_reset_at": null,
        "request_count": 0})
}

/// Keys `key-a`, `key-b`, …, in this order.
async fn keys(count: u64) -> Rig {
    let rig = Rig::new(&[]).await;
    let letters = ["a", "b", "c"];
    let entries: Vec<Value> = (0..count)
        .zip(letters)
        .map(|(at, letter)| key(&letter.repeat(6), at, &format!("key-{letter}")))
        .collect();
    let file = json!({"version": 1, "providers": {}, "credential_pool": {ID: entries}});
    rig.home.write_auth_json(&file.to_string());
    rig
}

async fn refused(rig: &Rig, id: &str, token: &str, refusal: Refusal) -> Afterwards {
    let token = Secret::new(token);
    let after = rig.credentials.refused(id, &token, &refusal).await;
    after.unwrap()
}

/// Until when the first credential rests.
fn rests_until(rig: &Rig, id: &str) -> Option<String> {
    let status = rig.credentials.status(id).unwrap();
    match &status.entries[0].state {
        State::CoolingDown { until, .. } => Some(until.to_string()),
        _ => None,
    }
}

#[tokio::test]
async fn each_refusal_leaves_the_mark_of_its_row() {
    use Afterwards::{Again, Nobody, Other};
    use RefusalKind::{Billing, NotEntitled, QuotaSpent, RateLimited, Upstream};
    let five = Some("2026-11-21T12:05:00Z");
    let hour = Some("2026-11-21T13:00:00Z");
    for (refusal, after, until) in [
        (refusal(Billing), Other, hour),
        (refusal(RateLimited), Again, None),
        (later(refusal(RateLimited), 1), Other, hour),
        (refusal(QuotaSpent), Other, hour),
        (refusal(Upstream), Again, None),
        (refusal(unauthorized("invalid_api_key")), Other, five),
        (
            refusal(RefusalKind::Unauthorized { reason: None }),
            Other,
            five,
        ),
        (refusal(NotEntitled), Nobody, None),
    ] {
        let rig = keys(2).await;
        let before = rig.home.auth_json_text();
        let told = refused(&rig, ID, "key-a", refusal.clone()).await;
        assert_eq!(told, after, "{refusal:?}");
        assert_eq!(rests_until(&rig, ID).as_deref(), until, "{refusal:?}");
        let next = rig.token(ID).await;
        let expected = if until.is_some() { "key-b" } else { "key-a" };
        assert_eq!(next, expected, "{refusal:?}");
        if until.is_none() {
            assert_eq!(rig.home.auth_json_text(), before, "{refusal:?}");
        }
        rig.clock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(
            rig.token(ID).await,
            "key-a",
            "its rest is over: {refusal:?}"
        );
    }
}

#[tokio::test]
async fn the_words_of_the_mark_are_upstreams() {
    let rig = keys(2).await;
    let until: Timestamp = "2026-11-21T12:30:00Z".parse().unwrap();
    let quota = Refusal {
        until: Some(until),
        ..refusal(RefusalKind::QuotaSpent)
    };
    refused(&rig, ID, "key-a", quota).await;
    let entry = rig.entry(ID, 0);
    let noon = NOON.parse::<Timestamp>().unwrap().as_second();
    assert_eq!(entry["last_status"], "exhausted");
    assert_eq!(entry["last_status_at"], json!(noon as f64));
    assert_eq!(entry["last_error_code"], 429);
    assert_eq!(entry["last_error_message"], "no");
    assert_eq!(entry["last_error_reset_at"], json!((noon + 1800) as f64));
    assert_eq!(
        rests_until(&rig, ID).as_deref(),
        Some("2026-11-21T12:30:00Z")
    );
    assert_eq!(rig.credentials.reset(ID).await.unwrap(), 1);
    assert_eq!(rests_until(&rig, ID), None);
}

#[tokio::test]
async fn the_named_words_are_a_death() {
    for word in super::super::refused::DEAD {
        let rig = keys(2).await;
        let told = refused(&rig, ID, "key-a", refusal(unauthorized(word))).await;
        assert_eq!(told, Afterwards::Other, "{word}");
        let entry = rig.entry(ID, 0);
        assert_eq!(entry["last_status"], "dead", "{word}");
        assert_eq!(entry["last_error_reason"], word);
        rig.a_day_later();
        assert_eq!(rig.token(ID).await, "key-b", "{word}");
        assert_eq!(rig.credentials.reset(ID).await.unwrap(), 1);
        assert_eq!(rig.token(ID).await, "key-a", "{word}");
    }
}

#[tokio::test]
async fn the_only_key_does_not_rest_for_a_passing_limit() {
    let rig = keys(1).await;
    let before = rig.home.auth_json_text();
    let limit = later(refusal(RefusalKind::RateLimited), 1);
    let told = refused(&rig, ID, "key-a", limit.clone()).await;
    assert_eq!(told, Afterwards::Again);
    assert_eq!(rig.home.auth_json_text(), before);
    let named = Refusal {
        until: Some("2026-11-21T12:00:30Z".parse().unwrap()),
        ..limit
    };
    refused(&rig, ID, "key-a", named).await;
    assert_eq!(
        rests_until(&rig, ID).as_deref(),
        Some("2026-11-21T12:00:30Z"),
        "the provider has said how long"
    );
}

#[tokio::test]
async fn the_credential_is_found_by_its_token() {
    let rig = keys(3).await;
    refused(&rig, ID, "key-b", refusal(RefusalKind::Billing)).await;
    assert_eq!(rig.entry(ID, 0)["last_status"], Value::Null);
    assert_eq!(rig.entry(ID, 1)["last_status"], "exhausted");
    let before = rig.home.auth_json_text();
    let told = refused(&rig, ID, "key-of-yesterday", refusal(RefusalKind::Billing)).await;
    assert_eq!(told, Afterwards::Renewed, "somebody has replaced it");
    assert_eq!(rig.home.auth_json_text(), before);
}

#[tokio::test]
async fn a_key_of_the_environment_rests_as_well_and_is_not_written() {
    let environment = Environment::from([("OPENROUTER_API_KEY", "key-CANARY-env")]);
    let rig = Rig::with(&[], environment).await;
    let told = refused(&rig, ID, "key-CANARY-env", refusal(RefusalKind::Billing)).await;
    assert_eq!(told, Afterwards::Nobody);
    assert!(rests_until(&rig, ID).is_some());
    let entry = rig.entry(ID, 0);
    assert_eq!(entry["source"], "env:OPENROUTER_API_KEY");
    assert!(!rig.home.auth_json_text().unwrap().contains("CANARY"));
}

#[tokio::test]
async fn an_account_is_refreshed_twice_and_then_rests() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    let mut token = issued.access_token;
    let refused_as = |before| later(refusal(unauthorized("expired")), before);
    for before in 0..2 {
        let told = refused(&rig, "xai-oauth", &token, refused_as(before)).await;
        assert_eq!(told, Afterwards::Renewed);
        let renewed = rig.token("xai-oauth").await;
        assert_ne!(renewed, token);
        token = renewed;
    }
    assert_eq!(rig.fake.refreshes(), 2);
    let told = refused(&rig, "xai-oauth", &token, refused_as(2)).await;
    assert_eq!(told, Afterwards::Nobody);
    assert_eq!(rig.fake.refreshes(), 2);
    assert_eq!(
        rests_until(&rig, "xai-oauth").as_deref(),
        Some("2026-11-21T12:05:00Z")
    );
}

#[tokio::test]
async fn a_refresh_that_is_refused_ends_the_sign_in_and_one_that_fails_does_not() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    rig.fake.next("/oauth2/token", Scripted::Status(503));
    let word = refusal(unauthorized("token_revoked"));
    let told = refused(&rig, "xai-oauth", &issued.access_token, word.clone()).await;
    assert_eq!(told, Afterwards::Nobody);
    assert_eq!(rig.entry("xai-oauth", 0)["last_status"], "exhausted");
    assert!(
        rig.home
            .auth_json_text()
            .unwrap()
            .contains(&issued.access_token)
    );
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    rig.fake.end_grant(issued.refresh_token.as_deref().unwrap());
    let told = refused(&rig, "xai-oauth", &issued.access_token, word).await;
    assert_eq!(told, Afterwards::Nobody);
    assert_eq!(rig.entry("xai-oauth", 0)["last_status"], "dead");
}

#[tokio::test]
async fn strategies_take_the_credentials_in_their_order() {
    let rig = keys(3).await;
    let take = async |strategy| {
        let token = rig.credentials.next_token(ID, strategy).await.unwrap();
        token.token.expose().to_owned()
    };
    for _ in 0..3 {
        assert_eq!(take(PoolStrategy::FillFirst).await, "key-a");
    }
    let rig = keys(3).await;
    let take = async |strategy| {
        let token = rig.credentials.next_token(ID, strategy).await.unwrap();
        token.token.expose().to_owned()
    };
    let mut round = Vec::new();
    for _ in 0..6 {
        round.push(take(PoolStrategy::RoundRobin).await);
    }
    assert_eq!(round[..3], round[3..]);
    let mut each = round[..3].to_vec();
    each.sort();
    assert_eq!(each, ["key-a", "key-b", "key-c"]);
    let mut used = Vec::new();
    for _ in 0..3 {
        used.push(take(PoolStrategy::LeastUsed).await);
    }
    used.sort();
    assert_eq!(used, ["key-a", "key-b", "key-c"], "each had two turns");
    let mut any = std::collections::BTreeSet::new();
    for _ in 0..40 {
        any.insert(take(PoolStrategy::Random).await);
    }
    assert_eq!(any.len(), 3);
    refused(&rig, ID, "key-b", refusal(RefusalKind::Billing)).await;
    for _ in 0..6 {
        assert_ne!(take(PoolStrategy::RoundRobin).await, "key-b", "it rests");
    }
}

#[tokio::test]
async fn what_the_file_counts_is_counted() {
    let rig = keys(2).await;
    let mut file = rig.home.read_auth_json();
    file["credential_pool"][ID][0]["request_count"] = json!(5);
    rig.home.write_auth_json(&file.to_string());
    for _ in 0..5 {
        let token = rig
            .credentials
            .next_token(ID, PoolStrategy::LeastUsed)
            .await;
        assert_eq!(token.unwrap().token.expose(), "key-b");
    }
}
