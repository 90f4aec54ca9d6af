use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::Request;
use crate::limits::{ID_BYTES, JSON_DEPTH};

const PARSE_ERROR: &str =
    r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"parse error"},"id":null}"#;

fn refused(frame: &str) -> String {
    Request::parse(frame).unwrap_err().to_frame()
}

fn refusal(id: &str, code: i32, message: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{message}"}}}}"#)
}

#[test]
fn an_id_comes_back_as_it_was_written() {
    for id in [
        "null",
        "0",
        "-0",
        "1.50",
        "1E400",
        "123456789012345678901234567890",
        r#""""#,
        r#""r1""#,
        r#""\u00e4\/""#,
        r#""\ud800""#,
    ] {
        let frame = format!(r#" {{ "method" : "m" , "id" : {id} }} "#);
        let request = Request::parse(&frame).unwrap().unwrap();
        assert_eq!(request.id.as_json(), id);
        let answer = crate::rpc::answer(&request.id.clone().into_owned(), Ok(true));
        assert_eq!(
            answer,
            format!(r#"{{"jsonrpc":"2.0","id":{id},"result":true}}"#)
        );
    }
    let request = Request::parse(r#"{"method":"m"}"#).unwrap().unwrap();
    assert_eq!(request.id.as_json(), "null");
}

#[test]
fn an_id_of_another_kind_is_refused_and_not_repeated() {
    let expected = refusal(
        "null",
        -32600,
        "invalid request: id must be a short string, a number or null",
    );
    let long = format!(r#""{}""#, "x".repeat(ID_BYTES - 1));
    for id in ["true", "false", "[]", r#"{"a":1}"#, long.as_str()] {
        assert_eq!(refused(&format!(r#"{{"id":{id},"method":"m"}}"#)), expected);
    }
    let longest = format!(r#""{}""#, "x".repeat(ID_BYTES - 2));
    let frame = format!(r#"{{"id":{longest},"method":"m"}}"#);
    assert!(Request::parse(&frame).is_ok());
}

#[test]
fn missing_and_null_params_are_an_empty_object() {
    for (frame, params) in [
        (r#"{"method":"m"}"#, "{}"),
        (r#"{"method":"m","params":null}"#, "{}"),
        (r#"{"method":"m","params":{}}"#, "{}"),
        (
            r#"{"method":"m","params": {"a":[1, 2]} }"#,
            r#"{"a":[1, 2]}"#,
        ),
    ] {
        let request = Request::parse(frame).unwrap().unwrap();
        assert_eq!(request.params.as_json(), params);
    }
    let expected = refusal("7", -32602, "invalid params: expected an object");
    for params in ["[]", "1", r#""x""#, "false"] {
        assert_eq!(
            refused(&format!(r#"{{"id":7,"method":"m","params":{params}}}"#)),
            expected
        );
    }
}

#[test]
fn a_method_is_a_name() {
    let expected = refusal(
        "7",
        -32600,
        "invalid request: method must be a non-empty string",
    );
    for rest in [
        "",
        r#","method":"""#,
        r#","method":null"#,
        r#","method":1"#,
        r#","method":["m"]"#,
    ] {
        assert_eq!(refused(&format!(r#"{{"id":7{rest}}}"#)), expected);
    }
    for (written, meant) in [
        ("m", "m"),
        (r"\u006d", "m"),
        (r#"a\"b"#, "a\"b"),
        ("ä b", "ä b"),
    ] {
        let frame = format!(r#"{{"\u006dethod":"{written}"}}"#);
        assert_eq!(Request::parse(&frame).unwrap().unwrap().method, meant);
    }
    assert_eq!(refused(r#"{"id":7,"method":"\ud800"}"#), PARSE_ERROR);
}

#[test]
fn blank_frames_are_no_requests() {
    for frame in ["", " ", "\n\t\r ", "\u{a0}"] {
        assert_eq!(Request::parse(frame), Ok(None));
    }
}

#[test]
fn batches_and_other_values_are_no_requests() {
    let expected = refusal("null", -32600, "invalid request: expected an object");
    for frame in [
        "[]",
        r#"[{"id":1,"method":"setup.status"}]"#,
        "1",
        r#""x""#,
        "null",
        "true",
    ] {
        assert_eq!(refused(frame), expected);
    }
}

#[test]
fn what_is_no_json_is_a_parse_error() {
    for frame in [
        "{",
        "}",
        "[1",
        "{'method':'m'}",
        r#"{"method":"m"}{"method":"m"}"#,
        r#"{"method":"m","id":NaN}"#,
        r#"{"method":"m","params":{"a":01}}"#,
        "{\"method\":\"m\u{0}\"}",
        "hello",
        "\u{feff}{}",
    ] {
        assert_eq!(refused(frame), PARSE_ERROR, "{frame}");
    }
}

#[test]
fn of_a_key_that_is_there_twice_the_last_one_counts() {
    let frame = r#"{"id":1,"method":"a","id":2,"method":"b","params":[],"params":{}}"#;
    let request = Request::parse(frame).unwrap().unwrap();
    assert_eq!((request.id.as_json(), &*request.method), ("2", "b"));
}

#[test]
fn ds5_a_frame_is_refused_by_its_depth_before_it_is_read() {
    let frame = |depth: usize| {
        let inner = depth - 2;
        let value = format!("{}{}", "[".repeat(inner), "]".repeat(inner));
        format!(r#"{{"method":"m","params":{{"a":{value}}}}}"#)
    };
    assert!(Request::parse(&frame(JSON_DEPTH)).is_ok());
    let expected = format!("invalid request: nested more than {JSON_DEPTH} levels deep");
    let expected = refusal("null", -32600, &expected);
    assert_eq!(refused(&frame(JSON_DEPTH + 1)), expected);
    assert_eq!(refused(&"[".repeat(1_000_000)), expected);
    assert_eq!(refused(&r#"{"a":"#.repeat(100_000)), expected);
}

/// Text that is a frame, nearly one, or anything.
fn frames() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop_oneof![
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just("\""),
            Just("\\"),
            Just(","),
            Just(":"),
            Just("null"),
            Just("1e9"),
            Just("\"id\":"),
            Just("\"method\":"),
            Just("\"params\":"),
            Just("\"m\""),
            Just("\\ud800"),
        ]
        .prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_answered_by_json(frame in frames()) {
        match Request::parse(&frame) {
            Ok(None) => assert!(frame.trim().is_empty()),
            Ok(Some(request)) => {
                serde_json::from_str::<serde::de::IgnoredAny>(request.id.as_json()).unwrap();
                assert!(request.params.as_json().starts_with('{'));
                assert!(!request.method.is_empty());
            }
            Err(reply) => {
                serde_json::from_str::<serde::de::IgnoredAny>(&reply.to_frame()).unwrap();
            }
        }
    }

    #[test]
    fn what_is_put_in_comes_out(id in any::<i64>(), method in "[^\u{0}]{1,20}", text in any::<String>()) {
        let frame = serde_json::json!({"id": id, "method": method, "params": {"text": text}});
        let frame = frame.to_string();
        let request = Request::parse(&frame).unwrap().unwrap();
        assert_eq!(request.id.as_json(), id.to_string());
        assert_eq!(&*request.method, method);
        let params: serde_json::Value = serde_json::from_str(request.params.as_json()).unwrap();
        assert_eq!(params["text"], text);
    }
}
