use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use hermes_machine::{
    BoxFuture,
    http::{Http, HttpError, Request, Response},
};
use hermes_oauth::{Answer, Attempt, Client, Ports, Registration, Verdict};
use hermes_providers::Table;
use hermes_testkit::{FakeBrowser, FixedRandom, MovedClock, Page};
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
};
use url::Url;

use super::{request::Received, *};
use crate::Arrival;

/// These tests never ask the provider.
struct NoNetwork;

impl Http for NoNetwork {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async { Err(HttpError::Setup("no network".to_owned())) })
    }
}

/// An xAI sign-in whose listener is open.
struct Open<'a> {
    attempt: &'a Attempt,
    callback: &'a Callback<'a>,
    clock: &'a MovedClock,
    strays: &'a Mutex<Vec<String>>,
    arrivals: &'a Mutex<Vec<Arrival>>,
}

impl Open<'_> {
    fn uri(&self, query: &str) -> Url {
        let mut uri = self.attempt.redirect_uri.clone();
        uri.set_query(Some(query));
        uri
    }

    fn elsewhere(&self, path: &str) -> Url {
        self.attempt.redirect_uri.join(path).unwrap()
    }

    fn state(&self) -> &str {
        self.attempt.state().expose()
    }

    fn valid(&self) -> Url {
        self.uri(&format!("code=the-code&state={}", self.state()))
    }

    async fn get(&self, url: &Url) -> Page {
        self.send("GET", url, &[]).await
    }

    async fn send(&self, method: &str, url: &Url, headers: &[(&str, &str)]) -> Page {
        FakeBrowser.send(method, url, headers).await.unwrap()
    }

    /// Sends these bytes and reads what comes, until the other side closes.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is reset has been refused as well.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn connect(&self) -> TcpStream {
        let port = self.attempt.redirect_uri.port().unwrap();
        TcpStream::connect(("127.0.0.1", port)).await.unwrap()
    }

    fn is_open(&self) -> bool {
        use futures_util::FutureExt as _;
        self.callback.answered().now_or_never().is_none()
    }
}

/// Opens a listener and runs the test beside it.
async fn opened<T>(test: impl AsyncFnOnce(&Open<'_>) -> T) -> T {
    let table = Table::load(None).unwrap();
    let provider = table.get("xai-oauth").unwrap();
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let random = FixedRandom::seeded(1);
    let ports = Ports {
        http: Arc::new(NoNetwork),
        clock: clock.clone(),
        random: random.clone(),
    };
    let listener = Listener::bind("127.0.0.1", PortChoice::Exactly(0)).unwrap();
    let uri = format!("http://127.0.0.1:{}/callback", listener.port());
    let uri = Url::parse(&uri).unwrap();
    let attempt = Client::from_table(provider, &Registration::default(), ports)
        .unwrap()
        .begin(&uri)
        .unwrap();
    let strays = Mutex::new(Vec::new());
    let judge = |answer: &Answer| -> Verdict { attempt.judge(answer) };
    let stray = |what| strays.lock().unwrap().push(what);
    let names = pages::Names {
        provider: "xAI".to_owned(),
        host: "build7".to_owned(),
        retry: "hermes auth add xai-oauth".to_owned(),
    };
    let door = door(&uri, provider);
    let arrivals = Mutex::new(Vec::new());
    let arrived = |arrival| arrivals.lock().unwrap().push(arrival);
    let ears = Ears {
        stray: &stray,
        arrived: &arrived,
    };
    let callback = Callback::new(door, names, &judge, ears, &*clock, &*random);
    let open = Open {
        attempt: &attempt,
        callback: &callback,
        clock: &clock,
        strays: &strays,
        arrivals: &arrivals,
    };
    tokio::select! {
        result = test(&open) => result,
        never = listener.serve(&callback) => match never {},
    }
}

fn code(taken: &Taken) -> String {
    match taken {
        Taken::Code(code) => format!("{code:?}"),
        Taken::Denied { error, .. } => format!("denied {error}"),
    }
}

fn signed_in() -> Ending {
    Ending::SignedIn {
        account: Some("ada@example.org".to_owned()),
    }
}

#[tokio::test]
async fn lb1_only_loopback_is_bound() {
    let rows: [(&str, &[&str]); 4] = [
        ("127.0.0.1", &["127.0.0.1"]),
        ("[::1]", &["::1"]),
        ("::1", &["::1"]),
        ("localhost", &["127.0.0.1", "::1"]),
    ];
    for (host, expected) in rows {
        let listener = Listener::bind(host, PortChoice::Exactly(0)).unwrap();
        let addresses = listener.addresses();
        let hosts: Vec<_> = addresses.iter().map(|at| at.ip().to_string()).collect();
        assert_eq!(hosts, expected, "{host}");
        let ports: BTreeSet<_> = addresses.iter().map(SocketAddr::port).collect();
        assert_eq!(
            ports,
            BTreeSet::from([listener.port()]),
            "one port for both"
        );
        // What a wildcard would accept.
        let other = TcpStream::connect(("127.0.0.2", listener.port())).await;
        assert!(other.is_err(), "{host}");
    }
}

#[tokio::test]
async fn lb2_a_squatter_keeps_its_port_and_is_named() {
    for address in ["127.0.0.1:0", "0.0.0.0:0"] {
        let squatter = TcpListener::bind(address).await.unwrap();
        let port = squatter.local_addr().unwrap().port();
        let Err(BindError::Busy { address, owner }) =
            Listener::bind("127.0.0.1", PortChoice::Exactly(port))
        else {
            panic!("the port was taken from its owner");
        };
        assert_eq!(address, format!("127.0.0.1:{port}"));
        let owner = owner.unwrap();
        assert!(
            owner.contains(&format!("(process {})", std::process::id())),
            "{owner}"
        );
        let bumped = Listener::bind("127.0.0.1", PortChoice::Preferably(port)).unwrap();
        assert_ne!(bumped.port(), port);
    }
    let squatter = TcpListener::bind("[::1]:0").await.unwrap();
    let port = squatter.local_addr().unwrap().port();
    let both = Listener::bind("localhost", PortChoice::Exactly(port));
    assert!(
        matches!(both, Err(BindError::Busy { .. })),
        "half a port is none"
    );
}

#[tokio::test]
async fn lb2_nobody_else_can_listen_meanwhile() {
    let listener = Listener::bind("127.0.0.1", PortChoice::Exactly(0)).unwrap();
    for host in ["127.0.0.1", "0.0.0.0"] {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.set_reuseport(true).unwrap();
        let address = format!("{host}:{}", listener.port()).parse().unwrap();
        let taken = socket.bind(address).and_then(|()| socket.listen(1));
        assert!(taken.is_err(), "{host}");
    }
}

#[tokio::test]
async fn lb6_a_fixed_port_is_free_again_at_once() {
    let first = Listener::bind("127.0.0.1", PortChoice::Exactly(0)).unwrap();
    let port = first.port();
    // We close first, so the connection lingers at our side.
    let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let ours = first.accept().await.unwrap();
    drop(ours);
    drop(client);
    drop(first);
    for _ in 0..3 {
        let again = Listener::bind("127.0.0.1", PortChoice::Exactly(port)).unwrap();
        assert_eq!(again.port(), port);
        let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        drop(again.accept().await.unwrap());
        drop(client);
    }
}

#[tokio::test]
async fn lb3_only_a_loopback_host_with_the_port_is_heard() {
    opened(async |open| {
        let port = open.attempt.redirect_uri.port().unwrap();
        let path = format!("/callback?code=the-code&state={}", open.state());
        let refused = [
            "Host: evil.test\r\n".to_owned(),
            format!("Host: evil.test:{port}\r\n"),
            format!("Host: 127.0.0.1.evil.test:{port}\r\n"),
            format!("Host: localhost.evil.test:{port}\r\n"),
            format!("Host: 127.0.0.1:{port}@evil.test\r\n"),
            format!("Host: 127.0.0.2:{port}\r\n"),
            format!("Host: 0.0.0.0:{port}\r\n"),
            format!("Host: [::]:{port}\r\n"),
            "Host: 127.0.0.1\r\n".to_owned(),
            "Host: 127.0.0.1:\r\n".to_owned(),
            "Host: 127.0.0.1:80\r\n".to_owned(),
            format!("Host: 127.0.0.1:+{port}\r\n"),
            "Host:\r\n".to_owned(),
            String::new(),
            format!("Host: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n"),
            format!("Host: 127.0.0.1:{port}\r\nHost: evil.test\r\n"),
        ];
        for host in refused {
            let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            let answer = open.raw(request.as_bytes()).await;
            assert!(!answer.contains("HTTP/1.1 303"), "{host}: {answer}");
            assert!(open.is_open(), "{host}");
        }
        let target =
            format!("GET http://evil.test{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        assert!(!open.raw(target.as_bytes()).await.contains("303"));
        assert!(open.is_open());
        let good = format!("GET {path} HTTP/1.1\r\nHost: LOCALHOST:{port}\r\n\r\n");
        assert!(open.raw(good.as_bytes()).await.starts_with("HTTP/1.1 303"));
        assert!(!open.is_open());
    })
    .await;
}

/// Method, address, headers, and the status of the answer.
type Row = (&'static str, Url, Vec<(&'static str, &'static str)>, u16);

/// Requests that must never end, change or corrupt the sign-in.
fn strays(open: &Open<'_>) -> Vec<Row> {
    let state = open.state();
    let plain = |query: &str| ("GET", open.uri(query), Vec::new(), 400);
    let mut rows = vec![
        plain(""),
        plain("code=the-code"),
        plain(&format!("state={state}")),
        plain(&format!("code=&state={state}")),
        plain("code=the-code&state="),
        plain("code=the-code&state=wrong"),
        plain(&format!("code=the-code&state={}", &state[1..])),
        plain(&format!("code=the-code&state={state}x")),
        plain(&format!("code=the-code&state={state}&state={state}")),
        plain(&format!("code=the-code&code=other&state={state}")),
        plain("error=access_denied"),
        plain("error=access_denied&state=wrong"),
        plain(&format!(
            "code=the-code&state={state}&iss=https://evil.test"
        )),
        plain(&format!("access_token=at&code=c&state={state}")),
        ("GET", open.elsewhere("/favicon.ico"), Vec::new(), 404),
        ("GET", open.elsewhere("/"), Vec::new(), 404),
        ("GET", open.elsewhere("/callback/?code=x"), Vec::new(), 404),
        ("GET", open.elsewhere("/Callback?code=x"), Vec::new(), 404),
        ("GET", open.elsewhere("/done/guess"), Vec::new(), 404),
        ("GET", open.elsewhere("/done/"), Vec::new(), 404),
    ];
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        rows.push((method, open.valid(), Vec::new(), 405));
    }
    rows.push(("HEAD", open.valid(), Vec::new(), 200));
    rows.push(("HEAD", open.elsewhere("/x"), Vec::new(), 404));
    rows.push(("OPTIONS", open.valid(), Vec::new(), 204));
    rows.push(("POST", open.elsewhere("/x"), Vec::new(), 404));
    for header in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
        ("x-purpose", "preview"),
    ] {
        rows.push(("GET", open.valid(), vec![header], 503));
    }
    rows.push(("GET", open.valid(), vec![("host", "evil.test")], 421));
    rows
}

#[tokio::test]
async fn lb4_strays_are_answered_and_the_wait_goes_on() {
    opened(async |open| {
        for (method, url, headers, status) in strays(open) {
            let page = open.send(method, &url, &headers).await;
            assert_eq!(page.status, status, "{method} {url} {headers:?}");
            assert!(open.is_open(), "{method} {url}");
            if method != "HEAD" && method != "OPTIONS" {
                assert!(
                    page.body.contains("</h1>"),
                    "{method} {url}: a page for a person"
                );
            }
            assert!(!page.body.contains("the-code"), "nothing is reflected");
        }
        assert!(!open.strays.lock().unwrap().is_empty(), "they are told of");
        assert_eq!(open.get(&open.valid()).await.status, 303);
        let taken = code(&open.callback.answered().await);
        // The second hit is told, and the first one stays.
        for (method, url, headers, _) in strays(open) {
            let page = open.send(method, &url, &headers).await;
            assert_ne!(page.status, 303, "{method} {url}");
        }
        let second = open.get(&open.valid()).await;
        assert_eq!(second.status, 410);
        assert!(second.body.contains("used already"));
        let denial = open.uri(&format!("error=access_denied&state={}", open.state()));
        assert_eq!(open.get(&denial).await.status, 410);
        assert_eq!(code(&open.callback.answered().await), taken);
    })
    .await;
}

#[tokio::test]
async fn lb4_a_denial_with_the_right_state_ends_it() {
    opened(async |open| {
        let query = format!(
            "error=access_denied&error_description=You+said+%1b%5b2Jno&state={}",
            open.state()
        );
        let page = FakeBrowser.must_visit(&open.uri(&query)).await;
        let Taken::Denied { error, description } = open.callback.answered().await else {
            panic!("it is a denial");
        };
        assert_eq!(error, "access_denied");
        assert_eq!(description.unwrap(), "You said [2Jno");
        assert!(page.body.contains("did not grant access"));
        assert!(!page.body.contains("You said"), "nothing is reflected");
        assert!(
            page.url.path().starts_with("/done/"),
            "the state left the address bar"
        );
        open.callback.delivered().await;
    })
    .await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lb4_one_valid_answer_among_fifty_signs_in_once(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 50),
        at in 0usize..=50,
        side_by_side: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(opened(async |open| {
            let all = strays(open);
            let mut requests: Vec<_> = picks.iter().map(|pick| all[pick.index(all.len())].clone()).collect();
            requests.insert(at, ("GET", open.valid(), Vec::new(), 303));
            let mut accepted = 0;
            if side_by_side {
                // As many at once as the listener holds; more would push each other out.
                for some in requests.chunks(16) {
                    let sent = some.iter().map(|(method, url, headers, _)| open.send(method, url, headers));
                    accepted += join_all(sent).await.iter().filter(|page| page.status == 303).count();
                }
            } else {
                for (method, url, headers, _) in &requests {
                    accepted += usize::from(open.send(method, url, headers).await.status == 303);
                }
            }
            assert_eq!(accepted, 1);
            assert!(matches!(open.callback.answered().await, Taken::Code(_)));
        }));
    }

    #[test]
    fn no_head_makes_the_parser_panic(
        method in "GET|HEAD|POST|OPTIONS|.*",
        path in "/callback|/done/.*|.*",
        query in proptest::option::of(".*"),
        host in "127.0.0.1:56121|localhost:.*|\\[::1\\]:.*|.*",
        name in "origin|purpose|host|.*",
        value in ".*",
    ) {
        let door = request::Door { path: "/callback".to_owned(), port: 56121, origins: Vec::new() };
        let head = request::Head {
            method: &method,
            authority: None,
            path: &path,
            query: query.as_deref(),
            headers: vec![("host", &host), (&name, &value)],
        };
        let received = request::parse(&head, &door);
        if matches!(received, Received::Answer(_)) {
            prop_assert_eq!(method.as_str(), "GET");
            prop_assert_eq!(path.as_str(), "/callback");
            prop_assert!(host.ends_with(":56121"));
        }
    }
}

#[tokio::test]
async fn lb5_the_page_says_what_became_of_it() {
    let rows = [
        (signed_in(), "You are signed in to xAI"),
        (Ending::Failed, "the sign-in did not finish"),
    ];
    for (ending, expected) in rows {
        opened(async |open| {
            let moved = open.get(&open.valid()).await;
            assert_eq!(moved.status, 303);
            assert_eq!(moved.body, "");
            let next = open.elsewhere(moved.header("location").unwrap());
            assert_eq!(next.query(), None, "the code left the address bar");
            assert!(!next.as_str().contains("the-code") && !next.as_str().contains(open.state()));
            let mut page = Box::pin(open.get(&next));
            // Nothing is said before it is known: only the clocks of the connection run.
            tokio::select! {
                biased;
                page = &mut page => panic!("too early: {}", page.body),
                () = open.clock.until_sleeping(2) => {}
            }
            open.callback.finish(ending.clone());
            let page = page.await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains(expected), "{}", page.body);
            open.callback.delivered().await;
        })
        .await;
    }
}

#[tokio::test]
async fn lb5_a_page_does_not_wait_for_ever() {
    opened(async |open| {
        let moved = open.get(&open.valid()).await;
        let next = open.elsewhere(moved.header("location").unwrap());
        let later = async {
            open.clock.until_sleeping(2).await;
            open.clock.advance(Duration::from_secs(25));
        };
        let (page, ()) = tokio::join!(open.get(&next), later);
        assert!(
            page.body.contains("takes longer than usual"),
            "{}",
            page.body
        );
    })
    .await;
}

#[tokio::test]
async fn lb5_every_answer_is_locked_down() {
    opened(async |open| {
        let mut pages = Vec::new();
        for (method, url, headers, _) in strays(open) {
            pages.push(open.send(method, &url, &headers).await);
        }
        let moved = open.get(&open.valid()).await;
        open.callback.finish(signed_in());
        pages.push(
            open.get(&open.elsewhere(moved.header("location").unwrap()))
                .await,
        );
        pages.push(open.get(&open.valid()).await);
        pages.push(moved);
        let mut nonces = BTreeSet::new();
        for page in pages {
            let policy = page.header("content-security-policy").unwrap();
            for rule in [
                "default-src 'none'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "form-action 'none'",
            ] {
                assert!(policy.contains(rule), "{rule}: {policy}");
            }
            assert!(
                !policy.contains("unsafe") && !policy.contains("script"),
                "{policy}"
            );
            for (name, value) in [
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(page.header(name), Some(value), "{}", page.url);
            }
            assert_eq!(page.header("server"), None);
            assert_eq!(page.header("set-cookie"), None);
            if !page.body.is_empty() {
                let nonce = policy
                    .split("'nonce-")
                    .nth(1)
                    .unwrap()
                    .split('\'')
                    .next()
                    .unwrap();
                assert!(page.body.contains(&format!("<style nonce=\"{nonce}\">")));
                assert!(nonces.insert(nonce.to_owned()), "a nonce is used once");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn lb6_slow_clients_do_not_keep_the_browser_out() {
    for count in [15, 16, 40] {
        opened(async |open| {
            let mut slow = Vec::new();
            for _ in 0..count {
                let mut stream = open.connect().await;
                stream.write_all(b"GET /callback?code=").await.unwrap();
                slow.push(stream);
            }
            assert_eq!(open.get(&open.valid()).await.status, 303, "{count}");
            assert!(!open.is_open());
        })
        .await;
    }
}

#[tokio::test]
async fn lb6_a_head_has_ten_seconds_and_eight_kibibytes() {
    opened(async |open| {
        let mut stream = open.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        open.clock.until_sleeping(1).await;
        open.clock.advance(Duration::from_secs(10));
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest).await;
        assert!(closed.is_err() || rest.is_empty(), "closed without a word");

        let port = open.attempt.redirect_uri.port().unwrap();
        let state = open.state();
        let long = "x".repeat(9000);
        for request in [
            format!("GET /callback?code=c&state={state}&x={long} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
            format!("GET /callback?code=c&state={state} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: {long}\r\n\r\n"),
        ] {
            let answer = open.raw(request.as_bytes()).await;
            assert!(!answer.contains(" 303 "), "{answer}");
            assert!(open.is_open());
        }
        let body = "x".repeat(200_000);
        let request = format!(
            "POST /callback HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        open.raw(request.as_bytes()).await;
        assert!(open.is_open());
    })
    .await;
}

#[tokio::test]
async fn lb6_garbage_does_not_end_it() {
    opened(async |open| {
        for bytes in [
            &b""[..],
            b"\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET\r\n\r\n",
            b"GET /callback HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET /callback?code=\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        ] {
            let mut stream = open.connect().await;
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            assert!(open.is_open(), "{bytes:?}");
        }
        assert_eq!(open.get(&open.valid()).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn lb6_the_last_page_is_delivered_before_the_port_is_free() {
    let port = opened(async |open| {
        let visit = open.valid();
        let flow = async {
            open.callback.answered().await;
            open.callback.finish(signed_in());
            open.callback.delivered().await;
        };
        let (page, ()) = tokio::join!(FakeBrowser.must_visit(&visit), flow);
        assert!(page.body.contains("You are signed in to xAI"));
        open.attempt.redirect_uri.port().unwrap()
    })
    .await;
    let again = Listener::bind("127.0.0.1", PortChoice::Exactly(port));
    assert!(again.is_ok(), "free at once");
}

#[tokio::test]
async fn lb6_a_browser_that_does_not_follow_is_not_waited_for_long() {
    opened(async |open| {
        assert_eq!(open.get(&open.valid()).await.status, 303);
        open.callback.finish(signed_in());
        let later = async {
            open.clock.until_sleeping(1).await;
            open.clock.advance(Duration::from_millis(999));
        };
        tokio::join!(open.callback.delivered(), later);
    })
    .await;
}

#[tokio::test]
async fn lb7_preflights_are_allowed_for_the_provider_alone() {
    opened(async |open| {
        let ask = async |origin: &str, method: &str| {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "GET"),
                ("access-control-request-private-network", "true"),
            ];
            open.send(method, &open.valid(), &headers).await
        };
        for origin in ["https://accounts.x.ai", "https://auth.x.ai"] {
            let page = ask(origin, "OPTIONS").await;
            assert_eq!(page.status, 204);
            assert_eq!(page.header("access-control-allow-origin"), Some(origin));
            assert_eq!(
                page.header("access-control-allow-private-network"),
                Some("true")
            );
            assert_eq!(
                page.header("access-control-allow-methods"),
                Some("GET, OPTIONS")
            );
            assert_eq!(
                page.header("access-control-allow-headers"),
                Some("Content-Type")
            );
            assert_eq!(page.header("vary"), Some("Origin"));
        }
        for origin in [
            "null",
            "*",
            "https://x.ai",
            "http://auth.x.ai",
            "https://auth.x.ai:444",
            "https://auth.x.ai.evil.test",
            "https://evil.test",
            "https://auth.x.ai, https://evil.test",
        ] {
            let page = ask(origin, "OPTIONS").await;
            assert_eq!(page.status, 204, "{origin}");
            for (name, _) in &page.headers {
                assert!(!name.starts_with("access-control"), "{origin}: {name}");
            }
        }
        let elsewhere = open.elsewhere("/other");
        let page = open
            .send("OPTIONS", &elsewhere, &[("origin", "https://auth.x.ai")])
            .await;
        assert_eq!(page.header("access-control-allow-private-network"), None);
        assert!(open.is_open());
        // The provider's page learns that its answer arrived; a stranger's page learns nothing.
        let page = ask("https://evil.test", "GET").await;
        assert_eq!(page.header("access-control-allow-origin"), None);
    })
    .await;
}

#[tokio::test]
async fn a_paste_that_was_faster_closes_the_door() {
    opened(async |open| {
        assert!(open.callback.take());
        assert!(!open.callback.take(), "once");
        let page = open.get(&open.valid()).await;
        assert_eq!(page.status, 410);
        assert!(open.is_open(), "the listener has nothing");
    })
    .await;
    opened(async |open| {
        assert_eq!(open.get(&open.valid()).await.status, 303);
        assert!(!open.callback.take(), "the listener was faster");
    })
    .await;
}

fn kinds(open: &Open<'_>) -> Vec<&'static str> {
    let arrivals = open.arrivals.lock().unwrap();
    let kinds = arrivals.iter().map(Arrival::kind);
    kinds.filter(|kind| *kind != "ipv4").collect()
}

#[tokio::test]
async fn each_arrival_is_told_by_its_kind() {
    opened(async |open| {
        open.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            .await;
        let port = open.attempt.redirect_uri.port().unwrap();
        let other = format!(
            "GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
            port ^ 1
        );
        open.raw(other.as_bytes()).await;
        open.raw(b"GET /callback HTTP/1.1\r\nHost: evil.test\r\n\r\n")
            .await;
        let uri = open.uri("");
        open.send("OPTIONS", &uri, &[("origin", "https://auth.x.ai")])
            .await;
        open.send("OPTIONS", &uri, &[("origin", "https://evil.test")])
            .await;
        open.get(&open.uri("code=a&state=old")).await;
        open.get(&open.uri("")).await;
        open.get(&open.elsewhere("/favicon.ico")).await;
        open.send("GET", &open.valid(), &[("sec-purpose", "prefetch")])
            .await;
        open.get(&open.valid()).await;
        let expected = [
            "tls",
            "other_port",
            "wrong_host",
            "preflight",
            "unlisted_preflight",
            "old_answer",
            "not_an_answer",
            "other",
            "prefetch",
            "answer",
        ];
        assert_eq!(kinds(open), expected);
        let details: Vec<_> = open
            .arrivals
            .lock()
            .unwrap()
            .iter()
            .filter_map(Arrival::detail)
            .collect();
        assert_eq!(
            details,
            [(port ^ 1).to_string(), "https://evil.test".to_owned()]
        );
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_told() {
    opened(async |open| {
        let mut stream = open.connect().await;
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty());
        assert_eq!(kinds(open), ["silent"]);
    })
    .await;
}
