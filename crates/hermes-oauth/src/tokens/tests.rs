use serde_json::json;

use super::*;
use crate::testing::{CannedHttp, client, jwt, provider, standard};

fn read(provider: &hermes_providers::Provider, value: &Value) -> Result<TokenSet, OAuthError> {
    let (client, _) = client(provider, &CannedHttp::new([]));
    TokenSet::read(&client, Step::Exchange, value.as_object().unwrap())
}

fn seconds(tokens: &TokenSet) -> Option<i64> {
    Some(tokens.expires_at?.as_second() - tokens.obtained_at.as_second())
}

#[test]
fn reads_a_whole_answer() {
    let tokens = read(
        &standard(),
        &json!({
            "access_token": "at", "refresh_token": "rt", "token_type": "bearer",
            "expires_in": 3600, "scope": "openid", "id_token": jwt(&json!({"email": "ada@a.test"})),
        }),
    )
    .unwrap();
    assert_eq!(tokens.access_token.expose(), "at");
    assert_eq!(tokens.refresh_token.as_ref().unwrap().expose(), "rt");
    assert_eq!(seconds(&tokens), Some(3600));
    assert_eq!(tokens.account.as_deref(), Some("ada@a.test"));
    assert_eq!(tokens.problem(), None);
}

#[test]
fn a_life_may_be_written_in_many_ways() {
    for (value, expected) in [
        (json!(3600), Some(3600)),
        (json!(3600.0), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(-1), Some(0)),
        (json!("soon"), None),
        (json!(null), None),
        (json!(1e300), None),
    ] {
        let tokens = read(
            &standard(),
            &json!({"access_token": "at", "expires_in": value}),
        )
        .unwrap();
        assert_eq!(seconds(&tokens), expected, "{value}");
    }
}

#[test]
fn an_expiry_of_the_token_itself_is_next() {
    let (now, token) = (
        "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap(),
        |exp: i64| json!({"access_token": jwt(&json!({ "exp": exp }))}),
    );
    let tokens = read(&standard(), &token(now.as_second() + 900)).unwrap();
    assert_eq!((tokens.expires_in, seconds(&tokens)), (None, Some(900)));
    let tokens = read(
        &provider("anthropic"),
        &json!({"access_token": "sk-ant-oat01-x"}),
    )
    .unwrap();
    assert_eq!(tokens.expires_in, Some(3600), "Anthropic's habit");
}

#[test]
fn an_access_token_must_fit_a_header() {
    for token in ["", "a b", "a\r\nX: y", "caf\u{e9}", "a\u{7f}"] {
        let error = read(&standard(), &json!({"access_token": token})).unwrap_err();
        assert!(matches!(error, OAuthError::BadAnswer { .. }), "{token:?}");
    }
    for value in [
        json!({}),
        json!({"access_token": 7}),
        json!({"access_token": null}),
    ] {
        assert!(read(&standard(), &value).is_err(), "{value}");
    }
}

#[test]
fn odd_tokens_are_kept_and_said_to_be_odd() {
    let mac = json!({"access_token": "at", "refresh_token": "rt", "token_type": "mac"});
    assert!(
        read(&standard(), &mac)
            .unwrap()
            .problem()
            .unwrap()
            .contains("`mac`")
    );
    let alone = json!({"access_token": "at"});
    for id in [
        "xai-oauth",
        "spotify",
        "anthropic",
        "openai-codex",
        "minimax-oauth",
    ] {
        let tokens = read(&provider(id), &alone).unwrap();
        assert!(
            tokens.problem().unwrap().contains("no refresh token"),
            "{id}"
        );
    }
    assert_eq!(read(&provider("copilot"), &alone).unwrap().problem(), None);
}

#[test]
fn nous_tokens_must_allow_inference() {
    let nous = provider("nous");
    let now = "2026-11-21T12:00:00Z"
        .parse::<Timestamp>()
        .unwrap()
        .as_second();
    let token = |claims: Value| json!({"access_token": jwt(&claims), "refresh_token": "rt"});
    let reason = |value: Value| read(&nous, &value).unwrap().problem().map(str::to_owned);
    let good = [
        json!({"scope": "a inference:invoke", "exp": now + 900}),
        json!({"scp": ["inference:invoke"], "exp": now + 900}),
    ];
    for claims in good {
        assert_eq!(reason(token(claims.clone())), None, "{claims}");
    }
    let bad = [
        (
            json!({"access_token": "opaque", "refresh_token": "rt"}),
            "access_token_not_jwt",
        ),
        (
            token(json!({"scope": "other", "exp": now + 900})),
            "missing_inference_invoke_scope",
        ),
        (
            token(json!({"scope": "inference:invoke", "exp": now + 60})),
            "invoke_jwt_expiring",
        ),
        (
            token(json!({"scope": "inference:invoke"})),
            "invoke_jwt_expiring",
        ),
    ];
    for (value, name) in bad {
        assert!(reason(value).unwrap().contains(name), "{name}");
    }
    let mut stored = token(json!({"exp": now + 900}));
    stored["scope"] = json!("inference:invoke");
    assert_eq!(reason(stored), None);
}

#[test]
fn pc7_a_server_may_not_send_tokens_elsewhere() {
    let nous = provider("nous");
    let base = |url: &str| {
        let value = json!({"access_token": "at", "inference_base_url": url});
        read(&nous, &value).unwrap().inference_base_url
    };
    assert!(base("https://inference-api.nousresearch.com/v1").is_some());
    for url in [
        "https://evil.test/v1",
        "http://inference-api.nousresearch.com/v1",
        "x",
        "",
    ] {
        assert!(base(url).is_none(), "{url}");
    }
    let minimax = provider("minimax-oauth");
    let resource = |url: &str| {
        let value = json!({"access_token": "at", "resource_url": url});
        read(&minimax, &value).unwrap().resource_url
    };
    assert!(resource("api.minimax.io/anthropic").is_some());
    assert!(resource("https://api.minimax.io/anthropic").is_some());
    for url in [
        "evil.test",
        "https://evil.test",
        "http://api.minimax.io",
        "api.minimax.io@evil.test",
    ] {
        assert!(resource(url).is_none(), "{url}");
    }
}

#[test]
fn pc10_labels_and_notices_are_cleaned() {
    let tokens = read(
        &standard(),
        &json!({
            "access_token": jwt(&json!({"email": "a\u{1b}[2Jda@a.test"})),
            "notification_message": "hello\u{202e}\nthere", "scope": "a\u{7}b",
        }),
    )
    .unwrap();
    assert_eq!(tokens.account.as_deref(), Some("a[2Jda@a.test"));
    assert_eq!(tokens.notice.as_deref(), Some("hello there"));
    assert_eq!(tokens.scope.as_deref(), Some("ab"));
}

#[test]
fn lg2_debug_shows_no_secret() {
    let value =
        json!({"access_token": "canary-a", "refresh_token": "canary-r", "id_token": "canary-i"});
    assert!(!format!("{:?}", read(&standard(), &value).unwrap()).contains("canary"));
}
