use std::time::Duration;

use hermes_machine::http::{HttpError, Request};
use serde_json::json;

use super::{post, read, refresh_form, send};
use crate::{FakeProvider, Scripted};

#[tokio::test]
async fn scripts_are_used_once_and_in_order() {
    let provider = FakeProvider::start().await;
    provider.next("/token", Scripted::Status(429).header("Retry-After", "7"));
    provider.next("/token", Scripted::StatusJson(400, json!({"error": "odd"})));
    provider.next("/revoke", Scripted::Html.status(502));
    let answer = send(Request::get(provider.url("/token"))).await.unwrap();
    assert_eq!(
        (answer.status, answer.retry_after),
        (429, Some(Duration::from_secs(7)))
    );
    let (status, answer) = read(Request::get(provider.url("/token"))).await;
    assert_eq!((status, answer), (400, json!({"error": "odd"})));
    assert_eq!(read(Request::get(provider.url("/token"))).await.0, 405);
    assert_eq!(provider.unused_scripts(), 1);
    assert_eq!(provider.requests_to("/token").len(), 3);
}

#[tokio::test]
async fn broken_answers_are_broken() {
    let provider = FakeProvider::start().await;
    let get = || Request::get(provider.url("/token")).within(Duration::from_millis(200));
    provider.next("/token", Scripted::Huge);
    assert!(matches!(
        send(get().within(Duration::from_secs(20))).await,
        Err(HttpError::TooLarge { .. })
    ));
    provider.next("/token", Scripted::Reset);
    assert!(matches!(send(get()).await, Err(HttpError::Broken { .. })));
    provider.next("/token", Scripted::Drip);
    assert!(matches!(send(get()).await, Err(HttpError::TimedOut { .. })));
    provider.next("/token", Scripted::Hang);
    assert!(matches!(send(get()).await, Err(HttpError::TimedOut { .. })));
    provider.next("/token", Scripted::GzipBomb);
    let bomb = send(get()).await.unwrap().body;
    assert!(bomb.starts_with(&[0x1f, 0x8b]) && bomb.len() < 16 * 1024);
    let elsewhere = provider.url("/userinfo");
    provider.next("/token", Scripted::Redirect(elsewhere));
    assert_eq!(send(get()).await.unwrap().status, 307);
    assert!(provider.requests_to("/userinfo").is_empty());
}

#[tokio::test]
async fn a_lost_answer_was_acted_upon() {
    let provider = FakeProvider::start().await;
    let token = provider.issue("standard", "client-1", "").refresh_token;
    let token = token.unwrap();
    let request = || {
        let body = hermes_machine::http::Body::form(refresh_form("client-1", &token));
        Request::post(provider.url("/token"), body)
    };
    provider.next("/token", Scripted::Reset);
    assert!(send(request()).await.is_err());
    assert!(provider.accepts_refresh(&token));
    provider.next("/token", Scripted::Lost);
    assert!(send(request()).await.is_err());
    assert!(!provider.accepts_refresh(&token));
    assert_eq!(
        post(&provider, "/token", &refresh_form("client-1", &token))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn a_stopped_server_is_not_there() {
    let provider = FakeProvider::start().await;
    let url = provider.url("/token");
    assert_eq!(send(Request::get(url.clone())).await.unwrap().status, 405);
    drop(provider);
    tokio::task::yield_now().await;
    assert!(matches!(
        send(Request::get(url)).await,
        Err(HttpError::NotSent { .. })
    ));
}
