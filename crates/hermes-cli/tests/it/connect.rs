//! `hermes connect` without a gateway: what is remembered, what is asked, what is refused.

use std::{os::unix::fs::PermissionsExt as _, process::Stdio};

use hermes_machine::file::write_private;
use serde_json::Value;

use crate::rig::{Ended, Rig};

const GATEWAYS: &str = r#"{"version":1,"gateways":[
    {"name":"work","address":"https://gw.example.com/hermes","mode":"sign_in","method":"device",
     "user":"Ada \u001b[2J\u202eL.","plain_http":false,"last_used":"2026-11-23T12:00:00Z","secret":"file"},
    {"name":"lan","address":"http://192.168.1.7:9119","mode":"sign_in","method":"password","user":"ada",
     "plain_http":true,"last_used":"2026-11-23T13:00:00Z","secret":"keychain"},
    {"name":"here","address":"http://127.0.0.1:9119","mode":"token"},
    {"name":"ev\u001b[2Jil","address":"https://evil.example.com","mode":"sign_in"}]}"#;

async fn home(gateways: &str) -> Rig {
    let rig = Rig::of("xai-oauth").await;
    put(&rig, "gateways.json", gateways);
    rig
}

fn put(rig: &Rig, name: &str, text: &str) {
    write_private(&rig.home.path().join(name), text.as_bytes()).unwrap();
}

/// One line of an error, and the next step.
fn failed(ended: &Ended, status: i32, code: &str) {
    assert_eq!(ended.status, status, "{}", ended.stderr);
    let start = format!("error[{code}]: ");
    assert!(ended.stderr.contains(&start), "{}", ended.stderr);
    assert!(ended.stderr.contains("\n  next: "), "{}", ended.stderr);
}

#[tokio::test]
async fn the_list_is_for_people_and_for_programs() {
    let rig = home(GATEWAYS).await;
    let list = rig.run(&["connect", "--list"]).await;
    insta::assert_snapshot!(list.stdout, @r"
    lan   http://192.168.1.7:9119  ada  by password  used 2026-11-23T13:00:00Z
    work  https://gw.example.com/hermes  Ada [2JL.  by device  used 2026-11-23T12:00:00Z
    here  http://127.0.0.1:9119  not signed in
    ");
    let json = rig.run(&["connect", "--list", "--json"]).await;
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    insta::assert_snapshot!(json["gateways"][0], @r#"{"name":"lan","address":"http://192.168.1.7:9119","mode":"sign_in","signed_in":true,"method":"password","user":"ada","kept_in":"keychain","plain_http":true,"last_used":"2026-11-23T13:00:00Z"}"#);
    insta::assert_snapshot!(json["gateways"][2], @r#"{"name":"here","address":"http://127.0.0.1:9119","mode":"token","signed_in":false,"method":null,"user":null,"kept_in":null,"plain_http":false,"last_used":null}"#);
    let none = Rig::of("xai-oauth").await.run(&["connect", "--list"]).await;
    assert_eq!((none.status, none.stdout.as_str()), (0, ""));
    assert!(
        none.stderr.contains("hermes connect https://HOST"),
        "{}",
        none.stderr
    );
}

#[tokio::test]
async fn cf2_a_damaged_file_is_told_and_put_aside() {
    let rig = home("{ broken").await;
    let list = rig.run(&["connect", "--list"]).await;
    assert_eq!((list.status, list.stdout.as_str()), (0, ""));
    assert!(
        list.stderr.contains("gateways.json.damaged-"),
        "{}",
        list.stderr
    );
    let again = rig.run(&["connect", "--list"]).await;
    assert!(!again.stderr.contains("damaged"), "{}", again.stderr);
    put(&rig, "gateways.json", r#"{"version":2}"#);
    let newer = rig.run(&["connect", "--list"]).await;
    failed(&newer, 1, "connect.kept_unusable");
}

#[tokio::test]
async fn what_was_typed_names_a_gateway_or_is_refused() {
    let rig = Rig::of("xai-oauth").await;
    failed(&rig.run(&["connect"]).await, 2, "connect.unknown");
    failed(
        &rig.run(&["connect", "--forget", "work"]).await,
        2,
        "connect.unknown",
    );
    for (typed, code) in [
        ("ftp://gw.example.com", "connect.address_invalid"),
        (
            "https://ada:secret@gw.example.com",
            "connect.address_invalid",
        ),
        ("", "connect.address_invalid"),
    ] {
        let ended = rig.run(&["connect", typed]).await;
        failed(&ended, 2, code);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
    for usage in [
        &["connect", "--list", "work"][..],
        &["connect", "--json"],
        &["connect", "--list", "--name", "x"],
        &["connect", "work", "--forget", "work"],
        &["connect", "work", "--password-stdin"],
        &[
            "connect",
            "work",
            "--user",
            "a",
            "--password-stdin",
            "--token-stdin",
        ],
    ] {
        assert_eq!(rig.run(usage).await.status, 2, "{usage:?}");
    }
    // Nobody listens at port 9 of this machine.
    let nobody = rig.run(&["connect", "127.0.0.1:9"]).await;
    failed(&nobody, 5, "connect.unreachable");
    let wrong = rig
        .hermes(&["connect", "--list"])
        .env("HERMES_KEYCHAIN", "yes")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        String::from_utf8(wrong.stderr)
            .unwrap()
            .contains("connect.keychain")
    );
}

#[tokio::test]
async fn cf6_what_is_kept_is_its_owners_alone() {
    let rig = home(GATEWAYS).await;
    put(
        &rig,
        "gateways.secrets.json",
        r#"{"version":1,"secrets":{"http://127.0.0.1:9119":{"kind":"token","token":"canary"}}}"#,
    );
    // Nothing was ever signed in there, so nobody has to be asked.
    let forgotten = rig.run(&["connect", "--forget", "here"]).await;
    assert_eq!(forgotten.status, 0, "{}", forgotten.stderr);
    let path = rig.home.path().join("gateways.secrets.json");
    assert!(!std::fs::read_to_string(&path).unwrap().contains("canary"));
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The keychain that has the secret of this one is not here: it is not forgotten by halves.
    let unreachable = rig.run(&["connect", "--forget", "lan"]).await;
    failed(&unreachable, 1, "connect.keychain");
    let list = rig.run(&["connect", "--list"]).await;
    assert!(list.stdout.starts_with("lan "), "{}", list.stdout);
}
