use std::time::Duration;

use hermes_machine::http::{Body, Request};

use super::{
    REDIRECT, STATE, authorize_url, code, exchange_form, get, param, post, read, refresh_form, text,
};
use crate::{FakeBrowser, FakeProvider, MovedClock};

#[tokio::test]
async fn a_whole_sign_in() {
    let provider = FakeProvider::start().await;
    let (_, metadata) = get(&provider, "/.well-known/openid-configuration", "").await;
    assert_eq!(metadata["issuer"], provider.issuer());
    assert_eq!(
        metadata["token_endpoint"],
        provider.url("/token").to_string()
    );

    let back = provider.authorize(&authorize_url(&provider, "/authorize", &[]));
    assert!(back.as_str().starts_with(REDIRECT));
    assert_eq!(param(&back, "state").unwrap(), STATE);
    assert_eq!(param(&back, "iss").unwrap(), provider.issuer());

    let code = param(&back, "code").unwrap();
    let (status, tokens) = post(&provider, "/token", &exchange_form(&code)).await;
    assert_eq!((status, tokens["expires_in"].as_u64()), (200, Some(3600)));
    assert_eq!(tokens["scope"], "openid email");
    let access = text(&tokens, "access_token");
    let (status, account) = get(&provider, "/userinfo", access).await;
    assert_eq!((status, text(&account, "email")), (200, "ada@example.org"));
    let secrets = provider.all_secrets();
    for name in ["access_token", "refresh_token", "id_token"] {
        let value = text(&tokens, name);
        assert!(value.contains("CANARY"), "{name}");
        assert!(secrets.iter().any(|secret| secret == value), "{name}");
    }
    for value in [code.as_str(), STATE, super::VERIFIER] {
        assert!(secrets.iter().any(|secret| secret == value), "{value}");
    }
}

#[tokio::test]
async fn over_http_the_person_agrees_at_once() {
    let provider = FakeProvider::start().await;
    let url = authorize_url(&provider, "/authorize", &[]);
    let page = FakeBrowser.send("GET", &url, &[]).await.unwrap();
    assert_eq!(page.status, 302);
    assert!(page.header("location").unwrap().starts_with(REDIRECT));
    let url = authorize_url(&provider, "/authorize", &[("client_id", "")]);
    assert_eq!(FakeBrowser.must_visit(&url).await.status, 400);
}

#[tokio::test]
async fn a_wrong_exchange_is_refused_and_spends_the_code() {
    let provider = FakeProvider::start().await;
    let wrong = [
        (
            "code_verifier",
            "ABCdefghijklmnopqrstuvwxyz0123456789-._~ABC",
        ),
        ("code_verifier", "short"),
        ("redirect_uri", "http://127.0.0.1:40002/callback"),
    ];
    for (name, value) in wrong {
        let code = code(&provider);
        let form =
            exchange_form(&code).map(|pair| if pair.0 == name { (name, value) } else { pair });
        let (status, answer) = post(&provider, "/token", &form).await;
        assert_eq!((status, text(&answer, "error")), (400, "invalid_grant"));
        let (status, _) = post(&provider, "/token", &exchange_form(&code)).await;
        assert_eq!(status, 400, "{name} spent the code");
    }
    let code = code(&provider);
    let form = exchange_form(&code).map(|pair| match pair.0 {
        "client_id" => ("client_id", "client-2"),
        _ => pair,
    });
    assert_eq!(post(&provider, "/token", &form).await.0, 400);
    let missing: Vec<_> = exchange_form(&code)
        .into_iter()
        .filter(|(name, _)| *name != "code_verifier")
        .collect();
    let (_, answer) = post(&provider, "/token", &missing).await;
    assert_eq!(text(&answer, "error"), "invalid_request");
}

#[tokio::test]
async fn a_code_shown_twice_ends_what_came_of_it() {
    let provider = FakeProvider::start().await;
    let code = code(&provider);
    let (_, tokens) = post(&provider, "/token", &exchange_form(&code)).await;
    let (status, answer) = post(&provider, "/token", &exchange_form(&code)).await;
    assert_eq!((status, text(&answer, "error")), (400, "invalid_grant"));
    assert!(!provider.accepts_access(text(&tokens, "access_token")));
    assert!(!provider.accepts_refresh(text(&tokens, "refresh_token")));
}

#[tokio::test]
async fn the_redirect_carries_what_is_wrong_with_the_request() {
    let provider = FakeProvider::start().await;
    let cases = [
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "tooshort", "invalid_request"),
        ("state", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
    ];
    for (name, value, error) in cases {
        let url = authorize_url(&provider, "/authorize", &[(name, value)]);
        let back = provider.authorize(&url);
        assert_eq!(param(&back, "error").unwrap(), error, "{name}={value}");
        assert_eq!(param(&back, "code"), None);
    }
    provider.configure(|settings| {
        settings.scopes = Some(vec!["openid".to_owned()]);
    });
    let back = provider.authorize(&authorize_url(&provider, "/authorize", &[]));
    assert_eq!(param(&back, "error").unwrap(), "invalid_scope");
    let url = authorize_url(&provider, "/authorize", &[("scope", "openid")]);
    assert_eq!(
        param(&provider.deny(&url), "error").unwrap(),
        "access_denied"
    );
}

#[tokio::test]
async fn a_strangers_request_is_not_redirected() {
    let provider = FakeProvider::start().await;
    let uris = [
        "",
        "https://127.0.0.1:1/callback",
        "http://example.org:80/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback#x",
        "http://user@127.0.0.1:1/callback",
    ];
    for uri in uris {
        let url = authorize_url(&provider, "/authorize", &[("redirect_uri", uri)]);
        assert!(provider.try_authorize(&url).is_err(), "{uri}");
    }
    let mut twice = authorize_url(&provider, "/authorize", &[]);
    twice
        .query_pairs_mut()
        .append_pair("state", "another-state-0123");
    assert!(provider.try_authorize(&twice).is_err());
    provider.configure(|settings| settings.clients = Some(vec!["known".to_owned()]));
    let url = authorize_url(&provider, "/authorize", &[]);
    assert!(provider.try_authorize(&url).is_err());
    provider.configure(|settings| {
        settings.clients = None;
        settings.redirect_uris = Some(vec!["http://127.0.0.1:40002/callback".to_owned()]);
    });
    assert!(provider.try_authorize(&url).is_err());
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_ends_the_family() {
    let provider = FakeProvider::start().await;
    let first = provider.issue("standard", "client-1", "openid");
    let token = first.refresh_token.unwrap();
    let (status, answer) = post(&provider, "/token", &refresh_form("client-2", &token)).await;
    assert_eq!((status, text(&answer, "error")), (400, "invalid_grant"));

    let (status, second) = post(&provider, "/token", &refresh_form("client-1", &token)).await;
    assert_eq!(status, 200);
    let next = text(&second, "refresh_token");
    assert_ne!(next, token);
    assert!(provider.accepts_refresh(next) && provider.accepts_access(&first.access_token));

    let (status, answer) = post(&provider, "/token", &refresh_form("client-1", &token)).await;
    assert_eq!((status, text(&answer, "error")), (400, "invalid_grant"));
    let (status, _) = post(&provider, "/token", &refresh_form("client-1", next)).await;
    assert_eq!(status, 400, "the whole family is gone");
    assert!(!provider.accepts_access(text(&second, "access_token")));
    assert_eq!((provider.refreshes(), provider.ended_grants()), (1, 1));
}

#[tokio::test]
async fn without_rotation_the_token_stays() {
    let provider = FakeProvider::start().await;
    provider.configure(|settings| settings.rotate = false);
    let token = provider.issue("standard", "client-1", "").refresh_token;
    let token = token.unwrap();
    for _ in 0..2 {
        let (status, answer) = post(&provider, "/token", &refresh_form("client-1", &token)).await;
        assert_eq!((status, answer.get("refresh_token")), (200, None));
    }
}

#[tokio::test]
async fn revocation_is_rfc_7009() {
    let provider = FakeProvider::start().await;
    let issued = provider.issue("standard", "client-1", "");
    let token = issued.refresh_token.unwrap();
    let revoke = |client, token| [("client_id", client), ("token", token)];
    assert_eq!(
        post(&provider, "/revoke", &revoke("client-1", "what"))
            .await
            .0,
        200
    );
    assert_eq!(
        post(&provider, "/revoke", &revoke("client-2", &token))
            .await
            .0,
        200
    );
    assert!(provider.accepts_refresh(&token), "another client cannot");
    assert_eq!(
        post(&provider, "/revoke", &revoke("client-1", &token))
            .await
            .0,
        200
    );
    assert!(!provider.accepts_refresh(&token));
    assert_eq!(
        get(&provider, "/userinfo", &issued.access_token).await.0,
        401
    );
}

#[tokio::test]
async fn only_forms_in_the_body_count() {
    let provider = FakeProvider::start().await;
    let code = code(&provider);
    let json = Body::Json(r#"{"grant_type":"authorization_code"}"#.to_owned());
    assert_eq!(
        read(Request::post(provider.url("/token"), json)).await.0,
        400
    );
    let mut form = exchange_form(&code).to_vec();
    form.push(("code", "second"));
    assert_eq!(post(&provider, "/token", &form).await.0, 400);
    let path = format!("/token?code={code}");
    assert_eq!(post(&provider, &path, &exchange_form(&code)).await.0, 400);
    assert_eq!(read(Request::get(provider.url("/token"))).await.0, 405);
    assert_eq!(
        post(&provider, "/token", &exchange_form(&code)).await.0,
        200
    );
}

#[tokio::test]
async fn codes_and_tokens_expire_by_the_clock() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let provider = FakeProvider::start_with_clock(clock.clone()).await;
    let late = code(&provider);
    let issued = provider.issue("standard", "client-1", "");
    clock.advance(Duration::from_secs(61));
    assert_eq!(
        post(&provider, "/token", &exchange_form(&late)).await.0,
        400
    );
    assert!(provider.accepts_access(&issued.access_token));
    clock.advance(Duration::from_secs(3600));
    assert!(!provider.accepts_access(&issued.access_token));
    let answer = super::send(Request::get(provider.url("/userinfo"))).await;
    assert_eq!(answer.unwrap().date, Some(1_795_266_061));
}

#[tokio::test]
async fn jwt_access_tokens_carry_label_and_expiry() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let provider = FakeProvider::start_with_clock(clock).await;
    provider.configure(|settings| settings.jwt = true);
    let token = provider.issue("standard", "client-1", "").access_token;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
    let claims: serde_json::Value = serde_json::from_slice(&claims.unwrap()).unwrap();
    assert_eq!(claims["exp"], 1_795_266_000);
    assert_eq!(claims["email"], "ada@example.org");
    assert!(token.contains("at-CANARY-"));
}
