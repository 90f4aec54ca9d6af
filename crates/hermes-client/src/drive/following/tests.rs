use hermes_protocol::rpc::Event;
use serde_json::{Value, json};

use super::*;
use crate::talk::{Fate, Instead, Prompt};

/// What was asked since the last look: ids, methods and parameters.
fn asked(following: &mut Following) -> Vec<(u64, String, Value)> {
    let frames = following.frames.drain(..);
    let read = |frame: String| {
        let frame: Value = serde_json::from_str(&frame).unwrap();
        let method = frame["method"].as_str().unwrap().to_owned();
        (
            frame["id"].as_u64().unwrap(),
            method,
            frame["params"].clone(),
        )
    };
    frames.map(read).collect()
}

/// The id of the last request.
fn last(following: &mut Following) -> u64 {
    asked(following).pop().unwrap().0
}

fn answer(following: &mut Following, id: u64, result: &Value) {
    let frame = json!({"jsonrpc": "2.0", "id": id, "result": result});
    following.frame(&frame.to_string()).unwrap();
}

fn refuse(following: &mut Following, id: u64, code: i32) {
    let frame = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": "no"}});
    following.frame(&frame.to_string()).unwrap();
}

fn resumed(id: &str, seq: u64) -> Value {
    json!({"session_id": id, "resumed": id, "session_key": id, "messages": [], "seq": seq})
}

fn said(following: &mut Following, of: &str, seq: u64, text: &str) {
    let frame = json!({"jsonrpc": "2.0", "method": "event", "params": {
        "type": "message.delta", "session_id": of, "seq": seq, "payload": {"text": text},
    }});
    following.frame(&frame.to_string()).unwrap();
}

fn told(following: &mut Following) -> Vec<String> {
    let told = following.told.drain(..);
    told.map(|told| match told {
        Told::Opened(opened) => format!("opened {}", opened.id),
        Told::Said(text) => format!("said {text}"),
        Told::Prompt(id, Fate::Refused(_)) => format!("{id} back"),
        Told::Prompt(id, fate) => format!("{id} {fate:?}"),
        Told::Problem(problem) => format!("problem {}", problem.message),
        Told::Info(_) => "info".to_owned(),
        other => format!("{other:?}"),
    })
    .collect()
}

fn connected(epoch: &str) -> String {
    Event::of_socket(GatewayReady {
        replay_epoch: epoch.to_owned(),
        ..GatewayReady::default()
    })
    .to_frame()
}

fn open(following: &mut Following, id: &str) -> u64 {
    following.wish(Wish::Open(Which::Named(id.to_owned())));
    last(following)
}

fn say(following: &mut Following, id: &str) {
    let (id, text) = (id.to_owned(), format!("text of {id}"));
    following.wish(Wish::Say(Prompt::new(id, text)));
}

/// One that follows `c1` up to its third event.
fn following(epoch: &str) -> Following {
    let mut following = Following::new("test".to_owned());
    following.connected(&connected(epoch));
    let id = open(&mut following, "c1");
    answer(&mut following, id, &resumed("c1", 3));
    assert_eq!(told(&mut following), ["opened c1"]);
    following
}

#[test]
fn a_late_answer_about_the_conversation_before_changes_nothing() {
    let mut following = following("e1");
    following.lost();
    following.connected(&connected("e1"));
    let before = last(&mut following);
    let other = open(&mut following, "c2");
    answer(&mut following, other, &resumed("c2", 7));
    answer(&mut following, before, &resumed("c1", 9));
    said(&mut following, "c1", 10, "there");
    said(&mut following, "c2", 8, "here");
    assert_eq!(told(&mut following), ["opened c2", "said here"]);
    let closed = asked(&mut following);
    assert_eq!(closed.len(), 1);
    assert_eq!(
        (&*closed[0].1, &closed[0].2),
        ("session.close", &json!({"session_id": "c1"}))
    );
}

/// The gateway tells an event of `c1`.
fn tells(following: &mut Following, kind: &str, seq: Option<u64>, payload: &Value) {
    let mut params = json!({"type": kind, "session_id": "c1", "payload": payload});
    if let Some(seq) = seq {
        params["seq"] = json!(seq);
    }
    let frame = json!({"jsonrpc": "2.0", "method": "event", "params": params});
    following.frame(&frame.to_string()).unwrap();
}

fn waiting(ids: &[&str]) -> Value {
    let prompt =
        |id: &&str| json!({"prompt_id": id, "text": format!("text of {id}"), "images": []});
    json!({"prompts": ids.iter().map(prompt).collect::<Vec<_>>()})
}

/// What was told, with what waits by its names.
fn told_waiting(following: &mut Following) -> Vec<String> {
    let name = |told: &mut Told| match told {
        Told::Waiting(prompts) => {
            let names = prompts.drain(..).filter_map(|prompt| prompt.prompt_id);
            let names: Vec<_> = names.collect();
            *told = Told::Said(format!("[{}]", names.join(" ")));
        }
        Told::Withdrawn(prompts) => *told = Told::Said(format!("-{}", prompts.join(" "))),
        _ => {}
    };
    following.told.iter_mut().for_each(name);
    told(following)
}

/// One where `p1` and `p2` wait.
fn queueing() -> Following {
    let mut following = following("e1");
    for id in ["p1", "p2"] {
        say(&mut following, id);
        let submit = last(&mut following);
        answer(&mut following, submit, &json!({"status": "queued"}));
    }
    tells(&mut following, "prompt.waiting", None, &waiting(&["p1"]));
    let list = waiting(&["p1", "p2"]);
    tells(&mut following, "prompt.waiting", None, &list);
    let told = told_waiting(&mut following);
    let expected = ["p1 Queued", "p2 Queued", "said [p1]", "said [p1 p2]"];
    assert_eq!(told, expected, "an older list takes nothing away");
    following
}

#[test]
fn what_is_taken_back_elsewhere_is_not_sent_again() {
    // The event tells it, or the answer to whoever sends it once more.
    let mut following = queueing();
    tells(
        &mut following,
        "prompt.withdrawn",
        Some(4),
        &json!({"prompt_ids": ["p1"]}),
    );
    tells(&mut following, "prompt.waiting", None, &waiting(&["p2"]));
    assert_eq!(told_waiting(&mut following), ["said -p1", "said [p2]"]);
    following.lost();
    following.connected(&connected("e2"));
    let id = last(&mut following);
    answer(&mut following, id, &resumed("c1", 5));
    let again = asked(&mut following);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].2["prompt_id"], "p2");
    let withdrawn = json!({"status": "withdrawn"});
    answer(&mut following, again[0].0, &withdrawn);
    let told = told_waiting(&mut following);
    assert_eq!(told, ["opened c1", "said []", "said -p2"]);
    following.lost();
    following.connected(&connected("e2"));
    let id = last(&mut following);
    answer(&mut following, id, &resumed("c1", 5));
    assert!(asked(&mut following).is_empty(), "nothing is left to send");
}

#[test]
fn what_somebody_else_has_stopped_comes_back() {
    let mut following = queueing();
    let dropped = json!({"prompt_ids": ["p1", "p2"]});
    tells(&mut following, "prompt.dropped", Some(4), &dropped);
    tells(&mut following, "prompt.waiting", None, &waiting(&[]));
    let told = told_waiting(&mut following);
    assert_eq!(told, ["p1 back", "p2 back", "said []"]);
    // One that is in no list any more has begun, or was taken back, and either is told before.
    let mut following = queueing();
    tells(&mut following, "prompt.waiting", None, &waiting(&[]));
    assert_eq!(told_waiting(&mut following), ["said []"]);
    // Whoever was away is told by the answer.
    following.lost();
    following.connected(&connected("e2"));
    let id = last(&mut following);
    answer(&mut following, id, &resumed("c1", 5));
    for _ in ["p1", "p2"] {
        let submit = last(&mut following);
        answer(&mut following, submit, &json!({"status": "dropped"}));
    }
    let told = told_waiting(&mut following);
    assert_eq!(told, ["opened c1", "p1 back", "p2 back"]);
}

#[test]
fn an_answer_about_the_conversation_counts_more_than_what_was_told_before() {
    let mut following = queueing();
    following.lost();
    following.connected(&connected("e1"));
    let id = last(&mut following);
    tells(&mut following, "prompt.waiting", None, &waiting(&[]));
    let mut now = resumed("c1", 3);
    now["queued"] = json!({"user": "", "prompts": waiting(&["p1", "p2"])["prompts"]});
    now["running"] = json!(true);
    answer(&mut following, id, &now);
    let known = json!({"status": "known"});
    for _ in ["p1", "p2"] {
        let submit = last(&mut following);
        answer(&mut following, submit, &known);
    }
    let told = told_waiting(&mut following);
    assert!(told.iter().all(|told| !told.contains("back")), "{told:?}");
    assert!(!told.contains(&"p1 Taken".to_owned()), "{told:?}");
}

#[test]
fn the_last_of_two_wishes_counts() {
    let mut following = following("e1");
    let second = open(&mut following, "c2");
    let third = open(&mut following, "c3");
    answer(&mut following, third, &resumed("c3", 1));
    answer(&mut following, second, &resumed("c2", 1));
    assert_eq!(told(&mut following), ["opened c3"]);
}

#[test]
fn what_is_said_for_a_conversation_that_there_is_not_blocks_nothing() {
    let mut following = following("e1");
    let id = open(&mut following, "c9");
    say(&mut following, "p1");
    refuse(&mut following, id, 4007);
    assert_eq!(told(&mut following), ["problem no", "p1 back"]);
    say(&mut following, "p2");
    let sent = asked(&mut following);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].2["session_id"], "c1");
    assert_eq!(sent[0].2["prompt_id"], "p2");
}

#[test]
fn what_was_said_before_another_conversation_is_asked_in_its_own() {
    // With ours, which can be spoken to by its id; with upstream the person has it back.
    for (epoch, fate, goes_to) in [("e1", "p1 Waits", Some("c1")), ("", "p1 back", None)] {
        let mut following = following(epoch);
        following.lost();
        say(&mut following, "p1");
        following.wish(Wish::Open(Which::Named("c2".to_owned())));
        following.connected(&connected(epoch));
        let id = last(&mut following);
        answer(&mut following, id, &resumed("c2", 1));
        assert!(told(&mut following).contains(&fate.to_owned()), "{epoch}");
        let sent = asked(&mut following);
        let submitted = sent.iter().find(|(_, method, _)| method == "prompt.submit");
        let of = submitted.map(|(_, _, params)| params["session_id"].as_str().unwrap());
        assert_eq!(of, goes_to);
    }
}

#[test]
fn a_prompt_that_is_too_long_is_not_sent() {
    let mut following = following("e1");
    let (id, text) = ("p1".to_owned(), "x".repeat(3 * 1024 * 1024));
    following.wish(Wish::Say(Prompt::new(id, text)));
    say(&mut following, "p2");
    assert_eq!(told(&mut following), ["p1 back"]);
    assert_eq!(asked(&mut following).len(), 1);
}

#[test]
fn what_comes_before_it_is_wanted_is_told_after_it() {
    let mut following = following("");
    let id = open(&mut following, "c2");
    said(&mut following, "c2", 0, "early");
    said(&mut following, "c1", 0, "still here");
    said(&mut following, "c3", 0, "another's");
    assert_eq!(told(&mut following), ["said still here"]);
    answer(&mut following, id, &resumed("c2", 0));
    assert_eq!(told(&mut following), ["opened c2", "said early"]);
}

#[test]
fn an_event_that_is_known_is_not_told_and_one_too_early_waits() {
    let mut following = following("e1");
    said(&mut following, "c1", 3, "known");
    said(&mut following, "c1", 6, "six");
    assert_eq!(told(&mut following), Vec::<String>::new());
    let id = last(&mut following);
    answer(&mut following, id, &resumed("c1", 5));
    let id = last(&mut following);
    let event = |seq: u64, text: &str| json!({"type": "message.delta", "session_id": "c1", "seq": seq, "payload": {"text": text}});
    let since =
        json!({"epoch": "e1", "truncated": false, "events": [event(4, "four"), event(5, "five")]});
    answer(&mut following, id, &since);
    assert_eq!(
        told(&mut following),
        ["said four", "said five", "info", "said six"]
    );
}

#[test]
fn upstream_has_a_turn_a_while_before_it_begins() {
    let mut following = following("");
    say(&mut following, "p1");
    let id = last(&mut following);
    answer(&mut following, id, &json!({"status": "streaming"}));
    let start = r#"{"method":"event","params":{"type":"message.start","session_id":"c1"}}"#;
    let mut late = self::following("");
    say(&mut late, "p1");
    let id = last(&mut late);
    answer(&mut late, id, &json!({"status": "streaming"}));
    following.frame(start).unwrap();
    let began = r#"Began { text: "text of p1", prompts: ["p1"] }"#;
    assert_eq!(told(&mut following), ["p1 Taken", began]);
    // After a break in between, the turn that runs is in what is told as a whole.
    late.lost();
    late.connected(&connected(""));
    let id = last(&mut late);
    let mut now = resumed("c1", 0);
    now["running"] = json!(true);
    now["inflight"] = json!({"user": "text of p1", "assistant": "", "streaming": true});
    answer(&mut late, id, &now);
    late.frame(start).unwrap();
    said(&mut late, "c1", 0, "so");
    assert_eq!(told(&mut late), ["p1 Taken", "opened c1", "said so"]);
}

#[test]
fn more_than_can_be_held_ends_the_socket() {
    let mut following = following("e1");
    open(&mut following, "c2");
    let frame = r#"{"method":"event","params":{"type":"x","session_id":"c2"}}"#;
    let ends = (0..=HELD).find(|_| following.frame(frame) == Err(Useless));
    assert_eq!(ends, Some(HELD));
}

/// Asks in place of the second of two prompts.
fn say_instead(following: &mut Following) {
    let instead = Some(Instead { from: 1, of: 2 });
    let prompt = Prompt::new("p1", "text of p1");
    following.wish(Wish::Say(Prompt { instead, ..prompt }));
}

#[test]
fn what_is_asked_instead_says_how_much_it_has_seen() {
    let mut following = following("e1");
    say_instead(&mut following);
    let (_, method, params) = asked(&mut following).pop().unwrap();
    assert_eq!(method, "prompt.submit");
    assert_eq!(params["truncate_before_user_ordinal"], 1);
    assert_eq!(params["truncate_of"], 2);
    say(&mut following, "p2");
    assert!(asked(&mut following).is_empty(), "it waits for the first");
}

#[test]
fn nothing_is_taken_back_where_it_could_happen_twice() {
    // Upstream knows no prompt by its id.
    let mut upstream = following("");
    say_instead(&mut upstream);
    assert_eq!(told(&mut upstream), ["p1 back"]);
    assert!(asked(&mut upstream).is_empty());
    // And what counts one conversation's prompts is not asked in another.
    let mut between = following("e1");
    let id = open(&mut between, "c2");
    say_instead(&mut between);
    answer(&mut between, id, &resumed("c2", 1));
    assert_eq!(told(&mut between), ["p1 back", "opened c2"]);
    let submits = |(_, method, _): &(u64, String, Value)| method == "prompt.submit";
    assert!(!asked(&mut between).iter().any(submits));
}

/// Another version of the first prompt is shown.
fn shown(seq: u64) -> Value {
    let payload = json!({"from_user_ordinal": 0});
    json!({"type": "history.shown", "session_id": "c1", "seq": seq, "payload": payload})
}

#[test]
fn another_version_is_told_with_the_whole_conversation() {
    let mut following = following("e1");
    asked(&mut following);
    let frame = json!({"jsonrpc": "2.0", "method": "event", "params": shown(4)});
    following.frame(&frame.to_string()).unwrap();
    // What comes before the answer follows it.
    said(&mut following, "c1", 5, "in it");
    said(&mut following, "c1", 6, "after it");
    let id = last(&mut following);
    answer(&mut following, id, &resumed("c1", 5));
    let said_so = ["Shown(0)", "opened c1", "said after it"];
    assert_eq!(told(&mut following), said_so);
    // The same when it was missed.
    following.lost();
    following.connected(&connected("e1"));
    let id = last(&mut following);
    answer(&mut following, id, &resumed("c1", 8));
    let since = last(&mut following);
    let events = json!({"events": [shown(7)], "epoch": "e1", "truncated": true});
    answer(&mut following, since, &events);
    assert_eq!(told(&mut following), ["Shown(0)", "opened c1"]);
    said(&mut following, "c1", 9, "on");
    assert_eq!(told(&mut following), ["said on"]);
}
