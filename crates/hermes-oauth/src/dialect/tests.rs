use hermes_secret::Secret;
use serde_json::json;

use super::*;
use crate::testing::{provider, standard};

fn allows(provider: &Provider, uri: &str) -> bool {
    allows_redirect(provider, &Url::parse(uri).unwrap())
}

#[test]
fn lb1_only_loopback_redirects_with_a_port() {
    for uri in [
        "http://127.0.0.1:56121/callback",
        "http://[::1]:56121/callback",
        "http://localhost:8080/",
    ] {
        assert!(allows(&standard(), uri), "{uri}");
    }
    for uri in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:0/callback",
        "https://127.0.0.1:56121/callback",
        "http://127.0.0.2:56121/callback",
        "http://0.0.0.0:56121/callback",
        "http://10.0.0.1:56121/callback",
        "http://localhost.evil.test:56121/callback",
        "http://evil.test:56121/callback",
        "http://evil@127.0.0.1:56121/callback",
        "http://127.0.0.1:56121/callback#x",
        "hermes://127.0.0.1:1/callback",
    ] {
        assert!(!allows(&standard(), uri), "{uri}");
    }
    assert!(!allows(
        &provider("spotify"),
        "http://[::1]:43827/spotify/callback"
    ));
    assert!(allows(
        &provider("anthropic"),
        "https://console.anthropic.com/oauth/code/callback"
    ));
    assert!(!allows(
        &provider("anthropic"),
        "https://console.anthropic.com/oauth/code/callback2"
    ));
}

#[test]
fn pc8_only_invalid_grant_and_its_like_are_terminal() {
    use Dialect::{Anthropic, Codex, Minimax, Nous, Spotify, Standard, Xai};
    let all = [Standard, Xai, Spotify, Anthropic, Codex, Nous, Minimax];
    let dead = |dialect, value: serde_json::Value| {
        let problem = Problem::in_object(400, value.as_object().unwrap());
        dead_refresh_token(dialect, &problem)
    };
    for dialect in all {
        for code in [
            "invalid_grant",
            "refresh_token_reused",
            "invalid_refresh_token",
        ] {
            assert_eq!(dead(dialect, json!({"error": code})).as_deref(), Some(code));
            assert!(dead(dialect, json!({"error": {"code": code}})).is_some());
        }
        for code in [
            "invalid_request",
            "invalid_client",
            "server_error",
            "slow_down",
            "unauthorized",
        ] {
            assert_eq!(
                dead(dialect, json!({"error": code})),
                None,
                "{dialect:?} {code}"
            );
        }
        assert_eq!(dead(dialect, json!({})), None);
        let knows = matches!(dialect, Codex | Nous);
        assert_eq!(
            dead(dialect, json!({"error": "invalid_token"})).is_some(),
            knows
        );
    }
    let message = json!({"base_resp": {"status_code": 1004, "status_msg": "invalid_grant: gone"}});
    assert_eq!(
        dead(Minimax, message.clone()).as_deref(),
        Some("invalid_grant")
    );
    assert_eq!(dead(Standard, message), None);
}

#[test]
fn patience_has_bounds() {
    let seconds =
        |after: Option<u64>, tries| patience(after.map(Duration::from_secs), tries).as_secs();
    assert_eq!([1, 2, 3].map(|tries| seconds(None, tries)), [2, 4, 8]);
    assert_eq!(seconds(Some(7), 1), 7);
    assert_eq!(seconds(Some(0), 1), 1);
    assert_eq!(seconds(Some(86_400), 1), 60);
    assert_eq!(seconds(None, u32::MAX), 32);
}

#[test]
fn the_plan_is_what_the_id_token_or_else_the_access_token_says() {
    use crate::testing::jwt;
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let token = |plan: &str| {
        let own = json!({"chatgpt_account_id": "a", "chatgpt_plan_type": plan});
        Secret::new(jwt(&json!({"https://api.openai.com/auth": own})))
    };
    let mut tokens = TokenSet::new(token("pl\u{1b}us"), now);
    let shown = plan(Dialect::Codex, &tokens).unwrap();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    tokens.id_token = Some(token("pro"));
    assert_eq!(plan(Dialect::Codex, &tokens).as_deref(), Some("pro"));
    assert_eq!(
        plan(Dialect::Standard, &tokens),
        None,
        "it is a claim of one vendor"
    );
    for other in [
        "not a JWT".to_owned(),
        jwt(&json!({})),
        jwt(&json!({"https://api.openai.com/auth": 1})),
    ] {
        assert_eq!(
            plan(Dialect::Codex, &TokenSet::new(Secret::new(other), now)),
            None
        );
    }
}
