//! Conversations over HTTP.

use hermes_storage::{ConversationId, Label, NewConversation, Role, Settings, UserId};
use http::{Request, header};
use serde_json::{Value, json};

use super::{
    rig::{Answer, LOCAL, Rig, get, signed},
    stage::{Client, Stage},
};
use crate::sessions::Opened;

/// Keeps an empty conversation of this user.
pub(super) async fn keep(rig: &Rig, id: &str, owner: UserId) -> ConversationId {
    let id = id.parse().unwrap();
    let new = NewConversation {
        id,
        owner,
        source: Label::new("test").unwrap(),
        title: None,
        parent: None,
        settings: Settings::default(),
        created_at: hermes_machine::Clock::now(&*rig.clock),
    };
    rig.storage.conversations().create(new).await.unwrap();
    id
}

impl Stage {
    pub(super) async fn read(&self, path: &str) -> Answer {
        self.read_as(&self.owner, path).await
    }

    async fn read_as(&self, who: &Opened, path: &str) -> Answer {
        self.gateway.rig.ask(signed(get(path), who), "").await
    }

    pub(super) async fn change(&self, who: &Opened, path: &str, body: &Value) -> Answer {
        let request = Request::patch(path).header(header::CONTENT_TYPE, "application/json");
        let body = body.to_string();
        self.gateway.rig.ask(signed(request, who), &body).await
    }

    pub(super) async fn delete(&self, who: &Opened, path: &str) -> Answer {
        let request = signed(Request::delete(path), who);
        self.gateway.rig.ask(request, "").await
    }
}

/// The body with no moment in it, since time goes on by itself.
fn timeless(answer: &Answer) -> Value {
    fn clear(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let moments = ["started_at", "last_active", "timestamp", "session_started"];
                    if moments.contains(&name.as_str()) {
                        assert!(
                            value.as_f64().is_some_and(|at| at > 1.7e9),
                            "{name} {value}"
                        );
                        *value = json!("AT");
                    }
                    clear(value);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(clear),
            _ => {}
        }
    }
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut value = answer.json();
    clear(&mut value);
    value
}

#[tokio::test]
async fn facts_4_3_conversations_are_told_over_http() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "Hello parrot").await;
    client.event("message.complete").await;
    stage.kept(&id, 4).await;
    let mut shown = String::new();
    for path in [
        "/api/sessions?limit=50&offset=0&order=created".to_owned(),
        "/api/profiles/sessions?profile=all&limit=30&order=recent&exclude_sources=cron".to_owned(),
        "/api/sessions/stats".to_owned(),
        "/api/sessions/empty/count".to_owned(),
        "/api/sessions/search?q=parr".to_owned(),
        format!("/api/sessions/{id}"),
        format!("/api/sessions/{id}/messages"),
        format!("/api/sessions/{id}/messages?limit=1&offset=1"),
        "/api/profiles".to_owned(),
        "/api/profiles/active".to_owned(),
        "/api/model/info".to_owned(),
        "/api/config".to_owned(),
    ] {
        let answer = timeless(&stage.read(&path).await);
        let answer = serde_json::to_string_pretty(&answer).unwrap();
        shown.push_str(&format!("{path}\n{answer}\n"));
    }
    insta::assert_snapshot!(shown.replace(&id, "ID"));
}

#[tokio::test]
async fn facts_4_3_rows_tell_the_model_that_answered_last_and_the_tokens() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    let rows = async |client: &mut Client| {
        // By the time that it is told itself, all that has happened is kept.
        let path = format!("/api/sessions/{id}");
        let itself = stage.read(&path).await.json();
        let over_http = stage.read("/api/sessions").await.json();
        let listed = client.must("session.list", json!({})).await;
        let rows = [&over_http["sessions"][0], &itself, &listed["sessions"][0]];
        let names = ["model", "input_tokens", "output_tokens"];
        rows.map(|row| json!(names.map(|name| &row[name])))
    };
    client.submit(&id, "slowly one two").await;
    assert_eq!(
        rows(&mut client).await,
        [(); 3].map(|()| json!([null, 0, 0]))
    );
    stage.gateway.rig.parrot.say(3);
    client.event("message.complete").await;
    let one = json!(["parrot-1", 10, 3]);
    assert_eq!(rows(&mut client).await, [(); 3].map(|()| one.clone()));
    // What was chosen is told once it has answered.
    let choose = json!({"session_id": id, "key": "model", "value": "parrot-2"});
    client.must("config.set", choose).await;
    assert_eq!(rows(&mut client).await, [(); 3].map(|()| one.clone()));
    client.submit(&id, "again").await;
    client.event("message.complete").await;
    let two = json!(["parrot-2", 20, 4]);
    assert_eq!(rows(&mut client).await, [(); 3].map(|()| two.clone()));
    // What is taken back has cost as much; the model is that of what is left.
    let undo = json!({"session_id": id});
    client.must("session.undo", undo).await;
    let undone = json!(["parrot-1", 20, 4]);
    assert_eq!(rows(&mut client).await, [(); 3].map(|()| undone.clone()));
}

#[tokio::test]
async fn a_list_is_what_was_asked_for() {
    let stage = Stage::new().await;
    for id in ["one", "two", "three"] {
        keep(&stage.gateway.rig, id, UserId::owner()).await;
    }
    let patched = json!({"archived": true, "profile": "default"});
    let answer = stage.change(&stage.owner, "/api/sessions/two", &patched);
    assert_eq!(
        answer.await.json(),
        json!({"ok": true, "title": null, "archived": true})
    );
    for (query, ids, total) in [
        ("", vec!["three", "one"], 2),
        (
            "?archived=include&order=created",
            vec!["three", "two", "one"],
            3,
        ),
        ("?archived=only", vec!["two"], 1),
        ("?limit=1&offset=1", vec!["one"], 2),
        ("?min_messages=1", vec![], 0),
        ("?source=cron", vec![], 0),
        (
            "?source=test&exclude_sources=cron,%20tool",
            vec!["three", "one"],
            2,
        ),
        ("?exclude_sources=cron,test", vec![], 0),
    ] {
        let answer = stage.read(&format!("/api/sessions{query}")).await.json();
        let rows = answer["sessions"].as_array().unwrap().iter();
        let listed: Vec<_> = rows.map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(listed, ids, "{query}");
        assert_eq!(answer["total"], total, "{query}");
    }
    for query in ["?limit=x", "?archived=maybe", "?order=", "?offset=-1"] {
        let answer = stage.read(&format!("/api/sessions{query}")).await;
        assert_eq!(answer.status, 422, "{query} {}", answer.body);
    }
    let empty = stage.read("/api/sessions/empty/count").await;
    assert_eq!(empty.json(), json!({"count": 2}));
}

#[tokio::test]
async fn what_is_pinned_comes_first_where_a_list_says_so() {
    let stage = Stage::new().await;
    for id in ["one", "two", "three"] {
        keep(&stage.gateway.rig, id, UserId::owner()).await;
    }
    let pinned = json!({"pinned": true});
    let answer = stage.change(&stage.owner, "/api/sessions/one", &pinned);
    assert_eq!(
        answer.await.json(),
        json!({"ok": true, "title": null, "pinned": true})
    );
    let listed = async |query: &str| {
        let answer = stage.read(&format!("/api/sessions{query}")).await.json();
        let rows = answer["sessions"].as_array().unwrap().iter();
        let rows = rows.map(|row| json!([row["id"], row["pinned"]]));
        (rows.collect::<Vec<_>>(), answer["total"].clone())
    };
    let [one, two, three] = [("one", true), ("two", false), ("three", false)].map(|row| json!(row));
    let usual = (vec![three.clone(), two.clone(), one.clone()], json!(3));
    assert_eq!(listed("").await, usual, "as upstream's clients know it");
    assert_eq!(listed("?order=recent").await, usual);
    let first = (vec![one.clone(), three.clone()], json!(3));
    assert_eq!(listed("?order=pinned&limit=2").await, first);
    let rest = (vec![two.clone()], json!(3));
    assert_eq!(listed("?order=pinned&limit=2&offset=2").await, rest);
    let told = stage.client().await.must("session.list", json!({})).await;
    assert_eq!(told["sessions"][2]["pinned"], true);
    // It is first again when it comes back from the archive.
    for (body, listed_now) in [
        (json!({"archived": true}), vec![&three, &two]),
        (json!({"archived": false}), vec![&one, &three, &two]),
    ] {
        let path = "/api/sessions/one";
        stage.change(&stage.owner, path, &body).await;
        let (rows, _) = listed("?order=pinned").await;
        assert_eq!(rows.iter().collect::<Vec<_>>(), listed_now);
    }
    let both = json!({"archived": true, "pinned": false});
    let answer = stage.change(&stage.owner, "/api/sessions/one", &both).await;
    assert_eq!(answer.json()["pinned"], false);
    let away = (vec![json!(["one", false])], json!(1));
    assert_eq!(listed("?archived=only").await, away);
}

#[tokio::test]
async fn facts_3_4_what_a_tool_began_is_in_lists_that_ask_for_it() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let mut ids = Vec::new();
    for source in ["tool", "tui"] {
        let created = client
            .must("session.create", json!({"source": source}))
            .await;
        let id = created["session_id"].as_str().unwrap().to_owned();
        client.submit(&id, "Hello").await;
        client.event("message.complete").await;
        stage.kept(&id, 3).await;
        ids.push(id);
    }
    let (tool, tui) = (vec![json!(ids[0])], vec![json!(ids[1])]);
    let names = |list: &Value| -> Vec<Value> {
        let rows = list["sessions"].as_array().unwrap().iter();
        rows.map(|row| row["id"].clone()).collect()
    };
    for (path, listed) in [
        ("/api/sessions", &tui),
        ("/api/sessions?exclude_sources=cron", &tui),
        ("/api/sessions?source=tool", &tool),
        ("/api/profiles/sessions?profile=all", &tui),
    ] {
        let answer = stage.read(path).await.json();
        assert_eq!(
            (&names(&answer), &answer["total"]),
            (listed, &json!(1)),
            "{path}"
        );
    }
    assert_eq!(names(&client.must("session.list", json!({})).await), tui);
    // It is there all the same.
    let itself = stage.read(&format!("/api/sessions/{}", ids[0])).await;
    assert_eq!(itself.json()["source"], "tool");
}

#[tokio::test]
async fn what_is_changed_over_http_is_seen_on_sockets() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "slowly one two").await;
    stage.gateway.rig.parrot.say(1);
    client.event("message.delta").await;
    let path = format!("/api/sessions/{}", &id[..6]);
    let title = json!({"title": " A  title\n"});
    let answer = stage.change(&stage.owner, &path, &title).await;
    assert_eq!(
        answer.json(),
        json!({"ok": true, "title": "A title"}),
        "while a turn runs"
    );
    assert_eq!(client.event("session.title").await["title"], "A title");
    let listed = stage.read("/api/sessions").await.json();
    assert_eq!(
        listed["sessions"][0]["title"], "A title",
        "it is kept by then"
    );
    assert_eq!(listed["sessions"][0]["is_active"], true);
    let messages = stage.read(&format!("{path}/messages")).await.json();
    assert_eq!(
        messages["pagination"]["returned"], 1,
        "the answer is still coming"
    );
    for body in [json!({"title": " "}), json!({})] {
        assert_eq!(stage.change(&stage.owner, &path, &body).await.status, 422);
    }
    let kept = stage.delete(&stage.owner, &path).await;
    assert_eq!(kept.status, 404, "what cannot be undone wants the whole id");
    let whole = format!("/api/sessions/{id}");
    let deleted = stage.delete(&stage.owner, &whole).await;
    assert_eq!(deleted.json(), json!({"ok": true}));
    assert_eq!(
        client.event("message.complete").await["status"],
        "interrupted"
    );
    for gone in [
        stage.read(&path).await,
        stage.delete(&stage.owner, &whole).await,
    ] {
        assert_eq!(gone.shown(), r#"404 {"detail":"Session not found"}"#);
    }
}

#[tokio::test]
async fn the_beginning_of_an_id_is_enough_if_it_can_be_but_one() {
    let stage = Stage::new().await;
    let rig = &stage.gateway.rig;
    rig.add("ben".parse().unwrap(), Role::Member).await;
    for (id, owner) in [
        ("abc1", "owner"),
        ("abd1", "owner"),
        ("abd", "owner"),
        ("ae", "ben"),
    ] {
        keep(rig, id, owner.parse().unwrap()).await;
    }
    for (beginning, found) in [
        ("abc", Some("abc1")),
        ("abd", Some("abd")),
        ("abd1", Some("abd1")),
        ("ab", None),
        ("a", None),
        ("ae", None),
        ("_", None),
        ("%25", None),
    ] {
        let answer = stage.read(&format!("/api/sessions/{beginning}")).await;
        let id = (answer.status == 200).then(|| answer.json()["id"].clone());
        assert_eq!(id, found.map(Value::from), "{beginning}");
    }
}

#[tokio::test]
async fn sc7_no_other_page_changes_a_conversation() {
    let stage = Stage::new().await;
    let rig = &stage.gateway.rig;
    keep(rig, "one", UserId::owner()).await;
    let path = "/api/sessions/one";
    let json =
        |request: http::request::Builder| request.header(header::CONTENT_TYPE, "application/json");
    for (request, body) in [
        (json(Request::patch(path)), r#"{"archived":true}"#),
        (Request::delete(path), ""),
    ] {
        let forged = signed(request, &stage.owner).header("sec-fetch-site", "cross-site");
        assert_eq!(rig.ask(forged, body).await.status, 403);
    }
    assert_eq!(stage.read(path).await.json()["archived"], false);
}

#[tokio::test]
async fn rz2_what_is_somebody_elses_is_not_there_over_http() {
    let rig = Rig::owned(LOCAL).await;
    let ben: UserId = "ben".parse().unwrap();
    rig.add(ben, Role::Member).await;
    let ben = rig.open(ben).await;
    let stage = Stage::over(rig).await;
    let mut owner = stage.client().await;
    let id = owner.create().await;
    owner.submit(&id, "a secret").await;
    owner.event("message.complete").await;
    let title = json!({"title": "Mine"});
    stage
        .change(&stage.owner, &format!("/api/sessions/{id}"), &title)
        .await;
    let before = stage
        .read(&format!("/api/sessions/{id}/messages"))
        .await
        .body;
    // By its id, by a beginning, by its title; each as if it were not there.
    for name in [id.as_str(), &id[..4], "Mine"] {
        for rest in ["", "/messages"] {
            let of = async |name: &str| {
                let path = format!("/api/sessions/{name}{rest}");
                stage.read_as(&ben, &path).await.shown()
            };
            assert_eq!(of(name).await, of("AAAAAAAAAAAAAAAAAAAAAA").await);
        }
        let path = format!("/api/sessions/{name}");
        let bodies = [
            ("title", json!("Yours")),
            ("archived", json!(true)),
            ("pinned", json!(true)),
        ];
        for body in bodies.map(|(field, value)| json!({field: value})) {
            assert_eq!(stage.change(&ben, &path, &body).await.status, 404);
        }
        assert_eq!(stage.delete(&ben, &path).await.status, 404);
    }
    for (path, empty) in [
        ("/api/sessions?archived=include", json!([])),
        ("/api/profiles/sessions?archived=include", json!([])),
    ] {
        let answer = stage.read_as(&ben, path).await.json();
        assert_eq!((&answer["sessions"], &answer["total"]), (&empty, &json!(0)));
    }
    let found = stage.read_as(&ben, "/api/sessions/search?q=secret").await;
    assert_eq!(found.json(), json!({"results": []}));
    let stats = stage.read_as(&ben, "/api/sessions/stats").await.json();
    assert_eq!(
        (&stats["total"], &stats["by_source"]),
        (&json!(0), &json!({}))
    );
    let after = stage
        .read(&format!("/api/sessions/{id}/messages"))
        .await
        .body;
    assert_eq!(before, after, "it is as it was");
}
