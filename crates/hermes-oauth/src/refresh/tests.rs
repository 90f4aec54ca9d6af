use hermes_errors::{Code, Explain as _};
use hermes_machine::http::Body;
use serde_json::{Value, json};

use super::*;
use crate::testing::{
    Canned, CannedHttp, broken, client, json as answer, not_sent, provider, standard, status,
    timed_out, wait,
};

const LIMIT: Duration = Duration::from_secs(9);

async fn refresh(id: &str, answers: Vec<Canned>) -> (Result<TokenSet, OAuthError>, Vec<Request>) {
    let provider = if id == "acme" {
        standard()
    } else {
        provider(id)
    };
    let http = CannedHttp::new(answers);
    let (client, _) = client(&provider, &http);
    let result = client.refresh(&Secret::new("rt-canary"), LIMIT).await;
    (result, http.sent())
}

fn form(request: &Request) -> Vec<(String, String)> {
    match &request.body {
        Body::Form(text) => url::form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn requests_hold_what_the_vendor_wants() {
    let tokens = || {
        vec![answer(
            200,
            &json!({"access_token": "at", "status": "success"}),
        )]
    };
    let has = |pairs: &[(String, String)], name: &str, value: &str| {
        pairs.contains(&(name.to_owned(), value.to_owned()))
    };
    for id in [
        "acme",
        "xai-oauth",
        "spotify",
        "openai-codex",
        "minimax-oauth",
        "copilot",
    ] {
        let (result, sent) = refresh(id, tokens()).await;
        let pairs = form(&sent[0]);
        assert!(has(&pairs, "grant_type", "refresh_token"), "{id}");
        assert!(has(&pairs, "refresh_token", "rt-canary"), "{id}");
        assert!(
            pairs
                .iter()
                .any(|(name, value)| name == "client_id" && !value.is_empty()),
            "{id}"
        );
        assert_eq!(sent[0].timeout, LIMIT, "{id}");
        assert!(
            result.unwrap().refresh_token.is_none(),
            "{id}: the old one stays"
        );
    }
    let (_, sent) = refresh("nous", tokens()).await;
    assert!(!form(&sent[0]).iter().any(|(_, value)| value == "rt-canary"));
    assert_eq!(
        sent[0].headers,
        [("x-nous-refresh-token", "rt-canary".to_owned())]
    );
    let (_, sent) = refresh("anthropic", tokens()).await;
    let Body::Json(text) = &sent[0].body else {
        panic!("not JSON")
    };
    let body: Value = serde_json::from_str(text).unwrap();
    assert_eq!(body["refresh_token"], "rt-canary");
    assert_eq!(body["client_id"], "9d1c250a-e61b-44d9-88ed-5944d1962f5e");
}

#[tokio::test]
async fn pc8_only_a_dead_token_is_terminal() {
    let ids = [
        "acme",
        "xai-oauth",
        "spotify",
        "anthropic",
        "openai-codex",
        "nous",
        "minimax-oauth",
        "copilot",
    ];
    for id in ids {
        for code in [400, 401, 403] {
            let dead = answer(
                code,
                &json!({"error": "invalid_grant", "error_description": "gone"}),
            );
            let (result, sent) = refresh(id, vec![dead]).await;
            let error = result.unwrap_err();
            assert!(
                error.is_terminal_refresh() && !error.is_transient(),
                "{id} {code}"
            );
            assert_eq!(error.code(), Code::RefreshRejected);
            assert_eq!(sent.len(), 1);
        }
        for code in [400, 401, 403, 405, 422] {
            for body in [
                json!({}),
                json!({"error": "invalid_client"}),
                json!({"error": {"code": "x"}}),
            ] {
                let (result, _) = refresh(id, vec![answer(code, &body)]).await;
                assert!(
                    !result.unwrap_err().is_terminal_refresh(),
                    "{id} {code} {body}"
                );
            }
        }
        for canned in [
            status(500),
            status(502),
            wait(7),
            broken(),
            timed_out(),
            not_sent(),
        ] {
            let shown = format!("{id} {canned:?}");
            let (result, sent) = refresh(id, vec![canned]).await;
            let error = result.unwrap_err();
            assert!(
                error.is_transient() && !error.is_terminal_refresh(),
                "{shown}"
            );
            assert_eq!(sent.len(), 1, "{shown}: a refresh token is sent once");
        }
        // What a broken server says of the token is not believed.
        let (result, _) = refresh(id, vec![answer(500, &json!({"error": "invalid_grant"}))]).await;
        assert!(result.unwrap_err().is_transient(), "{id}");
    }
}

#[tokio::test]
async fn vendors_say_dead_in_words_of_their_own() {
    let cases = [
        (
            "openai-codex",
            401,
            json!({"error": {"code": "refresh_token_reused", "message": "m"}}),
        ),
        (
            "openai-codex",
            401,
            json!({"error": {"code": "invalid_token"}}),
        ),
        ("nous", 400, json!({"error": "invalid_token"})),
        ("copilot", 200, json!({"error": "bad_refresh_token"})),
        (
            "minimax-oauth",
            400,
            json!({"base_resp": {"status_msg": "refresh_token_reused"}}),
        ),
        (
            "minimax-oauth",
            200,
            json!({"status": "error", "base_resp": {"status_msg": "invalid_grant: x"}}),
        ),
    ];
    for (id, code, body) in cases {
        let (result, _) = refresh(id, vec![answer(code, &body)]).await;
        assert!(result.unwrap_err().is_terminal_refresh(), "{id} {body}");
    }
    let busy = json!({"status": "error", "base_resp": {"status_code": 1002, "status_msg": "busy"}});
    let (result, _) = refresh("minimax-oauth", vec![answer(200, &busy)]).await;
    let error = result.unwrap_err();
    assert!(!error.is_terminal_refresh());
    assert_eq!(
        error.to_string(),
        "MiniMax token refresh failed (HTTP 200). busy"
    );
}

#[tokio::test]
async fn xais_403_is_about_the_plan() {
    let (result, _) = refresh("xai-oauth", vec![status(403)]).await;
    assert_eq!(result.unwrap_err().code(), Code::NotEntitled);
}

#[tokio::test]
async fn anthropics_404_goes_to_the_other_host() {
    let tokens = answer(
        200,
        &json!({"access_token": "at", "refresh_token": "rt2", "expires_in": 28800}),
    );
    let (result, sent) = refresh("anthropic", vec![status(404), tokens]).await;
    assert_eq!(result.unwrap().refresh_token.unwrap().expose(), "rt2");
    assert_eq!(sent[1].url.host_str(), Some("console.anthropic.com"));
}

#[tokio::test]
async fn a_table_without_a_token_endpoint_discovers_it_within_the_limit() {
    let mut provider = standard();
    provider.endpoints = hermes_providers::Endpoints::default();
    let document = json!({"issuer": "https://a.test", "token_endpoint": "https://a.test/t"});
    let tokens = answer(200, &json!({"access_token": "at"}));
    let http = CannedHttp::new([answer(200, &document), tokens]);
    let (client, _) = client(&provider, &http);
    client.refresh(&Secret::new("rt"), LIMIT).await.unwrap();
    assert_eq!(http.sent()[0].timeout, LIMIT);
    assert_eq!(http.urls()[1], "https://a.test/t");
    // The metadata may move the endpoint, but not off the pinned hosts.
    let document = json!({"issuer": "https://a.test", "token_endpoint": "https://b.test/t"});
    let http = CannedHttp::new([answer(200, &document)]);
    let (client, _) = crate::testing::client(&provider, &http);
    let error = client.refresh(&Secret::new("rt"), LIMIT).await.unwrap_err();
    assert_eq!(error.code(), Code::UnsafeUrl);
    assert_eq!(http.sent().len(), 1);
}
