//! Upstream's `config.yaml`: read where it matters, written never, and harmless when broken.

use hermes_machine::file;
use serde_json::Value;

use crate::rig::Rig;

const KEY: &str = "sk-canary-0123456789";

async fn with_config(text: &str) -> Rig {
    let rig = Rig::of("xai-oauth").await;
    file::write_private(&rig.home.config_yaml(), text.as_bytes()).unwrap();
    rig
}

async fn json(rig: &Rig, arguments: &[&str]) -> Value {
    let ended = rig.run(arguments).await;
    serde_json::from_str(&ended.stdout).expect("JSON")
}

#[tokio::test]
async fn a_custom_provider_is_a_name_for_keys() {
    let text = "custom_providers:\n- {name: My Server, base_url: 'http://127.0.0.1:9/v1'}\n\
                - {name: openrouter, base_url: 'https://proxy.test/v1'}\n\
                - {name: plain, base_url: 'http://192.0.2.1/v1'}\n";
    let rig = with_config(text).await;
    for (position, name) in ["My Server", "my-server", "custom:my-server"]
        .into_iter()
        .enumerate()
    {
        let key = format!("{KEY}-{position}");
        let added = rig
            .run_with(&["auth", "add", name, "--api-key-stdin"], &key)
            .await;
        assert_eq!(added.status, 0, "{name}: {}", added.stderr);
        let told = format!("Added custom:my-server credential #{}", position + 1);
        assert!(added.stdout.starts_with(&told), "{}", added.stdout);
        assert!(
            added.stderr.contains("no question to My Server"),
            "{}",
            added.stderr
        );
    }
    let entry = &rig.home.read_auth_json()["credential_pool"]["custom:my-server"][0];
    assert_eq!(entry["base_url"], "http://127.0.0.1:9/v1");
    let token = rig.run(&["auth", "token", "my-server"]).await;
    assert_eq!(token.stdout, format!("{KEY}-0\n"));

    // The table's own name stays the table's.
    let own = ["auth", "add", "openrouter", "--no-check", "--api-key-stdin"];
    assert_eq!(rig.run_with(&own, KEY).await.status, 0);
    let entry = &rig.home.read_auth_json()["credential_pool"]["openrouter"][0];
    assert_eq!(entry["base_url"], "https://openrouter.ai/api/v1");
    let unsafe_url = rig
        .run_with(&["auth", "add", "plain", "--api-key-stdin"], KEY)
        .await;
    assert!(
        unsafe_url.stderr.contains("auth.unsafe_url"),
        "{}",
        unsafe_url.stderr
    );
    let read = file::read_bounded(&rig.home.config_yaml(), 4096)
        .unwrap()
        .unwrap();
    assert_eq!(read, text.as_bytes());
}

#[tokio::test]
async fn the_strategy_of_a_pool_is_told_where_it_matters() {
    let rig = with_config("credential_pool_strategies: {openrouter: round_robin}\n").await;
    let add = ["auth", "add", "openrouter", "--no-check", "--api-key-stdin"];
    rig.run_with(&add, &format!("{KEY}-1")).await;
    let one = rig.run(&["auth", "status", "openrouter"]).await;
    assert!(!one.stdout.contains("pool_strategy"), "{}", one.stdout);
    rig.run_with(&add, &format!("{KEY}-2")).await;
    let two = rig.run(&["auth", "status", "openrouter"]).await;
    assert!(
        two.stdout
            .contains("\n  pool_strategy: round_robin (for prompts"),
        "{}",
        two.stdout
    );
    let status = json(&rig, &["auth", "status", "openrouter", "--json"]).await;
    assert_eq!(status["pool_strategy"], "round_robin");
    let all = json(&rig, &["auth", "status", "--json"]).await;
    assert_eq!(all["providers"][0]["pool_strategy"], "round_robin");
}

#[tokio::test]
async fn logout_takes_the_configured_provider_when_none_is_active() {
    let rig = with_config("model: {provider: openrouter, default: x}\n").await;
    let add = ["auth", "add", "openrouter", "--no-check", "--api-key-stdin"];
    rig.run_with(&add, KEY).await;
    let out = rig.run(&["logout"]).await;
    assert_eq!(out.stdout, "Logged out of OpenRouter.\n", "{}", out.stderr);
    assert!(
        out.stderr
            .contains("config.yaml goes on naming openrouter as model.provider"),
        "{}",
        out.stderr
    );

    for text in [
        "model: {provider: auto}",
        "model: {provider: nobody-knows}",
        "- broken",
    ] {
        let rig = with_config(text).await;
        let out = rig.run(&["logout"]).await;
        assert_eq!(
            (out.status, out.stdout.as_str()),
            (0, "No provider is currently logged in.\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_broken_file_is_a_warning_of_doctor_and_of_nobody_else() {
    let text = "model:\n  api_key: [sk-canary\n";
    let rig = with_config(text).await;
    let report = json(&rig, &["doctor", "--json"]).await;
    let findings = report["findings"].as_array().unwrap();
    let about: Vec<_> = findings
        .iter()
        .filter(|one| one["subject"] == "config")
        .collect();
    assert_eq!(about.len(), 1, "{report}");
    assert_eq!(about[0]["weight"], "warning");
    assert!(
        about[0]["evidence"]
            .as_str()
            .unwrap()
            .contains("does not parse at line"),
        "{report}"
    );
    assert!(!report.to_string().contains("canary"), "{report}");
    for arguments in [
        &["auth", "list"][..],
        &["auth", "providers"],
        &["status"],
        &["logout"],
        &["auth", "reset", "openrouter"],
    ] {
        let ended = rig.run(arguments).await;
        let told = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(
            (ended.status, told.contains("config.yaml")),
            (0, false),
            "{arguments:?}"
        );
    }
    let read = file::read_bounded(&rig.home.config_yaml(), 4096)
        .unwrap()
        .unwrap();
    assert_eq!(read, text.as_bytes());
}
