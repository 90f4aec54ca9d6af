use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// What upstream 0.19 writes: pools of every kind, states, suppressed sources, things we do not
/// know, text outside ASCII.
pub(crate) const UPSTREAM: &str = r#"{
  "version": 1,
  "future_key": {
    "b": [
      1.5,
      -0.0,
      12345678901234567890
    ],
    "a": {}
  },
  "providers": {
    "xai-oauth": {
      "tokens": {
        "access_token": "at-FAKE",
        "refresh_token": "rt-FAKE",
        "id_token": "id-FAKE",
        "expires_in": 21600,
        "token_type": "Bearer"
      },
      "last_refresh": "2026-11-21T19:28:06.591931Z",
      "auth_mode": "oauth_pkce",
      "discovery": {
        "authorization_endpoint": "https://auth.x.ai/oauth2/authorize",
        "token_endpoint": "https://auth.x.ai/oauth2/token"
      },
      "redirect_uri": "http://127.0.0.1:56121/callback"
    }
  },
  "active_provider": "xai-oauth",
  "credential_pool": {
    "openrouter": [
      {
        "id": "8b3526",
        "label": "J\u00fcrgen \ud83d\ude00 \u007f",
        "auth_type": "api_key",
        "priority": 0,
        "source": "manual",
        "access_token": "k1-fake-aaaa",
        "last_status": null,
        "last_status_at": 1763753286.591931,
        "last_error_code": null,
        "last_error_reason": null,
        "last_error_message": null,
        "last_error_reset_at": null,
        "base_url": "https://openrouter.ai/api/v1",
        "request_count": 0,
        "from_the_future": []
      }
    ],
    "custom:my-server": []
  },
  "suppressed_sources": {
    "xai": [
      "env:XAI_API_KEY"
    ]
  },
  "updated_at": "2026-11-21T19:28:06.591931+00:00"
}
"#;

#[test]
fn cf3_what_upstream_wrote_comes_out_byte_for_byte() {
    let file = AuthFile::parse(UPSTREAM.as_bytes()).unwrap();
    assert_eq!(file.text().expose(), UPSTREAM);
}

#[test]
fn a_change_touches_nothing_else() {
    let mut file = AuthFile::parse(UPSTREAM.as_bytes()).unwrap();
    file.unsuppress("xai");
    file.suppress("nous", "device_code");
    file.set_active_provider(None);
    file.stamp("2026-11-22T00:00:00.5Z".parse().unwrap());
    let expected = UPSTREAM
        .replace("\"active_provider\": \"xai-oauth\"", "\"active_provider\": null")
        .replace(
            "  \"suppressed_sources\": {\n    \"xai\": [\n      \"env:XAI_API_KEY\"\n    ]\n  },\n",
            "",
        )
        .replace(
            "\"updated_at\": \"2026-11-21T19:28:06.591931+00:00\"\n",
            "\"updated_at\": \"2026-11-22T00:00:00.500000+00:00\",\n  \"suppressed_sources\": {\n    \"nous\": [\n      \"device_code\"\n    ]\n  }\n",
        );
    // A key that was removed and made again goes to the end.
    assert_eq!(
        serde_json::from_str::<Value>(file.text().expose()).unwrap(),
        serde_json::from_str::<Value>(&expected).unwrap()
    );
}

#[test]
fn a_new_document_is_like_upstreams() {
    let mut file = AuthFile::default();
    file.stamp("2026-11-22T00:00:00Z".parse().unwrap());
    assert_eq!(
        file.text().expose(),
        "{\n  \"version\": 1,\n  \"providers\": {},\n  \"updated_at\": \"2026-11-22T00:00:00.000000+00:00\"\n}\n"
    );
}

#[test]
fn the_oldest_shape_becomes_the_present_one() {
    let old = r#"{"systems": {"nous_portal": {"access_token": "a"}, "other": 1}, "x": 2}"#;
    let file = AuthFile::parse(old.as_bytes()).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(file.text().expose()).unwrap(),
        json!({"systems": {"other": 1}, "x": 2, "providers": {"nous": {"access_token": "a"}}})
    );
}

#[test]
fn cf2_other_shapes_are_refused_by_name() {
    let cases = [
        ("", "not JSON, at line 1 column 0"),
        ("{\"version\": 1,\n  \"provid", "not JSON, at line 2"),
        ("[]", "the document is not an object"),
        ("null", "the document is not an object"),
        ("{\"providers\": []}", "`providers` is not an object"),
        (
            "{\"credential_pool\": {\"x\": {}}}",
            "`credential_pool.x` is not a list",
        ),
        (
            "{\"credential_pool\": {\"x\": [1]}}",
            "`credential_pool.x[0]` is not an object",
        ),
        (
            "{\"providers\": {\"x\": \"y\"}}",
            "`providers.x` is not an object",
        ),
        (
            "{\"providers\": {}, \"suppressed_sources\": {\"x\": 1}}",
            "`suppressed_sources.x`",
        ),
        (
            "{\"name\": \"package.json\"}",
            "neither `providers` nor `credential_pool`",
        ),
    ];
    for (text, expected) in cases {
        let error = AuthFile::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let deep = format!(
        "{{\"providers\": {}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert!(
        AuthFile::parse(deep.as_bytes()).is_err(),
        "depth is bounded"
    );
    AuthFile::parse(b"{}").unwrap();
    AuthFile::parse(b"{\"version\": 1, \"updated_at\": \"x\"}").unwrap();
}

#[test]
fn a_newer_version_is_said() {
    let newer = |text: &str| AuthFile::parse(text.as_bytes()).unwrap().newer_version();
    assert_eq!(newer(r#"{"version": 2, "providers": {}}"#), Some(2));
    assert_eq!(newer(r#"{"version": 1, "providers": {}}"#), None);
    assert_eq!(newer(r#"{"providers": {}}"#), None);
}

#[test]
fn lg2_debug_names_providers_alone() {
    let file = AuthFile::parse(UPSTREAM.as_bytes()).unwrap();
    let shown = format!("{file:?}");
    assert!(shown.contains("openrouter"));
    assert!(
        !shown.contains("FAKE") && !shown.contains("k1-fake"),
        "{shown}"
    );
}

/// Any JSON value, of bounded size.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e15..1e15f64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn cf3_unknown_content_survives_in_order_and_in_ascii(
        extra in prop::collection::vec(("[a-z_\u{e0}-\u{ff}]{1,8}x", any_json()), 0..6),
        field in any_json(),
    ) {
        let mut document = Map::new();
        for (key, value) in &extra {
            document.insert(key.clone(), value.clone());
        }
        document.insert("credential_pool".into(), json!({"p": [{"id": "1", "unknown": field}]}));
        let before = Value::Object(document);
        let file = AuthFile::parse(before.to_string().as_bytes()).unwrap();
        let text = file.text();
        prop_assert!(text.expose().is_ascii());
        let ends = text.expose().ends_with("}\n");
        prop_assert!(ends);
        let after: Value = serde_json::from_str(text.expose()).unwrap();
        prop_assert_eq!(&after, &before);
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(keys(&after), keys(&before));
        let again = AuthFile::parse(text.expose().as_bytes()).unwrap().text();
        prop_assert_eq!(again.expose(), text.expose());
    }

    #[test]
    fn cf2_any_bytes_are_refused_or_kept(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = AuthFile::parse(&bytes);
    }
}
