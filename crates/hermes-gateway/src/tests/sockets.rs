use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_machine::BoxFuture;
use hermes_protocol::close::Close;
use hermes_storage::{Role, SessionId, TokenHash, UserId};
use http::Request;
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _, protocol::WebSocketConfig},
};

use super::rig::{Answer, LOCAL, Rig, TOKEN, get, post, signed};
use crate::{
    serve::{self, Capacity},
    sessions::Opened,
    tickets::{Grant, TicketRefused, TicketStore},
};

pub(super) type Socket = WebSocketStream<TcpStream>;

/// A gateway that listens on loopback.
pub(super) struct Listening {
    pub(super) rig: Rig,
    at: SocketAddr,
    serving: JoinHandle<()>,
}

impl Listening {
    pub(super) async fn over(rig: Rig) -> Self {
        Self::with(rig, Capacity::of(1000)).await
    }

    async fn with(rig: Rig, capacity: Capacity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve::serve(
            listener.into(),
            Arc::clone(&rig.gateway),
            capacity,
        ));
        Self { rig, at, serving }
    }

    /// A ticket that a program asks for.
    pub(super) async fn ticket(&self, opened: &Opened) -> String {
        ticket_in(
            &self
                .rig
                .ask(signed(post("/api/auth/ws-ticket"), opened), "")
                .await,
        )
    }

    /// A ticket that a page of the gateway itself asks for.
    async fn ticket_from(&self, opened: &Opened, origin: &str) -> String {
        let request = signed(post("/api/auth/ws-ticket"), opened)
            .header("origin", origin)
            .header("host", self.at.to_string());
        ticket_in(&self.rig.ask(request, "").await)
    }

    /// A socket at this path and query; the upgrade is always accepted.
    pub(super) async fn connect(&self, target: &str, headers: &[(&str, &str)]) -> Socket {
        let url = format!("ws://{}{target}", self.at);
        let mut request: Request<()> = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.at).await.unwrap();
        let (socket, _) = client_async(request, stream).await.unwrap();
        socket
    }

    /// Ends it as a kill would: nothing is finished.
    pub(super) fn kill(&self) {
        self.serving.abort();
    }

    pub(super) async fn stop(self) -> Rig {
        self.rig.gateway.stop();
        // `keep_up` waits by the moved clock for nothing once the gateway stops.
        self.serving.await.unwrap();
        self.rig
    }
}

fn ticket_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    body["ticket"].as_str().unwrap().to_owned()
}

/// What a socket says first: ready, or why not.
async fn first(socket: &mut Socket) -> Result<(), (u16, String)> {
    match socket.next().await.unwrap().unwrap() {
        Message::Text(text) => {
            assert!(text.contains("gateway.ready"), "{text}");
            Ok(())
        }
        Message::Close(Some(frame)) => Err((frame.code.into(), frame.reason.to_string())),
        other => panic!("{other:?}"),
    }
}

fn refused(close: Close) -> Result<(), (u16, String)> {
    Err((close.code(), close.reason().to_owned()))
}

#[tokio::test]
async fn ws4_facts_2_2_what_opens_a_socket_in_gated_mode() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let opened = gateway.rig.open(UserId::owner()).await;
    let cookie = format!("hermes_session_at={}", opened.access.value.expose());
    let ticket = gateway.ticket(&opened).await;
    for (target, cookie, expected) in [
        ("/api/ws".to_owned(), "", refused(Close::NoCredential)),
        (
            "/api/ws".to_owned(),
            cookie.as_str(),
            refused(Close::NoCredential),
        ),
        (
            format!("/api/ws?token={TOKEN}"),
            "",
            refused(Close::NoCredential),
        ),
        (
            "/api/ws?ticket=garbage".to_owned(),
            "",
            refused(Close::TicketInvalid),
        ),
        (format!("/api/ws?ticket={ticket}"), "", Ok(())),
        (
            format!("/api/ws?ticket={ticket}"),
            "",
            refused(Close::TicketInvalid),
        ),
    ] {
        let mut socket = gateway.connect(&target, &[("cookie", cookie)]).await;
        assert_eq!(first(&mut socket).await, expected, "{target} {cookie}");
    }
    let expired = gateway.ticket(&opened).await;
    gateway.rig.clock.advance(Duration::from_millis(30_100));
    let mut socket = gateway
        .connect(&format!("/api/ws?ticket={expired}"), &[])
        .await;
    assert_eq!(first(&mut socket).await, refused(Close::TicketInvalid));
    let audited = gateway.stop().await.audited();
    assert!(
        !audited.contains(&ticket) && !audited.contains(TOKEN),
        "{audited}"
    );
    assert!(
        audited.contains("no credential") && audited.contains("expired ticket"),
        "{audited}"
    );
}

#[tokio::test]
async fn facts_2_2_what_opens_a_socket_in_token_mode() {
    let gateway = Listening::over(Rig::with("").await).await;
    for (target, headers, expected) in [
        (format!("/api/ws?token={TOKEN}"), vec![], Ok(())),
        (
            "/api/ws?token=other".to_owned(),
            vec![],
            refused(Close::TokenMismatch),
        ),
        ("/api/ws".to_owned(), vec![], refused(Close::NoCredential)),
        (
            format!("/api/ws?token={TOKEN}"),
            vec![("x-forwarded-for", "10.0.0.1")],
            refused(Close::Forwarded),
        ),
        (
            format!("/api/ws?token={TOKEN}"),
            vec![("origin", "http://evil.example")],
            refused(Close::OriginNotAllowed),
        ),
        (
            format!("/api/ws?token={TOKEN}"),
            vec![("host", "evil.example")],
            refused(Close::HostNotAllowed),
        ),
    ] {
        let mut socket = gateway.connect(&target, &headers).await;
        assert_eq!(first(&mut socket).await, expected, "{target} {headers:?}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn ws2_host_and_origin_come_first_and_leave_the_ticket_usable() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let opened = gateway.rig.open(UserId::owner()).await;
    // The request for the ticket has the host of the rig, the socket that of the listener.
    let own = format!("http://{}", gateway.at);
    let ticket = gateway.ticket_from(&opened, &own).await;
    let target = format!("/api/ws?ticket={ticket}");
    for (headers, expected) in [
        (
            vec![("host", "evil.example")],
            refused(Close::HostNotAllowed),
        ),
        (
            vec![("origin", "https://evil.example")],
            refused(Close::OriginNotAllowed),
        ),
        (
            vec![("origin", "https://")],
            refused(Close::OriginNotAllowed),
        ),
        (vec![("origin", "null")], refused(Close::OriginNotAllowed)),
        (vec![("origin", own.as_str())], Ok(())),
    ] {
        let mut socket = gateway.connect(&target, &headers).await;
        assert_eq!(first(&mut socket).await, expected, "{headers:?}");
    }
    for origin in ["null", "file://", "tauri://localhost", "app://hermes"] {
        let ticket = gateway.ticket(&opened).await;
        let target = format!("/api/ws?ticket={ticket}");
        let mut socket = gateway.connect(&target, &[("origin", origin)]).await;
        assert_eq!(
            first(&mut socket).await,
            Ok(()),
            "{origin}, after a good ticket"
        );
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ws1_of_sixty_four_sockets_at_once_one_opens() {
    let gateway = Arc::new(Listening::over(Rig::owned(LOCAL).await).await);
    let opened = gateway.rig.open(UserId::owner()).await;
    for _ in 0..10 {
        let ticket = gateway.ticket(&opened).await;
        let racers: Vec<_> = (0..64)
            .map(|_| {
                let (gateway, ticket) = (Arc::clone(&gateway), ticket.clone());
                tokio::spawn(async move {
                    let target = format!("/api/ws?ticket={ticket}");
                    first(&mut gateway.connect(&target, &[]).await).await
                })
            })
            .collect();
        let mut opened = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(()) => opened += 1,
                other => assert_eq!(other, refused(Close::TicketInvalid)),
            }
        }
        assert_eq!(opened, 1);
    }
}

#[tokio::test]
async fn sc5_sockets_end_with_their_session_and_others_go_on() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let (one, other) = (
        gateway.rig.open(UserId::owner()).await,
        gateway.rig.open(UserId::owner()).await,
    );
    let mut sockets = Vec::new();
    for opened in [&one, &one, &other] {
        let ticket = gateway.ticket(opened).await;
        let mut socket = gateway
            .connect(&format!("/api/ws?ticket={ticket}"), &[])
            .await;
        assert_eq!(first(&mut socket).await, Ok(()));
        sockets.push(socket);
    }
    let pending = gateway.ticket(&one).await;
    let out = gateway
        .rig
        .ask(signed(post("/auth/logout"), &one), "")
        .await;
    assert_eq!(out.status, 303);
    for socket in &mut sockets[..2] {
        assert_eq!(first(socket).await, refused(Close::SessionEnded));
    }
    let mut late = gateway
        .connect(&format!("/api/ws?ticket={pending}"), &[])
        .await;
    assert_eq!(
        first(&mut late).await,
        refused(Close::TicketInvalid),
        "its tickets are gone too"
    );
    let request = r#"{"jsonrpc":"2.0","id":1,"method":"setup.status"}"#;
    sockets[2].send(Message::text(request)).await.unwrap();
    let answer = sockets[2].next().await.unwrap().unwrap();
    assert!(answer.to_text().unwrap().contains("provider_configured"));
    let mut last = sockets.pop().unwrap();
    gateway.stop().await;
    assert_eq!(first(&mut last).await, refused(Close::Restart));
}

#[tokio::test]
async fn ws6_ws8_what_a_client_says_of_itself_opens_nothing_and_changes_nothing() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let hello =
        r#"{"jsonrpc":"2.0","id":1,"method":"setup.status","role":"owner","user_id":"owner"}"#;
    let mut refused_one = gateway
        .connect("/api/ws?role=owner&user_id=owner", &[])
        .await;
    // The gateway may have closed before this is sent.
    let _ = refused_one.send(Message::text(hello)).await;
    assert_eq!(first(&mut refused_one).await, refused(Close::NoCredential));
    let ended = refused_one.next().await;
    assert!(!matches!(ended, Some(Ok(Message::Text(_)))), "{ended:?}");

    gateway.rig.add("ann".parse().unwrap(), Role::Member).await;
    let ann = gateway.rig.open("ann".parse().unwrap()).await;
    let target = format!("/api/ws?ticket={}&role=owner", gateway.ticket(&ann).await);
    let mut socket = gateway
        .connect(&target, &[("x-hermes-role", "owner")])
        .await;
    let ready = socket.next().await.unwrap().unwrap();
    let ready = ready.to_text().unwrap();
    assert!(
        ready.contains(r#""user_id":"ann","role":"user""#),
        "{ready}"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn ds2_a_session_has_thirty_two_sockets_and_no_more() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let opened = gateway.rig.open(UserId::owner()).await;
    let mut held = Vec::new();
    for _ in 0..32 {
        let ticket = gateway.ticket(&opened).await;
        let mut socket = gateway
            .connect(&format!("/api/ws?ticket={ticket}"), &[])
            .await;
        assert_eq!(first(&mut socket).await, Ok(()));
        held.push(socket);
    }
    let ticket = gateway.ticket(&opened).await;
    let mut more = gateway
        .connect(&format!("/api/ws?ticket={ticket}"), &[])
        .await;
    assert_eq!(first(&mut more).await, refused(Close::TooManySockets));
    let list = gateway
        .rig
        .ask(signed(get("/api/auth/sessions"), &opened), "")
        .await;
    assert!(list.body.contains(r#""open_sockets":32"#), "{}", list.body);
    gateway.stop().await;
}

#[tokio::test]
async fn ws9_frames_end_at_sixteen_mebibytes() {
    let gateway = Listening::over(Rig::with("").await).await;
    for (size, expected) in [(15 << 20, None), (17 << 20, Some(Close::FrameTooLarge))] {
        let url = format!("ws://{}/api/ws?token={TOKEN}", gateway.at);
        let stream = TcpStream::connect(gateway.at).await.unwrap();
        let config = WebSocketConfig::default()
            .max_frame_size(None)
            .max_message_size(None);
        let connected = tokio_tungstenite::client_async_with_config(url, stream, Some(config));
        let (mut socket, _) = connected.await.unwrap();
        first(&mut socket).await.unwrap();
        let padding = " ".repeat(size);
        // The gateway closes before it has read all of the larger one.
        let _ = socket.send(Message::text(format!("{{{padding}}}"))).await;
        match (expected, socket.next().await) {
            (None, Some(Ok(Message::Text(text)))) => assert!(text.contains("-32600"), "{text}"),
            (Some(close), Some(Ok(Message::Close(Some(frame))))) => {
                assert_eq!(
                    (u16::from(frame.code), &*frame.reason),
                    (close.code(), close.reason())
                );
            }
            // What the client had not yet sent makes the system reset the connection.
            (Some(_), Some(Err(_))) => {}
            (_, other) => panic!("{size}: {other:?}"),
        }
    }
    gateway.stop().await;
}

/// Sends bytes and returns everything that comes back until the gateway closes.
async fn raw(at: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    // The gateway may have answered and closed before all is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn ds1_a_head_that_never_ends_is_let_go() {
    let impatient = Capacity {
        head_timeout: Duration::from_millis(200),
        ..Capacity::of(1000)
    };
    let gateway = Listening::with(Rig::owned(LOCAL).await, impatient).await;
    let answer = raw(
        gateway.at,
        b"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    )
    .await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[tokio::test]
async fn ds1_a_kept_connection_that_asks_no_more_is_let_go() {
    let impatient = Capacity {
        head_timeout: Duration::from_millis(200),
        ..Capacity::of(1000)
    };
    let gateway = Listening::with(Rig::owned(LOCAL).await, impatient).await;
    let mut stream = TcpStream::connect(gateway.at).await.unwrap();
    let status = "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let mut begin = Instant::now();
    for _ in 0..3 {
        stream.write_all(status.as_bytes()).await.unwrap();
        begin = Instant::now();
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    // Closing may reset: what counts is that it ends, after its time and with nothing more.
    let _ = ended.unwrap();
    assert!(rest.is_empty() && begin.elapsed() >= Duration::from_millis(199));
    gateway.stop().await;
}

#[tokio::test]
async fn whoever_has_sent_everything_still_gets_the_answer() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let mut stream = TcpStream::connect(gateway.at).await.unwrap();
    let status = "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    stream.write_all(status.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection goes on without a client");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    gateway.stop().await;
}

#[tokio::test]
async fn px6_heads_that_are_too_large_or_mean_two_things_are_refused() {
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let huge = format!(
        "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {}\r\n\r\n",
        "a".repeat(64 << 10)
    );
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let many = format!("GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n{many}\r\n");
    let two = "POST /auth/logout HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    let both = "POST /auth/logout HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (name, bytes) in [
        ("huge", huge.as_str()),
        ("many", &many),
        ("two lengths", two),
    ] {
        let answer = raw(gateway.at, bytes.as_bytes()).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{name}: {answer}");
    }
    let answer = raw(gateway.at, both.as_bytes()).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "both: {answer}"
    );
    // Others are served all the while.
    let status = "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    assert!(
        raw(gateway.at, status.as_bytes())
            .await
            .starts_with("HTTP/1.1 200")
    );
    gateway.stop().await;
}

/// A ticket store that fails in one way or another.
struct Broken {
    panics: bool,
}

impl TicketStore for Broken {
    fn keep(
        &self,
        _: TokenHash,
        _: Grant,
        _: Timestamp,
    ) -> BoxFuture<'_, Result<(), TicketRefused>> {
        Box::pin(std::future::ready(Err(TicketRefused::Unavailable)))
    }

    fn take<'a>(
        &'a self,
        _: &'a TokenHash,
        _: Option<&'a str>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Grant, TicketRefused>> {
        assert!(!self.panics, "a store that panics");
        Box::pin(std::future::ready(Err(TicketRefused::Unavailable)))
    }

    fn forget<'a>(&'a self, _: &'a SessionId) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn ws5_where_a_part_of_the_gate_fails_the_answer_is_no() {
    // No store of tickets.
    for panics in [false, true] {
        let rig = Rig::with_tickets(LOCAL, Arc::new(Broken { panics })).await;
        rig.add(UserId::owner(), Role::Owner).await;
        rig.gateway.look_for_owner().await.unwrap();
        let opened = rig.open(UserId::owner()).await;
        let mint = rig.ask(signed(post("/api/auth/ws-ticket"), &opened), "");
        assert_eq!(mint.await.status, 503);
        let gateway = Listening::over(rig).await;
        let stream = TcpStream::connect(gateway.at).await.unwrap();
        let url = format!("ws://{}/api/ws?ticket=any", gateway.at);
        match client_async(url, stream).await {
            Ok((mut socket, _)) => {
                assert!(!panics);
                assert_eq!(first(&mut socket).await, refused(Close::Internal));
            }
            Err(error) => assert!(panics, "{error}"),
        }
        let request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        let health = raw(gateway.at, request).await;
        assert!(
            health.starts_with("HTTP/1.1 200"),
            "others are served: {health}"
        );
        gateway.stop().await;
    }
    // No storage, behind a good ticket.
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let opened = gateway.rig.open(UserId::owner()).await;
    let target = format!("/api/ws?ticket={}", gateway.ticket(&opened).await);
    gateway.rig.gateway.sessions.let_go(Close::Restart);
    gateway.rig.storage.close().await;
    let mut socket = gateway.connect(&target, &[]).await;
    assert_eq!(first(&mut socket).await, refused(Close::Internal));
    // A clock that is wrong, with a session in the cache.
    let gateway = Listening::over(Rig::owned(LOCAL).await).await;
    let opened = gateway.rig.open(UserId::owner()).await;
    gateway.rig.clock.set("2026-11-22T11:00:00Z");
    let mint = gateway
        .rig
        .ask(signed(post("/api/auth/ws-ticket"), &opened), "");
    assert_eq!(mint.await.status, 401);
}

#[tokio::test]
async fn rz3_a_token_and_its_ticket_open_the_same_socket() {
    let gateway = Listening::over(Rig::with("").await).await;
    let minted = post("/api/auth/ws-ticket").header("x-hermes-session-token", TOKEN);
    let ticket = ticket_in(&gateway.rig.ask(minted, "").await);
    let mut said = Vec::new();
    for query in [format!("token={TOKEN}"), format!("ticket={ticket}")] {
        let mut socket = gateway.connect(&format!("/api/ws?{query}"), &[]).await;
        let ready = socket.next().await.unwrap().unwrap();
        let ready: serde_json::Value = serde_json::from_str(ready.to_text().unwrap()).unwrap();
        said.push(ready["params"]["payload"]["role"].clone());
    }
    assert_eq!(said, ["owner", "owner"]);
    gateway.stop().await;
}
