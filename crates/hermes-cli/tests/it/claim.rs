//! Links by which somebody becomes the owner of a gateway, or one of its users.

use expectrl::{Eof, Expect as _};
use hermes_testkit::TestHome;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    rig::{Ended, Rig, finish, hermes},
    serve::{Running, finish_of},
    terminal::{expect, spawn},
};

const PASSWORD: &str = "canary fourteen geese";

/// A gateway that nobody but this machine reaches, and where people sign in.
const HOST: (&str, &str) = ("HERMES_GATEWAY_HOST", "127.0.0.2");

/// A home with such settings.
fn home() -> TestHome {
    let home = TestHome::new();
    let text = format!("[gateway]\nhost = \"{}\"\n", HOST.1);
    hermes_machine::file::write_private(&home.home().config_toml(), text.as_bytes()).unwrap();
    home
}

/// Sends a body of JSON: the status, and the cookies.
async fn post(port: u16, path: &str, body: &Value) -> (u16, String) {
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        HOST.1,
        body.len()
    );
    let mut stream = TcpStream::connect((HOST.1, port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// The secret of the link that was printed.
fn secret(ended: &Ended, port: u16) -> String {
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let (address, secret) = ended.stdout.trim().split_once('#').unwrap();
    assert_eq!(address, format!("http://{}:{port}/claim", HOST.1));
    assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    secret.to_owned()
}

#[tokio::test]
async fn pw6_the_link_of_a_claim_is_no_logs_and_works_once() {
    let home = home();
    let mut gateway = Running::start(&home, &[HOST]).await;
    let says = gateway.says("Claim it").await;
    let port = gateway.port;
    let command = format!("hermes owner invite --port {port}");
    assert!(says.ends_with(&command), "{says}");
    let command: Vec<_> = command.split(' ').skip(1).collect();
    let claim = secret(&finish_of(&home, &command).await, port);
    let choose = |secret: &str, name: &str| json!({ "secret": secret, "username": name, "password": PASSWORD });
    let claimed = post(port, "/auth/claim", &choose(&claim, "ada")).await;
    assert_eq!(claimed.0, 200, "{}", claimed.1);
    assert_eq!(
        post(port, "/auth/claim", &choose(&claim, "eve")).await.0,
        404
    );

    let bob = ["users", "invite", "bob", "--port", &port.to_string()];
    let bob = secret(&finish_of(&home, &bob).await, port);
    assert_eq!(post(port, "/auth/claim", &choose(&bob, "bob")).await.0, 200);
    let listed = finish_of(&home, &["users", "list"]).await.stdout;
    assert_eq!(
        listed,
        "ada  owner   password  ada\nbob  member  password  bob\n"
    );

    let kept = finish_of(&home, &["owner", "reset"]).await;
    assert_eq!(kept.status, 2);
    assert!(
        kept.stderr.contains("hermes owner reset --force"),
        "{}",
        kept.stderr
    );
    let port_ = port.to_string();
    let reset = ["owner", "reset", "--force", "--port", &port_];
    let reset = finish_of(&home, &reset).await;
    assert!(
        reset.stderr.contains("1 session has ended"),
        "{}",
        reset.stderr
    );
    let reset = secret(&reset, port);
    let sign_in = json!({ "provider": "password", "username": "ada", "password": PASSWORD });
    assert_eq!(post(port, "/auth/password-login", &sign_in).await.0, 401);
    assert_eq!(
        post(port, "/auth/claim", &choose(&reset, "ada")).await.0,
        200
    );
    assert_eq!(post(port, "/auth/password-login", &sign_in).await.0, 200);

    let said = gateway.end().await.join("\n");
    let log = home.home().path().join(hermes_gateway::audit::FILE);
    let log = std::fs::read_to_string(log).unwrap();
    let database = std::fs::read(home.home().gateway_db()).unwrap();
    let database = String::from_utf8_lossy(&database);
    for secret in [&claim, &bob, &reset, PASSWORD] {
        for text in [&said, &log, &*database] {
            assert!(!text.contains(secret));
        }
    }
    let count = |reason: &str| log.matches(&format!("\"{reason}\"")).count();
    assert_eq!(
        [
            count("invited"),
            count("invitation_accepted"),
            count("reset")
        ],
        [2, 3, 1]
    );
}

#[tokio::test]
async fn a_link_leads_to_the_gateway_that_runs_whatever_its_flags() {
    const NOBODY: &str = "No gateway of this home answers";
    let home = TestHome::new();
    let invite = ["owner", "invite"];
    let flags = ["--host", HOST.1];
    let gateway = Running::start_by(&home, &flags, &[]).await;
    let invited = finish_of(&home, &invite).await;
    secret(&invited, gateway.port);
    assert!(!invited.stderr.contains(NOBODY), "{}", invited.stderr);
    let port = gateway.port.to_string();
    let bob = ["users", "invite", "bob", "--port", &port];
    secret(&finish_of(&home, &bob).await, gateway.port);
    // Another port is another gateway's, and there the settings count.
    let other = finish_of(&home, &["owner", "invite", "--port", "1"]).await;
    assert_eq!((other.status, other.stdout.as_str()), (2, ""));
    gateway.end().await;

    let public = "https://gw.example.test/hermes";
    let flags = ["--public-url", public];
    let gateway = Running::start_by(&home, &flags, &[]).await;
    for command in [&invite[..], &["owner", "reset", "--force"]] {
        let link = finish_of(&home, command).await.stdout;
        assert!(link.starts_with(&format!("{public}/claim#")), "{link}");
    }
    gateway.end().await;

    let variable = ("HERMES_GATEWAY_PROXY_PUBLIC_URL", public);
    let mut command = hermes(home.home().path(), &invite);
    let invited = finish(command.env(variable.0, variable.1)).await;
    assert!(invited.stdout.starts_with(public), "{}", invited.stdout);
    assert!(invited.stderr.contains(NOBODY), "{}", invited.stderr);
}

#[tokio::test]
async fn the_owner_of_a_gateway_that_runs_is_who_its_flags_name() {
    let home = TestHome::new();
    let password = home.home().path().join("password");
    hermes_machine::file::write_private(&password, PASSWORD.as_bytes()).unwrap();
    let file = password.to_str().unwrap();
    let flags = ["--basic-username", "ada", "--basic-password-file", file];
    let gateway = Running::start_by(&home, &flags, &[]).await;
    let mut add = hermes(
        home.home().path(),
        &["users", "add", "bob", "--password-stdin"],
    );
    let typed = std::fs::File::open(&password).unwrap();
    let added = finish(add.stdin(typed)).await;
    assert_eq!(added.status, 0, "{}", added.stderr);
    assert!(!added.stderr.contains("is the owner"), "{}", added.stderr);
    gateway.end().await;
}

#[tokio::test]
async fn a_gateway_that_began_without_users_makes_no_link_before_its_next_start() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[]).await;
    let word = "https://id.example.com#9";
    let allowed = finish_of(&home, &["users", "allow", word]).await;
    assert_eq!(allowed.status, 0, "{}", allowed.stderr);
    let ended = finish_of(&home, &["users", "invite", "bob"]).await;
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
    assert!(
        ended.stderr.contains("gateway.no_sign_in") && ended.stderr.contains("its next start"),
        "{}",
        ended.stderr
    );
    gateway.end().await;
    assert_eq!(
        finish_of(&home, &["users", "invite", "bob"]).await.status,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_link_is_shown_after_the_safer_way() {
    let rig = Rig::of("xai-oauth").await;
    let variables = [(
        "HERMES_GATEWAY_PROXY_PUBLIC_URL",
        "http://gw.example.test:8080",
    )];
    let mut session = spawn(&rig, &["serve", "--no-open", "--port", "0"], &variables);
    let text = expect(&mut session, r"hermes owner invite --port \d+");
    let (before, link) = text.split_once("Claim it  ").unwrap();
    let mut lines = link.lines();
    let url = lines.next().unwrap();
    assert!(
        url.starts_with("http://gw.example.test:8080/claim#"),
        "{text}"
    );
    assert!(before.contains("Not encrypted"), "{text}");
    assert!(before.contains("ada@gw.example.test"), "{text}");
    assert!(before.contains("    ssh -N -L "), "{text}");
    assert!(lines.any(|line| line.starts_with("█")), "a QR code: {text}");
    session.send("\u{3}").unwrap();
    session.expect(Eof).unwrap();
}

#[tokio::test]
async fn where_nobody_signs_in_there_is_no_link() {
    let home = TestHome::new();
    for command in [&["owner", "invite"][..], &["users", "invite", "bob"]] {
        let ended = finish_of(&home, command).await;
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        assert!(
            ended.stderr.contains("gateway.no_sign_in"),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn who_is_let_in_can_be_shut_out_and_no_link_undoes_that() {
    let home = home();
    let bad = finish_of(&home, &["users", "allow", "ada"]).await;
    assert_eq!(bad.status, 2);
    assert!(
        bad.stderr.contains("users.identity_invalid"),
        "{}",
        bad.stderr
    );
    let word = "https://id.example.com#auth0%7C9";
    let allowed = finish_of(&home, &["users", "allow", word, "--json"]).await;
    let event: Value = serde_json::from_str(&allowed.stdout).unwrap();
    assert_eq!(event["event"], "user_allowed");
    let id = event["user"]["id"].as_str().unwrap();
    let listed = finish_of(&home, &["users", "list", "--json"]).await.stdout;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["users"][0]["identities"][0]["subject"], "auth0|9");
    let out = finish_of(&home, &["users", "disable", id]).await;
    assert_eq!(out.status, 0, "{}", out.stderr);
    for command in [&["users", "allow", word][..], &["users", "invite", id]] {
        let ended = finish_of(&home, command).await;
        assert_eq!(ended.status, 2);
        let next = format!("hermes users enable {id}");
        assert!(
            ended.stderr.contains("users.disabled") && ended.stderr.contains(&next),
            "{}",
            ended.stderr
        );
    }
}
