use proptest::prelude::*;

use super::*;
use crate::methods::{
    CommandsCatalog, ConversationCreated, ConversationInfo, ConversationList,
    ConversationMostRecent, ConversationResumed, ConversationStatus, ConversationUsage, Inflight,
    PromptStatus, PromptSubmitted, Role, Speaker, TurnStatus,
};
use crate::rpc::{
    ConversationEvent, ConversationTitled, GatewayReady, MessageComplete, MessageDelta,
    MessageStart, StatusKind, StatusUpdate,
};

fn answer<T: DeserializeOwned>(result: &str) -> T {
    let frame = format!(r#"{{"jsonrpc":"2.0","id":7,"result":{result}}}"#);
    match Frame::parse(&frame) {
        Ok(Frame::Answer(Answer {
            id: Some(7),
            outcome: Ok(said),
        })) => Answer::read(&said).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn told(params: &str) -> Told {
    let frame = format!(r#"{{"jsonrpc":"2.0","method":"event","params":{params}}}"#);
    match Frame::parse(&frame) {
        Ok(Frame::Event(told)) => told,
        other => panic!("{other:?}"),
    }
}

fn event(params: &str) -> Option<ConversationEvent> {
    ConversationEvent::read(&told(params))
}

#[test]
fn facts_3_3_upstreams_first_word_is_about_its_look() {
    let ready = told(
        r##"{"type":"gateway.ready","payload":{"skin":{"name":"default","colors":{"banner_border":"#CD7F32"}}}}"##,
    );
    assert_eq!(ready.kind, "gateway.ready");
    let ready: GatewayReady = ready.payload().unwrap();
    assert_eq!(ready, GatewayReady::default());
    let ours = told(
        r#"{"type":"gateway.ready","payload":{"user_id":"u","role":"owner","max_frame_bytes":16777216,"replay_epoch":"e1"}}"#,
    );
    let ours: GatewayReady = ours.payload().unwrap();
    assert_eq!((ours.role, &*ours.replay_epoch), (Role::Owner, "e1"));
    let later: GatewayReady = told(r#"{"type":"gateway.ready","payload":{"role":"guest"}}"#)
        .payload()
        .unwrap();
    assert_eq!(later.role, Role::User, "the least that anybody may");
}

#[test]
fn facts_3_4_upstreams_new_conversation_is_read() {
    let created: ConversationCreated = answer(
        r#"{"session_id":"d5cf7da9","stored_session_id":"20261121_192603_64c7f4","message_count":0,"messages":[],"info":{"model":"fake-model","tools":{},"skills":{},"cwd":"/home/u","branch":"","project":null,"lazy":true,"desktop_contract":4,"profile_name":"default"}}"#,
    );
    assert_eq!(created.session_id, "d5cf7da9");
    assert_eq!(created.stored_session_id, "20261121_192603_64c7f4");
    let expected = ConversationInfo {
        model: "fake-model".to_owned(),
        cwd: "/home/u".to_owned(),
        profile_name: "default".into(),
        desktop_contract: 4,
        ..ConversationInfo::default()
    };
    assert_eq!(created.info, expected);
}

#[test]
fn facts_3_4_upstreams_resumed_conversation_is_read() {
    let resumed: ConversationResumed = answer(
        r#"{"session_id":"a1","resumed":"s1","session_key":"s1","message_count":5,"messages":[{"role":"user","text":"hi"},{"role":"tool","name":"terminal","context":"ls"},{"role":"assistant","text":"ho","reasoning":"hm","reasoning_content":"hm"},{"role":"system","text":"note"},{"role":"user","text":null}],"info":{"model":"m","tools":{"web":["search"]},"mcp_servers":[]},"running":true,"status":"waiting","started_at":1795300000,"inflight":{"user":"go","assistant":"so f","streaming":true},"queued":null}"#,
    );
    let said: Vec<_> = resumed
        .messages
        .iter()
        .map(|message| (message.role, &*message.text))
        .collect();
    assert_eq!(
        said,
        [
            (Speaker::User, "hi"),
            (Speaker::Assistant, "ho"),
            (Speaker::User, "")
        ]
    );
    assert_eq!(resumed.messages[1].reasoning.as_deref(), Some("hm"));
    assert_eq!(resumed.info.model, "m");
    assert_eq!(resumed.status, ConversationStatus::Idle, "no such word");
    assert_eq!((resumed.queued, resumed.seq), (None, 0));
    let inflight = Inflight {
        user: "go".to_owned(),
        assistant: "so f".to_owned(),
        streaming: true,
        ..Inflight::default()
    };
    assert_eq!(resumed.inflight, Some(inflight));
}

#[test]
fn facts_3_4_upstreams_other_answers_are_read() {
    let list: ConversationList = answer(
        r#"{"sessions":[{"id":"s1","title":null,"preview":"hi","started_at":1795300000.25,"message_count":2,"source":"tui"},7]}"#,
    );
    assert_eq!(list.sessions.len(), 1);
    let row = &list.sessions[0];
    assert_eq!((&*row.id, &*row.title, row.message_count), ("s1", "", 2));
    let none: ConversationMostRecent = answer(r#"{"session_id":null}"#);
    assert_eq!(none.session_id, None);
    let steered: PromptSubmitted = answer(r#"{"status":"steered"}"#);
    assert_eq!(steered.status, PromptStatus::Streaming, "it was taken");
    let catalog: CommandsCatalog = answer(
        r#"{"pairs":[["/help","Show help"],["/odd"],["/model","Choose"]],"sub":{"/model":["x"]},"canon":{"/m":"/model"},"categories":[{"name":"Session","pairs":[["/help","Show help"]]}],"skill_count":3,"warning":null}"#,
    );
    let names: Vec<_> = catalog
        .pairs
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["/help", "/model"]);
}

#[test]
fn facts_3_4_upstreams_turn_is_read() {
    let of = |kind: &str, payload: &str| {
        event(&format!(
            r#"{{"type":"{kind}","session_id":"a1","payload":{payload}}}"#
        ))
    };
    assert_eq!(
        event(r#"{"type":"message.start","session_id":"a1"}"#),
        Some(ConversationEvent::MessageStart(MessageStart::default()))
    );
    assert_eq!(
        of("message.delta", r#"{"text":"so","rendered":"<p>so"}"#),
        Some(ConversationEvent::MessageDelta(MessageDelta {
            text: "so".to_owned()
        }))
    );
    assert_eq!(
        of("status.update", r#"{"kind":"goal","text":"on it"}"#),
        Some(ConversationEvent::StatusUpdate(StatusUpdate {
            kind: StatusKind::Lifecycle,
            text: "on it".to_owned()
        }))
    );
    let complete = of(
        "message.complete",
        r#"{"text":"done","usage":{"model":"m","input":3,"output":2,"total":5,"calls":1,"context_used":5,"cost_usd":0.5},"status":"cancelled","response_previewed":true}"#,
    );
    let expected = MessageComplete {
        text: "done".to_owned(),
        usage: ConversationUsage {
            model: "m".to_owned(),
            input: 3,
            output: 2,
            total: 5,
            calls: 1,
            context_used: 5,
            ..ConversationUsage::default()
        },
        status: TurnStatus::Complete,
        ..MessageComplete::default()
    };
    assert_eq!(complete, Some(ConversationEvent::MessageComplete(expected)));
    assert_eq!(
        of(
            "message.complete",
            r#"{"text":"","usage":"none","status":"error","error":"odd"}"#
        ),
        Some(ConversationEvent::MessageComplete(MessageComplete {
            status: TurnStatus::Error,
            ..MessageComplete::default()
        })),
        "what a turn came to is known though the rest is not"
    );
    assert_eq!(
        of(
            "session.title",
            r#"{"session_id":"s1","title":"Lab title"}"#
        ),
        Some(ConversationEvent::ConversationTitled(ConversationTitled {
            session_id: "s1".to_owned(),
            title: "Lab title".to_owned()
        }))
    );
    for (kind, payload) in [
        ("thinking.delta", r#"{"text":"…"}"#),
        ("history.cut", "{}"),
        ("history.shown", r#"{"from_user_ordinal":-1}"#),
        ("message.delta", "7"),
    ] {
        assert_eq!(of(kind, payload), None, "{kind}");
    }
}

#[test]
fn an_event_keeps_its_place() {
    let event =
        told(r#"{"type":"message.delta","session_id":"s1","payload":{"text":"a"},"seq":4}"#);
    assert_eq!(
        (event.session_id.as_deref(), event.seq),
        (Some("s1"), Some(4))
    );
    let odd = told(r#"{"type":"message.delta","session_id":null,"seq":"four"}"#);
    assert_eq!((odd.session_id, odd.seq), (None, None));
}

#[test]
fn a_refusal_says_why() {
    let refused = |frame: &str| match Frame::parse(frame) {
        Ok(Frame::Answer(Answer {
            outcome: Err(refused),
            ..
        })) => refused,
        other => panic!("{other:?}"),
    };
    let upstreams =
        refused(r#"{"jsonrpc":"2.0","id":1,"error":{"code":4001,"message":"session not found"}}"#);
    assert_eq!((upstreams.number, upstreams.code), (4001, None));
    assert_eq!(upstreams.message, "session not found");
    let ours = refused(
        r#"{"id":null,"error":{"code":4001,"message":"no","data":{"code":"conversation.unknown","hint":"h","retryable":false}}}"#,
    );
    assert_eq!(ours.code.as_deref(), Some("conversation.unknown"));
}

#[test]
fn what_is_no_frame_is_told_as_that() {
    for text in [
        "",
        "[]",
        "7",
        r#"{"id":7}"#,
        r#"{"id":"w1","result":1}"#,
        r#"{"id":-1,"result":1}"#,
        r#"{"id":4294967296,"result":1}"#,
        r#"{"method":"event"}"#,
        r#"{"method":"event","params":{}}"#,
        r#"{"method":"ping","params":{"type":"x"}}"#,
        r#"{"method":7}"#,
    ] {
        assert!(Frame::parse(text).is_err(), "{text}");
    }
}

proptest! {
    /// Nothing that a gateway sends brings a client down.
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Frame::parse(&text);
    }

    #[test]
    fn any_payload_is_read_or_passed_over(
        kind in prop::sample::select(vec![
            "message.start", "message.delta", "message.complete", "session.info", "history.cut",
            "history.shown", "prompt.withdrawn", "prompt.waiting", "x",
        ]),
        name in prop::sample::select(vec![
            "text", "usage", "status", "seq", "from_user_ordinal", "prompts", "prompt_ids",
        ]),
        value in prop::sample::select(vec![
            "null", "-1", "1e400", "\"\\ud800\"", "[[]]", "{\"a\":null}", "true", "\"a\"",
        ]),
    ) {
        let frame = format!(
            r#"{{"method":"event","params":{{"type":"{kind}","payload":{{"{name}":{value}}}}}}}"#
        );
        if let Ok(Frame::Event(told)) = Frame::parse(&frame) {
            let _ = ConversationEvent::read(&told);
        }
    }
}
