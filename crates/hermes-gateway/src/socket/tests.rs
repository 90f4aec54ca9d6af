use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt as _;
use hermes_protocol::methods::{Access, Method, Role};
use hermes_storage::UserId;
use hermes_storage_sqlite::SqliteStorage;
use hermes_testkit::{FixedRandom, MovedClock};

use super::*;
use crate::tests::{aviary, parrot::Parrot};

/// A client that sends what it was given and keeps what it gets.
#[derive(Default)]
struct Wire {
    sends: VecDeque<Result<Message, Lost>>,
    got: Vec<Message>,
    hangs_up: bool,
    reads_nothing: bool,
}

impl Stream for Wire {
    type Item = Result<Message, Lost>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.sends.pop_front() {
            Some(frame) => Poll::Ready(Some(frame)),
            None if self.hangs_up => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Sink<Message> for Wire {
    type Error = Infallible;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.reads_nothing {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn start_send(mut self: Pin<&mut Self>, frame: Message) -> Result<(), Infallible> {
        self.got.push(frame);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
}

struct Fixed;

impl Answers for Fixed {
    fn config_changed_at(&self) -> f64 {
        0.0
    }
}

fn caller() -> Caller {
    Caller {
        user: UserId::owner(),
        role: Role::Owner,
        session: None,
    }
}

async fn around(clock: &Arc<MovedClock>) -> Surroundings {
    let home = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&home.path().join("gateway.db")).await;
    let conversations = Conversations::new(
        Arc::new(storage.unwrap()),
        Arc::clone(clock) as Arc<dyn Clock>,
        FixedRandom::seeded(7),
        aviary::answering(&Arc::new(Parrot::default()), clock),
        None,
    );
    Surroundings {
        conversations: Arc::new(conversations.await.unwrap()),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        answers: Arc::new(Fixed),
        stopping: CancellationToken::new(),
    }
}

/// Everything that a client gets which sends these frames and hangs up.
async fn conversation(frames: impl IntoIterator<Item = Result<Message, Lost>>) -> Vec<String> {
    let mut wire = Wire {
        sends: frames.into_iter().collect(),
        hangs_up: true,
        ..Wire::default()
    };
    let clock = MovedClock::at("2026-11-22T00:00:00Z");
    let around = around(&clock).await;
    let mut shown = Vec::new();
    let why = serve(&mut wire, &caller(), &around).now_or_never().unwrap();
    for frame in &wire.got {
        shown.push(match frame {
            Message::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        });
    }
    shown.extend(why.map(|why| format!("{} {}", why.code(), why.reason())));
    shown
}

fn text(text: &str) -> Result<Message, Lost> {
    Ok(Message::text(text))
}

#[tokio::test]
async fn ready_comes_first_and_every_request_is_answered() {
    let shown = conversation([
        text(r#"{"jsonrpc":"2.0","id":"r1","method":"setup.status"}"#),
        text(" "),
        text(r#"{"id":2,"method":"config.get","params":{"key":"full"}}"#),
        text(r#"{"id":3,"method":"nothing.of_ours"}"#),
        text("[]"),
    ])
    .await;
    insta::assert_snapshot!(shown.join("\n"), @r#"
    {"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","payload":{"user_id":"owner","role":"owner","max_frame_bytes":16777216,"replay_epoch":"6N2UPTZsque-twbGrmaO_w"}}}
    {"jsonrpc":"2.0","id":"r1","result":{"provider_configured":true}}
    {"jsonrpc":"2.0","id":2,"result":{"config":{"model":{"provider":"testkit","default":"parrot-1"},"display":{"busy_input_mode":"interrupt"}}}}
    {"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"unknown method: nothing.of_ours"}}
    {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request: expected an object"}}
    "#);
}

#[tokio::test]
async fn rz1_no_websocket_reaches_what_is_the_hosts() {
    for method in Method::ALL {
        let spec = method.spec();
        if spec.access == Access::Host {
            let frame = format!(
                r#"{{"id":1,"method":"{}","params":{{"id":"x"}}}}"#,
                spec.name
            );
            let answered = conversation([text(&frame)]).await.pop().unwrap();
            assert!(answered.contains(r#""code":4403"#), "{answered}");
        }
    }
}

#[tokio::test]
async fn facts_2_4_what_ends_a_socket() {
    let last = async |frame| conversation([frame]).await.pop().unwrap();
    assert_eq!(
        last(Ok(Message::binary(vec![1]))).await,
        "1003 text frames only"
    );
    assert_eq!(
        last(Err(Lost::TooLarge)).await,
        "1009 frame exceeds limit of 16777216 bytes"
    );
    assert!(
        last(Err(Lost::Gone)).await.contains("gateway.ready"),
        "nobody to tell"
    );
    assert!(
        last(Ok(Message::Close(None)))
            .await
            .contains("gateway.ready")
    );
}

#[tokio::test]
async fn ds5_a_hundred_frames_that_are_no_requests_are_the_last() {
    let shown = conversation((0..200).map(|_| text("{"))).await;
    assert_eq!(shown.len(), 1 + 99 + 1);
    assert_eq!(
        shown.last().unwrap(),
        "1008 too many frames that are no requests"
    );
}

#[tokio::test]
async fn ds5_costly_calls_are_counted_and_cheap_ones_are_not() {
    let costly = (0..101).map(|_| text(r#"{"id":1,"method":"setup.status"}"#));
    let shown = conversation(costly.chain([text(
        r#"{"id":2,"method":"config.get","params":{"key":"full"}}"#,
    )]))
    .await;
    assert!(shown[100].contains("provider_configured"));
    assert!(shown[101].contains("too many calls"), "{}", shown[101]);
    assert!(shown[102].contains(r#""result""#), "{}", shown[102]);
}

#[tokio::test]
async fn ws10_who_does_not_read_is_let_go_after_ten_seconds() {
    let clock = MovedClock::at("2026-11-22T00:00:00Z");
    let around = around(&clock).await;
    let mut wire = Wire {
        reads_nothing: true,
        ..Wire::default()
    };
    let caller = caller();
    let ended = serve(&mut wire, &caller, &around);
    tokio::pin!(ended);
    assert!(futures_util::poll!(&mut ended).is_pending());
    clock.advance(STALL);
    assert_eq!(ended.await, Some(Close::SlowReader));
}

#[tokio::test]
async fn facts_2_5_who_answers_no_ping_is_let_go() {
    let clock = MovedClock::at("2026-11-22T00:00:00Z");
    let around = around(&clock).await;
    let mut wire = Wire::default();
    let caller = caller();
    let mut ended = Box::pin(serve(&mut wire, &caller, &around));
    assert!(futures_util::poll!(&mut ended).is_pending());
    clock.advance(PING_EVERY);
    assert!(
        futures_util::poll!(&mut ended).is_pending(),
        "a ping goes out"
    );
    clock.advance(PING_EVERY);
    assert_eq!(ended.await, Some(Close::NoPong));
    assert!(matches!(wire.got.last(), Some(Message::Ping(_))));
}

#[tokio::test]
async fn a_gateway_that_stops_says_so() {
    let clock = MovedClock::at("2026-11-22T00:00:00Z");
    let around = around(&clock).await;
    let mut wire = Wire::default();
    let caller = caller();
    let mut ended = Box::pin(serve(&mut wire, &caller, &around));
    assert!(futures_util::poll!(&mut ended).is_pending());
    around.stopping.cancel();
    assert_eq!(ended.await, Some(Close::Restart));
}
