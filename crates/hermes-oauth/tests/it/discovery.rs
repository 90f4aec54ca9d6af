use hermes_errors::{Code, Explain as _};
use hermes_providers::Flow;
use serde_json::json;

use super::*;

#[tokio::test]
async fn an_issuer_becomes_an_entry_that_signs_in_later() {
    let rig = Rig::start().await;
    let provider = rig.discovered().await.unwrap();
    let origin = rig.server.origin();
    assert_eq!(
        provider.hosts,
        [format!("127.0.0.1:{}", origin.port().unwrap())]
    );
    assert_eq!(provider.flows, [Flow::Loopback, Flow::Paste, Flow::Device]);

    let table = Table::load(Some(&provider.section())).unwrap();
    let stored = table.get("acme").unwrap();
    assert_eq!(stored, &provider);
    let client = Client::resolve(stored, &Registration::default(), rig.ports.clone())
        .await
        .unwrap();
    rig.sign_in(&client).await;
    let asked: Vec<_> = rig
        .server
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(
        asked,
        [
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server",
            "/authorize",
            "/token"
        ],
        "the promise of `iss` is read anew at each sign-in"
    );
}

#[tokio::test]
async fn pc3_the_promise_of_iss_may_be_absent() {
    let rig = Rig::start().await;
    rig.server.configure(|settings| settings.iss = false);
    let client = rig.standard().await;
    rig.sign_in(&client).await;
}

#[tokio::test]
async fn pc4_metadata_of_another_issuer_is_refused_before_anything_opens() {
    let rig = Rig::start().await;
    let origin = rig.server.issuer();
    for issuer in [
        format!("{origin}/"),
        "https://evil.test".to_owned(),
        origin.replace("http", "HTTP"),
    ] {
        rig.server
            .configure(|settings| settings.metadata_issuer = Some(issuer.clone()));
        let error = rig.discovered().await.unwrap_err();
        assert_eq!(error.code(), Code::DiscoveryUntrusted, "{issuer}");
        assert!(error.to_string().contains(&issuer), "{error}");
    }
}

#[tokio::test]
async fn pc4_a_server_that_moves_its_endpoints_is_not_followed() {
    let (rig, elsewhere) = (Rig::start().await, Rig::start().await);
    let provider = rig.discovered().await.unwrap();
    let token = elsewhere.server.url("/token");
    rig.server.configure(|settings| {
        settings
            .metadata
            .insert("token_endpoint".to_owned(), json!(token.as_str()));
    });
    // What the first sign-in saw stays; nothing goes to the new host.
    let client = Client::resolve(&provider, &Registration::default(), rig.ports.clone())
        .await
        .unwrap();
    rig.sign_in(&client).await;
    assert!(elsewhere.server.requests().is_empty());
    // An entry that leaves endpoints to the metadata refuses the new one.
    let mut open = provider;
    open.endpoints.token = None;
    let error = Client::resolve(&open, &Registration::default(), rig.ports.clone())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::UnsafeUrl);
    assert!(elsewhere.server.requests().is_empty());
}

#[tokio::test]
async fn pc1_a_server_without_s256_offers_no_code_flow() {
    let rig = Rig::start().await;
    rig.server.configure(|settings| {
        let methods = "code_challenge_methods_supported".to_owned();
        settings.metadata.insert(methods, json!(["plain"]));
    });
    assert_eq!(rig.discovered().await.unwrap().flows, [Flow::Device]);
    rig.server
        .configure(|settings| settings.offers_device = false);
    let error = rig.discovered().await.unwrap_err();
    assert!(matches!(error, OAuthError::PkceUnsupported { .. }));
    assert!(rig.server.requests_to("/authorize").is_empty());
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_unreachable() {
    let rig = Rig::start().await;
    let provider = rig.discovered().await.unwrap();
    rig.server.stop();
    // The port is closed once the task has been dropped; a connection may still be accepted
    // before that, and then breaks, which is the same to a person.
    let error = Client::resolve(&provider, &Registration::default(), rig.ports.clone())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ProviderUnreachable, "{error}");
}
