use hermes_errors::{Code, Explain as _};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Canned, CannedHttp, body, broken, json as answer, ports, status};

const ISSUER: &str = "https://id.test/realms/ada";

fn document(over: &Value) -> Value {
    let mut document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.test/authorize",
        "token_endpoint": "https://api.id.test:8443/token",
        "device_authorization_endpoint": "https://id.test/device",
        "revocation_endpoint": "https://id.test/revoke",
        "scopes_supported": ["openid", "email", "offline_access", "other"],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    for (name, value) in over.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

async fn ask(issuer: &str, answers: Vec<Canned>) -> (Result<Provider, OAuthError>, Vec<String>) {
    let http = CannedHttp::new(answers);
    let (ports, _) = ports(&http);
    let registration = Registration {
        client_id: Some("c1".to_owned()),
        scope: None,
    };
    let outcome = discover("acme", issuer, &registration, &ports).await;
    (outcome, http.urls())
}

async fn found(over: &Value) -> Result<Provider, OAuthError> {
    ask(ISSUER, vec![answer(200, &document(over))]).await.0
}

#[tokio::test]
async fn makes_an_entry_with_the_hosts_as_seen() {
    let provider = found(&json!({})).await.unwrap();
    assert_eq!(provider.hosts, ["id.test", "api.id.test:8443"]);
    assert_eq!(provider.flows, [Flow::Loopback, Flow::Paste, Flow::Device]);
    assert_eq!(provider.issuer.as_deref(), Some(ISSUER));
    assert_eq!(
        provider.scope.as_deref(),
        Some("openid email offline_access")
    );
    assert_eq!(provider.client_id.as_deref(), Some("c1"));
    assert_eq!(
        provider.endpoints.discovery.as_ref().unwrap().as_str(),
        "https://id.test/.well-known/oauth-authorization-server/realms/ada"
    );
    let loopback = provider.loopback.as_ref().unwrap();
    assert!(loopback.any_port && loopback.path == "/callback");
    for (_, url) in provider.endpoints.iter() {
        assert_eq!(crate::check_pinned(url, &provider.hosts), Ok(()));
    }
    let table = hermes_providers::Table::load(Some(&provider.section())).unwrap();
    assert_eq!(table.get("acme"), Some(&provider));
}

#[tokio::test]
async fn three_places_are_tried_and_named() {
    let html = || body(200, "text/html", "<!doctype html>");
    let (outcome, urls) = ask(ISSUER, vec![status(404), html(), status(503)]).await;
    assert_eq!(
        urls,
        [
            "https://id.test/.well-known/oauth-authorization-server/realms/ada",
            "https://id.test/realms/ada/.well-known/openid-configuration",
            "https://id.test/.well-known/openid-configuration/realms/ada",
        ]
    );
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::DiscoveryFailed);
    assert_eq!(
        error.to_string(),
        "acme OIDC discovery failed: `https://id.test/.well-known/oauth-authorization-server/realms/ada` \
         returned status 404; `https://id.test/realms/ada/.well-known/openid-configuration` is not JSON; \
         `https://id.test/.well-known/openid-configuration/realms/ada` returned status 503"
    );
}

#[tokio::test]
async fn the_second_place_will_do() {
    let issuer = "https://id.test";
    let metadata = document(&json!({"issuer": issuer, "scopes_supported": null}));
    let (outcome, urls) = ask(issuer, vec![status(404), answer(200, &metadata)]).await;
    assert_eq!(
        outcome.unwrap().scope,
        None,
        "a server that lists no scopes is asked for none"
    );
    assert_eq!(urls[1], "https://id.test/.well-known/openid-configuration");
}

#[tokio::test]
async fn no_connection_is_said_at_once() {
    let (outcome, urls) = ask(ISSUER, vec![broken()]).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::ProviderUnreachable);
    assert!(error.is_transient());
    assert_eq!(urls.len(), 1);
}

#[tokio::test]
async fn pc4_the_issuer_is_compared_character_for_character() {
    for other in [
        "https://id.test/realms/ada/",
        "https://id.test/realms/Ada",
        "https://id.test",
        "",
    ] {
        let error = found(&json!({ "issuer": other })).await.unwrap_err();
        let OAuthError::IssuerMismatch { found, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(found, other);
    }
}

#[tokio::test]
async fn pc4_an_issuer_elsewhere_is_https() {
    for issuer in [
        "http://id.test",
        "https://id.test./",
        "https://u@id.test",
        "https://id.test/#x",
        "https://id.test/?x",
        "ftp://id.test",
        "id.test",
        "file:///etc",
        "",
    ] {
        let (outcome, urls) = ask(issuer, Vec::new()).await;
        assert_eq!(
            outcome.unwrap_err().code(),
            Code::DiscoveryUntrusted,
            "{issuer}"
        );
        assert!(urls.is_empty(), "{issuer}");
    }
}

#[tokio::test]
async fn pc4_endpoints_are_https_and_not_of_this_machine() {
    for url in [
        "http://id.test/token",
        "https://u@id.test/token",
        "https://id.test./token",
        "http://127.0.0.1:9/token",
        "https://localhost/token",
        "https://[::1]/token",
    ] {
        let error = found(&json!({ "token_endpoint": url })).await.unwrap_err();
        assert_eq!(error.code(), Code::DiscoveryUntrusted, "{url}");
    }
}

#[tokio::test]
async fn flows_are_those_that_can_be_run() {
    let flows = |over: Value| async move { found(&over).await.map(|provider| provider.flows) };
    let none = Value::Null;
    assert_eq!(
        flows(json!({"device_authorization_endpoint": none}))
            .await
            .unwrap(),
        [Flow::Loopback, Flow::Paste]
    );
    for over in [
        json!({"authorization_endpoint": none}),
        json!({"response_types_supported": ["id_token"]}),
        json!({"grant_types_supported": ["urn:ietf:params:oauth:grant-type:device_code"]}),
        json!({"code_challenge_methods_supported": ["plain"]}),
        json!({"require_pushed_authorization_requests": true}),
    ] {
        assert_eq!(flows(over.clone()).await.unwrap(), [Flow::Device], "{over}");
    }
    let no_device = |over: &Value| {
        let mut over = over.clone();
        over["device_authorization_endpoint"] = Value::Null;
        over
    };
    let error = flows(no_device(
        &json!({"code_challenge_methods_supported": ["plain"]}),
    ))
    .await;
    assert!(matches!(error, Err(OAuthError::PkceUnsupported { .. })));
    let error = flows(no_device(
        &json!({"require_pushed_authorization_requests": true}),
    ))
    .await;
    assert!(matches!(
        error,
        Err(OAuthError::PushedRequestsRequired { .. })
    ));
    let error = flows(no_device(&json!({"authorization_endpoint": none}))).await;
    assert!(matches!(error, Err(OAuthError::NoFlow { .. })));
    let error = flows(json!({"token_endpoint": none})).await;
    assert!(matches!(error, Err(OAuthError::NoFlow { .. })));
}

#[tokio::test]
async fn a_client_id_is_needed_first() {
    let http = CannedHttp::new([]);
    let (ports, _) = ports(&http);
    let outcome = discover("acme", ISSUER, &Registration::default(), &ports).await;
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "acme client_id is required. Pass --client-id."
    );
    assert!(http.sent().is_empty());
}

#[tokio::test]
async fn a_documented_place_gives_upstreams_sentence() {
    let http = CannedHttp::new([status(404)]);
    let (ports, _) = ports(&http);
    let wire = Wire {
        name: "xAI".to_owned(),
        pins: vec!["a.test".to_owned()],
        ports,
    };
    let url = Url::parse("https://a.test/.well-known/openid-configuration").unwrap();
    let error = fetch(&wire, "https://a.test", Some(&url), PATIENCE)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "xAI OIDC discovery returned status 404.");
}
