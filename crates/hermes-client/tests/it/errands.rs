//! What a page asks over HTTP, by what its program has signed in with.

use std::sync::Arc;

use futures_util::SinkExt as _;
use hermes_client::{
    Driver, Errand, ErrandError, Line, LineEvent, Memory, Needed, Outage, State, SystemNetwork,
};
use hermes_machine::SystemClock;
use hermes_protocol::routes::Verb;
use hermes_testkit::FixedRandom;
use serde_json::{Value, json, value::RawValue};
use tokio_tungstenite::tungstenite::Message;

use crate::web::{Answers, Kept, MINT, Server, answer, no, yes};

const SESSIONS: &str = "/api/sessions";
pub(crate) const STATUS: &str = "/api/status";

/// What a gateway in this mode answers anybody, and besides that.
pub(crate) fn says(mode: &str, more: Answers) -> Answers {
    let body = format!(r#"{{"version":"1","auth_required":{mode}}}"#);
    let methods = answer("200 OK", r#"{"providers":[]}"#);
    let mut answers = vec![
        (STATUS, [answer("200 OK", &body)].into()),
        ("/api/auth/providers", [methods].into()),
    ];
    answers.extend(more);
    answers
}

fn errand(verb: Verb, path: &str) -> Errand {
    Errand::new(verb, path, None).unwrap()
}

#[tokio::test]
async fn a_page_is_answered_and_never_sees_what_signs_in() {
    let body = answer("200 OK", r#"{"sessions":[]}"#);
    let body = body.replace(
        "content-type",
        "set-cookie: hermes_session_at=new\r\ncontent-type",
    );
    let changed = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned();
    let answers = vec![
        (SESSIONS, [body].into()),
        ("/api/sessions/c1", [changed].into()),
    ];
    let server = Server::new(answers).await;
    let web = server.web(&Arc::new(Kept::default()));
    let list = web
        .ask(&errand(Verb::Get, "/api/sessions?limit=2&q=a%20b"))
        .await;
    let list = list.unwrap();
    assert_eq!(
        (list.status, &*list.body),
        (200, &br#"{"sessions":[]}"#[..])
    );
    let body: Box<RawValue> = serde_json::value::to_raw_value(&json!({"title": "t"})).unwrap();
    let change = Errand::new(Verb::Patch, "/api/sessions/c1", Some(body)).unwrap();
    let change = web.ask(&change).await.unwrap();
    assert_eq!((change.status, change.body.len()), (204, 0));
    let asked = server.asked();
    for (head, begins) in asked.iter().zip([
        "GET /api/sessions?limit=2&q=a%20b HTTP/1.1",
        "PATCH /api/sessions/c1 HTTP/1.1",
    ]) {
        assert!(head.starts_with(begins), "{head}");
        assert!(head.contains("authorization: Bearer turn0"), "{head}");
    }
}

#[tokio::test]
async fn what_a_gateway_does_not_take_is_renewed_once() {
    let refused = answer(
        "401 Unauthorized",
        r#"{"error":"wrong_password","detail":"no"}"#,
    );
    let page = answer("401 Unauthorized", "<html>Sign in to the proxy</html>");
    let good = answer("200 OK", "{}");
    for (answers, renewed, status) in [
        (vec![good.clone()], 0, 200),
        (vec![no(), good], 1, 200),
        (vec![no(), no()], 1, 401),
        // These say something else than that the session is over.
        (vec![refused], 0, 401),
        (vec![page], 0, 401),
    ] {
        let server = Server::new(vec![(SESSIONS, answers.into())]).await;
        let kept = Arc::new(Kept::default());
        let answered = server.web(&kept).ask(&errand(Verb::Get, SESSIONS)).await;
        assert_eq!(answered.unwrap().status, status);
        assert_eq!(kept.renewed(), renewed);
    }
    let kept = Arc::new(Kept::over());
    let server = Server::new(Vec::new()).await;
    let answered = server.web(&kept).ask(&errand(Verb::Get, SESSIONS)).await;
    assert_eq!(answered, Err(ErrandError::SignedOut));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn ws12_an_errand_goes_to_the_gateway_alone() {
    let elsewhere = Server::new(Vec::new()).await;
    let there = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}/api/sessions\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        elsewhere.address
    );
    let server = Server::new(vec![(SESSIONS, [there].into())]).await;
    let answered = server
        .web(&Kept::token())
        .ask(&errand(Verb::Get, SESSIONS))
        .await;
    let answered = answered.unwrap();
    assert_eq!((answered.status, answered.body.len()), (302, 0));
    assert!(elsewhere.asked().is_empty());
    // What is no JSON is none of the page's business.
    let page = answer("502 Bad Gateway", "<html>");
    let server = Server::new(vec![(SESSIONS, [page].into())]).await;
    let answered = server
        .web(&Kept::token())
        .ask(&errand(Verb::Get, SESSIONS))
        .await;
    assert_eq!(answered.unwrap().body, b"");
    // And what is too large for everything else may be as large as sixteen times that.
    let large = format!("\"{}\"", "x".repeat(3 * 1024 * 1024));
    let server = Server::new(vec![(SESSIONS, [answer("200 OK", &large)].into())]).await;
    let answered = server
        .web(&Kept::token())
        .ask(&errand(Verb::Get, SESSIONS))
        .await;
    assert_eq!(answered.unwrap().body.len(), large.len());
}

#[tokio::test]
async fn facts_4_3_upstream_is_asked_for_conversations_as_it_lists_them() {
    let no = r#"{"detail":"order must be one of: created, recent"}"#;
    let rows = r#"{"sessions":[{"id":"c1","is_active":true}],"total":1}"#;
    let answers = vec![(
        SESSIONS,
        [answer("400 Bad Request", no), answer("200 OK", rows)].into(),
    )];
    let server = Server::new(says("false", answers)).await;
    let web = Arc::new(server.web(&Arc::new(Kept::default())));
    let driver = Driver {
        door: Arc::clone(&web) as _,
        clock: Arc::new(SystemClock),
        random: FixedRandom::seeded(7),
        network: Arc::new(SystemNetwork),
        mode: None,
    };
    let (line, _events) = Line::open(driver, Memory::default());
    let list = errand(Verb::Get, "/api/sessions?limit=2&order=pinned");
    let listed = line.ask(&web, &list).await.unwrap();
    assert_eq!(listed.status, 200);
    let said: Value = serde_json::from_slice(&listed.body).unwrap();
    let row = json!({"id": "c1", "is_active": false, "pinned": false});
    assert_eq!(said["sessions"], json!([row]));
    let asked = server.asked();
    let paths = asked.iter().filter(|asked| asked.contains(SESSIONS));
    let orders: Vec<_> = paths
        .map(|asked| asked.contains("limit=2&order=recent"))
        .collect();
    assert_eq!(orders, [false, true], "{asked:?}");
}

#[tokio::test]
async fn a_line_over_the_network_ends_when_an_errand_finds_the_session_over() {
    let answers = vec![
        (MINT, [yes()].into()),
        (SESSIONS, [answer("200 OK", "{}"), no()].into()),
    ];
    let mut server = Server::new(says("true", answers)).await;
    let web = Arc::new(server.web(&Arc::new(Kept::default())));
    let driver = Driver {
        door: Arc::clone(&web) as _,
        clock: Arc::new(SystemClock),
        random: FixedRandom::seeded(7),
        network: Arc::new(SystemNetwork),
        mode: None,
    };
    let (line, mut events) = Line::open(driver, Memory::default());
    let mut socket = server.sockets.recv().await.unwrap();
    let ready = r#"{"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","payload":{"replay_epoch":"e1"}}}"#;
    socket.send(Message::text(ready)).await.unwrap();
    let errand = errand(Verb::Get, SESSIONS);
    assert_eq!(line.ask(&web, &errand).await.unwrap().status, 200);
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        let shown = match event {
            LineEvent::Event(event) => event.get().to_owned(),
            LineEvent::State(state) => format!("{state:?}"),
        };
        told.push(shown);
        if told.len() == 4 {
            assert!(line.ask(&web, &errand).await.unwrap().is_signed_out());
        }
        if told.len() == 5 {
            break;
        }
    }
    assert_eq!(
        told,
        [
            "Probing",
            "Connecting",
            "Live",
            r#"{"type":"gateway.ready","payload":{"replay_epoch":"e1"}}"#,
            &format!("{:?}", State::NeedsSignIn(Needed::SignIn)),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_renewed_just_now_is_no_end_of_a_session() {
    let server = Server::new(vec![(SESSIONS, [no()].into())]).await;
    let kept = Arc::new(Kept::unreachable());
    let answered = server.web(&kept).ask(&errand(Verb::Get, SESSIONS)).await;
    let error = answered.unwrap_err();
    assert_eq!(error, ErrandError::Out(Outage::NotTheGateway));
    assert!(!error.is_signed_out());
}
