//! Conversations that were had elsewhere.

use hermes_protocol::limits;
use hermes_storage::{Role, UserId};
use serde_json::{Value, json};

use super::{
    rig::{Answer, LOCAL, Rig, get, json as post_json, signed},
    stage::Stage,
};
use crate::sessions::Opened;

const PATH: &str = "/api/sessions/import";

impl Stage {
    async fn import(&self, who: &Opened, body: &Value) -> Answer {
        let request = signed(post_json(PATH), who);
        self.gateway.rig.ask(request, &body.to_string()).await
    }

    async fn told(&self, who: &Opened, path: &str) -> Value {
        let answer = self.gateway.rig.ask(signed(get(path), who), "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

fn geese() -> Value {
    json!({
        "title": "About geese",
        "started_at": 1_700_000_000,
        "messages": [
            {"role": "user", "text": "How do geese fly?", "at": 1_700_000_000.5},
            {"role": "assistant", "text": "In a **skein**.", "at": 1_700_000_010},
            {"role": "user", "text": "And swans?"},
        ],
    })
}

#[tokio::test]
async fn what_was_said_elsewhere_is_read_found_and_goes_on() {
    let stage = Stage::new().await;
    let answer = stage.import(&stage.owner, &geese()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["known"], false);
    let row = stage.told(&stage.owner, "/api/sessions").await["sessions"][0].clone();
    assert_eq!(
        (&row["id"], &row["title"]),
        (&json!(id), &json!("About geese"))
    );
    assert_eq!(
        (&row["source"], &row["message_count"]),
        (&json!("import"), &json!(3))
    );
    assert_eq!(row["started_at"], 1_700_000_000.0);
    assert_eq!(row["last_active"], 1_700_000_010.0, "{row}");
    let found = stage
        .told(&stage.owner, "/api/sessions/search?q=skein")
        .await;
    assert_eq!(found["results"][0]["session_id"], json!(id));
    let path = format!("/api/sessions/{id}/messages");
    let said = stage.told(&stage.owner, &path).await;
    let said: Vec<_> = said["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|said| json!([said["role"], said["content"], said["timestamp"]]))
        .collect();
    assert_eq!(
        json!(said),
        json!([
            ["user", "How do geese fly?", 1_700_000_000.5],
            ["assistant", "In a **skein**.", 1_700_000_010.0],
            ["user", "And swans?", 1_700_000_010.0],
            ["assistant", "", 1_700_000_010.0],
        ])
    );
    // The agent is told all of it with the next prompt.
    let mut client = stage.client().await;
    let resumed = client
        .must("session.resume", json!({"session_id": id}))
        .await;
    assert_eq!(resumed["session_id"], json!(id));
    client.submit(&id, "And ducks?").await;
    client.event("message.complete").await;
    let told = stage.gateway.rig.parrot.asked().messages;
    assert_eq!(told.len(), 4, "{told:?}");
    let told = stage.told(&stage.owner, &path).await;
    assert_eq!(told["messages"].as_array().unwrap().len(), 6, "{told}");
    // After a restart too.
    let stage = stage.restarted().await;
    let again = stage.told(&stage.owner, &path).await;
    assert_eq!(again["messages"].as_array().unwrap().len(), 6);
    let known = stage.import(&stage.owner, &geese()).await.json();
    assert_eq!(known, json!({"id": id, "known": true}));
}

#[tokio::test]
async fn the_same_is_imported_once_until_it_is_deleted() {
    let stage = Stage::new().await;
    let geese = geese();
    let all = futures_util::future::join_all((0..4).map(|_| stage.import(&stage.owner, &geese)));
    let all: Vec<_> = all.await.iter().map(Answer::json).collect();
    let new = all.iter().filter(|answer| answer["known"] == false).count();
    assert_eq!(new, 1, "{all:?}");
    assert!(all.iter().all(|answer| answer["id"] == all[0]["id"]));
    let stats = stage.told(&stage.owner, "/api/sessions/stats").await;
    assert_eq!(
        (&stats["total"], &stats["messages"]),
        (&json!(1), &json!(3))
    );
    let path = format!("/api/sessions/{}", all[0]["id"].as_str().unwrap());
    let delete = signed(http::Request::delete(&path), &stage.owner);
    assert_eq!(stage.gateway.rig.ask(delete, "").await.status, 200);
    let again = stage.import(&stage.owner, &geese).await.json();
    assert_eq!(again, json!({"id": all[0]["id"], "known": false}));
}

#[tokio::test]
async fn rz2_whoever_imports_does_so_for_themselves_alone() {
    let rig = Rig::owned(LOCAL).await;
    let ann: UserId = "ann".parse().unwrap();
    rig.add(ann, Role::Member).await;
    let opened = rig.open(ann).await;
    let stage = Stage::over(rig).await;
    let mine = stage.import(&stage.owner, &geese()).await.json();
    let hers = stage.import(&opened, &geese()).await.json();
    assert_eq!(hers["known"], false, "what others imported is not told");
    assert_ne!(mine["id"], hers["id"]);
    for (who, own) in [(&stage.owner, &mine), (&opened, &hers)] {
        let listed = stage.told(who, "/api/sessions").await;
        assert_eq!(
            (&listed["total"], &listed["sessions"][0]["id"]),
            (&json!(1), &own["id"])
        );
    }
}

#[tokio::test]
async fn ds1_what_is_no_conversation_is_refused_and_nothing_is_kept() {
    let stage = Stage::new().await;
    let with = |messages: Value| json!({"started_at": 0, "messages": messages});
    let said = json!({"role": "user", "text": "x"});
    let too_many = vec![said.clone(); limits::IMPORT_MESSAGES + 1];
    let too_large = vec![json!({"role": "user", "text": "x".repeat(1024 * 1024)}); 13];
    for (body, what) in [
        (with(json!([])), "1 to 10000 messages"),
        (with(json!(too_many)), "1 to 10000 messages"),
        (
            with(json!([{"role": "assistant", "text": "x"}])),
            "a prompt",
        ),
        (
            with(json!([{"role": "user", "text": " "}])),
            "1 MiB of text",
        ),
        (
            with(json!([{"role": "system", "text": "x"}])),
            "unknown variant",
        ),
        (with(json!(too_large)), "length limit exceeded"),
        (
            json!({"started_at": "never", "messages": [said]}),
            "invalid type",
        ),
        (json!([]), ""),
    ] {
        let answer = stage.import(&stage.owner, &body).await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.body);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(what), "{detail}");
    }
    // What is as large as it may be is taken, beyond what other routes take.
    let large = vec![json!({"role": "user", "text": "x".repeat(1024 * 1024)}); 3];
    assert_eq!(
        stage.import(&stage.owner, &with(json!(large))).await.status,
        200
    );
    let stats = stage.told(&stage.owner, "/api/sessions/stats").await;
    assert_eq!(stats["total"], 1);
}
