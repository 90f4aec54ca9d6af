//! The commands that speak to a gateway at its control socket, while it runs and while it does not.

use std::{net::Ipv4Addr, process::Stdio, time::Duration};

use hermes_machine::{Clock as _, SystemClock, SystemRandom, file};
use hermes_storage::{
    Access, Label, LongLived, NewSession, NewUser, Role, SessionId, Storage as _, TokenHash, UserId,
};
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::TestHome;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::Child,
};

use crate::rig::{Ended, finish, hermes};

/// A gateway with sign-in, which this machine alone reaches.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    async fn start(home: &TestHome) -> Self {
        let arguments = ["serve", "--no-open", "--host", "127.0.0.2", "--port", "0"];
        let mut command = hermes(home.home().path(), &arguments);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = said.next_line().await.unwrap().unwrap();
        let port = ready.strip_prefix("HERMES_BACKEND_READY port=").unwrap();
        Self {
            port: port.parse().unwrap(),
            child,
        }
    }

    /// The status line of an answer to a browser with this cookie.
    async fn answers(&self, cookie: &str) -> String {
        let at = (Ipv4Addr::new(127, 0, 0, 2), self.port);
        let mut stream = TcpStream::connect(at).await.unwrap();
        let request = format!(
            "GET /api/auth/me HTTP/1.1\r\nHost: 127.0.0.2\r\nConnection: close\r\n\
             Cookie: hermes_session_at={cookie}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap().to_owned()
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn run(home: &TestHome, arguments: &[&str]) -> Ended {
    finish(hermes(home.home().path(), arguments).stdin(Stdio::null())).await
}

async fn json_of(home: &TestHome, arguments: &[&str]) -> Value {
    let ended = run(home, arguments).await;
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Asserts that there is no such session to end.
async fn session_unknown(home: &TestHome, id: &str) {
    let ended = run(home, &["sessions", "revoke", id]).await;
    assert_eq!(ended.status, 2, "{id}");
    assert!(
        ended.stderr.contains("gateway.session_unknown"),
        "{}",
        ended.stderr
    );
}

/// A home whose owner, ada, is signed in twice, with the values `one` and `two` in their cookies.
async fn signed_in() -> (TestHome, [String; 2]) {
    let home = TestHome::new();
    let storage = SqliteStorage::open(&home.home().gateway_db())
        .await
        .unwrap();
    let now = SystemClock.now();
    let owner = NewUser {
        id: UserId::owner(),
        login: Some("ada".parse().unwrap()),
        display_name: None,
        email: None,
        role: Role::Owner,
        created_at: now,
        password: None,
        identity: None,
    };
    storage.users().create(owner).await.unwrap();
    let mut ids = Vec::new();
    for value in ["one", "two"] {
        let id = SessionId::new(&SystemRandom);
        let ends_at = now.checked_add(Duration::from_secs(3600)).unwrap();
        let session = NewSession {
            id,
            user: UserId::owner(),
            at_most: Role::Owner,
            method: "password".to_owned(),
            name: None,
            client: Label::new("Browser\u{1b}[31m"),
            address: [192, 0, 2, 7].into(),
            at: now,
            authenticated_at: now,
            ends_at,
            long_lived: LongLived::Cookie(TokenHash::of(&format!("long {value}"))),
            access: Access {
                hash: TokenHash::of(value),
                ends_at,
            },
            provider: None,
            passkey: None,
        };
        storage.sessions().open(session).await.unwrap();
        ids.push(id.to_string());
    }
    storage.close().await;
    (home, ids.try_into().unwrap())
}

#[tokio::test]
async fn sessions_are_listed_and_ended_with_a_gateway_and_without() {
    let (home, [one, two]) = signed_in().await;
    for arguments in [&["sessions", "revoke", &one][..], &["sessions", "list"]] {
        let ended = run(&home, arguments).await;
        assert_eq!(ended.status, 0, "{}", ended.stderr);
    }
    let listed = json_of(&home, &["sessions", "list", "--json"]).await;
    let rows = listed["sessions"].as_array().unwrap().clone();
    let [row] = rows.as_slice() else {
        panic!("{listed}");
    };
    assert_eq!((&row["id"], &row["login"]), (&json!(two), &json!("ada")));

    let gateway = Running::start(&home).await;
    assert_eq!(gateway.answers("one").await, "HTTP/1.1 401 Unauthorized");
    assert_eq!(gateway.answers("two").await, "HTTP/1.1 200 OK");
    let up = json_of(&home, &["sessions", "list", "--json"]).await;
    assert_eq!(up["sessions"][0]["id"], json!(two));
    let shown = run(&home, &["sessions", "list"]).await.stdout;
    assert!(
        shown.contains("from 192.0.2.7") && !shown.contains('\u{1b}'),
        "{shown:?}"
    );
    let ended = json_of(&home, &["sessions", "revoke", &two, "--json"]).await;
    assert_eq!(ended, json!({ "event": "session_revoked", "id": two }));
    assert_eq!(gateway.answers("two").await, "HTTP/1.1 401 Unauthorized");
    // An id may begin so.
    let unknown = ["no such", "-bcdefghijk", &two];
    for id in unknown {
        session_unknown(&home, id).await;
    }
    let audit = home.home().path().join("logs/dashboard-auth.log");
    gateway.kill().await;
    for id in unknown {
        session_unknown(&home, id).await;
    }
    let audit = std::fs::read_to_string(audit).unwrap();
    assert_eq!(audit.matches(r#""revoke""#).count(), 2, "{audit}");
}

#[tokio::test]
async fn status_and_reload_know_whether_a_gateway_runs() {
    let (home, _) = signed_in().await;
    let down = run(&home, &["status"]).await;
    assert!(
        down.stdout
            .ends_with("Gateway\n  not running; start it with: hermes serve\n")
    );
    let reload = run(&home, &["reload"]).await;
    assert_eq!(reload.status, 1);
    assert!(
        reload.stderr.contains("gateway.not_running"),
        "{}",
        reload.stderr
    );
    assert!(
        reload.stderr.contains("next: hermes serve"),
        "{}",
        reload.stderr
    );

    let gateway = Running::start(&home).await;
    let status = json_of(&home, &["status", "--json"]).await;
    assert!(status["providers"].is_array());
    let seen = &status["gateway"];
    let address = format!("http://127.0.0.2:{}/", gateway.port);
    assert_eq!(
        [
            &seen["running"],
            &seen["mode"],
            &seen["address"],
            &seen["sessions"]
        ],
        [&json!(true), &json!("gated"), &json!(address), &json!(2)]
    );

    let write = |text: &str| {
        file::write_private(&home.home().config_toml(), text.as_bytes()).unwrap();
    };
    write("[gateway.password]\nmin_length = 20\n\n[gateway.sessions]\nidle = \"2d\"\n");
    let taken = json_of(&home, &["reload", "--json"]).await;
    let waiting = json!({ "event": "reloaded", "waiting": ["gateway.sessions.idle"] });
    assert_eq!(taken, waiting);
    write("[gateway.password]\nmin_lenght = 20\n");
    let refused = run(&home, &["reload"]).await;
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains("config.invalid") && refused.stderr.contains("min_lenght"),
        "{}",
        refused.stderr
    );
    write("");
    gateway.kill().await;
    // What it has left is no gateway, and no hindrance to the next one.
    assert!(home.home().gateway_sock().exists());
    let killed = json_of(&home, &["status", "--json"]).await;
    assert_eq!(killed["gateway"], json!({ "running": false }));
    let next = Running::start(&home).await;
    let status = json_of(&home, &["status", "--json"]).await;
    assert_eq!(status["gateway"]["pid"], json!(next.child.id().unwrap()));
}

#[tokio::test]
async fn a_second_gateway_of_a_home_leaves_the_first_its_socket() {
    let (home, _) = signed_in().await;
    let first = Running::start(&home).await;
    let second = Running::start(&home).await;
    assert_eq!(second.answers("one").await, "HTTP/1.1 200 OK");
    let status = json_of(&home, &["status", "--json"]).await;
    assert_eq!(status["gateway"]["pid"], json!(first.child.id().unwrap()));
    second.kill().await;
    let status = json_of(&home, &["status", "--json"]).await;
    assert_eq!(status["gateway"]["pid"], json!(first.child.id().unwrap()));
}
