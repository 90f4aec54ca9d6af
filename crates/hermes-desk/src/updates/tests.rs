//! The list on a server of this machine, which notes what it is asked.

use std::{path::PathBuf, sync::Mutex};

use hermes_client::Memory;
use hermes_machine::BoxFuture;
use hermes_protocol::bridge::{AppPreferences, SignInStarted, SignInWay};
use hermes_secret::Secret;
use hermes_testkit::{MovedClock, TestHome};
use serde_json::{json, value::to_raw_value};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{Outfit, SignInWindow, SignInWindows, Tidings, look, tests::outfit};

const DAY: Duration = Duration::from_hours(24);

/// Somebody who says the same to everybody.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<String>>,
}

impl Server {
    async fn new(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hermes.json", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(answer));
        tokio::spawn({
            let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    serve(stream, &asked, &answer).await;
                }
            }
        });
        Self {
            address,
            asked,
            answer,
        }
    }

    fn says(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    /// What it was asked, a head each.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Notes one request, and answers it.
async fn serve(stream: TcpStream, asked: &Mutex<Vec<String>>, answer: &Mutex<String>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while stream.read_line(&mut head).await.unwrap() > 2 {}
    asked.lock().unwrap().push(head);
    let said = answer.lock().unwrap().clone();
    // Whoever has read enough goes away.
    let _ = stream.write_all(said.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn answer(status: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn list(version: &str) -> String {
    let list = json!({"version": version, "notes": notes(version)});
    answer("200 OK", "application/json", &list.to_string())
}

fn notes(version: &str) -> String {
    format!("https://hermes.example/news/{version}")
}

/// The application of version 0.1.0 in this home, with this list.
fn with(home: &TestHome, address: &str) -> Outfit {
    let mut outfit = outfit(home);
    outfit.world.environment = std::mem::take(&mut outfit.world.environment).with(LIST, address);
    outfit
}

/// The same, by a clock that a test moves.
async fn by_clock(home: &TestHome, address: &str) -> (Desk, Tidings, Arc<MovedClock>) {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let mut outfit = with(home, address);
    outfit.world.ports.clock = Arc::clone(&clock) as _;
    let (desk, tidings) = Desk::open(outfit).await;
    clock.until_sleeping(1).await;
    (desk, tidings, clock)
}

/// Moves the clock, and waits until what is done then is done.
async fn pass(clock: &MovedClock, by: Duration) {
    clock.advance(by);
    clock.until_sleeping(1).await;
}

fn prefer_updates(desk: &Desk, looks_for_updates: bool) {
    let preferred = AppPreferences {
        looks_for_updates,
        ..desk.preferences()
    };
    desk.prefer(preferred).unwrap();
}

fn noted(desk: &Desk) -> Vec<String> {
    let notes = desk.board().notes;
    notes.into_iter().map(|note| note.text).collect()
}

#[tokio::test]
async fn dt8_a_version_that_is_not_newer_is_no_update() {
    let home = TestHome::new();
    let server = Server::new(list("0.1.0")).await;
    let (desk, _tidings) = Desk::open(with(&home, &server.address)).await;
    assert!(desk.board().means.can_look_for_updates);
    for (version, is_newer) in [
        ("0.1.1", true),
        ("0.10.0", true),
        ("1.0.0-rc.1", true),
        ("0.1.0", false),
        ("0.1.0+build.7", false),
        ("0.1.0-rc.1", false),
        ("0.0.99", false),
    ] {
        server.says(list(version));
        let found = desk.check_updates().await.unwrap();
        assert_eq!(found.current, "0.1.0");
        let newer = is_newer.then(|| NewerVersion {
            version: version.to_owned(),
            notes: notes(version),
        });
        assert_eq!(found.found, newer, "{version}");
    }
    assert!(noted(&desk).is_empty(), "who asks is answered, not told");
}

#[test]
fn dt8_a_release_follows_its_candidates_and_nothing_goes_back_to_them() {
    let is_newer = |listed: &str, current: &str| {
        let list = json!({"version": listed, "notes": notes(listed), "more": 7}).to_string();
        newer(list.as_bytes(), current).unwrap().is_some()
    };
    assert!(is_newer("0.2.0-rc.10", "0.2.0-rc.2"));
    assert!(is_newer("0.2.0", "0.2.0-rc.10"));
    for listed in ["0.2.0-rc.1", "0.2.0-beta.9", "0.1.9", "0.2.0-rc.2+late"] {
        assert!(!is_newer(listed, "0.2.0-rc.2"), "{listed}");
    }
}

#[tokio::test]
async fn dt8_each_version_is_told_once_and_none_before_it_after_that() {
    let home = TestHome::new();
    let server = Server::new(list("0.3.0")).await;
    let (desk, tidings, clock) = by_clock(&home, &server.address).await;
    prefer_updates(&desk, true);
    pass(&clock, LOOK).await;
    let told = "Hermes 0.3.0 is there; this is 0.1.0. About Hermes leads to what is new in it.";
    assert_eq!(noted(&desk), [told]);
    desk.note_read(desk.board().notes[0].id);
    // The list goes back, and says the same again.
    for version in ["0.2.0", "0.3.0"] {
        server.says(list(version));
        pass(&clock, DAY).await;
        assert!(noted(&desk).is_empty(), "{version}");
    }
    assert_eq!(server.asked().len(), 3);
    drop((desk, tidings));
    // So it is after another start.
    let (desk, _tidings, clock) = by_clock(&home, &server.address).await;
    pass(&clock, LOOK).await;
    assert_eq!((server.asked().len(), noted(&desk).len()), (4, 0));
    server.says(list("0.4.0"));
    pass(&clock, DAY).await;
    assert!(noted(&desk)[0].contains("Hermes 0.4.0"));
}

#[tokio::test]
async fn nobody_is_asked_while_it_is_off_and_it_is_off_until_somebody_turns_it_on() {
    let home = TestHome::new();
    let server = Server::new(list("0.3.0")).await;
    let (desk, _tidings, clock) = by_clock(&home, &server.address).await;
    for _ in 0..3 {
        pass(&clock, DAY).await;
    }
    assert_eq!(server.asked(), [""; 0]);
    prefer_updates(&desk, true);
    pass(&clock, LOOK).await;
    prefer_updates(&desk, false);
    pass(&clock, 2 * DAY).await;
    assert_eq!(server.asked().len(), 1);
    // Who presses the button wants to know, whatever is preferred.
    assert!(desk.check_updates().await.unwrap().found.is_some());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn it_is_asked_a_minute_after_the_start_and_then_once_a_day() {
    let home = TestHome::new();
    let server = Server::new(list("0.1.0")).await;
    let (desk, _tidings, clock) = by_clock(&home, &server.address).await;
    prefer_updates(&desk, true);
    pass(&clock, Duration::from_secs(59)).await;
    assert_eq!(server.asked(), [""; 0]);
    pass(&clock, Duration::from_secs(1)).await;
    assert_eq!(server.asked().len(), 1);
    // An answer that is none is as good for a day.
    server.says(answer("503 Service Unavailable", "text/plain", ""));
    pass(&clock, DAY - LOOK).await;
    assert_eq!(server.asked().len(), 1);
    pass(&clock, LOOK).await;
    assert_eq!(server.asked().len(), 2);
    pass(&clock, LOOK).await;
    assert_eq!(server.asked().len(), 2);
    assert!(noted(&desk).is_empty());
    for head in server.asked() {
        let mut lines: Vec<_> = head.trim_end().lines().collect();
        assert_eq!(lines.remove(0), "GET /hermes.json HTTP/1.1");
        let mut names: Vec<_> = lines
            .iter()
            .filter_map(|line| line.split(':').next())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "user-agent"], "{head}");
    }
}

#[test]
fn a_clock_that_was_put_back_makes_nobody_wait() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let looked = Looked {
        asked: Some(at("2026-11-21T12:00:00Z")),
        found: None,
    };
    assert!(Looked::default().is_due(at("2026-11-21T12:00:00Z")));
    assert!(!looked.is_due(at("2026-11-22T11:59:59Z")));
    assert!(looked.is_due(at("2026-11-22T12:00:00Z")));
    assert!(looked.is_due(at("2025-11-21T12:00:00Z")));
}

#[tokio::test]
async fn what_is_no_such_list_is_a_sentence() {
    let home = TestHome::new();
    let server = Server::new(String::new()).await;
    let (desk, _tidings) = Desk::open(with(&home, &server.address)).await;
    let ok = |body: &str| answer("200 OK", "application/json", body);
    let named =
        |version: &str, notes: &str| ok(&json!({"version": version, "notes": notes}).to_string());
    let https = "https://hermes.example/news";
    let large = format!(
        "{}{}",
        json!({"version": "9.0.0", "notes": https}),
        " ".repeat(LIMIT)
    );
    let long = format!("9.0.0-{}", "x".repeat(LABEL_LIMIT));
    for (said, why) in [
        (
            answer("200 OK", "text/html", "<!doctype html><h1>9.0.0</h1>"),
            "no such list",
        ),
        (
            answer("404 Not Found", "application/json", "{}"),
            "with status 404",
        ),
        (ok(""), "no such list"),
        (ok("{\"version\": \"9.0.0\""), "no such list"),
        (ok("[\"9.0.0\"]"), "no such list"),
        (ok("{\"version\": 9, \"notes\": null}"), "no such list"),
        (ok("{\"version\": \"9.0.0\"}"), "no such list"),
        (ok(&large), "larger than such a list may be"),
        (ok(&" ".repeat(2 * 1024 * 1024)), "sent more than 1 MiB"),
        (named("9", https), "names no version"),
        (named("v9.0.0", https), "names no version"),
        (named("9.0.0\u{202e}", https), "names no version"),
        (named(&long, https), "names no version"),
        (
            named("9.0.0", "http://hermes.example/news"),
            "no page that may be opened",
        ),
        (
            named("9.0.0", "http://127.0.0.1/news"),
            "no page that may be opened",
        ),
        (
            named("9.0.0", "https://ada@hermes.example/"),
            "no page that may be opened",
        ),
        (
            named("9.0.0", "javascript:alert(1)"),
            "no page that may be opened",
        ),
        (named("9.0.0", "/news"), "no page that may be opened"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{".to_owned(),
            "broke before",
        ),
        ("geese".to_owned(), "broke before"),
    ] {
        server.says(said.clone());
        let refusal = desk.check_updates().await.unwrap_err();
        let (text, said) = (&refusal.message, said.get(..90).unwrap_or(&said));
        assert!(text.contains(why) && text.ends_with('.'), "{said}: {text}");
    }
    assert!(desk.board().notes.is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let home = TestHome::new();
    let elsewhere = Server::new(list("9.0.0")).await;
    let location = &elsewhere.address;
    let away = format!(
        "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let server = Server::new(away).await;
    let (desk, _tidings) = Desk::open(with(&home, &server.address)).await;
    let refusal = desk.check_updates().await.unwrap_err();
    assert!(refusal.message.contains("with status 302"), "{refusal:?}");
    assert_eq!((server.asked().len(), elsewhere.asked().len()), (1, 0));
}

#[tokio::test]
async fn only_an_address_that_nobody_can_change_on_the_way_is_asked() {
    let home = TestHome::new();
    let (desk, _tidings) = Desk::open(outfit(&home)).await;
    assert!(!desk.board().means.can_look_for_updates);
    let refusal = desk.check_updates().await.unwrap_err();
    assert!(
        refusal.message.starts_with("Nobody has said"),
        "{refusal:?}"
    );
    drop(desk);
    for address in [
        "http://updates.example/hermes.json",
        "http://127.0.0.1.updates.example/",
        "https://ada:geese@updates.example/",
        "ftp://updates.example/",
        "file:///etc/hermes.json",
        "updates.example/hermes.json",
    ] {
        let (desk, _tidings) = Desk::open(with(&home, address)).await;
        assert!(!desk.board().means.can_look_for_updates, "{address}");
        let refusal = desk.check_updates().await.unwrap_err();
        assert_eq!(refusal.code.as_deref(), Some(Code::UnsafeUrl.as_str()));
        assert_eq!(noted(&desk), [refusal.message], "it is said at the start");
    }
    for address in [
        "https://updates.example/x",
        "http://[::1]:7/x",
        "http://localhost/x",
    ] {
        let environment = Environment::from([(LIST, address)]);
        assert!(named(&environment).unwrap().is_some(), "{address}");
    }
}

/// Windows that take their time.
struct Slow;

impl SignInWindows for Slow {
    fn open<'a>(
        &'a self,
        _: &'a Url,
        _: PathBuf,
    ) -> BoxFuture<'a, Result<Box<dyn SignInWindow>, String>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn it_is_told_when_nobody_is_in_the_middle_of_anything() {
    let home = TestHome::new();
    let server = Server::new(list("0.3.0")).await;
    let outfit = Outfit {
        windows: Arc::new(Slow),
        ..with(&home, &server.address)
    };
    let (desk, mut tidings) = Desk::open(outfit).await;
    prefer_updates(&desk, true);
    let gateway = Server::new(answer("404 Not Found", "text/plain", "")).await;
    let address = look::parse(&gateway.address).unwrap();
    let web = desk.way_by(address, Secret::new("token")).unwrap();
    let link = Link::begin(&desk, "a", web, Memory::default());
    desk.state().links.insert("a".to_owned(), link);
    let told = |kind: &str| to_raw_value(&json!({"type": kind, "session_id": "c"})).unwrap();
    let mut looked = Looked::default();

    desk.heard("a", told("message.start")).await;
    desk.look_for_newer(&mut looked).await;
    assert!(noted(&desk).is_empty(), "an answer is being written");
    desk.heard("a", told("message.complete")).await;
    let signing = tokio::spawn({
        let desk = desk.clone();
        let asked = SignInStarted {
            address: gateway.address.clone(),
            way: SignInWay::Window,
            method: None,
            agrees_to_plain: false,
        };
        async move { desk.sign_in(asked).await }
    });
    while desk.board().sign_in.is_none() {
        assert!(tidings.next().await.is_some());
    }
    desk.look_for_newer(&mut looked).await;
    assert!(noted(&desk).is_empty(), "somebody signs in");
    desk.cancel_sign_in();
    assert!(signing.await.unwrap().is_err());
    desk.look_for_newer(&mut looked).await;
    assert_eq!(noted(&desk).len(), 1);
    assert_eq!(server.asked().len(), 1, "it was asked once for all that");
}
