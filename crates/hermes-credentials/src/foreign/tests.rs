use std::{os::unix::fs::PermissionsExt as _, path::Path, pin::pin};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_errors::{Code, Explain as _};
use hermes_machine::SystemClock;
use hermes_providers::Table;
use hermes_testkit::MovedClock;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn jwt(claims: &Value) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let header = part(json!({"alg": "none"}).to_string());
    format!("{header}.{}.canary", part(claims.to_string()))
}

fn parsed(tool: Tool, text: &str) -> Result<Login, ImportError> {
    store::parse(tool, Origin::File("/x/store".into()), text.as_bytes())
}

fn good(tool: Tool) -> Value {
    match tool {
        Tool::Codex => json!({
            "OPENAI_API_KEY": null,
            "tokens": {
                "id_token": jwt(&json!({"email": "ada@example.org"})),
                "access_token": jwt(&json!({"exp": 1_795_289_455})),
                "refresh_token": "rt-canary",
                "account_id": "account-1",
            },
            "last_refresh": "2026-11-21T10:00:00Z",
        }),
        Tool::Claude => json!({"claudeAiOauth": {
            "accessToken": "sk-ant-oat01-canary",
            "refreshToken": "sk-ant-ort01-canary",
            "expiresAt": 1_795_289_455_000_u64,
            "scopes": ["user:inference", "user:profile"],
        }}),
        Tool::Qwen => json!({
            "access_token": "at-canary",
            "refresh_token": "rt-canary",
            "token_type": "Bearer",
            "resource_url": "portal.evil.test",
            "expiry_date": 1_795_289_455_000_u64,
        }),
        Tool::Gh => json!("gho_canary"),
    }
}

const FILES: [Tool; 3] = [Tool::Codex, Tool::Claude, Tool::Qwen];

#[test]
fn each_store_is_understood() {
    let end = "2026-11-21T19:30:55Z".parse().unwrap();
    for tool in FILES {
        let login = parsed(tool, &good(tool).to_string()).unwrap();
        assert_eq!(login.expires_at, Some(end), "{tool:?}");
        assert!(login.has_refresh_token(), "{tool:?}");
        assert!(login.access.expose().contains("canary") || tool == Tool::Codex);
        let account = (tool == Tool::Codex).then_some("ada@example.org");
        assert_eq!(login.account.as_deref(), account, "{tool:?}");
        assert!(!format!("{login:?}").contains("canary"), "lg2: {tool:?}");
    }
    let claude = parsed(Tool::Claude, &good(Tool::Claude).to_string()).unwrap();
    assert_eq!(claude.scope.as_deref(), Some("user:inference user:profile"));
}

#[test]
fn what_is_no_login_is_told_apart_by_code() {
    let cases = [
        (Tool::Codex, "{}", Code::ImportMissing),
        (Tool::Codex, r#"{"tokens": null}"#, Code::ImportMissing),
        (Tool::Codex, r#"{"tokens": {}}"#, Code::ImportMissing),
        (
            Tool::Codex,
            r#"{"tokens": {"access_token": ""}}"#,
            Code::ImportMissing,
        ),
        (
            Tool::Codex,
            r#"{"OPENAI_API_KEY": "sk-canary", "tokens": null}"#,
            Code::ImportMissing,
        ),
        (
            Tool::Codex,
            r#"{"tokens": "canary"}"#,
            Code::ImportUnreadable,
        ),
        (
            Tool::Codex,
            r#"{"tokens": {"access_token": 5}}"#,
            Code::ImportUnreadable,
        ),
        (
            Tool::Codex,
            r#"{"tokens": {"access_token": "a", "refresh_token": ["canary"]}}"#,
            Code::ImportUnreadable,
        ),
        (Tool::Claude, "{}", Code::ImportMissing),
        (
            Tool::Claude,
            r#"{"claudeAiOauth": {}}"#,
            Code::ImportMissing,
        ),
        (
            Tool::Claude,
            r#"{"claudeAiOauth": [1]}"#,
            Code::ImportUnreadable,
        ),
        (
            Tool::Claude,
            r#"{"claudeAiOauth": {"accessToken": "canary\r\nHost: evil"}}"#,
            Code::ImportUnreadable,
        ),
        (Tool::Qwen, "{}", Code::ImportMissing),
        (
            Tool::Qwen,
            r#"{"access_token": true}"#,
            Code::ImportUnreadable,
        ),
        (
            Tool::Qwen,
            r#"{"access_token": "caf\u00e9 canary"}"#,
            Code::ImportUnreadable,
        ),
    ];
    for (tool, text, code) in cases {
        let error = parsed(tool, text).unwrap_err();
        assert_eq!(error.code(), code, "{tool:?} {text}: {error}");
        assert!(!error.to_string().contains("canary"), "lg1: {error}");
    }
    let deep = "[".repeat(100_000);
    for text in [
        "",
        " ",
        "canary",
        "[]",
        "null",
        "{\"tokens\"",
        deep.as_str(),
        "\u{feff}{}",
    ] {
        for tool in FILES {
            let error = parsed(tool, text).unwrap_err();
            assert_eq!(error.code(), Code::ImportUnreadable, "{tool:?}");
            assert!(!error.to_string().contains("canary"), "lg1: {error}");
        }
    }
}

#[test]
fn an_end_that_cannot_be_read_is_an_end_that_is_not_known() {
    for odd in [
        json!("soon"),
        json!([]),
        json!(1e300),
        json!(null),
        json!(-1e300),
    ] {
        let mut store = good(Tool::Qwen);
        store["expiry_date"] = odd.clone();
        let login = parsed(Tool::Qwen, &store.to_string()).unwrap();
        assert_eq!(login.expires_at, None, "{odd}");
    }
}

#[test]
fn pc10_a_hostile_account_name_is_cleaned() {
    let mut store = good(Tool::Codex);
    store["tokens"]["id_token"] = jwt(&json!({"email": "a\u{202e}b\x1b[2J@example.org"})).into();
    let login = parsed(Tool::Codex, &store.to_string()).unwrap();
    assert_eq!(login.account.as_deref(), Some("ab[2J@example.org"));
}

#[test]
fn github_tokens_are_told_apart() {
    let of = |text: &str| store::of_gh(Origin::Command("gh auth token"), text.as_bytes());
    for token in ["gho_canary\n", "ghu_canary", "github_pat_canary\r\n"] {
        let login = of(token).unwrap();
        assert_eq!(login.access.expose(), token.trim());
        assert!(!login.has_refresh_token());
    }
    for (text, code) in [
        ("", Code::ImportMissing),
        ("\n", Code::ImportMissing),
        ("ghp_canary", Code::ImportUnusable),
        ("ghs_canary", Code::ImportUnusable),
        ("canary gho_", Code::ImportUnusable),
        ("gho_a\ngho_canary", Code::ImportUnusable),
    ] {
        let error = of(text).unwrap_err();
        assert_eq!(error.code(), code, "{text:?}");
        assert!(!error.to_string().contains("canary"), "lg1: {error}");
    }
    assert_eq!(
        store::of_gh(Origin::Command("gh auth token"), b"\xff\xfe")
            .unwrap_err()
            .code(),
        Code::ImportMissing
    );
}

#[tokio::test]
async fn a_place_that_holds_no_file_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    let text = good(Tool::Codex).to_string();
    file::write_private(&place("good"), text.as_bytes()).unwrap();
    file::write_private(&place("huge"), &vec![b' '; 1024 * 1024 + 1]).unwrap();
    std::os::unix::fs::symlink(place("good"), place("link")).unwrap();
    std::os::unix::fs::symlink(place("nowhere"), place("dangling")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", place("zero")).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, place("pipe"), fifo, mode, 0).unwrap();
    let environment = Environment::default();
    let find = async |name: &str| {
        let path = place(name);
        Login::find(Tool::Codex, Some(&path), &environment, &SystemClock).await
    };
    assert!(find("good").await.is_ok());
    assert!(find("link").await.is_ok());
    for name in ["nowhere", "dangling"] {
        assert_eq!(
            find(name).await.unwrap_err().code(),
            Code::ImportMissing,
            "{name}"
        );
    }
    for name in ["huge", "zero", "pipe", "", "good/below"] {
        let error = find(name).await.unwrap_err();
        assert_eq!(error.code(), Code::ImportUnreadable, "{name}: {error}");
    }
    assert_eq!(std::fs::read_to_string(place("good")).unwrap(), text);
}

#[tokio::test]
async fn the_usual_places_are_looked_at() {
    let environment = Environment::from([("HOME", "/h"), ("CODEX_HOME", "")]);
    let at = |tool: Tool, environment: &Environment| {
        tool.store(environment)
            .map(|path| path.display().to_string())
    };
    assert_eq!(
        at(Tool::Codex, &environment).unwrap(),
        "/h/.codex/auth.json"
    );
    assert_eq!(
        at(Tool::Claude, &environment).unwrap(),
        "/h/.claude/.credentials.json"
    );
    assert_eq!(
        at(Tool::Qwen, &environment).unwrap(),
        "/h/.qwen/oauth_creds.json"
    );
    assert_eq!(at(Tool::Gh, &environment), None);
    let environment = environment.with("CODEX_HOME", "/c");
    assert_eq!(at(Tool::Codex, &environment).unwrap(), "/c/auth.json");
    let nowhere = Environment::default();
    let error = Login::find(Tool::Qwen, None, &nowhere, &SystemClock)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ImportMissing);
    let path = Some(Path::new("/x"));
    let error = Login::find(Tool::Gh, path, &nowhere, &SystemClock)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::InputUnreadable);
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "a program of the test, which nobody runs before it is whole"
)]
async fn a_github_cli_that_does_not_answer_is_given_five_seconds() {
    let directory = tempfile::tempdir().unwrap();
    let gh = directory.path().join("gh");
    std::fs::write(&gh, "#!/bin/sh\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", directory.path().display());
    let environment = Environment::default().with("PATH", &path);
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let mut asked = pin!(Login::find(Tool::Gh, None, &environment, &*clock));
    tokio::select! {
        biased;
        ended = &mut asked => panic!("{ended:?}"),
        () = clock.until_sleeping(1) => {}
    }
    clock.advance(Duration::from_millis(4_999));
    tokio::select! {
        biased;
        ended = &mut asked => panic!("too early: {ended:?}"),
        () = std::future::ready(()) => {}
    }
    clock.advance(Duration::from_millis(1));
    let error = asked.await.unwrap_err();
    assert_eq!(error.code(), Code::ImportUnreadable);
    assert!(error.to_string().contains("within 5 s"), "{error}");
}

#[test]
fn the_registrations_are_those_of_the_built_in_table() {
    let table = Table::load(None).unwrap();
    for tool in Tool::ALL {
        let provider = table.get(tool.provider()).unwrap();
        assert_eq!(Tool::of_provider(&provider.id), Some(tool));
        if tool.client_id().is_some() {
            assert_eq!(tool.client_id(), provider.client_id.as_deref(), "{tool:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_store_is_too_odd(text in any::<String>(), keys in ".*", bytes in any::<Vec<u8>>()) {
        let nested = json!({
            "tokens": {"access_token": text, "id_token": keys, "refresh_token": text},
            "claudeAiOauth": {"accessToken": text, "expiresAt": keys, "scopes": [text, 1, keys]},
            "access_token": text, "expiry_date": keys, "scope": text,
        })
        .to_string();
        for tool in FILES {
            for content in [text.as_bytes(), &bytes, nested.as_bytes()] {
                let read = store::parse(tool, Origin::File("/x".into()), content);
                if let Ok(login) = read {
                    prop_assert!(login.access.expose().bytes().all(|byte| byte.is_ascii_graphic()));
                }
            }
        }
        let _ = store::of_gh(Origin::Command("gh"), &bytes);
    }
}
