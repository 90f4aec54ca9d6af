use serde_json::{json, value::to_raw_value};

use super::*;

fn event(heard: &mut Heard, event: &Value) -> Option<News> {
    heard.take(&serde_json::from_value(event.clone()).unwrap())
}

fn approval(heard: &mut Heard, conversation: &str, seq: u64) -> Option<News> {
    let told = json!({"type": "approval.request", "session_id": conversation, "seq": seq, "payload": {"command": "rm x"}});
    event(heard, &told)
}

fn called(heard: &mut Heard, method: &str, params: &Value, answer: &Value) {
    let raw = |value: &Value| to_raw_value(value).unwrap();
    heard.called(method, &raw(params), &raw(answer));
}

#[test]
fn a_question_waits_until_it_was_answered_or_the_turn_is_over() {
    let mut heard = Heard::default();
    assert!(approval(&mut heard, "a", 1).is_some());
    assert!(approval(&mut heard, "a", 1).is_none(), "it is told again");
    assert!(approval(&mut heard, "a", 2).is_some());
    assert!(approval(&mut heard, "b", 1).is_some());
    let asks = |kind: &str, id: &str| json!({"type": kind, "session_id": "a", "payload": {"request_id": id}});
    for (kind, id) in [
        ("clarify.request", "c"),
        ("sudo.request", "d"),
        ("secret.request", "e"),
    ] {
        let news = event(&mut heard, &asks(kind, id)).unwrap();
        assert_eq!(news.what, What::Asks);
    }
    assert_eq!(heard.questions(), 6);

    let answer = json!({"session_id": "a", "choice": "once"});
    called(
        &mut heard,
        "approval.respond",
        &answer,
        &json!({"resolved": 1}),
    );
    assert_eq!(
        heard.questions(),
        5,
        "the others of the conversation wait still"
    );
    let one = json!({"request_id": "c", "answer": "yes"});
    called(
        &mut heard,
        "clarify.respond",
        &one,
        &json!({"status": "ok"}),
    );
    let late = json!({"request_id": "d", "password": "x"});
    called(
        &mut heard,
        "sudo.respond",
        &late,
        &json!({"status": "expired"}),
    );
    event(&mut heard, &asks("secret.expire", "e"));
    assert_eq!(heard.questions(), 2);
    // Somebody else has answered it.
    called(
        &mut heard,
        "approval.respond",
        &answer,
        &json!({"resolved": 0}),
    );
    assert_eq!(heard.questions(), 1);
    event(
        &mut heard,
        &json!({"type": "message.complete", "session_id": "b"}),
    );
    assert_eq!(heard.questions(), 0);
}

#[test]
fn a_gateway_is_busy_from_the_start_of_a_turn_to_its_end() {
    let mut heard = Heard::default();
    let of = |kind: &str, conversation: &str| json!({"type": kind, "session_id": conversation});
    assert!(!heard.is_busy());
    for conversation in ["a", "b"] {
        event(&mut heard, &of("message.start", conversation));
    }
    event(&mut heard, &of("message.complete", "a"));
    assert!(heard.is_busy(), "the other one goes on");
    event(&mut heard, &of("message.complete", "b"));
    assert!(!heard.is_busy());
    event(&mut heard, &of("message.start", "a"));
    event(&mut heard, &json!({"type": "gateway.ready"}));
    assert!(!heard.is_busy(), "the end of it was not heard");
    approval(&mut heard, "a", 1);
    assert!(heard.is_busy());
}

#[test]
fn what_is_told_has_the_name_and_the_place_of_the_conversation_and_one_plain_line() {
    let mut heard = Heard::default();
    let done = |text: &str, status: &str| json!({"type": "message.complete", "session_id": "live", "payload": {"text": text, "status": status}});
    let news = event(&mut heard, &done("geese", "complete")).unwrap();
    assert_eq!(
        (news.conversation.as_deref(), news.title.as_str()),
        (Some("live"), "")
    );
    let made = json!({"session_id": "live", "stored_session_id": "20261121_1"});
    called(&mut heard, "session.create", &json!({}), &made);
    let titled = json!({"type": "session.title", "payload": {"session_id": "20261121_1", "title": "Four\u{202e} geese\n"}});
    assert_eq!(event(&mut heard, &titled), None);
    let text = format!("\u{1b}[2J# One\n\n{}", "x".repeat(500));
    let news = event(&mut heard, &done(&text, "complete")).unwrap();
    assert_eq!(news.conversation.as_deref(), Some("20261121_1"));
    assert_eq!(news.title, "Four geese");
    let What::Finished(line) = news.what else {
        panic!("{news:?}")
    };
    assert!(
        line.starts_with("[2J# One xxx") && line.chars().count() <= TEXT,
        "{line}"
    );
    let failed = event(&mut heard, &done("HTTP 401", "error")).unwrap();
    assert_eq!(failed.what, What::Failed("HTTP 401".to_owned()));
    assert_eq!(event(&mut heard, &done("", "interrupted")), None);
}

#[test]
fn whatever_a_gateway_tells_is_bounded_and_no_trouble() {
    let mut heard = Heard::default();
    for number in 0..3 * ASKING as u64 {
        let name = format!("c{number}");
        approval(&mut heard, &name, number);
        event(
            &mut heard,
            &json!({"type": "session.info", "session_id": name, "payload": {"title": 7}}),
        );
    }
    for number in 0..3 * KNOWN {
        let name = format!("t{number}");
        event(
            &mut heard,
            &json!({"type": "message.start", "session_id": name}),
        );
    }
    assert_eq!(heard.questions() as usize, ASKING);
    assert_eq!(heard.conversations.len(), KNOWN);
    assert_eq!(heard.turns.len(), KNOWN);
    for told in [
        json!({"type": "message.complete", "payload": {"text": ["x"], "status": {}}}),
        json!({"type": "session.title", "payload": {"title": null}}),
        json!({"type": "clarify.request", "session_id": "a", "payload": {"request_id": 7}}),
        json!({"type": "sudo.expire"}),
    ] {
        event(&mut heard, &told);
    }
    for params in [json!({}), json!({"session_id": 7}), json!([1])] {
        called(&mut heard, "approval.respond", &params, &json!("x"));
    }
    assert_eq!(heard.questions() as usize, ASKING);
}
