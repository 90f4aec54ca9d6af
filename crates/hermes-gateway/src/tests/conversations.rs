use std::collections::BTreeMap;

use hermes_protocol::methods::{Method, Object};
use hermes_storage::{Role, UserId};
use serde_json::{Value, json};

use super::{
    rig::{LOCAL, Rig},
    stage::{Stage, soon},
};

/// What a client shows of a conversation: what it was told, added up by number.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    text: BTreeMap<u64, String>,
}

impl Shown {
    /// Takes numbered events; one that is there already must say the same.
    fn take<'a>(&mut self, events: impl IntoIterator<Item = &'a Value>) {
        for event in events {
            let Some(seq) = event["seq"].as_u64() else {
                continue;
            };
            let mut event = event.clone();
            // What was used is as of the moment of telling.
            event["payload"]["usage"] = Value::Null;
            let text = event.to_string();
            if let Some(before) = self.text.insert(seq, text.clone()) {
                assert_eq!(before, text, "the same number says something else");
            }
        }
    }

    fn last(&self) -> u64 {
        self.text.keys().last().copied().unwrap_or_default()
    }

    fn is_complete(&self) -> bool {
        let mut events = self.text.values();
        events.any(|event| event.contains("message.complete"))
    }

    fn has_no_gap(&self) -> bool {
        self.text.keys().copied().eq(1..=self.text.len() as u64)
    }
}

#[tokio::test]
async fn facts_3_4_a_prompt_is_answered_in_events() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    assert_eq!(client.submit(&id, "Hello there").await, "streaming");
    client.event("message.complete").await;
    client.event("session.info").await;
    insta::assert_snapshot!(client.events.last().unwrap().to_string().replace(&id, "ID"));
    let numbered = client.events.iter().filter(|event| event["seq"].is_u64());
    let numbered: Vec<_> = numbered.map(Value::to_string).collect();
    insta::assert_snapshot!(numbered.join("\n").replace(&id, "ID"));
    stage.kept(&id, 4).await;
    let listed = client.must("session.list", json!({})).await;
    assert_eq!(listed["sessions"][0]["preview"], "Hello there");
    assert_eq!(listed["sessions"][0]["message_count"], 2);
    assert_eq!(listed["sessions"][0]["source"], "test");
    let recent = client.must("session.most_recent", json!({})).await;
    assert_eq!(recent["session_id"], id.as_str());
    let history = client
        .must("session.history", json!({"session_id": id}))
        .await;
    assert_eq!(
        history,
        json!({"count": 2, "messages": [
            {"role": "user", "text": "Hello there"},
            {
                "role": "assistant",
                "text": "Hello there",
                "tokens": {"input": 10, "output": 2, "reasoning": 0},
                "model": "parrot-1",
            },
        ]})
    );
    let usage = client
        .must("session.usage", json!({"session_id": id}))
        .await;
    assert_eq!((&usage["input"], &usage["total"]), (&json!(10), &json!(12)));
}

#[tokio::test]
async fn what_was_not_said_is_not_listed() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let listed = client.must("session.list", json!({})).await;
    assert_eq!(listed, json!({"sessions": []}));
    let recent = client.must("session.most_recent", json!({})).await;
    assert_eq!(recent, json!({"session_id": null}));
    let active = client
        .must("session.active_list", json!({"current_session_id": id}))
        .await;
    assert_eq!(active["sessions"][0]["current"], true);
}

#[tokio::test]
async fn two_clients_see_one_conversation_and_nobody_steals_it() {
    let stage = Stage::new().await;
    let (mut one, mut two) = (stage.client().await, stage.client().await);
    let id = one.create().await;
    one.submit(&id, "slowly one two three").await;
    stage.gateway.rig.parrot.say(2);
    one.event("message.delta").await;
    let resumed = two.must("session.resume", json!({"session_id": id})).await;
    assert_eq!(resumed["running"], true);
    assert_eq!(resumed["inflight"]["user"], "slowly one two three");
    let mut shown = resumed["inflight"]["assistant"]
        .as_str()
        .unwrap()
        .to_owned();
    stage.gateway.rig.parrot.say(2);
    for client in [&mut one, &mut two] {
        let complete = client.event("message.complete").await;
        assert_eq!(complete["text"], "slowly one two three");
    }
    for event in &two.events {
        if event["type"] == "message.delta" {
            shown.push_str(event["payload"]["text"].as_str().unwrap());
        }
    }
    assert_eq!(shown, "slowly one two three", "no gap and no repeat");
    // Either asks, and both see it.
    two.submit(&id, "again").await;
    for client in [&mut one, &mut two] {
        assert_eq!(client.event("message.start").await["text"], "again");
        assert_eq!(client.event("message.complete").await["text"], "again");
    }
}

#[tokio::test]
async fn a_socket_that_breaks_at_any_event_misses_nothing() {
    let stage = Stage::new().await;
    let prompt = "a b c d e f g h";
    let mut index = 0;
    loop {
        let mut first = stage.client().await;
        let mut second = stage.client().await;
        let id = first.create().await;
        first.submit(&id, prompt).await;
        second
            .must("session.resume", json!({"session_id": id}))
            .await;
        let mut both = [(first, Shown::default()), (second, Shown::default())];
        let mut was_last = true;
        for (client, shown) in &mut both {
            // What came before this client looked, and then as much as it sees before its end.
            let missed = json!({"session_id": id, "last_seen": 0});
            let since = client.must("session.events.since", missed).await;
            shown.take(since["events"].as_array().unwrap());
            shown.take(&client.events);
            for _ in 0..index {
                if shown.is_complete() {
                    break;
                }
                was_last = false;
                let frame = client.frame().await;
                shown.take([&frame["params"]]);
            }
            let mut back = stage.client().await;
            let resumed = back.must("session.resume", json!({"session_id": id})).await;
            let until = resumed["seq"].as_u64().unwrap();
            while shown.last() < until {
                let missed = json!({"session_id": id, "last_seen": shown.last()});
                let since = back.must("session.events.since", missed).await;
                shown.take(since["events"].as_array().unwrap());
            }
            if resumed["running"] == true {
                back.event("message.complete").await;
            }
            shown.take(&back.events);
        }
        let [(_, one), (_, two)] = &both;
        assert!(one.has_no_gap(), "after {index}: {one:#?}");
        assert_eq!(one, two);
        if was_last && index > 0 {
            break;
        }
        index += 1;
    }
}

#[tokio::test]
async fn a_gateway_that_was_killed_has_what_was_kept() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let before = client.events[0]["payload"]["replay_epoch"].clone();
    let id = client.create().await;
    client.submit(&id, "slowly one two three").await;
    stage.gateway.rig.parrot.say(2);
    while client.event("message.delta").await["text"] != "one " {}
    stage.kept(&id, 3).await;
    let stage = stage.killed().await;
    let mut client = stage.client().await;
    let after = client.events[0]["payload"]["replay_epoch"].clone();
    assert_ne!(before, after, "numbers may have been lost");
    let listed = client.must("session.list", json!({})).await;
    assert_eq!(listed["sessions"][0]["running"], false);
    let resumed = client
        .must("session.resume", json!({"session_id": id}))
        .await;
    assert_eq!(resumed["running"], false);
    assert_eq!(
        resumed["messages"][1],
        json!({"role": "assistant", "text": "slowly one ", "status": "interrupted"})
    );
    // And in order: the numbers stay.
    let stage = stage.restarted().await;
    let client = stage.client().await;
    assert_eq!(client.events[0]["payload"]["replay_epoch"], after);
}

#[tokio::test]
async fn a_gateway_that_ends_interrupts_and_keeps() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "slowly one two three").await;
    stage.gateway.rig.parrot.say(1);
    client.event("message.delta").await;
    let stage = stage.restarted().await;
    let mut client = stage.client().await;
    let history = client
        .must("session.history", json!({"session_id": id}))
        .await;
    assert_eq!(
        history["messages"][1],
        json!({"role": "assistant", "text": "slowly ", "status": "interrupted", "model": "parrot-1"})
    );
}

#[tokio::test]
async fn the_same_prompt_is_asked_once_and_others_wait_or_interrupt() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let prompt = |name: &str, text: &str, busy: &str| json!({"session_id": id, "text": text, "prompt_id": name, "busy": busy});
    let mut status = async |params| client.must("prompt.submit", params).await["status"].clone();
    assert_eq!(
        status(prompt("a", "slowly one", "queue")).await,
        "streaming"
    );
    assert_eq!(status(prompt("a", "slowly one", "queue")).await, "known");
    assert_eq!(status(prompt("b", "two", "queue")).await, "queued");
    assert_eq!(status(prompt("c", "three", "interrupt")).await, "queued");
    assert_eq!(status(prompt("b", "two", "queue")).await, "known");
    let complete = client.event("message.complete").await;
    assert_eq!(complete["status"], "interrupted");
    let start = client.event("message.start").await;
    assert_eq!(start["text"], "two\n\nthree");
    assert_eq!(start["prompt_ids"], json!(["b", "c"]));
    client.event("message.complete").await;
    let bad = client
        .ask("prompt.submit", prompt("no spaces", "x", "queue"))
        .await;
    assert_eq!(bad.unwrap_err().0, 4002);
    let empty = client.ask("prompt.submit", prompt("e", " ", "queue")).await;
    assert_eq!(empty.unwrap_err().0, 4004);
}

#[tokio::test]
async fn what_waits_is_told_one_by_one_and_may_be_withdrawn() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let prompt = |name: &str, text: &str, busy: &str| json!({"session_id": id, "text": text, "prompt_id": name, "busy": busy});
    for (name, text) in [("a", "slowly one"), ("b", "two"), ("c", "three")] {
        client
            .must("prompt.submit", prompt(name, text, "queue"))
            .await;
    }
    let here = json!({"session_id": id});
    let resumed = client.must("session.resume", here.clone()).await;
    assert_eq!(resumed["inflight"]["prompt_ids"], json!(["a"]));
    let waiting = |name: &str, text: &str| json!({"prompt_id": name, "text": text, "images": []});
    assert_eq!(
        resumed["queued"],
        json!({"user": "two\n\nthree", "prompts": [waiting("b", "two"), waiting("c", "three")]})
    );

    let withdraw = |name: &str| json!({"session_id": id, "prompt_id": name});
    for (name, status) in [
        ("b", "withdrawn"),
        ("a", "asked"),
        ("b", "withdrawn"),
        ("z", "unknown"),
    ] {
        let withdrawn = client.must("prompt.withdraw", withdraw(name)).await;
        assert_eq!(withdrawn, json!({"status": status}), "{name}");
    }
    let bad = client.ask("prompt.withdraw", withdraw("no spaces")).await;
    assert_eq!(bad.unwrap_err().0, 4002);

    let sent_now = prompt("c", "three", "interrupt");
    let sent_now = client.must("prompt.submit", sent_now).await;
    assert_eq!(sent_now["status"], "known");
    let complete = client.event("message.complete").await;
    assert_eq!(complete["status"], "interrupted");
    let start = client.event("message.start").await;
    assert_eq!(start["prompt_ids"], json!(["c"]));
    client.event("message.complete").await;
}

#[tokio::test]
async fn what_was_asked_can_be_asked_otherwise_and_taken_back() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    for text in ["one", "two"] {
        client.submit(&id, text).await;
        client.event("message.complete").await;
    }
    let instead = |from: u64| json!({"session_id": id, "text": "three", "truncate_before_user_ordinal": from});
    let missing = client.ask("prompt.submit", instead(2)).await;
    assert_eq!(missing.unwrap_err().0, 4018);
    for of in [1, 3] {
        let mut unseen = instead(1);
        unseen["truncate_of"] = json!(of);
        let refused = client.ask("prompt.submit", unseen).await;
        assert_eq!(refused.unwrap_err().0, 4018, "of {of}");
    }
    client.must("prompt.submit", instead(1)).await;
    client.event("message.complete").await;
    let asked = stage.gateway.rig.parrot.asked().messages;
    assert_eq!(asked.len(), 3, "{asked:?}");
    let undone = client.must("session.undo", json!({"session_id": id})).await;
    assert_eq!(undone, json!({"removed": 2}));
    let history = client
        .must("session.history", json!({"session_id": id}))
        .await;
    assert_eq!(history["count"], 2);
    let undo = json!({"session_id": id});
    client.must("session.undo", undo.clone()).await;
    assert_eq!(
        client.must("session.undo", undo).await,
        json!({"removed": 0})
    );
}

#[tokio::test]
async fn a_conversation_has_a_title_and_can_be_deleted() {
    let stage = Stage::new().await;
    let (mut client, mut other) = (stage.client().await, stage.client().await);
    let id = client.create().await;
    client.submit(&id, "slowly one two").await;
    let title = json!({"session_id": id, "title": "  A title\n"});
    let titled = client.must("session.title", title).await;
    assert_eq!(titled["title"], "A title");
    assert_eq!(client.event("session.title").await["title"], "A title");
    let empty = json!({"session_id": id, "title": " "});
    assert_eq!(
        client.ask("session.title", empty).await.unwrap_err().0,
        4022
    );
    let by_title = json!({"session_id": "A title"});
    stage.kept(&id, 2).await;
    let resumed = other.must("session.resume", by_title).await;
    assert_eq!(resumed["resumed"], id.as_str());
    client
        .must("session.interrupt", json!({"session_id": id}))
        .await;
    let interrupted = other.event("message.complete").await;
    assert_eq!(interrupted["status"], "interrupted");
    client
        .must("session.delete", json!({"session_id": id}))
        .await;
    for method in ["session.resume", "session.delete"] {
        let gone = client.ask(method, json!({"session_id": id})).await;
        assert_eq!(gone.unwrap_err(), (4007, "session not found".to_owned()));
    }
    let closed = other.must("session.close", json!({"session_id": id})).await;
    assert_eq!(closed, json!({"closed": true}));
    let closed = other.must("session.close", json!({"session_id": id})).await;
    assert_eq!(closed, json!({"closed": false}));
}

#[tokio::test]
async fn rz2_what_is_somebody_elses_is_not_there() {
    let rig = Rig::owned(LOCAL).await;
    let ben: UserId = "ben".parse().unwrap();
    rig.add(ben, Role::Member).await;
    let opened = rig.open(ben).await;
    let stage = Stage::over(rig).await;
    let mut owner = stage.client().await;
    let id = owner.create().await;
    owner.submit(&id, "a secret").await;
    owner.event("message.complete").await;
    let title = json!({"session_id": id, "title": "Mine"});
    owner.must("session.title", title).await;
    let mut other = stage.client_of(&opened).await;
    // In memory, and read from storage again.
    for stage in 0..2 {
        for method in Method::ALL {
            let spec = method.spec();
            if spec.object != Object::Conversation {
                continue;
            }
            let ask = |id: &str| json!({"session_id": id, "text": "x", "last_seen": 0});
            let theirs = other.ask(spec.name, ask(&id)).await;
            let nobodys = other.ask(spec.name, ask("AAAAAAAAAAAAAAAAAAAAAA")).await;
            assert_eq!(theirs, nobodys, "{} {stage}", spec.name);
            let closes = spec.name == "session.close";
            assert_eq!(theirs.is_err(), !closes, "{}", spec.name);
        }
    }
    let by_title = other
        .ask("session.resume", json!({"session_id": "Mine"}))
        .await;
    assert_eq!(by_title.unwrap_err().0, 4007);
    let listed = other.must("session.list", json!({})).await;
    assert_eq!(listed, json!({"sessions": []}));
    let active = other.must("session.active_list", json!({})).await;
    assert_eq!(active, json!({"sessions": []}));
    let recent = other.must("session.most_recent", json!({})).await;
    assert_eq!(recent, json!({"session_id": null}));
    let history = owner
        .must("session.history", json!({"session_id": id}))
        .await;
    assert_eq!(history["count"], 2, "it is as it was");
}

#[tokio::test]
async fn ds4_a_user_has_so_many_conversations_open_and_no_more() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    for _ in 0..super::super::conversations::OPEN_PER_USER {
        client.create().await;
    }
    let more = client.ask("session.create", json!({})).await;
    assert_eq!(more.unwrap_err().0, 4090);
    // Those that nobody sees make room.
    drop(client);
    let mut client = stage.client().await;
    let created = async {
        loop {
            if client.ask("session.create", json!({})).await.is_ok() {
                return;
            }
        }
    };
    soon(created).await;
}
