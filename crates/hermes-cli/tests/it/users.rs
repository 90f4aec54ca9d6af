//! `hermes users`, on a home without a running gateway.

use std::process::Stdio;

use hermes_storage::Storage as _;
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::TestHome;
use serde_json::Value;

use crate::rig::{Ended, finish, finish_fed, hermes};

const PASSWORD: &str = "canary fourteen geese";

async fn run(home: &TestHome, arguments: &[&str]) -> Ended {
    finish(hermes(home.home().path(), arguments).stdin(Stdio::null())).await
}

async fn typed(home: &TestHome, arguments: &[&str], input: &str) -> Ended {
    finish_fed(&mut hermes(home.home().path(), arguments), input).await
}

async fn add(home: &TestHome, name: &str, more: &[&str]) -> Ended {
    let arguments = [&["users", "add", name, "--password-stdin"], more].concat();
    typed(home, &arguments, &format!("{PASSWORD}\n")).await
}

#[tokio::test]
async fn the_first_user_is_the_owner_and_the_next_is_not() {
    let home = TestHome::new();
    let none = run(&home, &["users", "list"]).await;
    assert_eq!((none.status, none.stdout.as_str()), (0, ""));
    let ada = add(&home, "Ada", &[]).await;
    assert_eq!(ada.status, 0, "{}", ada.stderr);
    assert_eq!(ada.stdout, "Added ada\n");
    assert!(ada.stderr.contains("ada is the owner"), "{}", ada.stderr);
    let bob = add(&home, "bob", &["--display-name", "Bob B."]).await;
    assert!(!bob.stderr.contains("owner"), "{}", bob.stderr);
    let listed = run(&home, &["users", "list"]).await;
    assert_eq!(
        listed.stdout,
        "ada  owner   password  ada\nbob  member  password  Bob B.\n"
    );
    let json = run(&home, &["users", "list", "--json"]).await;
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let row = &json["users"][0];
    assert_eq!(
        [&row["id"], &row["login"], &row["role"]],
        ["owner", "ada", "owner"]
    );
    assert_eq!(row["has_password"], true);
    assert_eq!(row["passkeys"], 0);
    assert_eq!(row["identities"], serde_json::json!([]));

    let twice = add(&home, "ADA", &[]).await;
    assert_eq!(twice.status, 2);
    assert!(twice.stderr.contains("users.login_taken"));
    let second = add(&home, "eve", &["--owner"]).await;
    assert!(second.stderr.contains("users.exists"), "{}", second.stderr);
}

#[tokio::test]
async fn where_the_settings_name_the_owner_the_first_user_is_a_member() {
    let home = TestHome::new();
    let text = format!("[gateway.basic]\nusername = \"admin\"\npassword = \"{PASSWORD}\"\n");
    hermes_machine::file::write_private(&home.home().config_toml(), text.as_bytes()).unwrap();
    let added = add(&home, "ada", &["--json"]).await;
    let event: Value = serde_json::from_str(&added.stdout).unwrap();
    assert_eq!(event["event"], "user_added");
    assert_eq!(event["user"]["role"], "member");
    let bob = add(&home, "bob", &["--owner", "--json"]).await;
    let event: Value = serde_json::from_str(&bob.stdout).unwrap();
    assert_eq!(event["user"]["id"], "owner");
}

#[tokio::test]
async fn pw2_a_password_that_is_no_good_is_refused_by_name() {
    let home = TestHome::new();
    for (password, says) in [
        ("short\n", "5 characters, and 15 is the fewest"),
        ("passwordpassword\n", "one of the first that anybody tries"),
        ("", "0 characters"),
    ] {
        let ended = typed(
            &home,
            &["users", "add", "ada", "--password-stdin"],
            password,
        )
        .await;
        assert_eq!(ended.status, 2);
        assert!(
            ended.stderr.contains("users.password_refused") && ended.stderr.contains(says),
            "{}",
            ended.stderr
        );
    }
    let name = add(&home, "no name", &[]).await;
    assert_eq!(name.status, 2);
    assert!(name.stderr.contains("users.name_invalid"));
    let silent = run(&home, &["users", "add", "ada", "--no-input"]).await;
    assert_eq!(silent.status, 2);
    assert!(
        silent
            .stderr
            .contains("hermes users add ada --password-stdin"),
        "{}",
        silent.stderr
    );
    let none = run(&home, &["users", "list", "--json"]).await;
    assert_eq!(none.stdout, "{\"users\":[]}\n");
}

#[tokio::test]
async fn the_owner_goes_on_purpose_alone() {
    let home = TestHome::new();
    add(&home, "ada", &[]).await;
    add(&home, "bob", &[]).await;
    for verb in ["remove", "disable"] {
        let kept = run(&home, &["users", verb, "ada"]).await;
        assert_eq!(kept.status, 2);
        let next = format!("hermes users {verb} ada --force");
        assert!(
            kept.stderr.contains("users.owner_protected") && kept.stderr.contains(&next),
            "{}",
            kept.stderr
        );
    }
    let out = run(&home, &["users", "disable", "owner", "--force"]).await;
    assert_eq!((out.status, out.stdout.as_str()), (0, "Disabled ada\n"));
    let back = run(&home, &["users", "enable", "ada"]).await;
    assert_eq!(back.stdout, "Enabled ada\n");
    let gone = run(&home, &["users", "remove", "ada", "--force"]).await;
    assert_eq!(gone.stdout, "Removed ada\n");
    let unknown = run(&home, &["users", "remove", "ada"]).await;
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("users.unknown"));
    let heir = add(&home, "eve", &[]).await;
    assert!(heir.stderr.contains("eve is the owner"));
}

#[tokio::test]
async fn a_new_password_is_kept_as_a_hash_and_written_nowhere_else() {
    let home = TestHome::new();
    add(&home, "ada", &[]).await;
    let phc = async || {
        let storage = SqliteStorage::open(&home.home().gateway_db())
            .await
            .unwrap();
        let stored = storage.users().password(hermes_storage::UserId::owner());
        stored.await.unwrap().unwrap().phc
    };
    let before = phc().await;
    let arguments = ["users", "passwd", "ada", "--password-stdin", "--json"];
    let ended = typed(&home, &arguments, "canary nineteen herons\r\n").await;
    let event: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&event["event"], &event["sessions_ended"]),
        (&"password_set".into(), &0.into())
    );
    let after = phc().await;
    assert!(!after.same(&before));
    assert!(after.expose().starts_with("$argon2id$"));
    let log = home.home().path().join(hermes_gateway::audit::FILE);
    let log = std::fs::read_to_string(log).unwrap();
    let reasons: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["reason"].clone())
        .collect();
    assert_eq!(reasons, ["added", "password_set"]);
    for text in [&log, &ended.stdout, &ended.stderr] {
        assert!(!text.contains("canary"));
    }
}
