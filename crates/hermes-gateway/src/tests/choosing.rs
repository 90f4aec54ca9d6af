use serde_json::{Value, json};

use super::{
    rig::{get, signed},
    stage::Stage,
};

#[tokio::test]
async fn facts_3_4_the_models_of_all_that_is_signed_in_are_shown() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let options = client.must("model.options", json!({})).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&options).unwrap());
    let all = json!({"include_unconfigured": true, "refresh": true});
    let all = client.must("model.options", all).await;
    let slug = |provider: &Value| provider["slug"].as_str().unwrap().to_owned();
    let slugs: Vec<_> = all["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(slug)
        .collect();
    assert_eq!(slugs, ["testkit", "mute", "empty", "flown"]);
    assert_eq!(
        all["providers"][2]["warning"],
        "nobody is signed in to Empty: hermes auth add empty"
    );
}

#[tokio::test]
async fn facts_3_4_how_full_the_context_is_is_told_where_a_list_says_what_fits() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let of = json!({"session_id": id});
    let context = |usage: &Value| {
        let names = ["context_used", "context_max", "context_percent"];
        names.map(|name| usage.get(name).and_then(Value::as_u64))
    };
    let info = async || {
        let rig = &stage.gateway.rig;
        let asked = rig.ask(signed(get("/api/model/info"), &stage.owner), "");
        let info = asked.await.json();
        let names = ["auto", "config", "effective"];
        names.map(|name| info[format!("{name}_context_length")].as_u64())
    };
    // No prompt waits for a list, so nothing is known before somebody has asked for one.
    client.submit(&id, "Hello").await;
    let complete = client.event("message.complete").await;
    assert_eq!(context(&complete["usage"]), [Some(10), None, None]);
    assert_eq!(info().await, [Some(0); 3]);
    client.must("model.options", json!({})).await;
    assert_eq!(info().await, [Some(100), Some(0), Some(100)]);
    let usage = client.must("session.usage", of.clone()).await;
    assert_eq!(context(&usage), [Some(10), Some(100), Some(10)]);
    client.submit(&id, "Again").await;
    let complete = client.event("message.complete").await;
    assert_eq!(context(&complete["usage"]), [Some(10), Some(100), Some(10)]);
    let told = client.event("session.info").await;
    assert_eq!(context(&told["usage"]), [Some(10), Some(100), Some(10)]);
    let command = json!({"session_id": id, "command": "/usage"});
    let output = client.must("slash.exec", command).await["output"].clone();
    assert!(
        (output.as_str().unwrap()).ends_with("\ncontext: 10 of 100 tokens, 10 %"),
        "{output}"
    );
    // A model that no list has may be of any size.
    let choose = json!({"session_id": id, "key": "model", "value": "ghost --provider testkit"});
    client.must("config.set", choose).await;
    let usage = client.must("session.usage", of).await;
    assert_eq!(context(&usage), [Some(10), None, None]);
    // And before a model was asked nobody knows how full it is.
    let another = client.create().await;
    let usage = json!({"session_id": another});
    let usage = client.must("session.usage", usage).await;
    assert_eq!(context(&usage), [Some(0), None, None]);
}

#[tokio::test]
async fn a_conversation_chooses_and_everybody_in_it_sees_that() {
    let stage = Stage::new().await;
    let (mut one, mut two) = (stage.client().await, stage.client().await);
    let id = one.create().await;
    two.must("session.resume", json!({"session_id": id})).await;
    let chooses = json!({
        "session_id": id, "key": "model", "value": "parrot-2 --provider testkit --session",
        "confirm_expensive_model": false,
    });
    let set = one.must("config.set", chooses).await;
    insta::assert_snapshot!(set);
    let thinks = json!({"session_id": id, "key": "reasoning", "value": "high"});
    one.must("config.set", thinks).await;
    two.event("session.info").await;
    let info = two.event("session.info").await;
    assert_eq!(
        (&info["model"], &info["provider"], &info["reasoning_effort"]),
        (&json!("parrot-2"), &json!("testkit"), &json!("high"))
    );
    one.submit(&id, "Hello").await;
    one.event("message.complete").await;
    let asked = stage.gateway.rig.parrot.asked();
    let asked = (asked.provider, asked.model, asked.effort);
    let word = |word: &str| Some(word.to_owned());
    assert_eq!(asked, (word("testkit"), word("parrot-2"), word("high")));
    for (key, expected) in [
        ("model", json!({"value": "parrot-2"})),
        ("reasoning", json!({"value": "high", "display": "show"})),
    ] {
        let get = json!({"key": key, "session_id": id});
        assert_eq!(two.must("config.get", get).await, expected);
    }
    let current = two.must("model.options", json!({"session_id": id})).await;
    assert_eq!(current["model"], "parrot-2");
    let again = json!({"session_id": id, "key": "reasoning", "value": "default"});
    one.must("config.set", again).await;
    assert_eq!(two.event("session.info").await["reasoning_effort"], "high");
}

#[tokio::test]
async fn whose_a_model_is_follows_from_the_lists_that_were_shown() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let choose = |value: &str| json!({"session_id": id, "key": "model", "value": value});
    let whose = async |client: &mut super::stage::Client| {
        let get = json!({"key": "provider", "session_id": id});
        client.must("config.get", get).await["provider"].clone()
    };
    // Nothing was listed yet: it is the usual one's, and nobody doubts it.
    let set = client.must("config.set", choose("anything")).await;
    assert_eq!(
        (set["warning"].as_str(), whose(&mut client).await),
        (Some(""), json!("testkit"))
    );
    client.must("config.set", choose("x --provider mute")).await;
    assert_eq!(whose(&mut client).await, "mute");
    let options = client
        .must("model.options", json!({"session_id": id}))
        .await;
    let mute = &options["providers"][1];
    assert_eq!(
        (&mute["is_current"], &mute["models"]),
        (&json!(true), &json!(["x"]))
    );
    // The list of the current one is not known, so it may have it.
    client.must("config.set", choose("parrot-1")).await;
    assert_eq!(whose(&mut client).await, "mute");
    let set = client
        .must("config.set", choose("ghost --provider testkit"))
        .await;
    assert_eq!(set["warning"], "Testkit does not list `ghost`");
    assert_eq!(whose(&mut client).await, "testkit");
}

#[tokio::test]
async fn what_cannot_be_chosen_is_refused_with_what_to_do() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let mut shown = Vec::new();
    for (key, value) in [
        ("model", "x --provider flown"),
        ("model", "x --provider empty"),
        ("model", "x --provider nobody"),
        ("model", "x --global"),
        ("model", ""),
        ("model", "x y"),
        ("reasoning", "more"),
        ("busy", "never"),
        ("yolo", "1"),
    ] {
        let params = json!({"session_id": id, "key": key, "value": value});
        let refused = client.answer("config.set", params).await;
        shown.push(format!("{key} {value:?}: {}", refused["error"]));
    }
    for (key, session) in [
        ("model", json!(null)),
        ("reasoning", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        let params = json!({"key": key, "value": "high", "session_id": session});
        let refused = client.answer("config.set", params).await;
        shown.push(format!("{key} of {session}: {}", refused["error"]));
    }
    let params = json!({"reasoning_effort": "more"});
    let refused = client.answer("session.create", params).await;
    assert_eq!(refused["error"]["code"], 4002);
    insta::assert_snapshot!(shown.join("\n"));
    let get = json!({"key": "model", "session_id": id});
    let model = client.must("config.get", get).await;
    assert_eq!(model, json!({"value": "parrot-1"}), "nothing has changed");
}

#[tokio::test]
async fn rz4_what_clients_ask_about_settings_is_answered_without_secrets() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let mut shown = Vec::new();
    for key in [
        "busy",
        "fast",
        "full",
        "model",
        "profile",
        "project",
        "prompt",
        "provider",
        "reasoning",
    ] {
        let answer = client.must("config.get", json!({"key": key})).await;
        shown.push(format!("{key}: {answer}"));
    }
    for method in [
        "setup.status",
        "setup.runtime_check",
        "pet.info",
        "pet.cells",
    ] {
        shown.push(format!(
            "{method}: {}",
            client.must(method, json!({})).await
        ));
    }
    let check = json!({"provider": "nobody"});
    let check = client.must("setup.runtime_check", check).await;
    shown.push(format!("setup.runtime_check nobody: {check}"));
    insta::assert_snapshot!(shown.join("\n"));
}

#[tokio::test]
async fn what_a_prompt_does_to_a_turn_is_each_persons_own_habit() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let queue = json!({"key": "busy", "value": "queue"});
    assert_eq!(client.must("config.set", queue).await["value"], "queue");
    let id = client.create().await;
    client.submit(&id, "slowly one two").await;
    assert_eq!(client.submit(&id, "after that").await, "queued");
    stage.gateway.rig.parrot.say(3);
    let first = client.event("message.complete").await;
    assert_eq!(
        (&first["status"], &first["text"]),
        (&json!("complete"), &json!("slowly one two"))
    );
    assert_eq!(client.event("message.complete").await["text"], "after that");
    let mut other = stage.client().await;
    let busy = other.must("config.get", json!({"key": "busy"})).await;
    assert_eq!(busy["value"], "queue", "it is the same person's");
}

#[tokio::test]
async fn commands_do_what_they_say() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "Hello there").await;
    client.event("message.complete").await;
    let mut shown = Vec::new();
    for line in [
        "/help",
        "/title A title",
        "title",
        "/model",
        "/model parrot-2",
        "/reasoning",
        "/effort low",
        "/busy",
        "/busy queue",
        "/history",
        "/status",
        "/usage",
        "/new",
        "/stop",
        "/nothing",
    ] {
        let params = json!({"session_id": id, "command": line});
        let output = client.must("slash.exec", params).await["output"].clone();
        shown.push(format!("{line}\n{}", output.as_str().unwrap()));
    }
    let said = shown.join("\n\n").replace(&id, "ID");
    insta::assert_snapshot!(said);
    let retry = json!({"session_id": id, "name": "retry"});
    let retried = client.must("command.dispatch", retry).await;
    assert_eq!(retried, json!({"type": "exec", "output": "asked again"}));
    assert_eq!(client.event("history.cut").await["from_user_ordinal"], 0);
    let complete = client.event("message.complete").await;
    assert_eq!(complete["text"], "Hello there");
    let asked = stage.gateway.rig.parrot.asked();
    assert_eq!(asked.model.as_deref(), Some("parrot-2"));
    let undo = json!({"session_id": id, "name": "/undo", "arg": ""});
    let undone = client.must("command.dispatch", undo).await;
    assert_eq!(undone["output"], "messages taken back: 2");
    for (method, params) in [
        (
            "slash.exec",
            json!({"session_id": id, "command": "/busy never"}),
        ),
        (
            "command.dispatch",
            json!({"session_id": id, "name": "nothing"}),
        ),
        (
            "slash.exec",
            json!({"session_id": "AAAAAAAAAAAAAAAAAAAAAA", "command": "/help"}),
        ),
    ] {
        let refused = client.ask(method, params).await.unwrap_err();
        assert!([4002, 4018, 4001].contains(&refused.0), "{refused:?}");
    }
    let report = client
        .must("session.status", json!({"session_id": id}))
        .await;
    assert!(report["output"].as_str().unwrap().contains("A title"));
    let typed = client.must("complete.slash", json!({"text": "/ti"})).await;
    assert_eq!(typed["items"][0]["text"], "/title");
    let catalog = client.must("commands.catalog", json!({})).await;
    assert_eq!(catalog["canon"]["/effort"], "/reasoning");
}

#[tokio::test]
async fn a_dead_credential_is_told_to_everybody_with_the_command() {
    let stage = Stage::new().await;
    let (mut one, mut two) = (stage.client().await, stage.client().await);
    let id = one.create().await;
    two.must("session.resume", json!({"session_id": id})).await;
    one.submit(&id, "refuse").await;
    for client in [&mut one, &mut two] {
        let complete = client.event("message.complete").await;
        assert_eq!(complete["status"], "error");
        assert_eq!(complete["error"]["hint"], "hermes auth add testkit");
        let told = client.event("status.update").await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @r#"{"kind":"sign_in","text":"Testkit refuses the credential for `parrot-1`: hermes auth add testkit"}"#);
        }
    }
    one.submit(&id, "Hello").await;
    one.event("message.complete").await;
    one.event("session.info").await;
    let last = one
        .events
        .iter()
        .filter(|event| event["type"] == "status.update");
    assert_eq!(last.count(), 1, "what ends well needs nothing");
}
