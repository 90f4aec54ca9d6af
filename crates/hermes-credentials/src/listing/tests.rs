use hermes_machine::{Environment, Home};
use hermes_providers::Table;
use serde_json::{Value, json};

use super::*;

const NOON: &str = "2026-11-21T12:00:00Z";

fn list(provider: &str, file: &Value, environment: &Environment) -> Vec<Found> {
    let file = AuthFile::parse(file.to_string().as_bytes()).unwrap();
    let home = Home::at("/nowhere");
    let table = Table::load(None).unwrap();
    Scene {
        file: &file,
        id: provider,
        provider: table.get(provider),
        env: &EnvKeys::read(&home, environment),
        intents: &Intents::new(&home),
        now: NOON.parse().unwrap(),
    }
    .list()
}

fn labels(list: &[Found]) -> Vec<&str> {
    list.iter()
        .map(|found| found.entry.label.as_str())
        .collect()
}

fn entry(id: &str, priority: i64, more: &Value) -> Value {
    let mut entry = json!({"id": id, "label": format!("l-{id}"), "auth_type": "oauth", "priority": priority,
        "source": "manual:device_code", "access_token": format!("at-{id}"), "refresh_token": format!("rt-{id}")});
    for (key, value) in more.as_object().unwrap() {
        entry[key] = value.clone();
    }
    entry
}

#[test]
fn the_first_usable_one_is_current() {
    let file = json!({"credential_pool": {"xai-oauth": [
        entry("c", 9, &json!({})),
        entry("a", 0, &json!({"last_status": "dead", "last_error_reason": "token_revoked"})),
        entry("b", 1, &json!({"last_status": "exhausted", "last_error_code": 429, "last_error_reset_at": "2026-11-21T12:10:00Z"})),
        entry("d", 3, &json!({"refresh_token": null, "expires_at": "2026-11-21T11:00:00Z"})),
        entry("e", 4, &json!({"expires_at": "2026-11-21T11:00:00Z"})),
    ]}});
    let list = list("xai-oauth", &file, &Environment::default());
    assert_eq!(labels(&list), ["l-a", "l-b", "l-d", "l-e", "l-c"]);
    let states: Vec<_> = list.iter().map(|found| found.entry.state.clone()).collect();
    assert_eq!(
        states,
        [
            State::Dead {
                reason: "token_revoked".into()
            },
            State::CoolingDown {
                code: Some(429),
                until: "2026-11-21T12:10:00Z".parse().unwrap()
            },
            State::Expired,
            State::Ready,
            State::Ready,
        ]
    );
    assert_eq!(list.iter().position(|found| found.entry.current), Some(3));
    assert!(list[3].entry.renews && !list[2].entry.renews);
    assert_eq!(list[4].entry.index, 5);
}

#[test]
fn a_state_shows_once_and_wins_over_its_copy() {
    let state = json!({"tokens": {"access_token": "at-new", "refresh_token": "rt-new"}, "auth_mode": "oauth_pkce"});
    let alone = json!({"providers": {"xai-oauth": state}});
    let found = list("xai-oauth", &alone, &Environment::default());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].entry.id, "xai-oauth");
    assert_eq!(found[0].entry.source, "oauth_pkce");
    assert_eq!(found[0].entry.kind, Kind::OAuth);

    for source in ["loopback_pkce", "device_code"] {
        let copy = entry(
            "1",
            0,
            &json!({"source": source, "access_token": "at-old", "refresh_token": "rt-old"}),
        );
        let both =
            json!({"providers": {"xai-oauth": state}, "credential_pool": {"xai-oauth": [copy]}});
        let found = list("xai-oauth", &both, &Environment::default());
        assert_eq!(found.len(), 1, "{source}");
        assert!(
            found[0].access.as_ref().unwrap().matches("at-new"),
            "{source}"
        );
    }
    let other = json!({"providers": {"xai-oauth": state}, "credential_pool": {"xai-oauth": [entry("1", 0, &json!({}))]}});
    assert_eq!(list("xai-oauth", &other, &Environment::default()).len(), 2);
    let marker =
        json!({"providers": {"qwen-oauth": {"base_url": "x"}, "zai": {"detected_endpoint": {}}}});
    assert!(list("qwen-oauth", &marker, &Environment::default()).is_empty());
}

#[test]
fn keys_of_the_environment_are_borrowed_unless_suppressed() {
    let environment = Environment::from([
        ("XAI_API_KEY", "sk-env-1"),
        ("ANTHROPIC_TOKEN", "sk-ant-oat01-x"),
        ("GH_TOKEN", "ghp_classic"),
        ("GITHUB_TOKEN", "gho_fine"),
    ]);
    let empty = json!({});
    let xai = list("xai", &empty, &environment);
    assert_eq!(xai[0].entry.id, "env:XAI_API_KEY");
    assert_eq!(xai[0].entry.state, State::Ready);
    let claude = list("anthropic", &empty, &environment);
    assert_eq!(
        (labels(&claude), claude[0].entry.kind),
        (vec!["ANTHROPIC_TOKEN"], Kind::OAuth)
    );
    assert_eq!(
        labels(&list("copilot", &empty, &environment)),
        ["GITHUB_TOKEN"]
    );
    let hidden = json!({"suppressed_sources": {"xai": ["env:XAI_API_KEY"]}, "providers": {}});
    assert!(list("xai", &hidden, &environment).is_empty());

    let pooled = json!({"credential_pool": {"xai": [{"id":"879462","label":"XAI_API_KEY","auth_type":"api_key","priority":0,
        "source":"env:XAI_API_KEY","base_url":"https://api.x.ai/v1","request_count":0,"secret_fingerprint":"sha256:d9c09655645ef2d2"}]}});
    let found = list("xai", &pooled, &environment);
    assert_eq!((found.len(), found[0].entry.id.as_str()), (1, "879462"));
    assert!(found[0].access.as_ref().unwrap().matches("sk-env-1"));
    let gone = list("xai", &pooled, &Environment::default());
    assert_eq!(gone[0].entry.state, State::Missing);
    assert!(!gone[0].entry.current);
}

#[test]
fn targets_are_ids_then_labels_then_numbers() {
    let file = json!({"credential_pool": {"xai-oauth": [
        entry("aaaaaa", 0, &json!({"label": "Work"})),
        entry("bbbbbb", 1, &json!({"label": "1"})),
        entry("cccccc", 2, &json!({"label": "same"})),
        entry("dddddd", 3, &json!({"label": "SAME"})),
    ]}});
    let list = list("xai-oauth", &file, &Environment::default());
    let picked = |target: &str| {
        pick("xai-oauth", &list, target)
            .map(|found| found.entry.id.clone())
            .map_err(|error| error.to_string())
    };
    assert_eq!(picked("cccccc").unwrap(), "cccccc");
    assert_eq!(picked("work").unwrap(), "aaaaaa");
    assert_eq!(
        picked("1").unwrap(),
        "bbbbbb",
        "a label comes before a number"
    );
    assert_eq!(picked("3").unwrap(), "cccccc");
    assert_eq!(
        picked("9").unwrap_err(),
        "No credential #9. Provider: xai-oauth."
    );
    assert_eq!(
        picked("0").unwrap_err(),
        "No credential #0. Provider: xai-oauth."
    );
    assert_eq!(
        picked("t").unwrap_err(),
        "No credential matching \"t\". Provider: xai-oauth."
    );
    assert_eq!(
        picked("same").unwrap_err(),
        "Ambiguous credential label \"same\". Use the numeric index or entry id instead. Provider: xai-oauth."
    );
}

#[test]
fn pc10_hostile_labels_are_made_plain() {
    let file = json!({"credential_pool": {"xai-oauth": [
        entry("a", 0, &json!({"label": "x\u{1b}[2J\u{202e}y\n", "last_status": "dead", "last_error_reason": "\u{1b}]0;z\u{7}"})),
    ]}});
    let found = &list("xai-oauth", &file, &Environment::default())[0];
    assert_eq!(found.entry.label, "x[2Jy");
    assert_eq!(
        found.entry.state,
        State::Dead {
            reason: "]0;z".into()
        }
    );
}
