//! The way over the network, against a server that answers as it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_client::{
    Credential, Door as _, Ended, GatewayAddress, Happened, Minted, Mode, Outage, PlainHttp,
    SecretAddress, Shown, Web, Wire,
};
use hermes_machine::{BoxFuture, Environment, SystemClock, http::BoundedClient};
use hermes_secret::Secret;
use hermes_testkit::MovedClock;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role},
    },
};

const TICKET: &str = "secret+ticket";
pub(crate) const TOKEN: &str = "secret-token";

/// Answers by path, in order; a path without an answer gets the last one again. What is no answer is an
/// upgrade.
pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
    pub(crate) sockets: mpsc::Receiver<WebSocketStream<TcpStream>>,
}

pub(crate) type Answers = Vec<(&'static str, VecDeque<String>)>;

pub(crate) fn answer(status: &str, body: &str) -> String {
    let kind = match body.starts_with('<') {
        true => "text/html",
        false => "application/json",
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

impl Server {
    pub(crate) async fn new(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (opened, sockets) = mpsc::channel(4);
        let answers = Arc::new(Mutex::new(answers));
        tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let head = serve(stream, &answers, &opened).await;
                    asked.lock().unwrap().push(head);
                }
            }
        });
        Self {
            address,
            asked,
            sockets,
        }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The paths that were asked, with their queries.
    fn paths(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap().to_owned();
        self.asked().iter().map(path).collect()
    }

    pub(crate) fn web(&self, credential: &Arc<Kept>) -> Web {
        let clock = Arc::new(SystemClock);
        let http = BoundedClient::new(&Environment::default(), Arc::clone(&clock) as _);
        Web::new(
            secret(&self.address),
            Arc::clone(credential) as _,
            Arc::new(http),
            &Environment::default(),
            clock,
        )
        .unwrap()
    }
}

/// Answers one request: its head.
async fn serve(
    stream: TcpStream,
    answers: &Mutex<Answers>,
    opened: &mpsc::Sender<WebSocketStream<TcpStream>>,
) -> String {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while stream.read_line(&mut head).await.unwrap() > 2 {}
    let path = head.split([' ', '?']).nth(1).unwrap().to_owned();
    let said = {
        let mut answers = answers.lock().unwrap();
        let found = answers.iter_mut().find(|(of, _)| *of == path);
        found.and_then(|(_, answers)| match answers.len() {
            1 => answers.front().cloned(),
            _ => answers.pop_front(),
        })
    };
    let mut stream = stream.into_inner();
    if let Some(said) = said {
        stream.write_all(said.as_bytes()).await.unwrap();
        stream.shutdown().await.ok();
        return head;
    }
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "))
        .unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let said = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(said.as_bytes()).await.unwrap();
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    opened.send(socket).await.unwrap();
    head
}

/// What somebody has, and how often it was renewed.
#[derive(Default)]
pub(crate) struct Kept {
    renewed: Mutex<usize>,
    token: Option<Secret>,
    is_over: bool,
    /// Whether nothing can be renewed just now.
    is_out: bool,
}

impl Kept {
    pub(crate) fn token() -> Arc<Self> {
        Arc::new(Self {
            token: Some(Secret::new(TOKEN)),
            ..Self::default()
        })
    }

    /// What is not taken any more.
    pub(crate) fn over() -> Self {
        Self {
            is_over: true,
            ..Self::default()
        }
    }

    /// What cannot be renewed just now.
    pub(crate) fn unreachable() -> Self {
        Self {
            is_out: true,
            ..Self::default()
        }
    }

    pub(crate) fn renewed(&self) -> usize {
        *self.renewed.lock().unwrap()
    }
}

impl Credential for Kept {
    fn headers(&self) -> BoxFuture<'_, Result<Vec<(&'static str, String)>, Happened>> {
        let shown = format!("Bearer turn{}", self.renewed.lock().unwrap());
        let headers = match self.is_over {
            true => Err(Happened::Minted(Minted::SignInNeeded)),
            false => Ok(vec![("authorization", shown)]),
        };
        Box::pin(std::future::ready(headers))
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Happened>> {
        *self.renewed.lock().unwrap() += 1;
        let renewed = match self.is_out {
            true => Err(Happened::Out(Outage::NotTheGateway)),
            false => Ok(()),
        };
        Box::pin(std::future::ready(renewed))
    }

    fn token(&self) -> Option<Secret> {
        self.token.clone()
    }
}

pub(crate) fn secret(address: &str) -> SecretAddress {
    let address = GatewayAddress::parse(address).unwrap();
    address.for_secrets(PlainHttp::Refused).unwrap()
}

pub(crate) fn no() -> String {
    answer("401 Unauthorized", r#"{"error":"session_expired"}"#)
}

pub(crate) fn yes() -> String {
    answer(
        "200 OK",
        &format!(r#"{{"ticket":"{TICKET}","ttl_seconds":30}}"#),
    )
}

pub(crate) const MINT: &str = "/api/auth/ws-ticket";

#[tokio::test]
async fn facts_5_6_a_refused_credential_is_renewed_once() {
    for (answers, renewed, needs_sign_in) in [
        (vec![yes()], 0, false),
        (vec![no(), yes()], 1, false),
        (vec![no(), no(), yes()], 1, true),
    ] {
        let server = Server::new(vec![(MINT, answers.into())]).await;
        let kept = Arc::new(Kept::default());
        let happened = server.web(&kept).mint().await;
        match (needs_sign_in, &happened) {
            (true, Happened::Minted(Minted::SignInNeeded)) => {}
            (false, Happened::Minted(Minted::Ticket(ticket))) => {
                assert_eq!(ticket.expose(), TICKET);
            }
            other => panic!("{other:?}"),
        }
        assert!(!format!("{happened:?}").contains(TICKET));
        assert_eq!(*kept.renewed.lock().unwrap(), renewed);
        let asked = server.asked();
        for (turn, head) in asked.iter().enumerate() {
            assert!(
                head.starts_with("POST /api/auth/ws-ticket HTTP/1.1"),
                "{head}"
            );
            assert!(
                head.contains(&format!("authorization: Bearer turn{turn}")),
                "{head}"
            );
        }
    }
    // Who has nothing to show asks nobody.
    let server = Server::new(Vec::new()).await;
    let kept = Arc::new(Kept::over());
    let happened = server.web(&kept).mint().await;
    assert!(matches!(happened, Happened::Minted(Minted::SignInNeeded)));
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn facts_5_6_what_is_no_answer_of_a_gateway_asks_for_no_sign_in() {
    let page = answer("401 Unauthorized", "<html>Sign in to the proxy</html>");
    let busy = "HTTP/1.1 503 X\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n".to_owned();
    let later = Some(Duration::from_secs(7));
    for (said, outage) in [
        (page, Outage::NotTheGateway),
        (busy, Outage::Status(503, later)),
    ] {
        let server = Server::new(vec![(MINT, [said].into())]).await;
        let kept = Arc::new(Kept::default());
        let happened = server.web(&kept).mint().await;
        assert!(
            matches!(happened, Happened::Minted(Minted::Out(met)) if met == outage),
            "{happened:?}"
        );
        assert_eq!(*kept.renewed.lock().unwrap(), 0);
    }
}

#[tokio::test]
async fn a_gateway_says_how_people_get_in() {
    let status = |body: &str| vec![("/api/status", [answer("200 OK", body)].into())];
    let kept = Arc::new(Kept::default());
    let server = Server::new(status(r#"{"version":"1","auth_required":false}"#)).await;
    let happened = server.web(&kept).probe().await;
    assert!(
        matches!(happened, Happened::Probed(Mode::Token)),
        "{happened:?}"
    );
    let server = Server::new(status("<html>")).await;
    let happened = server.web(&kept).probe().await;
    let page = Outage::NotTheGateway;
    assert!(
        matches!(happened, Happened::Out(met) if met == page),
        "{happened:?}"
    );
    let down = answer("502 Bad Gateway", "{}");
    let server = Server::new(vec![("/api/status", [down].into())]).await;
    let happened = server.web(&kept).probe().await;
    let status = Outage::Status(502, None);
    assert!(
        matches!(happened, Happened::Out(met) if met == status),
        "{happened:?}"
    );
}

#[tokio::test]
async fn ws12_a_socket_is_opened_by_its_ticket_and_shows_nothing_else() {
    let mut server = Server::new(Vec::new()).await;
    let web = server.web(&Kept::token());
    let mut wire = web.open(Some(Secret::new(TICKET))).await.unwrap();
    let mut socket = server.sockets.recv().await.unwrap();
    wire.send("a".to_owned()).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("a"));
    socket.send(Message::text("b")).await.unwrap();
    assert_eq!(wire.next().await.unwrap(), "b");
    let close = CloseFrame {
        code: 1012.into(),
        reason: "service restart".into(),
    };
    socket.send(Message::Close(Some(close))).await.unwrap();
    assert_eq!(wire.next().await, Err(Ended(Some(1012))));
    let asked = server.asked().concat().to_lowercase();
    assert!(
        asked.starts_with("get /api/ws?ticket=secret%2bticket http/1.1"),
        "{asked}"
    );
    for name in ["origin:", "cookie:", "authorization:", TOKEN] {
        assert!(!asked.contains(name), "{asked}");
    }
}

#[tokio::test]
async fn ws12_nothing_that_opens_a_socket_follows_a_redirect() {
    let elsewhere = Server::new(Vec::new()).await;
    let there = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}/api/ws\r\ncontent-length: 0\r\n\r\n",
        elsewhere.address
    );
    let answers = ["/api/ws", MINT, "/api/status", "/api/sessions"]
        .map(|path| (path, [there.clone()].into()));
    let server = Server::new(answers.into()).await;
    let web = server.web(&Kept::token());
    let out = |happened: &Happened| {
        matches!(
            happened,
            Happened::Out(Outage::NotTheGateway)
                | Happened::Minted(Minted::Out(Outage::NotTheGateway))
        )
    };
    for ticket in [Some(Secret::new(TICKET)), None] {
        let refused = web.open(ticket).await.map(drop).unwrap_err();
        assert!(out(&refused), "{refused:?}");
    }
    assert!(out(&web.mint().await));
    assert!(out(&web.probe().await));
    assert_eq!(elsewhere.asked().len(), 0);
}

#[test]
fn ws12_secrets_go_over_tls_except_to_this_machine_or_where_somebody_agreed() {
    let may = |address: &str, agreed| {
        let address = GatewayAddress::parse(address).unwrap();
        address.for_secrets(agreed).ok()
    };
    let refused = PlainHttp::Refused;
    for address in [
        "http://gw.example.com",
        "http://192.0.2.7:9119",
        "http://localhost.evil.example",
    ] {
        assert_eq!(may(address, refused), None, "{address}");
    }
    let ticket = Secret::new(TICKET);
    for (address, agreed, socket) in [
        (
            "https://gw.example.com/h",
            refused,
            "wss://gw.example.com/h/api/ws?ticket=",
        ),
        (
            "http://127.0.0.1:9119",
            refused,
            "ws://127.0.0.1:9119/api/ws?ticket=",
        ),
        (
            "http://gw.lan",
            PlainHttp::Agreed,
            "ws://gw.lan/api/ws?ticket=",
        ),
    ] {
        let address = may(address, agreed).unwrap();
        let url = address.socket(Shown::Ticket(&ticket));
        assert!(url.expose().starts_with(socket), "{socket}");
    }
}

#[tokio::test]
async fn facts_2_4_a_refused_upgrade_is_no_sign_in_by_itself() {
    for (status, outage) in [
        ("403 Forbidden", Outage::Status(403, None)),
        ("404 Not Found", Outage::Status(404, None)),
        ("502 Bad Gateway", Outage::Status(502, None)),
        ("200 OK", Outage::NotTheGateway),
    ] {
        let server = Server::new(vec![("/api/ws", [answer(status, "<html>")].into())]).await;
        let web = server.web(&Arc::new(Kept::default()));
        let refused = web.open(Some(Secret::new(TICKET))).await.map(drop);
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, Happened::Out(met) if met == outage),
            "{refused:?}"
        );
        assert_eq!(server.paths().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn facts_5_6_a_gateway_from_before_the_socket_says_404_and_a_proxy_does_too() {
    let json = "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 22\r\n\r\n{\"detail\":\"Not Found\"}";
    let server = Server::new(vec![
        (MINT, [json.to_owned()].into()),
        ("/api/ws", [json.to_owned()].into()),
    ])
    .await;
    let kept = Arc::new(Kept::default());
    let web = server.web(&kept);
    let minted = web.mint().await;
    assert!(
        matches!(minted, Happened::Minted(Minted::TooOld)),
        "{minted:?}"
    );
    let opened = web.open(Some(Secret::new(TICKET))).await.map(drop);
    assert!(matches!(opened, Err(Happened::TooOld)), "{opened:?}");
    assert_eq!(*kept.renewed.lock().unwrap(), 0);
    let page = answer("404 Not Found", "404 page not found");
    let server = Server::new(vec![(MINT, [page].into())]).await;
    let minted = server.web(&kept).mint().await;
    let away = Outage::Status(404, None);
    assert!(
        matches!(minted, Happened::Minted(Minted::Out(met)) if met == away),
        "{minted:?}"
    );
}

#[tokio::test]
async fn facts_1_7_upstream_tells_a_wrong_token_from_a_wrong_address_elsewhere() {
    let wrong = answer("401 Unauthorized", r#"{"detail":"Unauthorized"}"#);
    let right = answer("200 OK", r#"{"sessions":[],"total":0}"#);
    for (said, is_token) in [(wrong, true), (right, false)] {
        let server = Server::new(vec![
            ("/api/ws", [answer("403 Forbidden", "")].into()),
            ("/api/sessions", [said].into()),
        ])
        .await;
        let refused = server.web(&Kept::token()).open(None).await.map(drop);
        match (is_token, refused.unwrap_err()) {
            (true, Happened::Closed(Some(4401)))
            | (false, Happened::Out(Outage::Status(403, None))) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(
            server.paths(),
            ["/api/ws?token=secret-token", "/api/sessions?limit=1"]
        );
    }
    // Without a token there is nothing to ask with.
    let server = Server::new(Vec::new()).await;
    let web = server.web(&Arc::new(Kept::default()));
    let refused = web.open(None).await.map(drop).unwrap_err();
    assert!(matches!(refused, Happened::Closed(Some(4401))));
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn nobody_answers_where_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server {
        address: format!("http://{}", listener.local_addr().unwrap()),
        asked: Arc::default(),
        sockets: mpsc::channel(1).1,
    };
    drop(listener);
    let web = server.web(&Kept::token());
    assert!(matches!(web.probe().await, Happened::Unanswered));
    assert!(matches!(web.mint().await, Happened::Unanswered));
    let refused = web.open(None).await.map(drop).unwrap_err();
    assert!(matches!(refused, Happened::Unanswered));
}

/// A socket under a clock that is moved.
async fn under(clock: &Arc<MovedClock>) -> (Box<dyn Wire>, WebSocketStream<TcpStream>) {
    let mut server = Server::new(Vec::new()).await;
    let http = BoundedClient::new(&Environment::default(), Arc::clone(clock) as _);
    let web = Web::new(
        secret(&server.address),
        Arc::new(Kept::default()),
        Arc::new(http),
        &Environment::default(),
        Arc::clone(clock) as _,
    );
    let wire = web.unwrap().open(Some(Secret::new(TICKET))).await.unwrap();
    (wire, server.sockets.recv().await.unwrap())
}

#[tokio::test]
async fn a_gateway_that_is_silent_is_asked_and_then_given_up() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let (mut wire, mut socket) = under(&clock).await;
    // The opening of the socket had limits too.
    let before = clock.slept().len();
    let reading = tokio::spawn(async move { wire.next().await });
    for waits in 1..=3 {
        while clock.slept().len() < before + waits {
            tokio::task::yield_now().await;
        }
        assert!(!reading.is_finished());
        clock.advance(Duration::from_secs(15));
    }
    assert_eq!(reading.await.unwrap(), Err(Ended(None)));
    for _ in 0..2 {
        let asked = socket.next().await.unwrap().unwrap();
        assert!(matches!(asked, Message::Ping(_)), "{asked:?}");
    }
}

#[tokio::test]
async fn a_gateway_that_answers_pings_is_kept() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let (mut wire, mut socket) = under(&clock).await;
    let reading = tokio::spawn(async move { wire.next().await });
    for _ in 0..8 {
        clock.until_sleeping(1).await;
        let before = clock.slept().len();
        clock.advance(Duration::from_secs(15));
        let asked = socket.next().await.unwrap().unwrap();
        assert!(matches!(asked, Message::Ping(_)), "{asked:?}");
        socket.flush().await.unwrap();
        // The wait for the next word began anew with the question, and again with its answer.
        while clock.slept().len() < before + 2 {
            tokio::task::yield_now().await;
        }
    }
    socket.send(Message::text("a")).await.unwrap();
    assert_eq!(reading.await.unwrap().unwrap(), "a");
}
