//! What a client does in all weathers, under a clock that is moved.

use std::time::Duration;

use hermes_client::{
    CallError, Happened, Minted, Needed, Outage, Refused, State, Trouble,
    talk::{Fate, Which, Wish},
};
use hermes_protocol::{
    methods::{ConversationListParams, SlashExecParams},
    rpc::{RpcError, code},
};
use proptest::prelude::*;
use serde_json::json;

use crate::stage::{Gateway, Kind, Stage, Weather, lock, settle};

async fn followed(kind: Kind) -> Stage {
    let mut stage = Stage::new(kind, Weather::default());
    stage.open().await;
    stage
        .until("a conversation", |screen| {
            screen.opened == 1 && screen.commands == 1
        })
        .await;
    stage
}

#[tokio::test]
async fn whatever_a_step_meets_the_next_attempt_is_a_whole_one() {
    let later = Some(Duration::from_secs(7));
    let page = Outage::NotTheGateway;
    let (probes, mints, opens) = (
        [Happened::Unanswered, Happened::Out(page)],
        [
            Happened::Unanswered,
            Happened::Minted(Minted::Out(Outage::Status(503, later))),
            Happened::Minted(Minted::Out(page)),
        ],
        [
            Happened::Unanswered,
            Happened::Out(Outage::Status(403, None)),
            Happened::Closed(Some(4401)),
            Happened::Closed(None),
        ],
    );
    let mut stage = Stage::new(
        Kind::Ours,
        Weather {
            probes: probes.into(),
            mints: mints.into(),
            opens: opens.into(),
            ..Weather::default()
        },
    );
    stage.open().await;
    stage.say("one").await;
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    let asked = lock(&stage.weather).asked;
    // Two looks went wrong, and then it was known. Each opening, and each wrong ticket, had its own.
    assert_eq!(asked, (3, 3 + 4 + 1, 4 + 1));
    let states = stage.screen.states.iter();
    let troubles: Vec<_> = states
        .filter_map(|state| match state {
            State::Waiting(_, trouble) => Some(*trouble),
            _ => None,
        })
        .collect();
    let status = |code, until| Trouble::Out(Outage::Status(code, until));
    let expected = [
        Trouble::Network,
        Trouble::Out(page),
        Trouble::Network,
        status(503, later),
        Trouble::Out(page),
        Trouble::Network,
        status(403, None),
        Trouble::Closed(4401),
        Trouble::Network,
    ];
    assert_eq!(troubles, expected);
    assert_eq!(stage.screen.fates["p1"], [Fate::Waits, Fate::Taken]);
    assert_eq!(lock(&stage.gateway).prompts(), ["one"]);
}

#[tokio::test]
async fn facts_5_6_a_sign_in_is_told_once_and_what_was_said_waits_for_it() {
    let mut stage = followed(Kind::Ours).await;
    lock(&stage.weather)
        .mints
        .push_back(Happened::Minted(Minted::SignInNeeded));
    lock(&stage.gateway).end(Some(4401));
    let needed = State::NeedsSignIn(Needed::SignIn);
    stage.until_state(|state| *state == needed).await;
    stage.say("one").await;
    for _ in 0..3 {
        stage.wish(Wish::Retry).await;
        stage.ticks(1).await;
    }
    stage.rest().await;
    let told = stage.screen.states.iter().filter(|state| **state == needed);
    assert_eq!(told.count(), 1);
    assert_eq!(lock(&stage.weather).asked.1, 2, "nobody asks in vain");
    stage.wish(Wish::SignedIn).await;
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    assert_eq!(stage.screen.opened, 1);
}

#[tokio::test]
async fn what_the_gateway_does_not_want_is_tried_again_when_asked_for() {
    let refused = Happened::Minted(Minted::Refused(None));
    let mut stage = Stage::new(
        Kind::Ours,
        Weather {
            mints: [refused].into(),
            ..Weather::default()
        },
    );
    stage
        .until_state(|state| *state == State::Refused(Refused::Ticket))
        .await;
    stage.ticks(30).await;
    stage.rest().await;
    assert_eq!(lock(&stage.weather).asked.1, 1);
    stage.wish(Wish::Retry).await;
    stage.until_live().await;
}

#[tokio::test]
async fn a_socket_at_which_nobody_speaks_is_given_up() {
    let mut stage = Stage::new(
        Kind::Ours,
        Weather {
            is_hollow: true,
            ..Weather::default()
        },
    );
    stage.until_state(|state| *state == State::Connecting).await;
    stage.clock.until_sleeping(2).await;
    stage.clock.advance(Duration::from_secs(15));
    let waiting = |state: &State| matches!(state, State::Waiting(_, Trouble::Network));
    stage.until_state(waiting).await;
}

#[tokio::test]
async fn after_a_sleep_a_socket_has_to_show_that_somebody_is_there() {
    let mut stage = followed(Kind::Ours).await;
    // Somebody is: nothing happens.
    stage.clock.set("2026-11-21T13:00:00Z");
    stage.ticks(6).await;
    stage.rest().await;
    assert_eq!(stage.screen.state, Some(State::Live));
    let asked = lock(&stage.gateway).called.clone();
    let asked = asked.iter().filter(|name| **name == "commands.catalog");
    assert_eq!(
        asked.count(),
        2,
        "once at the beginning, once after the sleep"
    );
    assert_eq!(stage.screen.commands, 1, "of which nobody is told");
    // Nobody is.
    lock(&stage.weather).is_hollow = true;
    stage.clock.set("2026-11-21T14:00:00Z");
    stage.ticks(4).await;
    lock(&stage.weather).is_hollow = false;
    stage
        .until("a connection", |screen| {
            screen.states.ends_with(&[State::Connecting, State::Live])
        })
        .await;
    assert_eq!(stage.screen.opened, 1);
}

#[tokio::test]
async fn a_new_address_is_a_reason_to_doubt_and_to_try() {
    let mut stage = followed(Kind::Ours).await;
    lock(&stage.weather).is_hollow = true;
    stage.network.add("192.0.2.7");
    stage.ticks(3).await;
    stage.rest().await;
    let waited = |state: &State| matches!(state, State::Waiting(_, Trouble::Network));
    assert!(stage.screen.states.iter().any(waited));

    let mut stage = Stage::new(Kind::Ours, Weather::default());
    for _ in 0..16 {
        lock(&stage.weather).opens.push_back(Happened::Unanswered);
    }
    let long = |state: Option<State>| match state {
        Some(State::Waiting(pause, _)) => pause > Duration::from_secs(12),
        _ => false,
    };
    while !long(stage.screen.state) {
        stage.ticks(1).await;
        stage.rest().await;
    }
    lock(&stage.weather).opens.clear();
    let before = lock(&stage.weather).asked.2;
    stage.network.add("2001:db8::7");
    stage.ticks(1).await;
    stage.rest().await;
    assert_eq!(lock(&stage.weather).asked.2, before + 1);
    assert_eq!(stage.screen.state, Some(State::Live));
}

#[tokio::test]
async fn a_gateway_that_answers_nothing_is_told_or_left() {
    let mut stage = followed(Kind::Ours).await;
    lock(&stage.gateway).ignores = vec!["session.list", "session.resume"];
    stage.wish(Wish::List).await;
    settle().await;
    stage.ticks(12).await;
    stage.rest().await;
    assert_eq!(stage.screen.problems.len(), 0, "it has a minute");
    stage.ticks(1).await;
    stage.rest().await;
    assert_eq!(
        stage.screen.problems,
        ["the gateway has not answered in time"]
    );
    assert_eq!(stage.screen.state, Some(State::Live));
    // Without this one nothing goes on.
    stage.wish(Wish::Open(Which::Named("c1".to_owned()))).await;
    settle().await;
    stage.ticks(7).await;
    stage.rest().await;
    assert_ne!(stage.screen.state, Some(State::Live));
}

#[tokio::test]
async fn wishes_are_fulfilled_or_told_why_not() {
    let mut stage = followed(Kind::Ours).await;
    stage.wish(Wish::List).await;
    stage.wish(Wish::Command("/help".to_owned())).await;
    stage
        .until("both answers", |screen| {
            screen.lists == 1 && !screen.outputs.is_empty()
        })
        .await;
    assert_eq!(stage.screen.outputs, ["/help"]);
    let no = RpcError::new(code::BAD_ARGUMENT, "no such thing");
    lock(&stage.gateway).refuses.push(("slash.exec", no));
    stage.wish(Wish::Command("/odd".to_owned())).await;
    stage
        .until("a problem", |screen| screen.problems.len() == 1)
        .await;
    assert_eq!(stage.screen.problems, ["no such thing"]);
    let refused = Happened::Minted(Minted::Refused(None));
    lock(&stage.weather).mints.push_back(refused);
    lock(&stage.gateway).end(Some(4401));
    stage
        .until_state(|state| matches!(state, State::Refused(_)))
        .await;
    for wish in [Wish::List, Wish::Stop, Wish::Command("/help".to_owned())] {
        stage.wish(wish).await;
    }
    stage
        .until("three problems", |screen| screen.problems.len() == 4)
        .await;
    let offline = "there is no connection to the gateway just now";
    assert_eq!(stage.screen.problems[1..], [offline; 3]);
}

#[tokio::test]
async fn who_stops_a_turn_has_back_what_waited_for_it() {
    let mut stage = followed(Kind::Ours).await;
    lock(&stage.gateway).allowance = Some(2);
    stage.say("one").await;
    stage.say("two").await;
    stage
        .until("the second to wait", |screen| {
            screen.fates.get("p2") == Some(&vec![Fate::Queued])
        })
        .await;
    stage.wish(Wish::Stop).await;
    stage
        .until("it back", |screen| {
            matches!(screen.fates["p2"].last(), Some(Fate::Refused(_)))
        })
        .await;
    lock(&stage.gateway).allowance = None;
    lock(&stage.gateway).end(None);
    stage.until("the end", |screen| screen.has_ended(1)).await;
    stage.until_live().await;
    stage.rest().await;
    assert_eq!(lock(&stage.gateway).prompts(), ["one"]);
}

#[tokio::test]
async fn a_conversation_that_there_is_not_changes_nothing() {
    let mut stage = followed(Kind::Ours).await;
    stage.wish(Wish::Open(Which::Named("c9".to_owned()))).await;
    stage
        .until("a problem", |screen| screen.problems.len() == 1)
        .await;
    stage.say("one").await;
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    assert_eq!(stage.screen.opened, 1);
    // Where nothing was followed before, what was said meanwhile is given back.
    let mut stage = Stage::new(Kind::Ours, Weather::default());
    stage.say("none").await;
    stage.wish(Wish::Open(Which::Named("c9".to_owned()))).await;
    stage.say("early").await;
    stage
        .until("both back", |screen| screen.fates.len() == 2)
        .await;
    stage
        .until("both back", |screen| {
            let mut fates = screen.fates.values();
            fates.all(|fates| matches!(fates.last(), Some(Fate::Refused(_))))
        })
        .await;
}

#[tokio::test]
async fn a_conversation_that_is_gone_gives_back_what_waits() {
    let mut stage = followed(Kind::Ours).await;
    lock(&stage.gateway).exists = false;
    lock(&stage.gateway).end(None);
    stage
        .until_state(|state| matches!(state, State::Waiting(..)))
        .await;
    stage.say("one").await;
    stage.wish(Wish::Retry).await;
    stage
        .until("it back", |screen| {
            matches!(
                screen.fates.get("p1").and_then(|fates| fates.last()),
                Some(Fate::Refused(_))
            )
        })
        .await;
    stage
        .until("a problem", |screen| screen.problems.len() == 1)
        .await;
}

#[tokio::test]
async fn what_cannot_be_had_just_now_is_asked_for_again() {
    let mut stage = followed(Kind::Ours).await;
    let busy = RpcError::new(code::TOO_MANY_CONVERSATIONS, "too many are open");
    lock(&stage.gateway).refuses.push(("session.resume", busy));
    lock(&stage.gateway).end(None);
    stage
        .until("a problem", |screen| screen.problems.len() == 1)
        .await;
    stage.say("one").await;
    stage.ticks(6).await;
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    assert_eq!(stage.screen.opened, 1);
}

#[tokio::test]
async fn a_log_that_cannot_be_followed_is_shown_as_a_whole() {
    for error in [code::INTERNAL_ERROR, code::TOO_MANY_CALLS] {
        let mut stage = followed(Kind::Ours).await;
        lock(&stage.gateway).allowance = Some(1);
        stage.say("one").await;
        stage
            .until("a beginning", |screen| !screen.turns.is_empty())
            .await;
        let error = RpcError::new(error, "not now");
        lock(&stage.gateway)
            .refuses
            .push(("session.events.since", error));
        lock(&stage.gateway).allowance = None;
        lock(&stage.gateway).end(None);
        stage.until("an answer", |screen| screen.has_ended(1)).await;
        assert_eq!(stage.screen.opened, 2);
        assert_eq!(stage.screen.turns[0].1, "It is so.");
    }
}

#[tokio::test]
async fn numbers_that_mean_nothing_are_asked_about_once() {
    let mut stage = followed(Kind::Ours).await;
    // A gateway that leaves numbers out: there is nothing to be had in between.
    for seq in [7, 9, 11] {
        lock(&stage.gateway).tell(&json!({
            "type": "session.title", "session_id": "c1", "seq": seq,
            "payload": {"session_id": "c1", "title": format!("t{seq}")},
        }));
        settle().await;
        stage.rest().await;
    }
    assert_eq!(stage.screen.titles, ["t7", "t9", "t11"]);
    let called = lock(&stage.gateway).called.clone();
    let resumed = called.iter().filter(|name| **name == "session.resume");
    assert!(resumed.count() <= 3, "{called:?}");
}

#[tokio::test]
async fn what_upstream_alone_says_is_understood() {
    let mut stage = followed(Kind::Upstream).await;
    let live = "live1";
    for (kind, payload) in [
        ("thinking.delta", json!({"text": "…"})),
        ("approval.request", json!({"command": "rm -rf /x"})),
        ("error", json!({"message": "no model"})),
        ("session.title", json!({"session_id": "c1", "title": "Lab"})),
    ] {
        lock(&stage.gateway).tell(&json!({"type": kind, "session_id": live, "payload": payload}));
    }
    lock(&stage.gateway).tell(&json!({"type": "session.title", "session_id": "other",
        "payload": {"session_id": "c2", "title": "Another's"}}));
    stage
        .until("a title", |screen| screen.titles.len() == 1)
        .await;
    stage.rest().await;
    assert_eq!(stage.screen.titles, ["Lab"]);
    assert_eq!(stage.screen.problems, ["no model"]);
    assert_eq!(stage.screen.notes.len(), 1);
    // The name on the socket has ended with it, or was let go of before: what finds it again is another.
    let gone = RpcError::new(code::CONVERSATION_NOT_FOUND, "session not found");
    lock(&stage.gateway).refuses.push(("prompt.submit", gone));
    stage.say("one").await;
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    assert_eq!(lock(&stage.gateway).prompts(), ["one"]);
}

#[tokio::test]
async fn others_call_over_the_same_connection() {
    let mut stage = followed(Kind::Ours).await;
    let rpc = stage.rpc.clone();
    let list = ConversationListParams::default();
    assert_eq!(rpc.call(&list).await.unwrap().sessions.len(), 0);
    let no = RpcError::new(code::BAD_ARGUMENT, "no such limit");
    lock(&stage.gateway).refuses.push(("session.list", no));
    match rpc.call(&list).await.unwrap_err() {
        CallError::Refused(refused) => {
            assert_eq!(refused.number, i64::from(code::BAD_ARGUMENT));
            assert_eq!(refused.to_string(), "no such limit");
        }
        other => panic!("{other:?}"),
    }
    lock(&stage.gateway).ignores = vec!["session.list", "slash.exec"];
    let calling = tokio::spawn({
        let rpc = rpc.clone();
        async move { rpc.call(&ConversationListParams::default()).await }
    });
    settle().await;
    stage.ticks(13).await;
    assert_eq!(calling.await.unwrap().unwrap_err(), CallError::TimedOut);
    let calling = tokio::spawn({
        let rpc = rpc.clone();
        let session_id = "c1".to_owned();
        let command = "/x".to_owned();
        async move {
            rpc.call(&SlashExecParams {
                session_id,
                command,
            })
            .await
        }
    });
    settle().await;
    let refused = Happened::Minted(Minted::Refused(None));
    lock(&stage.weather).mints.push_back(refused);
    lock(&stage.gateway).end(Some(4401));
    assert_eq!(calling.await.unwrap().unwrap_err(), CallError::Cut);
    stage
        .until_state(|state| matches!(state, State::Refused(_)))
        .await;
    assert_eq!(rpc.call(&list).await.unwrap_err(), CallError::Offline);
    // Who shows nothing any more ends it.
    drop(stage.talk);
    stage.driver.await.unwrap();
    assert_eq!(rpc.call(&list).await.unwrap_err(), CallError::Over);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a gateway says, a client goes on.
    #[test]
    fn no_frame_brings_a_client_down(
        frames in proptest::collection::vec(anything(), 0..40),
        is_upstream in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kind = if is_upstream { Kind::Upstream } else { Kind::Ours };
            let mut stage = Stage::of(Gateway::new(kind), Weather::default());
            stage.open().await;
            for frame in frames {
                lock(&stage.gateway).says_raw(frame);
                settle().await;
                while stage.talk.told.try_recv().is_ok() {}
            }
            assert!(!stage.driver.is_finished());
        });
    }
}

fn anything() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "message.start",
        "message.delta",
        "message.complete",
        "session.info",
        "history.cut",
        "history.shown",
        "prompt.withdrawn",
        "prompt.waiting",
        "status.update",
        "gateway.ready",
    ]);
    let event = (kind, 0..9_u64, "c1|live1|x").prop_map(|(kind, seq, of)| {
        format!(
            r#"{{"method":"event","params":{{"type":"{kind}","session_id":"{of}","seq":{seq},"payload":{{"text":"a","from_user_ordinal":{seq}}}}}}}"#
        )
    });
    let answer = (0..6_u32, "null|\\[\\]|\\{\\}|\"x\"|\\{\"session_id\":7\\}")
        .prop_map(|(id, result)| format!(r#"{{"id":{id},"result":{result}}}"#));
    let refusal = (0..6_u32, prop::sample::select(vec![4001, 4007, 4002, 0]))
        .prop_map(|(id, code)| format!(r#"{{"id":{id},"error":{{"code":{code},"message":"m"}}}}"#));
    prop_oneof![event, answer, refusal, any::<String>()]
}
