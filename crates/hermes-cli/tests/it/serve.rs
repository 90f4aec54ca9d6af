//! A gateway as its operator meets it: its log, its numbers, its signals, its end.

mod floods;

use std::{
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            fs::PermissionsExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
    process::Stdio,
    time::Duration,
};

use hermes_testkit::TestHome;
use rustix::{
    process::{Pid, Signal, kill_process},
    time::{ClockId, clock_gettime},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::rig::{finish, hermes};

/// Beyond any time that a line of the log may take, so that what is never said fails a test.
const PATIENCE: Duration = Duration::from_secs(120);

/// A secret of each kind that a request can carry.
pub(crate) const TOKEN: &str = "canary-token-0123456789abcdef0123456789";
const CANARIES: [&str; 9] = [
    TOKEN,
    "canary-wrong-token",
    "canary-ticket",
    "canary-short",
    "canary-long",
    "canary-bearer",
    "canary-code",
    "canary-state",
    "canary-password",
];

const SERVE: [&str; 4] = ["serve", "--no-open", "--port", "0"];

pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    log: Lines<BufReader<ChildStderr>>,
    /// Everything that standard error has said so far.
    said: Vec<String>,
}

impl Running {
    pub(crate) async fn start(home: &TestHome, variables: &[(&str, &str)]) -> Self {
        Self::start_by(home, &[], variables).await
    }

    pub(crate) async fn start_by(
        home: &TestHome,
        flags: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let arguments = [&SERVE, flags].concat();
        Self::spawn(hermes(home.home().path(), &arguments), variables).await
    }

    async fn spawn(mut command: Command, variables: &[(&str, &str)]) -> Self {
        command
            .env("HERMES_GATEWAY_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in variables {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let mut ready = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = ready.next_line().await.unwrap().unwrap();
        let port = line.strip_prefix("HERMES_BACKEND_READY port=").unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self {
            port: port.parse().unwrap(),
            child,
            log,
            said: Vec::new(),
        }
    }

    /// The next line of the log that holds this.
    pub(crate) async fn says(&mut self, what: &str) -> String {
        loop {
            let line = timeout(PATIENCE, self.log.next_line()).await;
            let line = line.map_or(None, Result::unwrap);
            assert!(line.is_some(), "no `{what}` in {:#?}", self.said);
            let line = line.unwrap();
            self.said.push(line.clone());
            if line.contains(what) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Ends it as a supervisor does, and returns all that standard error has said.
    pub(crate) async fn end(mut self) -> Vec<String> {
        self.signal(Signal::TERM);
        while let Some(line) = self.log.next_line().await.unwrap() {
            self.said.push(line);
        }
        assert!(self.child.wait().await.unwrap().success());
        self.said
    }

    async fn ask(&self, request: &[u8]) -> String {
        ask(self.port, request).await
    }
}

/// Sends a request as it is, and reads the answer to its end.
async fn ask(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n")
        .into_bytes()
}

fn upgrade(query: &str) -> Vec<u8> {
    format!(
        "GET /api/ws?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

/// The port of the numbers, from the first line of the log.
fn numbers_port(started: &str) -> u16 {
    let (_, rest) = started.split_once("127.0.0.1:").unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[tokio::test]
async fn a_gateway_for_its_own_machine_is_not_announced() {
    let home = TestHome::new();
    let mut gateway = Running::start(&home, &[("HERMES_GATEWAY_ANNOUNCE", "true")]).await;
    let line = gateway.says("not announced").await;
    assert!(line.contains("`gateway.host`"), "{line}");
    gateway.end().await;
}

#[tokio::test]
async fn lg1_no_canary_reaches_log_audit_or_numbers() {
    for format in ["text", "json"] {
        let home = TestHome::new();
        let mut gateway = Running::start(
            &home,
            &[
                ("HERMES_LOG", "debug"),
                ("HERMES_GATEWAY_LOG_FORMAT", format),
                ("HERMES_GATEWAY_METRICS", "127.0.0.1:0"),
            ],
        )
        .await;
        let numbers = numbers_port(&gateway.says("gateway started").await);
        let carries = "X-Hermes-Session-Token: canary-wrong-token\r\n\
             Authorization: Bearer canary-bearer\r\n\
             Cookie: hermes_session_at=canary-short; hermes_session_rt=canary-long\r\n\
             Referer: http://127.0.0.1/auth/callback?code=canary-code&state=canary-state\r\n";
        let refused = gateway
            .ask(&get("/api/auth/me?token=canary-wrong-token", carries))
            .await;
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
        let path = "/auth/callback?code=canary-code&state=canary-state";
        gateway.ask(&get(path, carries)).await;
        let body = r#"{"provider":"password","username":"a","password":"canary-password"}"#;
        let login = format!(
            "POST /auth/password-login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        gateway.ask(login.as_bytes()).await;
        for query in ["ticket=canary-ticket", "token=canary-wrong-token"] {
            let closed = gateway.ask(&upgrade(query)).await;
            assert!(closed.starts_with("HTTP/1.1 101"), "{closed}");
        }
        let mint = format!(
            "POST /api/auth/ws-ticket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             X-Hermes-Session-Token: {TOKEN}\r\nContent-Length: 0\r\n\r\n"
        );
        let minted = gateway.ask(mint.as_bytes()).await;
        let (_, ticket) = minted.split_once(r#""ticket":""#).unwrap();
        let ticket = ticket.get(..43).unwrap().to_owned();
        let numbers = ask(numbers, &get("/metrics", "")).await;
        assert!(numbers.contains("hermes_build_info"), "{numbers}");
        let log = gateway.end().await.join("\n");
        let audit = home.home().path().join("logs/dashboard-auth.log");
        let audit = std::fs::read_to_string(audit).unwrap();
        assert!(log.contains("token_required") && log.contains("ticket unknown"));
        assert!(audit.contains("ws_ticket_rejected"), "{audit}");
        for canary in CANARIES.into_iter().chain([ticket.as_str()]) {
            // The first characters of a secret are a part of it too.
            let start = canary.get(..canary.len().min(20)).unwrap();
            for (name, text) in [("log", &log), ("audit", &audit), ("numbers", &numbers)] {
                assert!(
                    !text.contains(start),
                    "`{canary}` is in the {name}:\n{text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn lg4_a_refusal_has_one_line_and_its_client_the_id_of_it() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[("HERMES_GATEWAY_LOG_FORMAT", "json")]).await;
    let mut hostile = b"GET /api/\xe2\x80\xae%0a%1b[31m HTTP/1.1\r\nHost: 127.0.0.1\r\n".to_vec();
    hostile.extend(b"User-Agent: \xe2\x80\xae\r\nConnection: close\r\n\r\n");
    gateway.ask(&hostile).await;
    let answer = gateway.ask(&get("/api/auth/me", "")).await;
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "));
    let id = id.unwrap().trim().to_owned();
    let closed = gateway.ask(&upgrade("ticket=x")).await;
    assert!(
        closed.contains("ticket unknown, used or expired"),
        "{closed}"
    );
    let said = gateway.end().await;
    let lines: Vec<Value> = said
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let of_request = lines.iter().filter(|line| line["request"] == id.as_str());
    let of_request: Vec<_> = of_request.collect();
    let [line] = of_request.as_slice() else {
        panic!("not one line of {id}: {said:#?}");
    };
    assert_eq!(line["reason"], "token_required", "{line}");
    assert_eq!(
        (&line["path"], &line["status"]),
        (&"/api/auth/me".into(), &401.into())
    );
    let socket = lines
        .iter()
        .find(|line| line["message"] == "socket refused");
    let socket = socket.unwrap();
    assert_eq!(socket["code"], 4401);
    assert_eq!(socket["reason"], "ticket unknown, used or expired");
    for line in said {
        let hidden = |ch: char| ch.is_control() || ch == '\u{202e}';
        assert!(!line.contains(hidden), "{line:?}");
    }
}

#[tokio::test]
async fn a_word_that_is_no_level_is_an_error() {
    let home = TestHome::new();
    let mut command = hermes(home.home().path(), &["serve", "--port", "0"]);
    let ended = finish(command.env("HERMES_LOG", "loud")).await;
    assert_eq!(ended.status, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("`HERMES_LOG`"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_hangup_reads_the_settings_again_or_leaves_them_all() {
    let home = TestHome::new();
    std::fs::create_dir_all(home.home().path()).unwrap();
    let write = |text: &str| {
        let path = home.home().config_toml();
        hermes_machine::file::write_private(&path, text.as_bytes()).unwrap();
    };
    write("[gateway.sessions]\nidle = \"1d\"\n");
    let mut gateway = Running::start(&home, &[]).await;
    gateway.says("gateway started").await;
    write("[gateway.sessions]\nidel = \"2d\"\n");
    gateway.signal(Signal::HUP);
    let kept = gateway.says("not read again").await;
    assert!(
        kept.contains("config.invalid") && kept.contains("idel"),
        "{kept}"
    );
    write("[gateway.sessions]\nidle = \"2d\"\n");
    gateway.signal(Signal::HUP);
    let waits = gateway.says("wait for a restart").await;
    assert!(waits.contains("gateway.sessions.idle"), "{waits}");
    write("[gateway.sessions]\nidle = \"1d\"\n");
    gateway.signal(Signal::HUP);
    gateway.says("settings read again").await;
    let served = gateway.ask(&get("/healthz", "")).await;
    assert!(served.starts_with("HTTP/1.1 200"), "{served}");
    gateway.end().await;
}

#[tokio::test]
async fn a_supervisor_hears_when_it_serves_and_when_it_stops() {
    let home = TestHome::new();
    std::fs::create_dir_all(home.home().path()).unwrap();
    let path = home.home().path().join("notify.sock");
    let socket = UnixDatagram::bind(&path).unwrap();
    let gateway = Running::start(&home, &[("NOTIFY_SOCKET", path.to_str().unwrap())]).await;
    let heard = || {
        let mut message = [0; 64];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    assert_eq!(heard(), "READY=1");
    let before = clock_gettime(ClockId::Monotonic).tv_sec * 1_000_000;
    gateway.signal(Signal::HUP);
    let reloading = heard();
    let moment = reloading
        .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
        .unwrap();
    assert!(moment.parse::<i64>().unwrap() >= before, "{reloading}");
    assert_eq!(heard(), "READY=1");
    gateway.end().await;
    assert_eq!(heard(), "STOPPING=1");
}

#[tokio::test]
async fn a_watchdog_hears_that_it_goes_on_also_by_an_abstract_name() {
    let home = TestHome::new();
    let name = format!("hermes-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let variables = [
        ("NOTIFY_SOCKET", &*format!("@{name}")),
        ("WATCHDOG_USEC", "200000"),
    ];
    let gateway = Running::start(&home, &variables).await;
    let heard = || {
        let mut message = [0; 64];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    assert_eq!(heard(), "READY=1");
    for _ in 0..3 {
        assert_eq!(heard(), "WATCHDOG=1");
    }
    gateway.end().await;
}

#[tokio::test]
async fn every_setting_is_a_flag_and_a_bad_one_is_named() {
    let home = TestHome::new();
    for (flag, why) in [
        (
            "--limits-sockets=many",
            "`gateway.limits.sockets` must be a whole number",
        ),
        (
            "--sessions-idle=1y",
            "`gateway.sessions.idle` must be a time",
        ),
        (
            "--device-enabled=maybe",
            "`gateway.device.enabled` must be `true` or `false`",
        ),
        (
            "--token-file=absent",
            "`gateway.token` cannot be read from absent",
        ),
    ] {
        let ended = finish_of(&home, &["serve", flag]).await;
        assert_eq!(ended.status, 2, "{ended:?}");
        let (name, _) = flag.split_once('=').unwrap();
        let origin = format!("(from the flag `{name}`)");
        assert!(
            ended.stderr.contains(why) && ended.stderr.contains(&origin),
            "{ended:?}"
        );
    }
    for secret in ["--token=x", "--basic-password=x", "--basic-password-hash=x"] {
        let ended = finish_of(&home, &["serve", secret]).await;
        assert!(ended.stderr.contains("unexpected argument"), "{ended:?}");
    }
    let both = finish_of(&home, &["serve", "--no-open", "--open"]).await;
    assert!(both.stderr.contains("cannot be used with"), "{both:?}");
}

#[tokio::test]
async fn a_home_of_another_user_is_named_at_the_start() {
    const NOBODY: u32 = 65534;
    if !rustix::process::geteuid().is_root() {
        // Nobody but root can give a folder away, or would get as far as to start in such a one.
        return;
    }
    let home = TestHome::new();
    std::fs::create_dir_all(home.home().path()).unwrap();
    std::os::unix::fs::chown(home.home().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let mut gateway = Running::start(&home, &[]).await;
    let warning = gateway
        .says("belongs to user id 65534, and this is user id 0")
        .await;
    assert!(warning.contains("WARN"), "{warning}");
    gateway.end().await;
}

#[tokio::test]
async fn health_is_an_exit_status() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[]).await;
    let url = format!("http://127.0.0.1:{}", gateway.port);
    let asking = ["health", "--url", &url];
    let well = finish_of(&home, &asking).await;
    assert_eq!(
        (well.status, &*well.stdout),
        (0, "ready\n"),
        "{}",
        well.stderr
    );
    // It says itself where it listens, which no setting does here.
    let found = finish_of(&home, &["health"]).await;
    assert_eq!(found.status, 0, "{}", found.stderr);
    gateway.end().await;
    for asking in [&asking[..], &["health"]] {
        let unwell = finish_of(&home, asking).await;
        assert_eq!(unwell.status, 1);
        assert!(
            unwell.stderr.contains("gateway.not_ready"),
            "{}",
            unwell.stderr
        );
    }
}

pub(crate) async fn finish_of(home: &TestHome, arguments: &[&str]) -> crate::rig::Ended {
    finish(&mut hermes(home.home().path(), arguments)).await
}

#[tokio::test]
async fn the_numbers_have_a_bind_of_their_own() {
    let home = TestHome::new();
    let mut gateway = Running::start(&home, &[("HERMES_GATEWAY_METRICS", "127.0.0.1:0")]).await;
    let port = numbers_port(&gateway.says("gateway started").await);
    gateway.ask(&get("/api/status", "")).await;
    gateway.ask(&get("/api/auth/me", "")).await;
    let text = ask(port, &get("/metrics", "")).await;
    for line in [
        r#"hermes_requests_total{class="api",status="2xx"} 1"#,
        r#"hermes_refusals_total{reason="token_required"} 1"#,
        r#"hermes_events_total{event="missing_credential"} 1"#,
        "hermes_sockets 0",
    ] {
        assert!(text.lines().any(|have| have == line), "{line}\n{text}");
    }
    let elsewhere = gateway.ask(&get("/metrics", "")).await;
    assert!(!elsewhere.contains("hermes_requests_total"), "{elsewhere}");
    let foreign = b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let foreign = ask(port, foreign).await;
    assert!(foreign.starts_with("HTTP/1.1 400"), "{foreign}");
    let other = ask(port, &get("/api/status", "")).await;
    assert!(other.starts_with("HTTP/1.1 404"), "{other}");
    gateway.end().await;
}

#[tokio::test]
async fn su3_no_two_gateways_have_a_secret_in_common() {
    let token = async || {
        let home = TestHome::new();
        let gateway = Running::start(&home, &[("HERMES_GATEWAY_TOKEN", "")]).await;
        gateway.end().await;
        let path = home.home().gateway_token();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::read_to_string(path).unwrap()
    };
    let (one, other) = (token().await, token().await);
    assert_eq!(one.trim().len(), 43, "256 bits");
    assert_ne!(one, other);
}

#[tokio::test]
async fn ws11_the_link_is_for_a_terminal_and_a_command_gets_another() {
    let home = TestHome::new();
    // The token is the one that the start has made, which the command finds.
    let mut gateway = Running::start(&home, &[("HERMES_GATEWAY_TOKEN", "")]).await;
    let says = gateway.says("Open it").await;
    let port = gateway.port.to_string();
    assert!(
        says.ends_with(&format!("hermes link --port {port}")),
        "{says}"
    );
    let asked = finish_of(&home, &["link", "--port", &port]).await;
    assert_eq!(asked.status, 0, "{}", asked.stderr);
    let link = asked.stdout.trim();
    let (address, secret) = link.split_once('#').unwrap();
    assert_eq!(address, format!("http://127.0.0.1:{port}/"));
    let open = async || {
        let body = format!(r#"{{"secret":"{secret}"}}"#);
        let request = format!(
            "POST /auth/open HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = gateway.ask(request.as_bytes()).await;
        answer.split(' ').nth(1).map(str::to_owned)
    };
    assert_eq!(open().await.as_deref(), Some("204"));
    assert_eq!(open().await.as_deref(), Some("401"));
    let said = gateway.end().await.join("\n");
    assert!(!said.contains(secret) && !said.contains('#'), "{said}");
    let gone = finish_of(&home, &["link", "--port", &port]).await;
    assert!(gone.stderr.contains("gateway.not_ready"), "{}", gone.stderr);
    let other = TestHome::new();
    let none = finish_of(&other, &["link", "--port", &port]).await;
    assert!(
        none.stderr.contains("gateway.link_refused"),
        "{}",
        none.stderr
    );
}

#[tokio::test]
async fn where_people_sign_in_there_is_no_link() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[("HERMES_GATEWAY_HOST", "127.0.0.2")]).await;
    let request = format!(
        "POST /api/auth/link HTTP/1.1\r\nHost: 127.0.0.2\r\nConnection: close\r\n\
         X-Hermes-Session-Token: {TOKEN}\r\nContent-Length: 0\r\n\r\n"
    );
    let mut stream = TcpStream::connect(("127.0.0.2", gateway.port))
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    gateway.end().await;
}
