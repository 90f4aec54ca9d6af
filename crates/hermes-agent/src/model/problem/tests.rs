use serde_json::json;

use super::*;
use crate::model::{ApiMode, BaseUrl};

const NOW: &str = "2026-11-22T12:00:00Z";

fn grant(provider: &str, kind: Kind) -> Grant {
    Grant {
        provider: provider.to_owned(),
        name: provider.to_owned(),
        mode: ApiMode::ChatCompletions,
        base_url: BaseUrl::parse("https://a.test/v1").unwrap(),
        token: None,
        kind,
        credential: "1".to_owned(),
        account: None,
    }
}

fn judged(provider: &str, kind: Kind, status: u16, body: &str) -> Cause {
    let problem = Problem::of_answer(status, body.as_bytes(), None);
    problem.judge(&grant(provider, kind), NOW.parse().unwrap())
}

fn unauthorized(reason: &str) -> Cause {
    Cause::Unauthorized {
        reason: Some(reason.to_owned()),
    }
}

const UNKNOWN: Cause = Cause::Unauthorized { reason: None };
const BILLING: Cause = Cause::Billing { until: None };
const OVERLOADED: Cause = Cause::Overloaded { wait: None };

fn limited(spent: bool, upstream: bool) -> Cause {
    Cause::RateLimited {
        until: None,
        spent,
        upstream,
    }
}

#[test]
fn every_way_to_say_no_is_understood() {
    use Kind::{ApiKey, OAuth};
    for (provider, kind, status, body, expected) in [
        (
            "openai-api",
            ApiKey,
            401,
            r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            unauthorized("invalid_api_key"),
        ),
        (
            "openai-codex",
            OAuth,
            401,
            r#"{"error":{"code":"token_invalidated","message":"x"}}"#,
            unauthorized("token_invalidated"),
        ),
        (
            "openai-codex",
            OAuth,
            401,
            r#"{"detail":"Could not parse your authentication token"}"#,
            UNKNOWN,
        ),
        ("lmstudio", ApiKey, 403, "", UNKNOWN),
        (
            "xai-oauth",
            OAuth,
            403,
            r#"{"code":"x","error":"You do not have an active Grok subscription"}"#,
            Cause::NotEntitled,
        ),
        (
            "xai-oauth",
            OAuth,
            403,
            r#"{"error":"[WKE=unauthenticated:bad-credentials]"}"#,
            UNKNOWN,
        ),
        (
            "xai-oauth",
            OAuth,
            403,
            r#"{"error":{"message":"The OAuth2 access token could not be validated."}}"#,
            UNKNOWN,
        ),
        (
            "xai-oauth",
            OAuth,
            429,
            r#"{"error":"out of available resources"}"#,
            Cause::NotEntitled,
        ),
        (
            "xai",
            ApiKey,
            429,
            r#"{"error":"out of available resources"}"#,
            limited(false, false),
        ),
        (
            "anthropic",
            OAuth,
            403,
            r#"{"type":"error","error":{"type":"permission_error","message":"x"}}"#,
            Cause::NotEntitled,
        ),
        (
            "anthropic",
            OAuth,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"OAuth authentication is currently not allowed for this organization."}}"#,
            Cause::NotEntitled,
        ),
        (
            "anthropic",
            OAuth,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"You're out of extra usage."}}"#,
            BILLING,
        ),
        (
            "anthropic",
            ApiKey,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#,
            BILLING,
        ),
        (
            "nous",
            OAuth,
            403,
            r#"{"error":{"code":"subscription_required","message":"x"}}"#,
            Cause::NotEntitled,
        ),
        (
            "nous",
            OAuth,
            402,
            r#"{"error":"insufficient_credits"}"#,
            BILLING,
        ),
        (
            "openrouter",
            ApiKey,
            402,
            r#"{"error":{"code":402,"message":"x"}}"#,
            BILLING,
        ),
        (
            "openai-api",
            ApiKey,
            429,
            r#"{"error":{"code":"insufficient_quota","message":"x"}}"#,
            BILLING,
        ),
        (
            "openai-api",
            ApiKey,
            429,
            r#"{"error":{"code":"rate_limit_exceeded","message":"x"}}"#,
            limited(false, false),
        ),
        (
            "openai-codex",
            OAuth,
            429,
            r#"{"error":{"type":"usage_limit_reached","message":"x"}}"#,
            limited(true, false),
        ),
        (
            "openrouter",
            ApiKey,
            429,
            r#"{"error":{"code":429,"message":"x","metadata":{"provider_name":"P","raw":"busy"}}}"#,
            limited(false, true),
        ),
        (
            "openrouter",
            ApiKey,
            403,
            r#"{"error":{"code":403,"message":"x","metadata":{"reasons":["violence"]}}}"#,
            Cause::ContentRefused,
        ),
        (
            "openai-api",
            ApiKey,
            400,
            r#"{"error":{"code":"context_length_exceeded","message":"x"}}"#,
            Cause::ContextTooLong,
        ),
        (
            "anthropic",
            ApiKey,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 > 1"}}"#,
            Cause::ContextTooLong,
        ),
        (
            "lmstudio",
            ApiKey,
            400,
            r#"{"error":{"type":"exceed_context_size_error","message":"x"}}"#,
            Cause::ContextTooLong,
        ),
        (
            "custom",
            ApiKey,
            404,
            r#"{"error":"model 'x' not found"}"#,
            Cause::UnknownModel,
        ),
        (
            "anthropic",
            ApiKey,
            404,
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#,
            Cause::UnknownModel,
        ),
        (
            "openrouter",
            ApiKey,
            400,
            r#"{"error":{"message":"x is not a valid model ID"}}"#,
            Cause::UnknownModel,
        ),
        (
            "custom",
            ApiKey,
            404,
            "<html>not found</html>",
            Cause::InvalidRequest,
        ),
        (
            "custom",
            ApiKey,
            422,
            r#"{"detail":[{"msg":"x"}]}"#,
            Cause::InvalidRequest,
        ),
        (
            "custom",
            ApiKey,
            307,
            "",
            Cause::Malformed("a redirect, which is not followed"),
        ),
        ("custom", ApiKey, 500, "oops", OVERLOADED),
        (
            "anthropic",
            ApiKey,
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#,
            OVERLOADED,
        ),
        (
            "openai-api",
            ApiKey,
            400,
            r#"{"error":{"code":"content_policy_violation","message":"x"}}"#,
            Cause::ContentRefused,
        ),
    ] {
        assert_eq!(
            judged(provider, kind, status, body),
            expected,
            "{provider} {status} {body}"
        );
    }
}

#[test]
fn su_a_reason_is_a_word_and_no_place_for_a_token() {
    for body in [
        r#"{"error":"sk-CANARY-0123456789"}"#,
        r#"{"error":{"code":"bad key sk-CANARY-0123456789"}}"#,
        r#"{"error":{"code":"sk_canary_0"}}"#,
    ] {
        assert_eq!(judged("x", Kind::ApiKey, 401, body), UNKNOWN, "{body}");
    }
}

#[test]
fn an_error_in_a_stream_counts_as_the_answer_it_would_have_been() {
    for (error, expected) in [
        (
            json!({"type": "overloaded_error", "message": "x"}),
            OVERLOADED,
        ),
        (json!({"type": "api_error", "message": "x"}), OVERLOADED),
        (json!({"code": "server_error", "message": "x"}), OVERLOADED),
        (json!({"code": 502, "message": "x"}), OVERLOADED),
        (
            json!({"code": "rate_limit_exceeded"}),
            limited(false, false),
        ),
        (json!({"type": "rate_limit_error"}), limited(false, false)),
        (
            json!({"type": "authentication_error"}),
            unauthorized("authentication_error"),
        ),
        (
            json!({"code": "context_length_exceeded"}),
            Cause::ContextTooLong,
        ),
        (
            json!({"type": "invalid_request_error"}),
            Cause::InvalidRequest,
        ),
        (
            json!({"error": {"code": "content_filter"}}),
            Cause::ContentRefused,
        ),
        (json!(null), OVERLOADED),
        (json!("gone"), OVERLOADED),
    ] {
        let cause = Problem::of_json(&error)
            .judge(&grant("openai-api", Kind::ApiKey), NOW.parse().unwrap());
        assert_eq!(cause, expected, "{error}");
    }
}

#[test]
fn a_long_wait_is_a_quota_and_a_short_one_is_not() {
    let judged = |wait: u64| {
        let wait = Some(Duration::from_secs(wait));
        let problem = Problem::of_answer(429, b"", wait);
        problem.judge(&grant("x", Kind::ApiKey), NOW.parse().unwrap())
    };
    let at = |until: &str, spent| Cause::RateLimited {
        until: Some(until.parse().unwrap()),
        spent,
        upstream: false,
    };
    assert_eq!(judged(60), at("2026-11-22T12:01:00Z", false));
    assert_eq!(judged(61), at("2026-11-22T12:01:01Z", true));
}

#[test]
fn su_what_a_stranger_says_is_cleaned_and_holds_no_token() {
    let token = Secret::new("sk-CANARY-0123456789");
    let said = |message: &str| {
        let problem = Problem::of_json(&json!({"message": message}));
        problem.said(Some(&token))
    };
    assert_eq!(said(""), None);
    assert_eq!(said("No.\nReally.").as_deref(), Some("No. Really"));
    assert_eq!(
        said("bad key sk-CANARY-0123456789!").as_deref(),
        Some("bad key …!")
    );
    let hidden = "bad key sk-CAN\u{200b}ARY-01234\u{1b}56789";
    assert_eq!(said(hidden).as_deref(), Some("bad key …"));
    let cut = format!("{} sk-CANARY-0123456789", "x".repeat(290));
    assert!(!said(&cut).unwrap().contains("sk-C"), "not even half of it");
    let long = said(&"y".repeat(10_000)).unwrap();
    assert_eq!(long.chars().count(), SHOWN);
    assert_eq!(said("\u{1b}[2Jcls").as_deref(), Some("[2Jcls"));
}
