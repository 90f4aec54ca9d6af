use std::time::Duration;

use serde_json::Value;

use super::{post, text};
use crate::{FakeBrowser, FakeProvider, MovedClock};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(provider: &FakeProvider) -> Value {
    let (status, device) = post(provider, "/device", &[("client_id", "client-1")]).await;
    assert_eq!(status, 200);
    device
}

async fn poll(provider: &FakeProvider, device: &Value, client: &str) -> String {
    let form = [
        ("grant_type", GRANT),
        ("client_id", client),
        ("device_code", text(device, "device_code")),
    ];
    let (status, answer) = post(provider, "/token", &form).await;
    match answer["error"].as_str() {
        Some(error) => error.to_owned(),
        None => {
            assert_eq!(status, 200);
            text(&answer, "token_type").to_owned()
        }
    }
}

#[tokio::test]
async fn pending_slow_down_approved_once() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let provider = FakeProvider::start_with_clock(clock.clone()).await;
    let device = begin(&provider).await;
    assert_eq!(
        poll(&provider, &device, "client-1").await,
        "authorization_pending"
    );
    clock.advance(Duration::from_secs(4));
    assert_eq!(poll(&provider, &device, "client-1").await, "slow_down");
    clock.advance(Duration::from_secs(6));
    assert_eq!(
        poll(&provider, &device, "client-1").await,
        "slow_down",
        "the interval is 10 s now"
    );
    assert_eq!(poll(&provider, &device, "client-2").await, "invalid_grant");
    provider.approve_device(&provider.until_device().await);
    assert_eq!(poll(&provider, &device, "client-1").await, "Bearer");
    assert_eq!(poll(&provider, &device, "client-1").await, "invalid_grant");
}

#[tokio::test]
async fn denied_and_expired() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let provider = FakeProvider::start_with_clock(clock.clone()).await;
    let (denied, expired) = (begin(&provider).await, begin(&provider).await);
    provider.deny_device(&text(&denied, "user_code").to_lowercase());
    assert_eq!(poll(&provider, &denied, "client-1").await, "access_denied");
    clock.advance(Duration::from_secs(900));
    assert_eq!(poll(&provider, &expired, "client-1").await, "expired_token");
}

#[tokio::test]
async fn told_to_slow_down_and_approved_by_itself() {
    let provider = FakeProvider::start().await;
    let device = begin(&provider).await;
    provider.slow_down(text(&device, "user_code"));
    assert_eq!(poll(&provider, &device, "client-1").await, "slow_down");
    provider.configure(|settings| settings.approve_at_poll = Some(3));
    assert_eq!(
        poll(&provider, &device, "client-1").await,
        "authorization_pending"
    );
    assert_eq!(poll(&provider, &device, "client-1").await, "Bearer");
}

#[tokio::test]
async fn the_page_approves() {
    let provider = FakeProvider::start().await;
    let device = begin(&provider).await;
    let complete = text(&device, "verification_uri_complete");
    let page = FakeBrowser.must_visit(&complete.parse().unwrap()).await;
    assert!(page.body.contains(text(&device, "user_code")));
    assert_eq!(
        poll(&provider, &device, "client-1").await,
        "authorization_pending"
    );
    let auto = format!("{complete}&auto=1").parse().unwrap();
    assert_eq!(FakeBrowser.must_visit(&auto).await.status, 200);
    assert_eq!(poll(&provider, &device, "client-1").await, "Bearer");
    assert_eq!(FakeBrowser.must_visit(&auto).await.status, 400);
}
