use serde_json::json;

use super::*;
use crate::testing::jwt;

fn token(claims: &Value) -> Secret {
    Secret::new(jwt(claims))
}

#[test]
fn reads_expiry_and_label() {
    let token = token(&json!({"exp": 1_795_262_400, "email": "ada@example.org", "upn": "x"}));
    assert_eq!(jwt_expiry(&token).unwrap().as_second(), 1_795_262_400);
    assert_eq!(jwt_label(&token).as_deref(), Some("ada@example.org"));
}

#[test]
fn expiry_may_be_a_float_and_must_be_a_time() {
    assert_eq!(
        jwt_expiry(&token(&json!({"exp": 1.5e9})))
            .unwrap()
            .as_second(),
        1_500_000_000
    );
    for exp in [
        json!("soon"),
        json!(null),
        json!(1e300),
        json!(i64::MAX),
        json!([]),
    ] {
        assert_eq!(jwt_expiry(&token(&json!({"exp": exp}))), None, "{exp}");
    }
    assert_eq!(jwt_expiry(&token(&json!({}))), None);
}

#[test]
fn pc10_labels_are_cleaned_and_empty_ones_passed_over() {
    let token = token(&json!({"email": "\u{202e}", "preferred_username": "a\u{1b}[31mda"}));
    assert_eq!(jwt_label(&token).as_deref(), Some("a[31mda"));
}

#[test]
fn what_is_no_jwt_has_no_claims() {
    let long = format!("a.{}.c", "e".repeat(LONGEST));
    let list = format!("a.{}.c", URL_SAFE_NO_PAD.encode("[1]"));
    for text in [
        "",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        long.as_str(),
        list.as_str(),
    ] {
        assert!(claims(&Secret::new(text)).is_none(), "{text:.20}");
    }
}

#[test]
fn padding_is_tolerated() {
    let payload = base64::engine::general_purpose::URL_SAFE.encode(r#"{"email":"a@b.c"}"#);
    assert!(payload.ends_with('='));
    let token = Secret::new(format!("h.{payload}.s"));
    assert_eq!(jwt_label(&token).as_deref(), Some("a@b.c"));
}

#[test]
fn a_chatgpt_account_is_read_where_it_is_one() {
    let of = |account: Value| {
        jwt_chatgpt_account(&token(
            &json!({"https://api.openai.com/auth": {"chatgpt_account_id": account}}),
        ))
    };
    assert_eq!(of(json!("acc-1_2")).as_deref(), Some("acc-1_2"));
    for wrong in [
        json!(null),
        json!(7),
        json!("a\r\nx: y"),
        json!("x".repeat(200)),
    ] {
        assert_eq!(of(wrong.clone()), None, "{wrong}");
    }
    assert_eq!(jwt_chatgpt_account(&Secret::new("opaque")), None);
}
