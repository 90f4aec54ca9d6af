use serde_json::json;

use super::*;
use crate::{
    Verdict,
    testing::{CannedHttp, callback, client, json as answer, provider, standard, status},
};

fn code() -> (Client, Value) {
    let (client, _) = client(&standard(), &CannedHttp::new([]));
    let attempt = client.begin(&callback()).unwrap();
    let document = client.expose_parked(&Parked::Code(Box::new(attempt)));
    (client, document)
}

async fn device(id: &str, first: &Value) -> (Client, DeviceCode, Value) {
    let provider = if id == "acme" {
        standard()
    } else {
        provider(id)
    };
    let http = CannedHttp::new([answer(200, first), status(403)]);
    let (client, _) = client(&provider, &http);
    let device = client.start_device().await.unwrap();
    let parked = Parked::Device(Box::new(device.clone()));
    let document = client.expose_parked(&parked);
    (client, device, document)
}

#[test]
fn pc2_a_code_that_comes_back_is_judged_and_redeemed_as_it_was_begun() {
    let (client, document) = code();
    let text = document.to_string();
    let Parked::Code(again) = client.unpark(document.clone()).unwrap() else {
        panic!("it is a code");
    };
    assert!(text.contains(again.state.expose()) && text.contains(again.pkce.verifier.expose()));
    assert!(
        again
            .authorize_url
            .query()
            .unwrap()
            .contains(&again.pkce.challenge),
        "the challenge is that of the verifier"
    );
    assert!(again.nonce.is_some());
    assert_eq!(again.redirect_uri, callback());
    let query = |state: &str| crate::Answer::from_query(&format!("code=c&state={state}")).unwrap();
    let ours = again.judge(&query(again.state.expose()));
    assert!(matches!(ours, Verdict::Code(_)), "{ours:?}");
    assert!(matches!(again.judge(&query("other")), Verdict::NotOurs(_)));
    let shown = format!("{:?}", Parked::Code(again));
    assert!(
        !shown.contains("c2") && !shown.contains("verifier"),
        "{shown}"
    );
}

#[tokio::test]
async fn dv1_a_device_code_of_every_dialect_comes_back_whole() {
    let page = "https://a.test/device";
    let rows = [
        (
            "acme",
            json!({"device_code": "dc", "user_code": "AB-CD", "verification_uri": page, "verification_uri_complete": "https://a.test/device?c=AB-CD", "expires_in": 600, "interval": 7}),
        ),
        (
            "openai-codex",
            json!({"device_auth_id": "da", "user_code": "AB-CD", "interval": "5"}),
        ),
    ];
    for (id, first) in rows {
        let (client, device, document) = device(id, &first).await;
        let Parked::Device(again) = client.unpark(document.clone()).unwrap() else {
            panic!("{id}");
        };
        assert_eq!(again.user_code, device.user_code, "{id}");
        assert!(again.device_code.same(&device.device_code), "{id}");
        assert_eq!(again.interval, device.interval, "{id}");
        assert_eq!(again.expires_in, device.expires_in, "{id}");
        assert_eq!(again.started_at, device.started_at, "{id}");
        assert_eq!(
            client.expose_parked(&Parked::Device(again)),
            document,
            "{id}"
        );
    }
}

#[test]
fn what_was_not_written_here_is_refused() {
    let (client, document) = code();
    let with = |path: &str, value: Value| {
        let mut changed = document.clone();
        *changed.pointer_mut(path).unwrap() = value;
        client.unpark(changed).unwrap_err()
    };
    let rows = [
        ("/version", json!(2), ParkedError::Form),
        ("/parked/code/state", json!("short"), ParkedError::Form),
        ("/parked/code/code_verifier", json!(""), ParkedError::Form),
        (
            "/parked/code/redirect_uri",
            json!("not a url"),
            ParkedError::Form,
        ),
        ("/issuer", json!("https://b.test"), ParkedError::OtherServer),
        (
            "/parked/code/authorize_url",
            json!("https://b.test/authorize"),
            ParkedError::OtherServer,
        ),
        (
            "/parked/code/redirect_uri",
            json!("https://b.test/callback"),
            ParkedError::OtherServer,
        ),
    ];
    for (path, value, error) in rows {
        assert_eq!(with(path, value.clone()), error, "{path} {value}");
    }
    let mut more = document.clone();
    more["parked"]["code"]["more"] = json!(1);
    assert_eq!(client.unpark(more).unwrap_err(), ParkedError::Form);
    assert_eq!(client.unpark(json!(null)).unwrap_err(), ParkedError::Form);
}

#[tokio::test]
async fn a_device_code_that_makes_no_sense_is_refused() {
    let first = json!({"device_code": "dc", "user_code": "AB", "verification_uri": "https://a.test/d", "expires_in": 600});
    let (client, _, document) = device("acme", &first).await;
    let rows = [
        ("device_code", json!(""), ParkedError::Form),
        ("user_code", json!("A\u{1b}B"), ParkedError::Form),
        ("expires_in", json!(86_400), ParkedError::Form),
        ("interval_ms", json!(0), ParkedError::Form),
        ("started_at", json!("yesterday"), ParkedError::Form),
        (
            "verification_uri",
            json!("https://b.test/"),
            ParkedError::OtherServer,
        ),
    ];
    for (name, value, error) in rows {
        let mut changed = document.clone();
        changed["parked"]["device"][name] = value;
        assert_eq!(client.unpark(changed).unwrap_err(), error, "{name}");
    }
}
