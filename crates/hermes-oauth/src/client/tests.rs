use std::collections::BTreeMap;

use hermes_errors::{Code, Explain as _};
use serde_json::{Value, json};

use super::*;
use crate::{
    Unpinned,
    testing::{CannedHttp, callback, client, json as answer, ports, provider, standard},
};

fn query(attempt: &Attempt) -> Vec<(String, String)> {
    attempt.authorize_url.query_pairs().into_owned().collect()
}

fn names(attempt: &Attempt) -> Vec<String> {
    query(attempt).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn pc1_a_standard_request_has_every_protection() {
    let (client, _) = client(&standard(), &CannedHttp::new([]));
    let attempt = client.begin(&callback()).unwrap();
    let query: BTreeMap<_, _> = query(&attempt).into_iter().collect();
    let value = |name: &str| query[name].as_str();
    assert_eq!(value("tenant"), "7", "the endpoint's own query stays");
    assert_eq!(value("response_type"), "code");
    assert_eq!(value("client_id"), "c1");
    assert_eq!(value("redirect_uri"), "http://127.0.0.1:56121/callback");
    assert_eq!(value("scope"), "openid offline_access");
    assert_eq!(value("code_challenge_method"), "S256");
    assert_eq!(value("code_challenge"), attempt.pkce.challenge);
    assert_eq!(value("prompt"), "consent");
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(value(name).len(), 43, "{name}");
    }
    assert_ne!(value("state"), value("nonce"));
    assert!(
        !attempt
            .authorize_url
            .as_str()
            .contains(attempt.pkce.verifier.expose())
    );
}

#[test]
fn pc2_attempts_share_nothing() {
    let (client, _) = client(&standard(), &CannedHttp::new([]));
    let (one, two) = (
        client.begin(&callback()).unwrap(),
        client.begin(&callback()).unwrap(),
    );
    assert!(!one.state.same(&two.state));
    assert!(!one.pkce.verifier.same(&two.pkce.verifier));
    assert!(!one.nonce.unwrap().same(&two.nonce.unwrap()));
}

#[test]
fn vendors_add_their_parameters() {
    let (xai, _) = client(&provider("xai-oauth"), &CannedHttp::new([]));
    let attempt = xai.begin(&callback()).unwrap();
    assert_eq!(
        names(&attempt),
        [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "code_challenge",
            "code_challenge_method",
            "state",
            "nonce",
            "plan",
            "referrer"
        ]
    );
    let (anthropic, _) = client(&provider("anthropic"), &CannedHttp::new([]));
    let page = anthropic.provider().hosted_redirect_uri.clone().unwrap();
    let attempt = anthropic.begin(&page).unwrap();
    assert_eq!(query(&attempt)[0], ("code".to_owned(), "true".to_owned()));
    assert!(!names(&attempt).contains(&"nonce".to_owned()));

    let (spotify, _) = client(&provider("spotify"), &CannedHttp::new([]));
    let redirect = Url::parse("http://127.0.0.1:43827/spotify/callback").unwrap();
    let attempt = spotify.begin(&redirect).unwrap();
    assert!(!names(&attempt).contains(&"prompt".to_owned()));
}

#[test]
fn a_client_id_is_needed_and_the_sentence_is_upstreams() {
    let (ports, _) = ports(&CannedHttp::new([]));
    for client_id in [None, Some("  ".to_owned())] {
        let registration = Registration {
            client_id,
            scope: None,
        };
        let error =
            Client::from_table(&provider("spotify"), &registration, ports.clone()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Spotify client_id is required. Set HERMES_SPOTIFY_CLIENT_ID or pass --client-id."
        );
        assert_eq!(error.code(), Code::ClientIdMissing);
    }
}

#[test]
fn a_registration_goes_over_the_table() {
    let (ports, _) = ports(&CannedHttp::new([]));
    let registration = Registration {
        client_id: Some(" mine ".to_owned()),
        scope: Some("one two".to_owned()),
    };
    let client = Client::from_table(&standard(), &registration, ports).unwrap();
    assert_eq!(client.client_id(), "mine");
    assert_eq!(client.scope(), Some("one two"));
    let attempt = client.begin(&callback()).unwrap();
    assert!(attempt.nonce.is_none(), "no `openid`, no nonce");
    assert!(!names(&attempt).contains(&"prompt".to_owned()));
}

#[test]
fn lb1_a_redirect_elsewhere_is_refused() {
    let (client, _) = client(&standard(), &CannedHttp::new([]));
    let error = client
        .begin(&Url::parse("https://evil.test/callback").unwrap())
        .unwrap_err();
    assert_eq!(error.code(), Code::RedirectInvalid);
}

#[test]
fn pc4_a_table_with_a_foreign_endpoint_makes_no_client() {
    let (ports, _) = ports(&CannedHttp::new([]));
    type Change = fn(&mut Endpoints, Url);
    let changes: [Change; 5] = [
        |endpoints, url| endpoints.authorization = Some(url),
        |endpoints, url| endpoints.token = Some(url),
        |endpoints, url| endpoints.device = Some(url),
        |endpoints, url| endpoints.revocation = Some(url),
        |endpoints, url| endpoints.userinfo = Some(url),
    ];
    for change in changes {
        let mut provider = standard();
        change(
            &mut provider.endpoints,
            Url::parse("https://b.test/x?k=canary").unwrap(),
        );
        let error =
            Client::from_table(&provider, &Registration::default(), ports.clone()).unwrap_err();
        assert!(matches!(
            error,
            OAuthError::Unpinned {
                reason: Unpinned::ForeignHost,
                ..
            }
        ));
        assert_eq!(
            error.to_string(),
            "Acme: `https://b.test/x?k=…` is not on a host of this provider"
        );
    }
}

/// An entry that leaves everything to the metadata.
fn bare() -> Provider {
    Provider {
        endpoints: Endpoints::default(),
        ..standard()
    }
}

fn metadata(over: &Value) -> Value {
    let mut document = json!({
        "issuer": "https://a.test",
        "authorization_endpoint": "https://a.test/authorize",
        "token_endpoint": "https://a.test/token",
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    for (name, value) in over.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

async fn resolve(provider: &Provider, document: &Value) -> Result<Client, OAuthError> {
    let http = CannedHttp::new([answer(200, document)]);
    let (ports, _) = ports(&http);
    Client::resolve(provider, &Registration::default(), ports).await
}

#[tokio::test]
async fn what_the_table_lacks_is_discovered() {
    let client = resolve(&bare(), &metadata(&json!({}))).await.unwrap();
    assert_eq!(
        client.flows(),
        [Flow::Loopback, Flow::Paste],
        "no device endpoint, no device flow"
    );
    assert!(client.begin(&callback()).unwrap().iss_promised);
}

#[tokio::test]
async fn the_table_comes_first() {
    let mut provider = bare();
    provider.endpoints.token = Some(Url::parse("https://a.test/own").unwrap());
    let client = resolve(&provider, &metadata(&json!({}))).await.unwrap();
    assert_eq!(client.endpoints.token.unwrap().path(), "/own");
}

#[tokio::test]
async fn a_complete_table_asks_nothing() {
    let http = CannedHttp::new([]);
    for id in [
        "xai-oauth",
        "anthropic",
        "openai-codex",
        "nous",
        "minimax-oauth",
        "copilot",
    ] {
        let (ports, _) = ports(&http);
        Client::resolve(&provider(id), &Registration::default(), ports)
            .await
            .unwrap();
    }
    assert!(http.sent().is_empty());
}

#[tokio::test]
async fn pc1_metadata_without_s256_stops_before_the_browser_opens() {
    for methods in [json!(["plain"]), json!([])] {
        let document = metadata(&json!({"code_challenge_methods_supported": methods}));
        let client = resolve(&bare(), &document).await.unwrap();
        let error = client.begin(&callback()).unwrap_err();
        assert!(matches!(error, OAuthError::PkceUnsupported { .. }));
    }
    let document = metadata(&json!({"code_challenge_methods_supported": null}));
    let client = resolve(&bare(), &document).await.unwrap();
    assert!(
        client.begin(&callback()).is_ok(),
        "a server without the list says nothing"
    );
}

#[tokio::test]
async fn pc11_a_server_that_demands_pushed_requests_is_named() {
    let document = metadata(&json!({"require_pushed_authorization_requests": true}));
    let client = resolve(&bare(), &document).await.unwrap();
    let error = client.begin(&callback()).unwrap_err();
    assert!(matches!(error, OAuthError::PushedRequestsRequired { .. }));
}

#[tokio::test]
async fn pc4_the_metadata_must_echo_the_issuer_and_stay_on_the_pins() {
    for issuer in ["https://a.test/", "https://A.test", "https://b.test", ""] {
        let error = resolve(&bare(), &metadata(&json!({ "issuer": issuer })))
            .await
            .unwrap_err();
        assert!(
            matches!(error, OAuthError::IssuerMismatch { .. }),
            "{issuer}"
        );
        assert_eq!(error.code(), Code::DiscoveryUntrusted);
    }
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "device_authorization_endpoint",
    ] {
        for url in [
            "https://a.test.evil.test/x",
            "http://a.test/x",
            "https://a.test:8443/x",
        ] {
            let error = resolve(&bare(), &metadata(&json!({ name: url })))
                .await
                .unwrap_err();
            assert!(matches!(error, OAuthError::Unpinned { .. }), "{name} {url}");
        }
    }
}

#[tokio::test]
async fn metadata_without_a_token_endpoint_is_no_use() {
    let document = metadata(&json!({"token_endpoint": null}));
    let error = resolve(&bare(), &document).await.unwrap_err();
    assert_eq!(error.to_string(), "Acme has no token endpoint");
}
