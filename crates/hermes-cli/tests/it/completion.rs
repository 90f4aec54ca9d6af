//! Names completed while they are typed: in three shells as they are, and through the command that
//! their scripts ask.

use std::{path::Path, process::Command, time::Duration};

use expectrl::{Expect as _, Regex, session::OsSession};

use crate::rig::Rig;

/// A home with three keys, one of them with a name that needs quotes.
async fn home() -> Rig {
    let rig = Rig::of("xai-oauth").await;
    for (position, label) in ["ada@example.org", "grace@example.org", "my key"]
        .iter()
        .enumerate()
    {
        let add = [
            "auth",
            "add",
            "openrouter",
            "--no-check",
            "--api-key-stdin",
            "--label",
            label,
        ];
        let added = rig.run_with(&add, &format!("sk-canary-{position}")).await;
        assert_eq!(added.status, 0, "{}", added.stderr);
    }
    rig
}

/// A shell on a terminal of its own, with the script of its kind.
async fn shell(rig: &Rig, program: &str, arguments: &[&str], prepare: &str) -> OsSession {
    let name = Path::new(program).file_name().unwrap().to_str().unwrap();
    let script = rig.run(&["completions", name]).await;
    let path = rig.home.user_home().join("script");
    hermes_machine::file::write_private(&path, script.stdout.as_bytes()).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_hermes")).parent().unwrap();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", rig.home.user_home())
        .env("HERMES_HOME", rig.home.home().path())
        .env("PATH", format!("{}:/usr/bin:/bin", binary.display()))
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    session
        .send_line(format!("{prepare} . {}", path.display()))
        .unwrap();
    // What is echoed has the sum, what is printed the result: the shell has read the script.
    let sum = if name == "fish" {
        "(math 40 + 2)"
    } else {
        "$((40 + 2))"
    };
    session.send_line(format!("echo ready{sum}")).unwrap();
    session.expect(Regex("ready42")).unwrap();
    session
}

/// Types three unfinished names, each completed by the tab key, and runs the lines.
fn complete(session: &mut OsSession) {
    let cases = [
        (
            "hermes auth use openrouter grace@e\t",
            r#"openrouter .*"grace@example.org""#,
        ),
        ("hermes auth use openr\tmy\t", r#"openrouter .*"my key""#),
        (
            "hermes auth list --js\topenr\t",
            r#""provider":"openrouter""#,
        ),
    ];
    for (typed, printed) in cases {
        session.send(typed).unwrap();
        session.send("\r").unwrap();
        session.expect(Regex(printed)).unwrap();
    }
    session.send_line("exit").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bash_completes_names() {
    let rig = home().await;
    let mut session = shell(&rig, "/usr/bin/bash", &["--norc", "--noprofile", "-i"], "").await;
    complete(&mut session);
}

#[tokio::test(flavor = "multi_thread")]
async fn zsh_completes_names() {
    let rig = home().await;
    let prepare = "autoload -Uz compinit; compinit -D -u;";
    let mut session = shell(&rig, "/usr/bin/zsh", &["-f", "-i"], prepare).await;
    complete(&mut session);
}

#[tokio::test(flavor = "multi_thread")]
async fn fish_completes_names() {
    let rig = home().await;
    let mut session = shell(&rig, "/usr/bin/fish", &["--no-config", "-i"], "").await;
    complete(&mut session);
}

/// What may come after these words, in the form of fish.
async fn offered(rig: &Rig, words: &[&str]) -> Vec<String> {
    let arguments = [&["complete", "fish", "--", "hermes"], words].concat();
    let ended = rig.run(&arguments).await;
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{words:?}");
    assert!(!ended.stdout.contains("canary"), "{}", ended.stdout);
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    ended.stdout.lines().map(value).collect()
}

#[tokio::test]
async fn each_place_is_offered_what_may_stand_there() {
    let rig = home().await;
    let cases: [(&[&str], &[&str]); 16] = [
        (&["auth", "use", ""], &["openrouter"]),
        (
            &["auth", "use", "openrouter", ""],
            &["ada@example.org", "grace@example.org", "my key"],
        ),
        (&["auth", "use", "or", "a"], &["ada@example.org"]),
        (
            &["auth", "remove", "deepseek", ""],
            &["--json", "--profile", "--no-input", "--help"],
        ),
        (&["auth", "add", "xai"], &["xai", "xai-oauth"]),
        (&["auth", "add", "nous-"], &["nous-portal"]),
        (&["auth", "add", "google"], &["google-gemini"]),
        (&["auth", "token", "dee"], &["deepseek"]),
        (&["logout", "--provider", "o"], &["openrouter"]),
        (
            &["auth", "add", "xai", "--flow", ""],
            &["loopback", "device", "paste"],
        ),
        (&["-p", "other", "auth", "use", "openr"], &["openrouter"]),
        (&["auth", "lo"], &["logout"]),
        (&["model", "s"], &["set"]),
        (&["model", "set", "openr"], &["openrouter"]),
        (&["-z", "Hello", "--provider", "openr"], &["openrouter"]),
        (&["-z", "Hello", "--effort", "m"], &["minimal", "medium"]),
    ];
    for (words, expected) in cases {
        assert_eq!(offered(&rig, words).await, expected, "{words:?}");
    }
    let gateways = r#"{"version":1,"gateways":[
        {"name":"work","address":"https://gw.example.com","mode":"sign_in"},
        {"name":"home","address":"http://127.0.0.1:9119","mode":"token"}]}"#;
    let path = rig.home.path().join("gateways.json");
    hermes_machine::file::write_private(&path, gateways.as_bytes()).unwrap();
    assert_eq!(offered(&rig, &["connect", ""]).await, ["work", "home"]);
    assert_eq!(offered(&rig, &["connect", "--forget", "w"]).await, ["work"]);
    let in_profile = offered(&rig, &["-p", "other", "auth", "use", "openrouter", "a"]).await;
    assert!(
        in_profile.is_empty(),
        "the accounts are another home's: {in_profile:?}"
    );
}

#[tokio::test]
async fn whatever_is_broken_nothing_is_said() {
    let rig = Rig::of("xai-oauth").await;
    rig.home.write_auth_json("{ broken");
    rig.home.write_providers_toml("[provider");
    assert_eq!(
        offered(&rig, &["auth", "token", "openr"]).await,
        ["openrouter"]
    );
    assert!(
        offered(&rig, &["auth", "use", "openrouter", "x"])
            .await
            .is_empty()
    );
    assert!(offered(&rig, &[]).await.is_empty());
    let nowhere = rig
        .hermes(&["complete", "bash"])
        .env_remove("HOME")
        .env_remove("HERMES_HOME")
        .output()
        .await
        .unwrap();
    assert_eq!((nowhere.status.code(), nowhere.stderr.len()), (Some(0), 0));
}
