use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_testkit::Scripted;
use serde_json::json;

use super::*;

fn seconds(rig: &Rig) -> Vec<u64> {
    rig.clock.slept().iter().map(Duration::as_secs).collect()
}

#[tokio::test]
async fn dv1_two_slow_downs_add_10_s_for_good() {
    let rig = Rig::start().await;
    rig.server
        .configure(|settings| settings.approve_at_poll = Some(5));
    let client = rig.standard().await;
    let device = client.start_device().await.unwrap();
    rig.server.next(
        "/token",
        Scripted::StatusJson(400, json!({"error": "slow_down"})),
    );
    rig.server.next(
        "/token",
        Scripted::StatusJson(400, json!({"error": "slow_down"})),
    );
    client.wait_for_device(&device).await.unwrap();
    assert_eq!(seconds(&rig), [5, 10, 15, 15, 15, 15, 15]);
}

#[tokio::test]
async fn dv1_polls_are_never_too_early_for_the_server() {
    let rig = Rig::start().await;
    rig.server.configure(|settings| {
        settings.approve_at_poll = Some(20);
        settings.interval = 7;
    });
    let client = rig.client("nous").await;
    let device = client.start_device().await.unwrap();
    client.wait_for_device(&device).await.unwrap();
    assert_eq!(
        seconds(&rig),
        [7; 20],
        "a `slow_down` would have made one longer"
    );
}

#[tokio::test]
async fn dv1_a_bad_network_slows_down_and_does_not_end_the_wait() {
    let rig = Rig::start().await;
    rig.server
        .configure(|settings| settings.approve_at_poll = Some(2));
    let client = rig.standard().await;
    let device = client.start_device().await.unwrap();
    for script in [
        Scripted::Reset,
        Scripted::Status(503),
        Scripted::Status(429),
    ] {
        rig.server.next("/token", script);
    }
    client.wait_for_device(&device).await.unwrap();
    assert_eq!(seconds(&rig), [5, 10, 20, 40, 5]);
}

#[tokio::test]
async fn dv1_a_code_that_nobody_approves_ends_with_its_own_sentence() {
    let cases = [
        (
            "xai-oauth",
            "Timed out waiting for xAI device authorization.",
        ),
        ("openai-codex", "Login timed out after 15 minutes."),
        (
            "nous",
            "Timed out waiting for Nous Portal device authorization.",
        ),
        (
            "minimax-oauth",
            "MiniMax OAuth timed out before authorization completed.",
        ),
    ];
    for (id, sentence) in cases {
        let rig = Rig::start().await;
        let client = rig.client(id).await;
        let device = client.start_device().await.unwrap();
        let error = client.wait_for_device(&device).await.unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.code()),
            (sentence, Code::DeviceTimeout)
        );
        assert_eq!(seconds(&rig).iter().sum::<u64>(), 900, "{id}");
    }
}

#[tokio::test]
async fn dv1_an_expired_code_ends_the_wait_early() {
    for id in ["xai-oauth", "nous", "minimax-oauth", "copilot"] {
        let rig = Rig::start().await;
        let client = rig.client(id).await;
        let device = client.start_device().await.unwrap();
        rig.server.expire_device(&device.user_code);
        let error = client.wait_for_device(&device).await.unwrap_err();
        assert_eq!(error.code(), Code::DeviceTimeout, "{id}: {error}");
        assert_eq!(seconds(&rig), [5], "{id}");
    }
}

#[tokio::test]
async fn a_no_ends_the_wait() {
    for id in ["xai-oauth", "nous", "minimax-oauth", "copilot"] {
        let rig = Rig::start().await;
        let client = rig.client(id).await;
        let device = client.start_device().await.unwrap();
        rig.server.deny_device(&device.user_code);
        let error = client.wait_for_device(&device).await.unwrap_err();
        assert_eq!(error.code(), Code::Denied, "{id}: {error}");
        let start = format!("{} authorization failed: ", client.provider().short_name());
        assert!(error.to_string().starts_with(&start), "{error}");
    }
}

#[tokio::test]
async fn a_workspace_without_device_codes_is_told_apart() {
    for id in ["xai-oauth", "openai-codex", "nous", "copilot"] {
        let rig = Rig::start().await;
        let client = rig.client(id).await;
        let path = client
            .provider()
            .endpoints
            .device
            .as_ref()
            .unwrap()
            .path()
            .to_owned();
        for script in [
            Scripted::Status(404),
            Scripted::Status(403),
            Scripted::StatusJson(400, json!({"error": "unauthorized_client"})),
        ] {
            rig.server.next(&path, script);
            let error = client.start_device().await.unwrap_err();
            assert_eq!(error.code(), Code::DeviceRefused, "{id}: {error}");
        }
    }
}

#[tokio::test]
async fn dropping_the_wait_stops_the_polls() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let mut rig = Rig::start().await;
    rig.ports.clock = Arc::clone(&clock) as _;
    let client = rig.client("nous").await;
    let device = client.start_device().await.unwrap();
    let waiting = tokio::spawn(async move { client.wait_for_device(&device).await });
    clock.until_sleeping(1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(clock.sleepers(), 0);
    assert!(rig.server.requests_to("/token").is_empty());
}
