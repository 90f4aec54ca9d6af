//! Versions of a prompt: all of them stay, one is shown.

use hermes_storage::UserId;
use serde_json::{Value, json};

use super::stage::{Client, Stage};

async fn said(client: &mut Client, id: &str, text: &str) {
    client.submit(id, text).await;
    client.event("message.complete").await;
}

async fn said_instead(client: &mut Client, id: &str, from: u64, text: &str) -> Value {
    let params = json!({"session_id": id, "text": text, "truncate_before_user_ordinal": from});
    client.must("prompt.submit", params).await;
    client.event("history.cut").await;
    let start = client.event("message.start").await;
    client.event("message.complete").await;
    start
}

/// What was asked, each with its version.
fn prompts(answer: &Value) -> String {
    let messages = answer["messages"].as_array().unwrap().iter();
    let prompts = messages.filter(|message| message["role"] == "user");
    let line = prompts.map(|message| {
        let text = message["text"].as_str().unwrap();
        match message["version"].as_u64() {
            Some(version) => format!("{text} {version}/{}", message["versions"]),
            None => text.to_owned(),
        }
    });
    line.collect::<Vec<_>>().join(", ")
}

async fn show(client: &mut Client, id: &str, prompt: u64, version: u64) -> Value {
    let params = json!({"session_id": id, "user_ordinal": prompt, "version": version});
    client.must("session.show_version", params).await
}

impl Stage {
    /// Whether search finds this in the conversation, once everything is kept.
    async fn finds(&self, client: &mut Client, id: &str, text: &str) -> bool {
        let of = json!({"session_id": id});
        let resumed = client.must("session.resume", of).await;
        self.kept(id, resumed["seq"].as_u64().unwrap()).await;
        let conversations = self.gateway.rig.storage.conversations();
        let found = conversations.search(UserId::owner(), text, 9).await;
        !found.unwrap().is_empty()
    }
}

#[tokio::test]
async fn every_version_of_a_prompt_stays_and_one_is_shown() {
    let stage = Stage::new().await;
    let (mut client, mut other) = (stage.client().await, stage.client().await);
    let id = client.create().await;
    for text in ["one", "two", "three"] {
        said(&mut client, &id, text).await;
    }
    let of = json!({"session_id": id});
    other.must("session.resume", of.clone()).await;
    let start = said_instead(&mut client, &id, 1, "instead").await;
    assert_eq!(
        (&start["version"], &start["versions"]),
        (&json!(2), &json!(2))
    );
    let history = client.must("session.history", of.clone()).await;
    assert_eq!(prompts(&history), "one, instead 2/2");
    assert_eq!(history["messages"][3]["model"], "parrot-1");
    assert!(!stage.finds(&mut client, &id, "three").await);

    let shown = show(&mut client, &id, 1, 1).await;
    assert_eq!(prompts(&shown), "one, two 1/2, three");
    for client in [&mut client, &mut other] {
        let told = client.event("history.shown").await;
        assert_eq!(told, json!({"from_user_ordinal": 1}));
    }
    assert!(stage.finds(&mut client, &id, "three").await);
    assert!(!stage.finds(&mut client, &id, "instead").await);
    said(&mut client, &id, "four").await;
    let asked = stage.gateway.rig.parrot.asked().messages;
    assert_eq!(asked.len(), 7, "what is shown is told: {asked:?}");
    show(&mut client, &id, 1, 2).await;
    let stage = stage.restarted().await;
    let mut client = stage.client().await;
    let resumed = client.must("session.resume", of.clone()).await;
    assert_eq!(prompts(&resumed), "one, instead 2/2");
    assert_eq!(resumed["info"]["usage"]["calls"], 5, "all of them count");
    let shown = show(&mut client, &id, 1, 1).await;
    assert_eq!(prompts(&shown), "one, two 1/2, three, four");
    // What has happened is told again with the numbers of now.
    let since = json!({"session_id": id, "last_seen": 0});
    let since = client.must("session.events.since", since).await;
    let events = since["events"].as_array().unwrap().iter();
    let starts = events.filter(|event| event["type"] == "message.start");
    let versions: Vec<_> = starts.map(|event| &event["payload"]["version"]).collect();
    let (none, first) = (&Value::Null, &json!(1));
    assert_eq!(versions, [none, first, none, none, none]);
}

#[tokio::test]
async fn a_version_is_shown_only_where_nothing_runs_and_nothing_is_unseen() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    said(&mut client, &id, "one").await;
    said_instead(&mut client, &id, 0, "two").await;
    let params = |prompt: u64, version: u64, of: u64| json!({"session_id": id, "user_ordinal": prompt, "version": version, "of": of});
    for (params, code) in [
        (params(0, 1, 2), 4018),
        (params(0, 3, 1), 4018),
        (params(0, 0, 1), 4018),
        (params(1, 1, 1), 4018),
    ] {
        let refused = client.ask("session.show_version", params).await;
        assert_eq!(refused.unwrap_err().0, code);
    }
    client.submit(&id, "slowly three").await;
    let busy = client.ask("session.show_version", params(0, 1, 2)).await;
    assert_eq!(busy.unwrap_err().0, 4009);
    // The turn that runs has its version too.
    client
        .must("session.interrupt", json!({"session_id": id}))
        .await;
    client.event("message.complete").await;
    let instead = json!({"session_id": id, "text": "slowly", "truncate_before_user_ordinal": 1});
    client.must("prompt.submit", instead).await;
    let resumed = client
        .must("session.resume", json!({"session_id": id}))
        .await;
    let running = &resumed["inflight"];
    assert_eq!(
        (&running["version"], &running["versions"]),
        (&json!(2), &json!(2))
    );
}

#[tokio::test]
async fn a_branch_may_begin_with_the_first_turns_alone() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    for text in ["one", "two", "three"] {
        said(&mut client, &id, text).await;
    }
    let branch = |before: u64| json!({"session_id": id, "before_user_ordinal": before});
    let branched = client.must("session.branch", branch(2)).await;
    let of = json!({"session_id": branched["session_id"]});
    let history = client.must("session.history", of).await;
    assert_eq!(prompts(&history), "one, two");
    for (before, code) in [(0, 4008), (4, 4018)] {
        let refused = client.ask("session.branch", branch(before)).await;
        assert_eq!(refused.unwrap_err().0, code, "{before}");
    }
    let all = client.must("session.branch", branch(3)).await;
    assert_eq!(all["parent"], id);
}
