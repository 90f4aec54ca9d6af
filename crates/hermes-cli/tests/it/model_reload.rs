//! Another model while a gateway runs.

use hermes_testkit::{Answer, FakeModels, Saying};
use serde_json::json;

use crate::{gateway_accounts::Client, serve::Running, stage::Stage};

/// The key of the other server.
const OTHER_KEY: &str = "sk-canary-other-0123456789";

#[tokio::test]
async fn after_a_reload_the_next_prompt_is_asked_of_whom_the_settings_name() {
    let stage = Stage::new().await;
    stage.sign_in().await;
    let other = FakeModels::start().await;
    let gateway = Running::start(&stage.rig.home, &[]).await;
    let mut client = Client::connect(gateway.port).await;

    let running = client.begin().await;
    let stalls = Saying::new("One").stalling();
    stage.models.then(Answer::says(stalls));
    let prompt = json!({"session_id": running, "text": "Hello"});
    client.send("prompt.submit", &prompt).await;
    let begun = client.event(&running, "message.delta").await;
    assert_eq!(begun["text"], "One");
    let own = client.begin().await;
    let choice = json!({"session_id": own, "key": "model", "value": "mine --provider openrouter"});
    client.call("config.set", &choice).await;

    stage.settings(&format!(
        "[model]\nbase_url = \"{}\"\ndefault = \"new\"\napi_key = \"{OTHER_KEY}\"\ntitles = false\n",
        other.base_url()
    ));
    let set = ["model", "set", "custom", "newer"];
    let ended = stage.asked(&set).await;
    assert!(ended.stderr.contains("hermes reload"), "{}", ended.stderr);
    let (_, told) = stage.told(&set).await;
    let waits = (&told["waits_for_reload"], &told["waits_for_restart"]);
    assert_eq!(waits, (&json!(true), &json!(false)));
    let before = client.begin().await;
    let info = client
        .call("session.usage", &json!({"session_id": before}))
        .await;
    assert_eq!(info["model"], "demo", "nothing has been read again");
    let (_, reloaded) = stage.told(&["reload"]).await;
    assert_eq!(reloaded, json!({"event": "reloaded", "waiting": []}));

    // Also in a conversation that was there before.
    let said = client.turn_in(&before, "Hello").await;
    assert_eq!(
        (&said["status"], &said["usage"]["model"]),
        (&json!("complete"), &json!("newer"))
    );
    let said = client.turn_in(&own, "Hello").await;
    assert_eq!(
        (&said["status"], &said["usage"]["model"]),
        (&json!("complete"), &json!("mine"))
    );
    let asked = stage.models.requests().pop().unwrap();
    assert_eq!(asked.param("model"), Some("mine"));
    client
        .send("session.interrupt", &json!({"session_id": running}))
        .await;
    let said = client.event(&running, "message.complete").await;
    let expected = (&json!("interrupted"), &json!("One"));
    assert_eq!(
        (&said["status"], &said["text"]),
        expected,
        "it went on as it was"
    );
    gateway.end().await;
    let asked = other.requests();
    assert_eq!(asked.len(), 1, "nobody asked for a title");
    assert_eq!(asked[0].param("model"), Some("newer"));
    let key = asked[0].header("authorization").unwrap();
    assert_eq!(key, format!("Bearer {OTHER_KEY}"));
}

#[tokio::test]
async fn a_reload_of_a_model_that_cannot_be_asked_changes_nothing() {
    let stage = Stage::new().await;
    let gateway = Running::start(&stage.rig.home, &[]).await;
    let mut client = Client::connect(gateway.port).await;
    let id = client.begin().await;
    for (text, code) in [
        ("[model]\nprovider = \"nobody\"\n", "auth.unknown_provider"),
        ("[model]\nprovider = \"spotify\"\n", "model.unsupported"),
        (
            "[model]\nbase_url = \"http://192.0.2.7/v1\"\n",
            "model.base_url",
        ),
    ] {
        stage.settings(text);
        let ended = stage.asked(&["reload"]).await;
        assert_eq!(ended.status, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(code), "{}", ended.stderr);
    }
    let said = client.turn_in(&id, "Hello").await;
    assert_eq!(said["text"], "You said: Hello");
    gateway.end().await;
}
