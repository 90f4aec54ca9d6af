use std::sync::Arc;

use hermes_errors::{Code, Explain as _};
use hermes_testkit::MovedClock;
use serde_json::json;

use super::*;
use crate::testing::{
    Canned, CannedHttp, body, broken, client, json as answer, not_sent, provider, standard, status,
    timed_out, wait,
};

fn started() -> Value {
    json!({
        "device_code": "dc", "user_code": "WDJB-MJHT", "verification_uri": "https://a.test/device",
        "expires_in": 600, "interval": 5,
    })
}

fn tokens() -> Canned {
    answer(200, &json!({"access_token": "at", "refresh_token": "rt"}))
}

fn error(code: &str) -> Canned {
    answer(400, &json!({ "error": code }))
}

fn pending() -> Canned {
    error("authorization_pending")
}

struct Outcome {
    result: Result<TokenSet, OAuthError>,
    slept: Vec<u64>,
    http: Arc<CannedHttp>,
}

/// Starts with this answer and polls through these.
async fn run(id: &str, first: &Value, polls: Vec<Canned>) -> Outcome {
    let provider = if id == "acme" {
        standard()
    } else {
        provider(id)
    };
    let http = CannedHttp::new(std::iter::once(answer(200, first)).chain(polls));
    let (client, clock) = client(&provider, &http);
    let device = client.start_device().await.unwrap();
    let result = client.wait_for_device(&device).await;
    let slept = clock.slept().iter().map(Duration::as_secs).collect();
    Outcome {
        result,
        slept,
        http,
    }
}

async fn start(over: Value) -> Result<DeviceCode, OAuthError> {
    let mut first = started();
    for (name, value) in over.as_object().unwrap() {
        first[name] = value.clone();
    }
    let (client, _) = client(&standard(), &CannedHttp::new([answer(200, &first)]));
    client.start_device().await
}

#[tokio::test]
async fn dv1_polls_at_the_given_interval_and_waits_first() {
    let outcome = run("acme", &started(), vec![pending(), pending(), tokens()]).await;
    outcome.result.unwrap();
    assert_eq!(outcome.slept, [5, 5, 5]);
    let expected = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "dc"),
        ("client_id", "c1"),
    ];
    let sent = outcome.http.form(3);
    let sent: Vec<_> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn dv1_the_interval_is_5_s_where_none_is_given() {
    let mut first = started();
    first["interval"] = Value::Null;
    let outcome = run("acme", &first, vec![tokens()]).await;
    assert_eq!(outcome.slept, [5]);
    assert_eq!(
        start(json!({"interval": 0})).await.unwrap().interval,
        Duration::from_secs(1)
    );
    assert_eq!(
        start(json!({"interval": "7"})).await.unwrap().interval,
        Duration::from_secs(7)
    );
}

#[tokio::test]
async fn dv1_nous_is_polled_as_it_asks() {
    let mut first = started();
    first["verification_uri"] = json!("https://portal.nousresearch.com/device");
    let outcome = run("nous", &first, vec![pending(), tokens()]).await;
    assert_eq!(outcome.slept, [5, 5]);
}

#[tokio::test]
async fn dv1_slow_down_adds_5_s_for_good() {
    let polls = vec![
        pending(),
        error("slow_down"),
        pending(),
        error("slow_down"),
        pending(),
        tokens(),
    ];
    let outcome = run("acme", &started(), polls).await;
    outcome.result.unwrap();
    assert_eq!(outcome.slept, [5, 5, 10, 10, 15, 15]);
}

#[tokio::test]
async fn dv1_a_slow_down_may_name_the_interval() {
    let mut first = started();
    first["verification_uri"] = json!("https://github.com/login/device");
    let slow = answer(200, &json!({"error": "slow_down", "interval": 30}));
    let pending = answer(200, &json!({"error": "authorization_pending"}));
    let outcome = run("copilot", &first, vec![slow, pending, tokens()]).await;
    outcome.result.unwrap();
    assert_eq!(outcome.slept, [5, 30, 30]);
}

#[tokio::test]
async fn dv1_network_errors_back_off_and_do_not_end_the_wait() {
    let polls = vec![
        broken(),
        timed_out(),
        not_sent(),
        status(503),
        broken(),
        pending(),
        tokens(),
    ];
    let outcome = run("acme", &started(), polls).await;
    outcome.result.unwrap();
    assert_eq!(outcome.slept, [5, 10, 20, 40, 60, 60, 5]);
}

#[tokio::test]
async fn dv1_a_429_waits_as_long_as_it_says() {
    let outcome = run("acme", &started(), vec![wait(90), wait(1), tokens()]).await;
    outcome.result.unwrap();
    assert_eq!(outcome.slept, [5, 90, 60]);
}

#[tokio::test]
async fn dv1_the_wait_ends_when_the_code_does() {
    let mut first = started();
    first["expires_in"] = json!(12);
    let outcome = run("acme", &first, vec![pending(), pending()]).await;
    let error = outcome.result.unwrap_err();
    assert_eq!(error.code(), Code::DeviceTimeout);
    assert_eq!(
        error.to_string(),
        "Timed out waiting for Acme device authorization."
    );
    assert_eq!(outcome.slept, [5, 5, 2]);
    assert_eq!(outcome.http.sent().len(), 3, "no poll after the end");

    let outcome = run("acme", &started(), vec![error_of("expired_token")]).await;
    assert_eq!(outcome.result.unwrap_err().code(), Code::DeviceTimeout);
}

fn error_of(code: &str) -> Canned {
    error(code)
}

#[tokio::test]
async fn a_hostile_life_is_cut_to_an_hour() {
    let device = start(json!({"expires_in": u64::MAX})).await.unwrap();
    assert_eq!(device.expires_in, LONGEST_LIFE);
}

#[tokio::test]
async fn refusals_end_the_wait() {
    let denied = run("acme", &started(), vec![error("access_denied")]).await;
    let denied = denied.result.unwrap_err();
    assert_eq!(
        denied.to_string(),
        "Acme authorization failed: access_denied"
    );
    assert_eq!(denied.code(), Code::Denied);
    let described = answer(
        400,
        &json!({"error": "access_denied", "error_description": "no\u{7}!"}),
    );
    let described = run("acme", &started(), vec![described])
        .await
        .result
        .unwrap_err();
    assert_eq!(described.to_string(), "Acme authorization failed: no!");
    let other = run("acme", &started(), vec![error("invalid_grant")])
        .await
        .result
        .unwrap_err();
    assert_eq!(other.code(), Code::ExchangeRejected);
    assert!(!other.is_terminal_refresh());
    for canned in [
        body(200, "text/html", "<p>"),
        status(307),
        answer(200, &json!({})),
    ] {
        let error = run("acme", &started(), vec![canned])
            .await
            .result
            .unwrap_err();
        assert_eq!(error.code(), Code::ProviderBadAnswer);
    }
}

#[tokio::test]
async fn no_code_for_this_client_names_the_way_out() {
    let cases = [
        error("unauthorized_client"),
        error("unsupported_grant_type"),
        error("invalid_client"),
        error("access_denied"),
        status(401),
        status(403),
        status(404),
        answer(
            403,
            &json!({"error": "x", "error_description": "disabled by your workspace"}),
        ),
    ];
    for canned in cases {
        let (client, _) = client(&standard(), &CannedHttp::new([canned]));
        let error = client.start_device().await.unwrap_err();
        assert!(matches!(error, OAuthError::DeviceRefused { .. }), "{error}");
        assert!(error.is_policy());
        assert_eq!(error.code(), Code::DeviceRefused);
    }
    let (client, _) = client(&standard(), &CannedHttp::new([wait(3)]));
    assert!(client.start_device().await.unwrap_err().is_transient());
}

#[tokio::test]
async fn policy_is_told_from_a_person_who_says_no() {
    let policy = [
        error("unauthorized_client"),
        error("unsupported_grant_type"),
        error("invalid_grant"),
        answer(403, &json!({"error": "org_policy"})),
    ];
    for canned in policy {
        let polled = run("acme", &started(), vec![canned]).await;
        let error = polled.result.unwrap_err();
        assert!(error.is_policy(), "{error}");
    }
    for canned in [error("access_denied"), error("invalid_scope")] {
        let polled = run("acme", &started(), vec![canned]).await;
        let error = polled.result.unwrap_err();
        assert!(!error.is_policy(), "{error}");
    }
}

#[tokio::test]
async fn dv1_verification_pages_are_https_on_pinned_hosts() {
    for url in [
        "http://a.test/device",
        "https://a.test.evil.test/",
        "https://u@a.test/",
        "javascript:1",
    ] {
        for name in ["verification_uri", "verification_uri_complete"] {
            let error = start(json!({ name: url })).await.unwrap_err();
            assert_eq!(error.code(), Code::UnsafeUrl, "{name} {url}");
        }
    }
    assert_eq!(
        start(json!({"verification_uri": "device"}))
            .await
            .unwrap_err()
            .code(),
        Code::ProviderBadAnswer
    );
    let complete =
        json!({"verification_uri_complete": "https://a.test/device?user_code=WDJB-MJHT"});
    assert!(
        start(complete)
            .await
            .unwrap()
            .verification_uri_complete
            .is_some()
    );
}

#[tokio::test]
async fn pc10_a_user_code_is_something_to_type() {
    for code in [
        "",
        "AB\u{1b}[2J",
        "AB\u{202e}CD",
        "AB\nCD",
        &"A".repeat(100),
    ] {
        assert!(
            start(json!({ "user_code": code })).await.is_err(),
            "{code:?}"
        );
    }
    for name in ["device_code", "user_code", "verification_uri", "expires_in"] {
        let error = start(json!({ name: null })).await.unwrap_err();
        assert_eq!(error.code(), Code::ProviderBadAnswer, "{name}");
    }
}

fn codex() -> Value {
    json!({"user_code": "ABCD-1234", "device_auth_id": "da", "interval": "5"})
}

#[tokio::test]
async fn codex_polls_through_403_and_404_and_exchanges() {
    let approved = answer(
        200,
        &json!({"authorization_code": "ac", "code_verifier": "cv"}),
    );
    let polls = vec![
        status(403),
        status(404),
        status(502),
        approved,
        not_sent(),
        tokens(),
    ];
    let outcome = run("openai-codex", &codex(), polls).await;
    outcome.result.unwrap();
    assert_eq!(outcome.slept, [5, 5, 5, 10, 1]);
    let sent = outcome.http.form(6);
    let value = |name: &str| sent.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(value("code"), "ac");
    assert_eq!(value("code_verifier"), "cv");
    assert_eq!(
        value("redirect_uri"),
        "https://auth.openai.com/deviceauth/callback"
    );
}

#[tokio::test]
async fn pa4_codexs_code_is_not_polled_for_again() {
    let approved = || {
        answer(
            200,
            &json!({"authorization_code": "ac", "code_verifier": "cv"}),
        )
    };
    for lost in [broken(), status(500), wait(1)] {
        let outcome = run("openai-codex", &codex(), vec![approved(), lost]).await;
        assert!(outcome.result.is_err());
        assert_eq!(outcome.http.sent().len(), 3);
    }
}

#[tokio::test]
async fn codex_starts_through_429_and_times_out_in_its_words() {
    let provider = provider("openai-codex");
    let http = CannedHttp::new([wait(30), status(429), answer(200, &codex())]);
    let (client, clock) = client(&provider, &http);
    let device = client.start_device().await.unwrap();
    assert_eq!(
        clock.slept(),
        [Duration::from_secs(30), Duration::from_secs(4)]
    );
    assert_eq!(
        device.verification_uri.as_str(),
        "https://auth.openai.com/codex/device"
    );
    let http = CannedHttp::new([wait(1), wait(1), wait(1), wait(1)]);
    let (client, _) = crate::testing::client(&provider, &http);
    assert_eq!(
        client.start_device().await.unwrap_err().code(),
        Code::ProviderRateLimited
    );

    let outcome = run(
        "openai-codex",
        &codex(),
        (0..200).map(|_| status(403)).collect(),
    )
    .await;
    assert_eq!(
        outcome.result.unwrap_err().to_string(),
        "Login timed out after 15 minutes."
    );
    assert_eq!(outcome.http.sent().len(), 1 + 179);
}

/// A clock that stands still, or is set back, must not keep a wait alive for ever.
#[test]
fn time_that_runs_backwards_does_not_lengthen_a_code() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    use hermes_machine::Clock as _;
    let device = DeviceCode {
        user_code: "A".to_owned(),
        verification_uri: Url::parse("https://a.test").unwrap(),
        verification_uri_complete: None,
        expires_in: Duration::from_secs(600),
        interval: Duration::from_secs(5),
        started_at: clock.now(),
        device_code: Secret::new("dc-canary"),
        polled_at: None,
        verifier: None,
    };
    clock.set("2026-11-21T11:00:00Z");
    assert_eq!(device.left(clock.now()), Duration::from_secs(600));
    assert!(!format!("{device:?}").contains("canary"));
}

#[tokio::test]
async fn dv1_a_single_poll_keeps_to_the_interval_that_the_server_wants() {
    let http = CannedHttp::new([
        answer(200, &started()),
        error("slow_down"),
        pending(),
        tokens(),
        error("expired_token"),
    ]);
    let (client, clock) = client(&standard(), &http);
    let mut device = client.start_device().await.unwrap();
    let early = client.poll_device(&mut device).await.unwrap();
    assert!(early.is_none());
    assert_eq!(http.sent().len(), 1, "too early: nobody was asked");
    clock.advance(Duration::from_secs(5));
    assert!(client.poll_device(&mut device).await.unwrap().is_none());
    assert_eq!(device.interval, Duration::from_secs(10), "for good");
    clock.advance(Duration::from_secs(9));
    assert!(client.poll_device(&mut device).await.unwrap().is_none());
    assert_eq!(http.sent().len(), 2);
    clock.advance(Duration::from_secs(1));
    assert!(client.poll_device(&mut device).await.unwrap().is_none());
    clock.advance(Duration::from_secs(10));
    assert!(client.poll_device(&mut device).await.unwrap().is_some());
    clock.advance(Duration::from_secs(10));
    let expired = client.poll_device(&mut device).await.unwrap_err();
    assert_eq!(expired.code(), Code::DeviceTimeout);
    clock.advance(Duration::from_secs(600));
    let over = client.poll_device(&mut device).await.unwrap_err();
    assert_eq!(over.code(), Code::DeviceTimeout);
    assert_eq!(http.sent().len(), 5, "what is over is not asked about");
    assert!(clock.slept().is_empty());
}
