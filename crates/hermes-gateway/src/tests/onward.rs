use base64::{Engine as _, engine::general_purpose::STANDARD};
use hermes_agent::{Message, Part};
use serde_json::{Value, json};

use super::stage::{Client, Stage};

/// The head of a picture of 1500 by 1 pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x05\xdc\0\0\0\x01\x08\x06\0\0\0";

async fn said(client: &mut Client, id: &str, text: &str) {
    client.submit(id, text).await;
    client.event("message.complete").await;
}

async fn history(client: &mut Client, id: &str) -> Vec<Value> {
    let of = json!({"session_id": id});
    let history = client.must("session.history", of).await;
    history["messages"].as_array().unwrap().clone()
}

fn texts(messages: &[Value]) -> Vec<&str> {
    let texts = messages.iter().map(|message| message["text"].as_str());
    texts.map(Option::unwrap).collect()
}

#[tokio::test]
async fn a_picture_goes_with_the_next_prompt_and_with_no_other() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let attach = |bytes: &[u8]| json!({"session_id": id, "content_base64": STANDARD.encode(bytes), "filename": "cat\u{1b}.png"});
    let attached = client.must("image.attach_bytes", attach(PNG)).await;
    let path = attached["path"].as_str().unwrap().to_owned();
    assert_eq!(
        attached,
        json!({
            "attached": true, "path": path, "count": 1, "remainder": "", "text": "[image: cat.png]",
            "bytes": PNG.len(), "name": "cat.png", "width": 1500, "height": 1, "token_estimate": 2,
        })
    );
    let other = [PNG, b"more"].concat();
    let other = client.must("image.attach_bytes", attach(&other)).await;
    assert_eq!(other["count"], 2);
    let detach = json!({"session_id": id, "path": other["path"]});
    let detached = client.must("image.detach", detach.clone()).await;
    assert_eq!(detached, json!({"detached": true, "count": 1}));
    let again = client.must("image.detach", detach).await;
    assert_eq!(again, json!({"detached": false, "count": 1}));

    client.submit(&id, "What is this?").await;
    let start = client.event("message.start").await;
    assert_eq!(start["images"], json!([path]));
    client.event("message.complete").await;
    let asked = stage.gateway.rig.parrot.asked().messages;
    let [Message::User(parts)] = &*asked else {
        panic!("{asked:?}");
    };
    let [Part::Image(image), Part::Text(_)] = &**parts else {
        panic!("{parts:?}");
    };
    assert_eq!(image.bytes(), PNG);
    said(&mut client, &id, "And now?").await;
    let messages = history(&mut client, &id).await;
    assert_eq!(messages[0]["images"], json!([path]));
    assert_eq!(messages[2]["images"], Value::Null);

    // By its name it goes with any prompt of the conversation, from any socket, and with none of another.
    let mut elsewhere = stage.client().await;
    let with = |id: &str| json!({"session_id": id, "text": "Again", "images": [path]});
    elsewhere.must("prompt.submit", with(&id)).await;
    let start = elsewhere.event("message.start").await;
    assert_eq!(start["images"], json!([path]));
    let another = elsewhere.create().await;
    let refused = elsewhere.ask("prompt.submit", with(&another)).await;
    assert_eq!(refused.unwrap_err().0, 4016);
}

#[tokio::test]
async fn what_is_no_picture_is_not_attached() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    for (content, code) in [
        ("", 4004),
        ("?", 4016),
        (&*STANDARD.encode("<svg/>"), 4016),
        // It says that it is one, and ends.
        (&*STANDARD.encode(&PNG[..12]), 4016),
    ] {
        let params = json!({"session_id": id, "content_base64": content});
        let refused = client.ask("image.attach_bytes", params).await;
        assert_eq!(refused.unwrap_err().0, code, "{content}");
    }
    let many = |index: usize| [PNG, &index.to_be_bytes()].concat();
    for index in 0..17 {
        let content = STANDARD.encode(many(index));
        let params = json!({"session_id": id, "data": content});
        let attached = client.ask("image.attach_bytes", params).await;
        assert_eq!(attached.is_ok(), index < 16, "{attached:?}");
    }
}

#[tokio::test]
async fn a_picture_comes_in_parts_over_two_connections_and_goes_with_a_prompt() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let part = |offset: usize, end: usize| {
        json!({
            "session_id": id, "upload_id": "cat-1", "bytes": PNG.len(), "offset": offset,
            "content_base64": STANDARD.encode(&PNG[offset..end]), "filename": "cat\u{1b}.png",
        })
    };
    let first = client.must("image.upload", part(0, 10)).await;
    assert_eq!(first, json!({"offset": 10, "image": null}));
    drop(client);
    let mut client = stage.client().await;
    let again = client.must("image.upload", part(0, 10)).await;
    assert_eq!(again, json!({"offset": 10, "image": null}));
    let whole = client.must("image.upload", part(10, PNG.len())).await;
    let path = whole["image"]["path"].as_str().unwrap().to_owned();
    assert_eq!(
        whole,
        json!({"offset": PNG.len(), "image": {
            "path": path, "bytes": PNG.len(), "name": "cat.png", "width": 1500, "height": 1, "token_estimate": 2,
        }})
    );
    assert_eq!(
        client.must("image.upload", part(10, PNG.len())).await,
        whole
    );

    // It goes with the prompt that names it, and with no other.
    client.submit(&id, "Hello there").await;
    let start = client.event("message.start").await;
    assert_eq!(start["images"], json!([]));
    client.event("message.complete").await;
    let with = json!({"session_id": id, "text": "What is this?", "images": [path]});
    client.must("prompt.submit", with).await;
    let start = client.event("message.start").await;
    assert_eq!(start["images"], json!([path]));

    // Nobody else goes on with it, and nothing but a picture is kept.
    let another = client.create().await;
    let mut elsewhere = part(10, PNG.len());
    elsewhere["session_id"] = another.into();
    let begun = client.must("image.upload", elsewhere).await;
    assert_eq!(begun, json!({"offset": 0, "image": null}));
    for (upload, content, code) in [
        ("", STANDARD.encode(PNG), 4016),
        ("two", "?".to_owned(), 4016),
        ("three", STANDARD.encode(vec![0; PNG.len()]), 4016),
    ] {
        let mut params = part(0, PNG.len());
        params["upload_id"] = upload.into();
        params["content_base64"] = content.into();
        let refused = client.ask("image.upload", params).await;
        assert_eq!(refused.unwrap_err().0, code, "{upload}");
    }
}

#[tokio::test]
async fn a_branch_begins_with_what_was_said_and_goes_its_own_way() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let branch = json!({"session_id": id});
    let nothing = client.ask("session.branch", branch.clone()).await;
    assert_eq!(nothing.unwrap_err().0, 4008);
    let picture = json!({"session_id": id, "content_base64": STANDARD.encode(PNG)});
    client.must("image.attach_bytes", picture).await;
    said(&mut client, &id, "one").await;
    let title = json!({"session_id": id, "title": "A title"});
    client.must("session.title", title).await;
    client.submit(&id, "slowly two").await;
    stage.gateway.rig.parrot.say(1);
    client.event("message.delta").await;

    let branched = client.must("session.branch", branch.clone()).await;
    let new = branched["session_id"].as_str().unwrap().to_owned();
    assert_eq!(
        branched,
        json!({"session_id": new, "title": "A title #2", "parent": id})
    );
    assert_eq!(texts(&history(&mut client, &new).await), ["one", "one"]);
    said(&mut client, &new, "three").await;
    let asked = stage.gateway.rig.parrot.asked().messages;
    let [
        Message::User(parts),
        Message::Assistant(_),
        Message::User(_),
    ] = &*asked
    else {
        panic!("{asked:?}");
    };
    assert!(matches!(parts[0], Part::Image(_)), "{parts:?}");
    let before = history(&mut client, &id).await;
    assert_eq!(texts(&before), ["one", "one", "slowly two"]);

    // What a branch is called nothing else is called.
    stage.kept(&new, 6).await;
    let second = client.must("session.branch", branch).await;
    assert_eq!(second["title"], "A title #3");
    let named = json!({"session_id": new, "name": "Another way"});
    let third = client.must("session.branch", named).await;
    assert_eq!(third["title"], "Another way");
    // It stays when the one before is deleted.
    client
        .must("session.delete", json!({"session_id": id}))
        .await;
    assert_eq!(history(&mut client, &new).await.len(), 4);
}

#[tokio::test]
async fn a_compressed_conversation_is_told_as_a_summary_and_shown_as_it_was() {
    let stage = Stage::new().await;
    let (mut client, mut other) = (stage.client().await, stage.client().await);
    let id = client.create().await;
    let compress = json!({"session_id": id, "focus_topic": "the cat"});
    let nothing = client.ask("session.compress", compress.clone()).await;
    assert_eq!(nothing.unwrap_err().0, 4008);
    for text in ["one", "two"] {
        said(&mut client, &id, text).await;
    }
    other
        .must("session.resume", json!({"session_id": id}))
        .await;
    let compressed = client.must("session.compress", compress.clone()).await;
    let summary = compressed["summary"]["note"].as_str().unwrap();
    assert!(
        summary.ends_with("the cat"),
        "the parrot repeats: {summary}"
    );
    let numbers = [
        "removed",
        "before_messages",
        "after_messages",
        "before_tokens",
    ];
    assert_eq!(numbers.map(|name| &compressed[name]), [3, 4, 1, 10]);
    let shown = compressed["messages"].as_array().unwrap();
    assert_eq!(texts(shown), ["one", "one", "two", "two"]);
    assert_eq!(compressed["usage"]["compressions"], 1);
    assert_eq!(compressed["usage"]["calls"], 3);
    let told = other.event("status.update").await;
    assert_eq!(told["kind"], "lifecycle");
    // Nothing was said since.
    let again = client.ask("session.compress", compress).await;
    assert_eq!(again.unwrap_err().0, 4008);

    said(&mut client, &id, "three").await;
    let asked = stage.gateway.rig.parrot.asked().messages;
    let [Message::System(system), Message::User(_)] = &*asked else {
        panic!("{asked:?}");
    };
    assert!(system.ends_with(summary), "{system}");
    let stage = stage.restarted().await;
    let mut client = stage.client().await;
    said(&mut client, &id, "four").await;
    assert_eq!(stage.gateway.rig.parrot.asked().messages.len(), 4);
    // Taking back what the summary stands for takes the summary back.
    let instead = json!({"session_id": id, "text": "five", "truncate_before_user_ordinal": 1});
    client.must("prompt.submit", instead).await;
    client.event("message.complete").await;
    let asked = stage.gateway.rig.parrot.asked().messages;
    assert!(matches!(asked[0], Message::User(_)), "{asked:?}");
}

#[tokio::test]
async fn facts_3_4_to_compress_and_to_branch_are_commands_too() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    for line in ["/compress", "/branch"] {
        let params = json!({"session_id": id, "command": line});
        let nothing = client.ask("slash.exec", params).await;
        assert_eq!(nothing.unwrap_err().0, 4008, "{line}");
    }
    for text in ["one", "two"] {
        said(&mut client, &id, text).await;
    }
    let compress = json!({"session_id": id, "command": "/compress  the cat slowly"});
    let compress = client.send("slash.exec", compress).await;
    // Nobody waits for the model but who wants the summary.
    let usage = json!({"session_id": id, "command": "/usage"});
    let usage = client.must("slash.exec", usage).await;
    assert_eq!(usage["output"], "tokens: 20 in, 2 out, in 2 calls");
    stage.gateway.rig.parrot.say(1000);
    let output = client.answered(compress).await["result"]["output"].clone();
    let lines: Vec<_> = output.as_str().unwrap().lines().collect();
    let [headline, tokens] = &*lines else {
        panic!("{output}");
    };
    assert_eq!(*headline, "4 messages are told as a summary from now on");
    assert!(tokens.ends_with("instead of 10"), "{tokens}");
    let asked = stage.gateway.rig.parrot.asked().messages;
    let Some(Message::User(parts)) = asked.last() else {
        panic!("{asked:?}");
    };
    let Some(Part::Text(wanted)) = parts.last() else {
        panic!("{parts:?}");
    };
    assert!(wanted.ends_with("the cat slowly"), "{wanted}");

    let branch = |arg: &str| json!({"session_id": id, "name": "branch", "arg": arg});
    let named = client.must("command.dispatch", branch("Another way")).await;
    let output = named["output"].as_str().unwrap().to_owned();
    let new = output.strip_prefix("branch: Another way (").unwrap();
    let new = new.strip_suffix(')').unwrap().to_owned();
    assert_eq!(named["type"], "exec");
    assert_eq!(history(&mut client, &new).await.len(), 4);
    let other = client.must("command.dispatch", branch("")).await;
    let output = other["output"].as_str().unwrap();
    assert!(output.starts_with("branch: one #2 ("), "{output}");
    // The socket sees what happens there.
    said(&mut client, &new, "three").await;
    for (typed, completed) in [
        ("/comp", "/compress"),
        ("/bra", "/branch"),
        ("/busy s", "steer"),
    ] {
        let completed_to = client.must("complete.slash", json!({"text": typed})).await;
        assert_eq!(completed_to["items"][0]["text"], completed);
    }
}

#[tokio::test]
async fn nothing_is_compressed_while_a_turn_runs() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    said(&mut client, &id, "one").await;
    client.submit(&id, "slowly two").await;
    let of = json!({"session_id": id});
    let busy = client.ask("session.compress", of).await;
    assert_eq!(busy.unwrap_err().0, 4009);
}

#[tokio::test]
async fn whoever_steers_is_heard_after_the_answer() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let steer = json!({"session_id": id, "text": "and then"});
    let idle = client.must("session.steer", steer.clone()).await;
    assert_eq!(idle, json!({"status": "rejected", "text": "and then"}));
    client.submit(&id, "slowly one two").await;
    let queued = client.must("session.steer", steer).await;
    assert_eq!(queued, json!({"status": "queued", "text": "and then"}));
    stage.gateway.rig.parrot.say(3);
    let first = client.event("message.complete").await;
    assert_eq!(first["status"], "complete");
    assert_eq!(client.event("message.complete").await["text"], "and then");
}
