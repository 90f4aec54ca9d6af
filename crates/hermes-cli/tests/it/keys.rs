//! API keys: given in every way, shown in none.

use hermes_testkit::Scripted;
use serde_json::{Value, json};

use crate::rig::Rig;

const KEY: &str = "sk-canary-0123456789";

#[tokio::test]
async fn cf4_a_key_from_stdin_is_stored_listed_and_never_shown() {
    let rig = Rig::of("xai-oauth").await;
    let arguments = [
        "auth",
        "add",
        "openrouter",
        "--type",
        "api-key",
        "--api-key-stdin",
        "--no-check",
    ];
    let added = rig.run_with(&arguments, &format!("{KEY}\n")).await;
    assert_eq!(added.status, 0, "{}", added.stderr);
    assert_eq!(
        added.stdout,
        "Added openrouter credential #1: \"api-key-1\"\n"
    );
    let listed = rig.run(&["auth", "list"]).await;
    assert!(
        listed
            .stdout
            .starts_with("openrouter (1 credentials):\n  #1  api-key-1"),
        "{}",
        listed.stdout
    );
    let entry = &rig.home.read_auth_json()["credential_pool"]["openrouter"][0];
    assert_eq!(
        (&entry["source"], &entry["access_token"]),
        (&"manual".into(), &KEY.into())
    );

    for arguments in [
        &["auth", "list", "--json"][..],
        &["auth", "status", "openrouter", "--json"],
        &["auth", "status", "openrouter"],
        &["status"],
        &["doctor"],
        &["auth", "remove", "openrouter", "1", "--json"],
    ] {
        let ended = rig.run(arguments).await;
        let shown = format!("{}{}", ended.stdout, ended.stderr);
        assert!(
            !shown.contains("canary"),
            "cf4: {arguments:?} shows the key"
        );
    }
}

#[tokio::test]
async fn a_key_from_a_file_and_from_argv() {
    let rig = Rig::of("xai-oauth").await;
    let file = rig.home.home().path().join("key");
    std::fs::create_dir_all(rig.home.home().path()).unwrap();
    std::fs::File::create(&file).unwrap();
    let empty = [
        "auth",
        "add",
        "openrouter",
        "--api-key-file",
        file.to_str().unwrap(),
    ];
    let refused = rig.run(&empty).await;
    assert_eq!(
        (
            refused.status,
            refused.stderr.contains("No API key provided.")
        ),
        (2, true)
    );

    let added = rig
        .run(&[
            "auth",
            "add",
            "openrouter",
            "--api-key",
            KEY,
            "--label",
            "mine",
            "--no-check",
        ])
        .await;
    assert_eq!(added.status, 0, "{}", added.stderr);
    assert!(
        added
            .stderr
            .contains("other users of this machine can see --api-key")
    );
    assert_eq!(added.stdout, "Added openrouter credential #1: \"mine\"\n");
}

#[tokio::test]
async fn placeholders_are_refused_and_minimax_means_what_it_says() {
    let rig = Rig::of("minimax-oauth").await;
    let refused = rig
        .run(&["auth", "add", "openrouter", "--api-key", "changeme"])
        .await;
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("error[auth.api_key_invalid]"),
        "{}",
        refused.stderr
    );

    let key = [
        "auth",
        "add",
        "minimax",
        "--type",
        "api-key",
        "--api-key",
        KEY,
        "--no-check",
    ];
    assert_eq!(rig.run(&key).await.status, 0);
    assert!(rig.home.read_auth_json()["credential_pool"]["minimax"].is_array());
    let mut running = rig.start(&["auth", "add", "minimax", "--json"]);
    running.until("device_code").await;
    running.kill().await;
}

#[tokio::test]
async fn without_input_a_question_is_an_error_that_names_the_flag() {
    let rig = Rig::of("anthropic").await;
    let key = rig
        .run(&[
            "--no-input",
            "auth",
            "add",
            "openrouter",
            "--type",
            "api-key",
        ])
        .await;
    assert_eq!(key.status, 2);
    assert!(
        key.stderr.contains("error[cli.no_terminal]"),
        "{}",
        key.stderr
    );
    assert!(key.stderr.contains("--api-key-stdin"), "{}", key.stderr);
    let paste = rig.run(&["--no-input", "auth", "add", "claude"]).await;
    assert_eq!(paste.status, 2, "{}", paste.stderr);
    assert!(
        paste.stderr.contains("error[cli.no_terminal]"),
        "{}",
        paste.stderr
    );
    let never = rig
        .run(&["--no-input", "auth", "add", "codex", "--flow", "paste"])
        .await;
    assert!(
        never.stderr.contains("error[auth.flow_unsupported]"),
        "no terminal would help: {}",
        never.stderr
    );
    assert!(rig.provider.requests().is_empty());
}

/// A rig whose table sends the keys of OpenRouter to the fake provider.
async fn checking() -> Rig {
    let rig = Rig::of("xai-oauth").await;
    let base = rig.provider.url("/api/v1");
    let table = format!("[provider.openrouter]\napi.base_url = \"{base}\"\n");
    rig.home.write_providers_toml(&table);
    rig
}

const ADD: [&str; 4] = ["auth", "add", "openrouter", "--api-key-stdin"];

#[tokio::test]
async fn a_key_that_the_provider_refuses_is_not_saved() {
    let rig = checking().await;
    let problem = json!({"error": {"code": 401, "message": format!("unknown key {KEY}")}});
    let answer = Scripted::StatusJson(401, problem);
    rig.provider.next("/api/v1/key", answer);
    let refused = rig.run_with(&ADD, KEY).await;
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    // A gateway of somebody else's that runs on this machine is named before, and may be.
    let said = refused.stderr.find("error[").unwrap();
    assert_eq!(
        &refused.stderr[said..],
        "error[auth.api_key_refused]: OpenRouter refuses the key (HTTP 401: unknown key …), so it \
         was not saved\n  next: hermes auth add openrouter --type api-key (with --no-check it is \
         saved unasked)\n"
    );
    assert_eq!(rig.home.auth_json_text(), None);
    let asked = rig.provider.requests_to("/api/v1/key");
    let bearer = format!("Bearer {KEY}");
    assert_eq!(asked[0].header("authorization"), Some(bearer.as_str()));

    for flag in ["--no-check", "--offline"] {
        let arguments = [&ADD[..], &[flag]].concat();
        let saved = rig.run_with(&arguments, KEY).await;
        assert_eq!(saved.status, 0, "{}", saved.stderr);
        assert!(
            saved.stderr.contains("Nobody was asked"),
            "{}",
            saved.stderr
        );
    }
    assert_eq!(rig.provider.requests().len(), 1);
}

#[tokio::test]
async fn a_key_is_saved_once_the_provider_accepts_it() {
    let rig = checking().await;
    let answer = Scripted::Json(json!({"data": {"label": "sk-or-v1-0e6…"}}));
    rig.provider.next("/api/v1/key", answer);
    let added = rig.run_with(&ADD, KEY).await;
    assert_eq!(added.status, 0, "{}", added.stderr);
    assert!(
        added.stderr.contains("OpenRouter accepts it."),
        "{}",
        added.stderr
    );
}

#[tokio::test]
async fn trouble_on_the_way_keeps_the_key_and_says_so() {
    let rig = checking().await;
    let elsewhere = rig.provider.url("/elsewhere");
    let arguments = [&ADD[..], &["--json"]].concat();
    for trouble in [
        Scripted::Status(429),
        Scripted::Status(503),
        Scripted::Status(404),
        Scripted::Reset,
        Scripted::Huge,
        Scripted::Redirect(elsewhere),
    ] {
        rig.provider.next("/api/v1/key", trouble.clone());
        let added = rig.run_with(&arguments, KEY).await;
        assert_eq!(added.status, 0, "{trouble:?}: {}", added.stdout);
        let last = added.stdout.lines().last().unwrap();
        let event: Value = serde_json::from_str(last).unwrap();
        assert_eq!(event["checked"], "unclear", "{event}");
        let problem = event["check_problem"].as_str().unwrap();
        assert!(
            problem.starts_with("OpenRouter key check") || problem.contains("asks to wait"),
            "{problem}"
        );
        assert!(!added.stdout.contains("canary"), "{}", added.stdout);
    }
    rig.provider.next("/api/v1/key", Scripted::Status(502));
    let added = rig.run_with(&ADD, KEY).await;
    assert!(
        added.stderr.contains("warning: the key is saved, and could not be checked: OpenRouter key check failed: the server answered HTTP 502"),
        "{}",
        added.stderr
    );
    assert!(rig.provider.requests_to("/elsewhere").is_empty());
}

#[tokio::test]
async fn a_key_goes_to_no_address_that_nobody_named() {
    let rig = Rig::of("xai-oauth").await;
    // No way to ask is known: nothing is sent anywhere.
    let arguments = ["auth", "add", "nvidia", "--api-key-stdin"];
    let added = rig.run_with(&arguments, KEY).await;
    assert!(
        added.stderr.contains("no question to NVIDIA is known"),
        "{}",
        added.stderr
    );
    // A line of `.env` moves the provider's keys; the check does not follow it.
    rig.home
        .write_dot_env(&format!("OPENAI_BASE_URL={}\n", rig.provider.url("/v1")));
    let openai = ["auth", "add", "openai-api", "--api-key-stdin"];
    let added = rig.run_with(&openai, KEY).await;
    assert!(
        added
            .stderr
            .contains("`OPENAI_BASE_URL` names another address"),
        "{}",
        added.stderr
    );
    assert!(rig.provider.requests().is_empty());

    // An address that the person gives is asked.
    let given = rig.provider.url("/v1").to_string();
    rig.provider.next("/v1/models", Scripted::Status(401));
    let arguments = [&openai[..], &["--base-url", &given]].concat();
    let refused = rig.run_with(&arguments, "sk-canary-9876543210").await;
    assert!(
        refused.stderr.contains("auth.api_key_refused"),
        "{}",
        refused.stderr
    );
    let plain = [&openai[..], &["--base-url", "http://proxy.test/v1"]].concat();
    let refused = rig.run_with(&plain, KEY).await;
    assert!(
        refused.stderr.contains("auth.unsafe_url"),
        "{}",
        refused.stderr
    );
}
