//! The settings of the gateway, as `hermes config` shows, checks and writes them.

use std::os::unix::fs::PermissionsExt as _;

use hermes_testkit::TestHome;
use serde_json::Value;

use crate::rig::{Ended, finish, hermes};

const TOKEN: &str = "canary-token-0123456789abcdef0123456789";

async fn run(home: &TestHome, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = hermes(home.home().path(), arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    finish(&mut command).await
}

fn write(home: &TestHome, text: &str) {
    std::fs::create_dir_all(home.home().path()).unwrap();
    let written = hermes_machine::file::write_private(&home.home().config_toml(), text.as_bytes());
    written.unwrap();
}

#[tokio::test]
async fn init_writes_a_file_that_changes_nothing() {
    let home = TestHome::new();
    let before = run(&home, &["config", "show"], &[]).await;
    assert_eq!(before.status, 0, "{}", before.stderr);
    let written = run(&home, &["config", "init"], &[]).await;
    assert_eq!(written.status, 0, "{}", written.stderr);
    let path = home.home().config_toml();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let after = run(&home, &["config", "show"], &[]).await;
    let rows = |ended: &Ended| ended.stdout.split("\n\n").next().map(str::to_owned);
    assert_eq!(rows(&after), rows(&before));
    let printed = run(&home, &["config", "init", "--print"], &[]).await;
    assert_eq!(printed.stdout, std::fs::read_to_string(&path).unwrap());

    let again = run(&home, &["config", "init"], &[]).await;
    assert_eq!(again.status, 2);
    assert!(again.stderr.contains("config.exists"), "{}", again.stderr);
    assert_eq!(printed.stdout, std::fs::read_to_string(&path).unwrap());
}

#[tokio::test]
async fn schema_prints_what_an_editor_wants() {
    let home = TestHome::new();
    let printed = run(&home, &["config", "schema"], &[]).await;
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    let port = &schema["properties"]["gateway"]["properties"]["port"];
    assert_eq!(
        (&port["type"], &port["default"]),
        (&"integer".into(), &9119.into())
    );
}

#[tokio::test]
async fn show_says_where_each_value_came_from() {
    let home = TestHome::new();
    write(
        &home,
        "[gateway]\nport = 9200\n[gateway.proxy]\nallowed_hosts = [\"gw.lan\"]\n",
    );
    let variables = [
        ("HERMES_GATEWAY_TOKEN", TOKEN),
        ("HERMES_GATEWAY_HOST", "::1"),
    ];
    let shown = run(&home, &["config", "show"], &variables).await;
    insta::assert_snapshot!("config_show", shown.stdout);
    let json = run(&home, &["config", "show", "--json"], &variables).await;
    assert!(!json.stdout.contains("canary") && !shown.stdout.contains("canary"));
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["exists"], true);
    let rows = json["settings"].as_array().unwrap();
    let row = |key: &str| {
        rows.iter()
            .find(|row| row["key"] == key)
            .unwrap()
            .to_string()
    };
    assert_eq!(
        row("gateway.port"),
        r#"{"key":"gateway.port","value":9200,"origin":"file","name":null}"#
    );
    assert_eq!(
        row("gateway.token"),
        r#"{"key":"gateway.token","value":"set","origin":"environment","name":"HERMES_GATEWAY_TOKEN"}"#
    );
}

#[tokio::test]
async fn show_and_check_take_the_flags_of_serve() {
    let home = TestHome::new();
    write(&home, "[gateway]\nport = 9200\nhost = \"::1\"\n");
    let variables = [("HERMES_GATEWAY_PORT", "9300")];
    let words = "config show --json --port 9400 --proxy-allowed-hosts a.lan,b.lan --no-open";
    let words: Vec<_> = words.split(' ').collect();
    let shown = run(&home, &words, &variables).await;
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    for row in [
        r#"{"key":"gateway.port","value":9400,"origin":"flag","name":"--port"}"#,
        r#"{"key":"gateway.host","value":"::1","origin":"file","name":null}"#,
        r#"{"key":"gateway.open","value":false,"origin":"flag","name":"--open"}"#,
        r#"{"key":"gateway.proxy.allowed_hosts","value":["a.lan","b.lan"],"origin":"flag","name":"--proxy-allowed-hosts"}"#,
        r#"{"key":"gateway.metrics","value":null,"origin":"default","name":null}"#,
    ] {
        assert!(shown.stdout.contains(row), "{row} in {}", shown.stdout);
    }

    let good = run(&home, &["config", "check", "--port", "0"], &[]).await;
    assert_eq!(good.status, 0, "{}", good.stdout);
    assert!(
        good.stdout.contains("and the flags are good"),
        "{}",
        good.stdout
    );
    let bad = run(&home, &["config", "check", "--port", "70000"], &[]).await;
    assert_eq!(bad.status, 2);
    assert!(
        bad.stdout.contains("(from the flag `--port`)"),
        "{}",
        bad.stdout
    );
}

#[tokio::test]
async fn check_says_everything_that_is_wrong() {
    let home = TestHome::new();
    let none = run(&home, &["config", "check"], &[]).await;
    assert_eq!(none.status, 0, "{}", none.stdout);
    write(&home, "[gateway]\nprot = 1\nport = 70000\n");
    let bad = run(&home, &["config", "check"], &[]).await;
    assert_eq!(bad.status, 2);
    assert_eq!(
        bad.stdout,
        "✗ `gateway.prot` is not a key: did you mean `gateway.port`?\n\
         ✗ `gateway.port` must be a whole number from 0 to 65535\n\
         the gateway would not start\n"
    );
    let json = run(&home, &["config", "check", "--json"], &[]).await;
    assert_eq!(json.status, 2);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["ok"], &json["problems"][1]["key"]),
        (&false.into(), &"gateway.port".into())
    );

    let show = run(&home, &["config", "show", "--json"], &[]).await;
    assert_eq!(show.status, 2);
    let event: Value = serde_json::from_str(&show.stdout).unwrap();
    assert_eq!(
        (&event["code"], &event["hint"]),
        (&"config.invalid".into(), &"hermes config check".into())
    );
}

#[tokio::test]
async fn check_names_what_is_doubtful_and_reads_secrets_from_files() {
    let home = TestHome::new();
    write(
        &home,
        "[gateway]\ntoken_in_page = true\ntoken_file = \"token\"\n",
    );
    let missing = run(&home, &["config", "check"], &[]).await;
    assert!(
        missing.stdout.contains("`gateway.token` cannot be read"),
        "{}",
        missing.stdout
    );
    let path = home.home().path().join("token");
    hermes_machine::file::write_private(&path, format!("{TOKEN}\n").as_bytes()).unwrap();
    let good = run(&home, &["config", "check"], &[]).await;
    assert_eq!(good.status, 0, "{}", good.stdout);
    assert!(
        good.stdout.starts_with("! `gateway.token_in_page` is on"),
        "{}",
        good.stdout
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_no_empty_file() {
    let home = TestHome::new();
    std::fs::create_dir_all(home.home().config_toml()).unwrap();
    let directory = run(&home, &["config", "show"], &[]).await;
    assert_eq!(directory.status, 1);
    assert!(
        directory.stderr.contains("config.unreadable"),
        "{}",
        directory.stderr
    );
}
