//! What waits for the end of a turn, over several sockets and over restarts.

use serde_json::{Value, json};

use super::stage::{Client, Stage};

fn prompt(id: &str, name: &str, text: &str) -> Value {
    json!({"session_id": id, "text": text, "prompt_id": name, "busy": "queue"})
}

async fn submit(client: &mut Client, id: &str, name: &str, text: &str) -> Value {
    let answer = client.must("prompt.submit", prompt(id, name, text)).await;
    answer["status"].clone()
}

async fn withdraw(client: &mut Client, id: &str, name: &str) -> Value {
    let params = json!({"session_id": id, "prompt_id": name});
    client.must("prompt.withdraw", params).await["status"].clone()
}

/// The names of what waits, as it is told next.
async fn told(client: &mut Client) -> Vec<String> {
    let waiting = client.event("prompt.waiting").await;
    let prompts = waiting["prompts"].as_array().unwrap().iter();
    let name = |prompt: &Value| prompt["prompt_id"].as_str().unwrap().to_owned();
    prompts.map(name).collect()
}

/// What waits, told until it is this.
async fn until(client: &mut Client, names: &[&str]) {
    while told(client).await != names {}
}

#[tokio::test]
async fn every_socket_is_told_what_waits_whenever_it_changes() {
    let stage = Stage::new().await;
    let (mut one, mut two) = (stage.client().await, stage.client().await);
    let id = one.create().await;
    assert_eq!(submit(&mut one, &id, "a", "slowly one").await, "streaming");
    let here = json!({"session_id": id});
    let resumed = two.must("session.resume", here.clone()).await;
    assert_eq!(resumed["queued"], Value::Null);
    for (name, text) in [("b", "two"), ("c", "three")] {
        submit(&mut one, &id, name, text).await;
    }
    until(&mut two, &["b", "c"]).await;
    let event = two.events.last().unwrap();
    let waiting = |name: &str, text: &str| json!({"prompt_id": name, "text": text, "images": []});
    let prompts = json!([waiting("b", "two"), waiting("c", "three")]);
    let payload = json!({"prompts": prompts});
    let whole = json!({"type": "prompt.waiting", "session_id": id, "payload": payload});
    assert_eq!(*event, whole, "it has no number");
    // Who comes in now has it from the answer, and nothing is told until it changes.
    let mut late = stage.client().await;
    let resumed = late.must("session.resume", here.clone()).await;
    assert_eq!(resumed["queued"]["prompts"], prompts);

    assert_eq!(withdraw(&mut two, &id, "b").await, "withdrawn");
    for client in [&mut one, &mut late] {
        let gone = client.event("prompt.withdrawn").await;
        assert_eq!(gone, json!({"prompt_ids": ["b"]}));
        assert_eq!(told(client).await, ["c"]);
    }
    let withdrawn = |event: &&Value| event["type"] == "prompt.withdrawn";
    let seq = late.events.iter().find(withdrawn).unwrap()["seq"].as_u64();
    let before = seq.unwrap() - 1;
    let since = json!({"session_id": id, "last_seen": before});
    let missed = late.must("session.events.since", since).await;
    assert_eq!(missed["events"][0]["type"], "prompt.withdrawn");

    stage.gateway.rig.parrot.say(2);
    for client in [&mut one, &mut late] {
        client.event("message.complete").await;
        let start = client.event("message.start").await;
        assert_eq!(start["prompt_ids"], json!(["c"]));
        assert_eq!(told(client).await, Vec::<String>::new());
    }
    submit(&mut one, &id, "d", "slowly four").await;
    submit(&mut one, &id, "e", "five").await;
    until(&mut late, &["e"]).await;
    one.must("session.interrupt", here).await;
    assert_eq!(told(&mut late).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_taken_back_is_not_asked_by_whoever_was_away() {
    let stage = Stage::new().await;
    let (mut one, mut two) = (stage.client().await, stage.client().await);
    let id = one.create().await;
    submit(&mut one, &id, "a", "slowly one").await;
    submit(&mut one, &id, "b", "two").await;
    drop(one);
    assert_eq!(withdraw(&mut two, &id, "b").await, "withdrawn");
    let mut one = stage.client().await;
    let now = json!({"session_id": id, "text": "two", "prompt_id": "b", "busy": "interrupt"});
    let again = one.must("prompt.submit", now).await;
    assert_eq!(again, json!({"status": "withdrawn"}));
    let resumed = one.must("session.resume", json!({"session_id": id})).await;
    assert_eq!(
        (&resumed["running"], &resumed["queued"]),
        (&json!(true), &Value::Null)
    );
    stage.gateway.rig.parrot.say(2);
    one.event("message.complete").await;
    assert_eq!(submit(&mut one, &id, "b", "two").await, "withdrawn");
    let resumed = one.must("session.resume", json!({"session_id": id})).await;
    stage.kept(&id, resumed["seq"].as_u64().unwrap()).await;
    // The log knows it, also after a gateway that nobody has ended.
    let stage = stage.restarted().await.killed().await;
    let mut one = stage.client().await;
    assert_eq!(submit(&mut one, &id, "b", "two").await, "withdrawn");
    assert_eq!(withdraw(&mut one, &id, "b").await, "withdrawn");
    assert_eq!(submit(&mut one, &id, "c", "three").await, "streaming");
    let history = one.must("session.history", json!({"session_id": id}));
    let prompts = history.await["messages"].to_string();
    assert!(!prompts.contains("two"), "{prompts}");
}

#[tokio::test]
async fn what_went_with_a_stopped_turn_is_not_asked_by_whoever_was_away() {
    let stage = Stage::new().await;
    let (mut one, mut two) = (stage.client().await, stage.client().await);
    let id = one.create().await;
    let here = json!({"session_id": id});
    submit(&mut one, &id, "a", "slowly one").await;
    submit(&mut one, &id, "b", "two").await;
    drop(one);
    two.must("session.resume", here.clone()).await;
    two.must("session.interrupt", here.clone()).await;
    let dropped = two.event("prompt.dropped").await;
    assert_eq!(dropped, json!({"prompt_ids": ["b"]}));
    assert_eq!(told(&mut two).await, Vec::<String>::new());
    two.event("message.complete").await;
    let mut one = stage.client().await;
    assert_eq!(submit(&mut one, &id, "b", "two").await, "dropped");
    assert_eq!(withdraw(&mut one, &id, "b").await, "withdrawn");
    let resumed = one.must("session.resume", here).await;
    stage.kept(&id, resumed["seq"].as_u64().unwrap()).await;
    let stage = stage.killed().await;
    let mut one = stage.client().await;
    assert_eq!(submit(&mut one, &id, "b", "two").await, "dropped");
    // What waited at the end of a gateway was stopped by nobody.
    submit(&mut one, &id, "c", "slowly three").await;
    assert_eq!(submit(&mut one, &id, "d", "four").await, "queued");
    let stage = stage.restarted().await;
    let mut one = stage.client().await;
    assert_eq!(submit(&mut one, &id, "d", "four").await, "streaming");
}

#[tokio::test]
async fn a_conversation_is_listed_while_its_first_turn_runs() {
    let stage = Stage::new().await;
    let (mut client, mut other) = (stage.client().await, stage.client().await);
    for number in 1..=8 {
        let id = client.create().await;
        let text = format!("slowly {number}");
        submit(&mut client, &id, "a", &text).await;
        let row = match number % 2 {
            0 => other.must("session.list", json!({})).await["sessions"][0].clone(),
            _ => stage.read("/api/sessions?limit=1").await.json()["sessions"][0].clone(),
        };
        assert_eq!(row["id"], id.as_str());
        assert_eq!(row["preview"], text.as_str());
        let recent = other.must("session.most_recent", json!({})).await;
        assert_eq!(recent["session_id"], id.as_str());
    }
}
