use hermes_errors::{Code, Explain as _};
use serde_json::json;

use super::*;
use crate::testing::{
    Canned, CannedHttp, broken, client, json as answer, provider, standard, status, timed_out, wait,
};

async fn revoke(canned: Canned) -> Result<Revocation, OAuthError> {
    let (client, _) = client(&standard(), &CannedHttp::new([canned]));
    client.revoke(&Secret::new("rt"), TokenKind::Refresh).await
}

#[tokio::test]
async fn pc9_a_200_is_done_whatever_the_token_was() {
    let http = CannedHttp::new([status(200)]);
    let (client, _) = client(&standard(), &http);
    let done = client
        .revoke(&Secret::new("rt"), TokenKind::Refresh)
        .await
        .unwrap();
    assert_eq!(done, Revocation::Revoked);
    let expected = [
        ("token", "rt"),
        ("token_type_hint", "refresh_token"),
        ("client_id", "c1"),
    ];
    let sent = http.form(0);
    let sent: Vec<_> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn pc9_everything_else_says_that_the_token_may_live() {
    let cases = [
        (status(503), true, "HTTP 503"),
        (wait(3), true, "HTTP 429"),
        (
            answer(400, &json!({"error": "unsupported_token_type"})),
            false,
            "HTTP 400, unsupported_token_type",
        ),
        (status(302), false, "redirect"),
        (broken(), true, "broke"),
        (timed_out(), true, "did not answer"),
    ];
    for (canned, transient, text) in cases {
        let error = revoke(canned).await.unwrap_err();
        assert_eq!(error.code(), Code::RevokeFailed);
        assert_eq!(error.is_transient(), transient, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(
            error.to_string().ends_with("the token may still be valid"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn pc9_no_endpoint_is_no_error() {
    let http = CannedHttp::new([]);
    for id in [
        "spotify",
        "anthropic",
        "openai-codex",
        "nous",
        "minimax-oauth",
        "copilot",
    ] {
        let (client, _) = client(&provider(id), &http);
        let outcome = client
            .revoke(&Secret::new("rt"), TokenKind::Refresh)
            .await
            .unwrap();
        assert_eq!(outcome, Revocation::NoEndpoint, "{id}");
    }
    assert!(http.sent().is_empty());
}

#[tokio::test]
async fn pc9_an_endpoint_is_looked_for_in_the_metadata() {
    let document = json!({
        "issuer": "https://auth.x.ai",
        "token_endpoint": "https://auth.x.ai/oauth2/token",
        "revocation_endpoint": "https://auth.x.ai/oauth2/revoke",
    });
    let http = CannedHttp::new([answer(200, &document), status(200)]);
    let (xai, _) = client(&provider("xai-oauth"), &http);
    let outcome = xai
        .revoke(&Secret::new("rt"), TokenKind::Access)
        .await
        .unwrap();
    assert_eq!(outcome, Revocation::Revoked);
    assert_eq!(http.urls()[1], "https://auth.x.ai/oauth2/revoke");

    let mut foreign = document;
    foreign["revocation_endpoint"] = json!("https://evil.test/revoke");
    let http = CannedHttp::new([answer(200, &foreign)]);
    let (xai, _) = client(&provider("xai-oauth"), &http);
    let error = xai
        .revoke(&Secret::new("rt"), TokenKind::Access)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::RevokeFailed);
    assert_eq!(http.sent().len(), 1, "the other host sees nothing");
}
