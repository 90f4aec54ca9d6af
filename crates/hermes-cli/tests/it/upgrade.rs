//! A new version in the place of an old one: what it says of what is there.

use std::{fs::File, os::unix::fs::FileExt as _, time::Duration};

use hermes_machine::file;
use hermes_testkit::TestHome;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixListener,
    time::timeout,
};

use crate::{
    rig::Ended,
    serve::{Running, finish_of},
};

/// Where the form stands in a database that nobody has open.
const FORM_AT: u64 = 60;

async fn check(home: &TestHome) -> Ended {
    finish_of(home, &["upgrade", "--check"]).await
}

/// How each thing was found, and the exit status.
async fn found(home: &TestHome) -> (i32, Value) {
    let ended = finish_of(home, &["upgrade", "--check", "--json"]).await;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    let rows = report["findings"].as_array().unwrap().iter();
    let rows = rows.map(|row| {
        (
            row["subject"].as_str().unwrap().to_owned(),
            row["weight"].clone(),
        )
    });
    (ended.status, rows.collect::<serde_json::Map<_, _>>().into())
}

fn says(database: &str, credentials: &str, settings: &str, gateway: &str) -> Value {
    json!({
        "database": database,
        "credentials": credentials,
        "settings": settings,
        "gateway": gateway,
    })
}

/// Makes the database say that it has another form.
fn set_form(home: &TestHome, form: u32) {
    let database = File::options()
        .write(true)
        .open(home.home().gateway_db())
        .unwrap();
    database.write_all_at(&form.to_be_bytes(), FORM_AT).unwrap();
}

#[tokio::test]
async fn where_all_fits_there_is_nothing_to_do() {
    let home = TestHome::new();
    let fits = (0, says("fine", "fine", "fine", "fine"));
    assert_eq!(found(&home).await, fits);
    assert!(!home.home().gateway_db().exists(), "it makes nothing");
    let gateway = Running::start(&home, &[]).await;
    assert_eq!(found(&home).await, fits);
    gateway.end().await;
    let ended = check(&home).await;
    assert!(
        ended.stdout.contains("has the form of this version"),
        "{ended:?}"
    );
    assert_eq!(ended.stderr, "There is nothing to do.\n");
}

#[tokio::test]
async fn an_older_database_is_named_with_its_copy_and_a_newer_one_refused() {
    let home = TestHome::new();
    Running::start(&home, &[]).await.end().await;
    set_form(&home, 2);
    let older = check(&home).await;
    assert_eq!(older.status, 0, "{older:?}");
    assert!(older.stdout.contains("has form 2;"), "{older:?}");
    assert!(older.stdout.contains("gateway.db.form-2"), "{older:?}");
    set_form(&home, 1000);
    let newer = (1, says("broken", "fine", "fine", "fine"));
    assert_eq!(found(&home).await, newer);
    let said = check(&home).await.stdout;
    assert!(said.contains("go back: hermes guide upgrade"), "{said}");
}

#[tokio::test]
async fn settings_and_credentials_of_another_version_are_named() {
    let home = TestHome::new();
    home.write_auth_json(r#"{"version": 1000, "providers": {}}"#);
    let text = b"[gateway]\nof_tomorrow = 1\n";
    file::write_private(&home.home().config_toml(), text).unwrap();
    let odd = (1, says("fine", "broken", "broken", "fine"));
    assert_eq!(found(&home).await, odd);
    let said = check(&home).await.stdout;
    assert!(said.contains("newer form 1000"), "{said}");
    assert!(
        said.contains("`gateway.of_tomorrow` is not a key"),
        "{said}"
    );
}

/// A gateway of another version, as far as commands ask it.
#[tokio::test]
async fn a_gateway_of_another_version_is_to_be_started_again() {
    let home = TestHome::new();
    let socket = home.home().gateway_sock();
    file::create_private_dir(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    let gateway = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (incoming, mut outgoing) = stream.into_split();
        let asked = BufReader::new(incoming).lines().next_line().await;
        let asked: Value = serde_json::from_str(&asked.unwrap().unwrap()).unwrap();
        let answer = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": {
            "version": "0.0.9",
            "pid": 4711,
            "mode": "gated",
            "address": "http://127.0.0.1:1/",
            "public_url": null,
            "uptime_seconds": 1,
            "sockets": 0,
            "sessions": 0,
        }});
        outgoing
            .write_all(format!("{answer}\n").as_bytes())
            .await
            .unwrap();
    });
    let ended = check(&home).await;
    timeout(Duration::from_secs(60), gateway)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("! gateway       runs in version 0.0.9 (process 4711)"),
        "{ended:?}"
    );
    assert!(
        ended.stdout.contains("systemctl restart hermes"),
        "{ended:?}"
    );
}
