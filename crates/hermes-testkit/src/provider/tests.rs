//! The fake must refuse what a real server refuses, or the tests that use it prove nothing.

mod device;
mod faults;
mod standard;
mod vendors;

use std::{rc::Rc, sync::Arc};

use hermes_machine::{
    Environment, SystemClock,
    http::{Body, BoundedClient, Http as _, HttpError, Request, Response},
};
use serde_json::Value;
use url::Url;

use super::{FakeProvider, grant::s256};

/// 43 characters, the least that RFC 7636 allows.
const VERIFIER: &str = "abcdefghijklmnopqrstuvwxyz0123456789-._~ABC";
const STATE: &str = "state-0123456789";
const REDIRECT: &str = "http://127.0.0.1:40001/callback";

thread_local! {
    /// One client a test: a test is a thread, and loading the roots takes its time.
    static CLIENT: Rc<BoundedClient> =
        Rc::new(BoundedClient::new(&Environment::default(), Arc::new(SystemClock)));
}

async fn send(request: Request) -> Result<Response, HttpError> {
    let client = CLIENT.with(Rc::clone);
    client.send(request).await
}

/// Posts a form; the status and the JSON that came back.
async fn post(provider: &FakeProvider, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let body = Body::form(form.iter().copied());
    read(Request::post(provider.url(path), body)).await
}

async fn post_json(provider: &FakeProvider, path: &str, json: &Value) -> (u16, Value) {
    let body = Body::Json(json.to_string());
    read(Request::post(provider.url(path), body)).await
}

async fn get(provider: &FakeProvider, path: &str, bearer: &str) -> (u16, Value) {
    let request = Request::get(provider.url(path));
    read(request.header("Authorization", format!("Bearer {bearer}"))).await
}

async fn read(request: Request) -> (u16, Value) {
    let answer = send(request).await.unwrap();
    let value = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, value)
}

/// An authorization URL that is right in every way, with these parameters changed or added; an
/// empty one is left out.
fn authorize_url(provider: &FakeProvider, path: &str, changes: &[(&str, &str)]) -> Url {
    let challenge = s256(VERIFIER);
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "client-1"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email"),
        ("state", STATE),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(key, _)| key != name);
        pairs.push((name, value));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    let mut url = provider.url(path);
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A code from the standard endpoint.
fn code(provider: &FakeProvider) -> String {
    let back = provider.authorize(&authorize_url(provider, "/authorize", &[]));
    param(&back, "code").unwrap()
}

fn exchange_form(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "client-1"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

fn refresh_form<'a>(client_id: &'a str, token: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", token),
    ]
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}
