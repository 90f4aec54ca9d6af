//! API keys: given in every way, shown in none.

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
    assert!(rig.provider.requests().is_empty());
}
