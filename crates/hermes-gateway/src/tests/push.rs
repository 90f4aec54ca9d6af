//! Browsers that are told what has ended while they are closed.

use std::time::Duration;

use hermes_machine::{Clock as _, http::Request};
use hermes_storage::{ConversationId, Role, UserId};
use http::{Request as Asked, header};
use serde_json::{Value, json as value};

use super::{
    push_services::Reader,
    rig::{LOCAL, Rig, TOKEN, get, json, signed},
    stage::{Stage, soon},
};
use crate::{
    push::{Kind, News},
    sessions::Opened,
};

const PUSH: &str = "/api/auth/push";

async fn subscribe(rig: &Rig, opened: &Opened, subscription: &Value) -> (u16, String) {
    let asked = signed(json(PUSH), opened);
    let answer = rig.ask(asked, &subscription.to_string()).await;
    (answer.status, answer.body)
}

async fn is_told(rig: &Rig, opened: &Opened) -> bool {
    let answer = rig.ask(signed(get(PUSH), opened), "").await;
    answer.json()["told"].as_bool().unwrap()
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    let found = request.headers.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value)
}

/// A person with a browser that is told.
async fn told() -> (Stage, Reader) {
    let stage = Stage::new().await;
    let reader = Reader::new("desk");
    let subscription = reader.subscription();
    let taken = subscribe(&stage.gateway.rig, &stage.owner, &subscription).await;
    assert_eq!(taken, (204, String::new()));
    (stage, reader)
}

#[tokio::test]
async fn a_browser_is_told_which_conversation_has_ended_and_nothing_of_its_words() {
    let (stage, reader) = told().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "canary words").await;
    let sent = soon(stage.gateway.rig.services.next()).await;
    assert_eq!(sent.url.as_str(), reader.endpoint);
    let message = reader.read(&sent);
    assert_eq!(
        message,
        value!({ "kind": "finished", "conversation": id, "title": null })
    );
    for (name, expected) in [
        ("content-encoding", "aes128gcm"),
        ("ttl", "86400"),
        ("urgency", "normal"),
    ] {
        assert_eq!(header(&sent, name), expected);
    }
    let answer = stage.gateway.rig.ask(signed(get(PUSH), &stage.owner), "");
    let public = answer.await.json()["public_key"].clone();
    let signed_by = format!(", k={}", public.as_str().unwrap());
    let authorization = header(&sent, "authorization");
    assert!(authorization.starts_with("vapid t="), "{authorization}");
    assert!(authorization.ends_with(&signed_by), "{authorization}");
    let topic = header(&sent, "topic").to_owned();
    assert!(topic.len() <= 32 && !topic.contains(&id));

    // A title is told, a failure as one, and the topic stays: the last word takes the place of the first.
    let titled = value!({ "session_id": id, "title": "The release" });
    client.must("session.title", titled).await;
    client.submit(&id, "refuse").await;
    let sent = soon(stage.gateway.rig.services.next()).await;
    assert_eq!(
        reader.read(&sent),
        value!({ "kind": "failed", "conversation": id, "title": "The release" })
    );
    assert_eq!(header(&sent, "topic"), topic);
}

#[tokio::test]
async fn nobody_is_told_of_what_they_stopped_or_of_what_is_anothers() {
    let (stage, reader) = told().await;
    let rig = &stage.gateway.rig;
    let ann: UserId = "ann".parse().unwrap();
    rig.add(ann, Role::Member).await;
    let other = rig.open(ann).await;
    let mut theirs = stage.client_of(&other).await;
    let id = theirs.create().await;
    theirs.submit(&id, "Hello there").await;
    theirs.event("message.complete").await;
    stage.kept(&id, 4).await;

    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "slowly said").await;
    let stop = value!({ "session_id": id });
    client.must("session.interrupt", stop).await;
    client.event("message.complete").await;
    client.submit(&id, "Hello again").await;
    let sent = soon(rig.services.next()).await;
    assert_eq!(reader.read(&sent)["conversation"], id.as_str());
    assert_eq!(reader.read(&sent)["kind"], "finished");
    assert_eq!(rig.services.waiting(), 0);
}

#[tokio::test]
async fn what_a_conversation_begins_with_is_no_news() {
    let (stage, reader) = told().await;
    let rig = &stage.gateway.rig;
    let messages =
        value!([{ "role": "user", "text": "Before" }, { "role": "assistant", "text": "Long ago" }]);
    let import = value!({ "started_at": 1.0, "messages": messages }).to_string();
    let imported = rig
        .ask(signed(json("/api/sessions/import"), &stage.owner), &import)
        .await;
    assert_eq!(imported.status, 200);
    let mut client = stage.client().await;
    let from = value!({ "session_id": imported.json()["id"] });
    client.must("session.resume", from.clone()).await;
    let branched = client.must("session.branch", from).await;
    let id = branched["session_id"].as_str().unwrap();
    client.submit(id, "And now?").await;
    // What is told first is what has happened here.
    let sent = soon(rig.services.next()).await;
    assert_eq!(reader.read(&sent)["conversation"], id);
}

#[tokio::test]
async fn sc8_a_sign_in_that_ends_takes_its_subscription_along() {
    let rig = Rig::owned(LOCAL).await;
    let owner = UserId::owner();
    let [one, two, three] = [
        rig.open(owner).await,
        rig.open(owner).await,
        rig.open(owner).await,
    ];
    for (opened, name) in [(&one, "a"), (&two, "bb"), (&three, "ccc")] {
        let taken = subscribe(&rig, opened, &Reader::new(name).subscription()).await;
        assert_eq!(taken.0, 204);
        assert!(is_told(&rig, opened).await);
    }
    let places = async || {
        let horizon = rig.gateway.sessions.horizon(rig.clock.now());
        let found = rig.storage.subscriptions().of_user(owner, horizon).await;
        found.unwrap().len()
    };
    let left = rig.ask(signed(json("/auth/logout"), &one), "{}").await;
    assert!(left.status == 200 || left.status == 303, "{}", left.status);
    assert_eq!(places().await, 2);
    let ended = Asked::delete(format!("/api/auth/sessions/{}", two.live.session));
    let ended = rig.ask(signed(ended, &three), "").await;
    assert_eq!(ended.status, 204);
    assert_eq!(places().await, 1);
    let no_more = rig.ask(signed(Asked::delete(PUSH), &three), "").await;
    assert_eq!(no_more.status, 204);
    assert_eq!(places().await, 0);
    assert!(!is_told(&rig, &three).await);
    let twice = rig.ask(signed(Asked::delete(PUSH), &three), "").await;
    assert_eq!(twice.status, 204);
    let lines = rig.audited();
    let noted = |word: &str| lines.lines().filter(|line| line.contains(word)).count();
    assert_eq!(noted("\"event\":\"push_changed\""), 4, "{lines}");
    assert_eq!(noted("\"reason\":\"unsubscribed\""), 1);
    assert_eq!(noted("canary"), 0, "an address is nobody's business");
}

#[tokio::test]
async fn what_is_gone_is_forgotten_and_what_is_busy_is_tried_again() {
    let rig = Rig::owned(LOCAL).await;
    rig.clock.set_automatic();
    let owner = rig.open(UserId::owner()).await;
    let subscription = Reader::new("desk").subscription();
    assert_eq!(subscribe(&rig, &owner, &subscription).await.0, 204);
    let news = |kind| News {
        owner: UserId::owner(),
        conversation: "c1".parse::<ConversationId>().unwrap(),
        kind,
        title: None,
    };
    let push = rig.gateway.push.as_ref().unwrap();
    rig.services.say(429, Some(Duration::from_secs(7)));
    rig.services.say(503, None);
    push.tell(news(Kind::Finished));
    let first = soon(rig.services.next()).await;
    let second = soon(rig.services.next()).await;
    assert_eq!(first.url, second.url);
    soon(rig.services.next()).await;
    let slept = rig.clock.slept();
    assert!(slept.contains(&Duration::from_secs(7)), "{slept:?}");

    // Whoever is told to wait for ever waits two minutes; a third no is the last.
    for _ in 0..3 {
        rig.services.say(503, Some(Duration::from_secs(1 << 40)));
    }
    push.tell(news(Kind::Finished));
    for _ in 0..3 {
        soon(rig.services.next()).await;
    }
    assert!(rig.clock.slept().contains(&Duration::from_secs(120)));

    // A no that time does not change is one, and the subscription stays.
    rig.services.say(403, None);
    push.tell(news(Kind::Failed));
    soon(rig.services.next()).await;
    assert!(is_told(&rig, &owner).await);
    rig.services.say(410, None);
    push.tell(news(Kind::Failed));
    soon(rig.services.next()).await;
    let forgotten = async {
        while is_told(&rig, &owner).await {
            tokio::task::yield_now().await;
        }
    };
    soon(forgotten).await;
    assert_eq!(rig.services.waiting(), 0);
}

#[tokio::test]
async fn ds3_news_wait_within_bounds_and_nobody_waits_for_them() {
    let (stage, _) = told().await;
    let rig = &stage.gateway.rig;
    rig.services.hold();
    let push = rig.gateway.push.as_ref().unwrap();
    for number in 0..2000 {
        push.tell(News {
            owner: UserId::owner(),
            conversation: format!("c{number}").parse().unwrap(),
            kind: Kind::Finished,
            title: None,
        });
        tokio::task::yield_now().await;
    }
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "Hello there").await;
    client.event("message.complete").await;
    stage.kept(&id, 4).await;
    assert!(rig.services.waiting() <= 32, "{}", rig.services.waiting());
}

#[tokio::test]
async fn rz6_no_address_but_of_a_push_service_is_taken() {
    let rig = Rig::owned(LOCAL).await;
    let owner = rig.open(UserId::owner()).await;
    for endpoint in [
        "http://127.0.0.1:9119/api/status",
        "https://169.254.169.254/latest",
        "https://gw.lan/x",
        "https://fcm.googleapis.com.evil.example/x",
        "",
    ] {
        let mut subscription = Reader::new("desk").subscription();
        subscription["endpoint"] = endpoint.into();
        let (status, body) = subscribe(&rig, &owner, &subscription).await;
        assert_eq!(status, 422, "{endpoint}");
        assert!(body.contains("not an address of a push service"), "{body}");
        assert!(endpoint.is_empty() || !body.contains(endpoint), "{body}");
    }
    let mut subscription = Reader::new("desk").subscription();
    subscription["keys"]["auth"] = "AAAA".into();
    assert_eq!(subscribe(&rig, &owner, &subscription).await.0, 422);
    assert_eq!(subscribe(&rig, &owner, &value!({})).await.0, 422);
    assert!(!is_told(&rig, &owner).await);
}

#[tokio::test]
async fn where_nobody_may_be_told_there_is_no_such_route() {
    let off = Rig::owned("[gateway]\nhost = \"127.0.0.2\"\npush = false\n").await;
    let owner = off.open(UserId::owner()).await;
    let reader = Reader::new("desk").subscription();
    assert_eq!(subscribe(&off, &owner, &reader).await.0, 404);
    for asked in [get(PUSH), Asked::delete(PUSH)] {
        assert_eq!(off.ask(signed(asked, &owner), "").await.status, 404);
    }
    // Whoever holds the token has no sign-in that it could end with.
    let token = Rig::with("").await;
    let asked = get(PUSH).header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    assert_eq!(token.ask(asked, "").await.status, 404);
    let nobody = off.ask(get(PUSH), "").await;
    assert_eq!(nobody.status, 401);
}
