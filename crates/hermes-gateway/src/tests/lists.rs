//! That a list of conversations is another one, as those who show it are told.

use hermes_storage::{Role, UserId};
use serde_json::{Value, json};

use super::stage::{Client, Stage};

/// Shows the list, and is told when it changes.
async fn shows(client: &mut Client) {
    client
        .must("session.active_list", json!({"watch": true}))
        .await;
}

#[tokio::test]
async fn whoever_shows_the_list_is_told_when_it_is_another_one() {
    let stage = Stage::new().await;
    let (mut here, mut elsewhere) = (stage.client().await, stage.client().await);
    shows(&mut here).await;
    let id = elsewhere.create().await;
    elsewhere.submit(&id, "one").await;
    let told = here.event("sessions.changed").await;
    assert_eq!(told, json!({}));
    let event = json!({"type": "sessions.changed", "payload": {}});
    assert_eq!(*here.events.last().unwrap(), event, "of no conversation");
    let list = here.must("session.list", json!({})).await;
    assert_eq!(list["sessions"][0]["id"], id.as_str());
    elsewhere.event("message.complete").await;

    let path = format!("/api/sessions/{id}");
    for change in [
        json!({"title": "Herons"}),
        json!({"pinned": true}),
        json!({"archived": true}),
    ] {
        let answer = stage.change(&stage.owner, &path, &change).await;
        assert_eq!(answer.status, 200, "{change}");
        here.event("sessions.changed").await;
    }
    assert_eq!(stage.delete(&stage.owner, &path).await.status, 200);
    here.event("sessions.changed").await;
    // Whoever has not asked for it is told nothing.
    elsewhere.must("session.list", json!({})).await;
    let told = |event: &&Value| event["type"] == "sessions.changed";
    assert_eq!(elsewhere.events.iter().find(told), None);
}

#[tokio::test]
async fn nobody_is_told_of_lists_that_they_do_not_see() {
    let stage = Stage::new().await;
    let ben: UserId = "ben".parse().unwrap();
    stage.gateway.rig.add(ben, Role::Member).await;
    let opened = stage.gateway.rig.open(ben).await;
    let (mut here, mut owner) = (stage.client_of(&opened).await, stage.client().await);
    shows(&mut here).await;
    shows(&mut owner).await;
    let id = owner.create().await;
    owner.submit(&id, "one").await;
    owner.event("sessions.changed").await;
    // Nor of what is in no list that does not ask for it.
    let mut aside = stage.client_of(&opened).await;
    let created = aside.must("session.create", json!({"source": "tool"}));
    let hidden = created.await["session_id"].as_str().unwrap().to_owned();
    aside.submit(&hidden, "two").await;
    aside.event("message.complete").await;
    for _ in 0..2 {
        here.must("session.list", json!({})).await;
    }
    assert_eq!(here.events.len(), 1, "ready, and nothing else");
    let own = aside.create().await;
    aside.submit(&own, "three").await;
    here.event("sessions.changed").await;
    let list = here.must("session.list", json!({})).await;
    assert_eq!(list["sessions"][0]["id"], own.as_str());
}
