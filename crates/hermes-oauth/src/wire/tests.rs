use serde_json::json;

use super::*;

fn problem(value: &Value) -> Problem {
    Problem::in_object(400, value.as_object().unwrap())
}

#[test]
fn errors_are_read_in_every_shape() {
    let cases = [
        (
            json!({"error": "invalid_grant"}),
            Some("invalid_grant"),
            None,
        ),
        (
            json!({"error": "invalid_grant", "error_description": "gone"}),
            Some("invalid_grant"),
            Some("gone"),
        ),
        (
            json!({"error": {"code": "refresh_token_reused", "type": "t", "message": "m"}}),
            Some("refresh_token_reused"),
            Some("m"),
        ),
        (
            json!({"error": {"type": "t", "code": null}}),
            Some("t"),
            None,
        ),
        (
            json!({"base_resp": {"status_code": 1004, "status_msg": "no"}}),
            None,
            Some("no"),
        ),
        (
            json!({"message": "Bad credentials"}),
            None,
            Some("Bad credentials"),
        ),
        (json!({"error": null}), None, None),
        (json!({"error": 7}), None, None),
        (json!({"error": ""}), None, None),
        (json!({}), None, None),
    ];
    for (value, code, description) in cases {
        let problem = problem(&value);
        assert_eq!(problem.code.as_deref(), code, "{value}");
        assert_eq!(problem.description.as_deref(), description, "{value}");
    }
}

#[test]
fn pc10_what_a_server_repeats_of_a_token_is_left_out() {
    let value = json!({
        "error": "invalid_grant",
        "error_description": "token rt-canary-0123456789abcdef\u{1b}[2J is\nunknown, see https://a.test/errors/1",
    });
    assert_eq!(
        problem(&value).detail().unwrap(),
        "invalid_grant: token … is unknown, see https://a.test/errors/1"
    );
    let long = problem(&json!({"error": "e ".repeat(500)}));
    assert_eq!(long.code.unwrap().chars().count(), LABEL_LIMIT);
}

#[test]
fn counts_come_in_three_kinds() {
    let cases = [
        (json!(3600), Some(3600)),
        (json!(3600.9), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(" 3600.5 "), Some(3600)),
        (json!(-5), Some(0)),
        (json!(-0.5), Some(0)),
        (json!(1e300), Some(u64::MAX)),
        (json!("soon"), None),
        (json!("NaN"), None),
        (json!("inf"), None),
        (json!(null), None),
        (json!([1]), None),
    ];
    for (value, expected) in cases {
        let object = json!({ "n": value });
        assert_eq!(count(object.as_object().unwrap(), "n"), expected, "{value}");
    }
}
