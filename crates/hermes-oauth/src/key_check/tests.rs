use serde_json::json;

use super::*;
use crate::testing::{CannedHttp, broken, json as answer, not_sent, ports, provider, status, wait};

const KEY: &str = "sk-canary-0123456789abcdef";

async fn checked(
    id: &str,
    base: Option<&str>,
    canned: crate::testing::Canned,
) -> (KeyVerdict, Request) {
    let provider = provider(id);
    let table = provider.api.as_ref().unwrap().base_url.clone();
    let base = base
        .map(|base| Url::parse(base).unwrap())
        .or(table)
        .unwrap();
    let http = CannedHttp::new([canned]);
    let (ports, _) = ports(&http);
    let verdict = check_key(&provider, &base, &Secret::new(KEY), &ports).await;
    (verdict, http.sent().remove(0))
}

fn unclear_because(verdict: &KeyVerdict) -> &str {
    match verdict {
        KeyVerdict::Unclear { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_check_of_the_table_asks_where_and_how_the_provider_documents() {
    let bearer = format!("Bearer {KEY}");
    let (bearer, key) = (bearer.as_str(), KEY);
    let cases = [
        (
            "openrouter",
            "https://openrouter.ai/api/v1/key",
            "Authorization",
            bearer,
        ),
        (
            "openai-api",
            "https://api.openai.com/v1/models",
            "Authorization",
            bearer,
        ),
        (
            "xai",
            "https://api.x.ai/v1/api-key",
            "Authorization",
            bearer,
        ),
        (
            "deepseek",
            "https://api.deepseek.com/v1/models",
            "Authorization",
            bearer,
        ),
        (
            "huggingface",
            "https://huggingface.co/api/whoami-v2",
            "Authorization",
            bearer,
        ),
        (
            "copilot",
            "https://api.github.com/user",
            "Authorization",
            bearer,
        ),
        (
            "anthropic",
            "https://api.anthropic.com/v1/models",
            "x-api-key",
            key,
        ),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/models",
            "x-goog-api-key",
            key,
        ),
    ];
    for (id, url, header, value) in cases {
        let (verdict, request) = checked(id, None, answer(200, &json!({}))).await;
        assert_eq!(verdict, KeyVerdict::Accepted, "{id}");
        assert_eq!(request.url.as_str(), url);
        assert_eq!(request.headers[0], (header, value.to_owned()), "{id}");
        assert!(!request.url.as_str().contains("canary"), "{id}");
    }
    let table = hermes_providers::Table::load(None).unwrap();
    let known = table.iter().filter(|provider| provider.key_check.is_some());
    assert_eq!(known.count(), cases.len(), "each has its row here");
}

#[tokio::test]
async fn a_refusal_is_401_and_nothing_else() {
    let body = json!({"error": {"code": "invalid_api_key", "message": format!("no: {KEY}")}});
    let (verdict, _) = checked("openai-api", None, answer(401, &body)).await;
    let expected = KeyVerdict::Refused {
        status: 401,
        detail: Some("invalid_api_key: no: …".to_owned()),
    };
    assert_eq!(verdict, expected);
    for canned in [
        status(403),
        status(404),
        status(400),
        status(307),
        status(500),
        wait(3),
        not_sent(),
        broken(),
    ] {
        let (verdict, _) = checked("openai-api", None, canned).await;
        let reason = unclear_because(&verdict);
        assert!(
            reason.starts_with("OpenAI ") && !reason.contains("canary"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_restricted_key_is_told_from_a_bad_one() {
    let body = json!({"error": {"message": "Missing scopes: api.model.read"}});
    let (verdict, _) = checked("openai-api", None, answer(403, &body)).await;
    let reason = unclear_because(&verdict);
    assert!(reason.contains("Missing scopes"), "{reason}");
}

#[tokio::test]
async fn a_400_refuses_where_the_table_has_its_words() {
    let google = |reason: &str| json!({"error": {"code": 400, "details": [{"reason": reason}]}});
    let xai = |error: &str| json!({"code": "Client specified an invalid argument", "error": error});
    let incorrect = "Incorrect API key provided: sk***ef";
    for (provider, body) in [
        ("gemini", google("API_KEY_INVALID")),
        ("xai", xai(incorrect)),
    ] {
        let (verdict, _) = checked(provider, None, answer(400, &body)).await;
        assert!(
            matches!(verdict, KeyVerdict::Refused { status: 400, .. }),
            "{verdict:?}"
        );
    }
    for (provider, body) in [
        ("gemini", google("FAILED_PRECONDITION")),
        ("gemini", xai(incorrect)),
        ("xai", xai("too many requests in one")),
        ("openai-api", google("API_KEY_INVALID")),
    ] {
        let (verdict, _) = checked(provider, None, answer(400, &body)).await;
        unclear_because(&verdict);
    }
}

#[tokio::test]
async fn pc7_the_key_goes_to_the_base_url_or_a_pinned_host_and_to_no_other() {
    let (verdict, request) = checked(
        "openai-api",
        Some("https://proxy.test:8443/x/"),
        status(200),
    )
    .await;
    assert_eq!(verdict, KeyVerdict::Accepted);
    assert_eq!(request.url.as_str(), "https://proxy.test:8443/x/models");

    let http = CannedHttp::new([]);
    let (ports, _) = ports(&http);
    let key = Secret::new(KEY);
    let mut hub = provider("huggingface");
    hub.hosts.clear();
    let base = Url::parse("https://router.huggingface.co/v1").unwrap();
    unclear_because(&check_key(&hub, &base, &key, &ports).await);
    let plain = Url::parse("http://proxy.test/v1").unwrap();
    unclear_because(&check_key(&provider("openai-api"), &plain, &key, &ports).await);
    let known = provider("nvidia");
    let base = Url::parse("https://integrate.api.nvidia.com/v1").unwrap();
    assert_eq!(
        check_key(&known, &base, &key, &ports).await,
        KeyVerdict::NotAsked
    );
    assert!(http.sent().is_empty());
}
