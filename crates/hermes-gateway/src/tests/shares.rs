//! Links to conversations.

use std::time::Duration;

use hermes_protocol::routes;
use hermes_storage::{ConversationId, Label, NewShare, Role, ShareId, TokenHash, UserId};
use http::{Request, header};
use serde_json::{Value, json};

use super::{
    rig::{Answer, LOCAL, Rig, get, json as post_json, signed},
    stage::{Client, Stage},
};
use crate::sessions::Opened;

pub(super) const ON: &str = "[gateway.sharing]\nenabled = true\n";

const DAY: Duration = Duration::from_secs(86_400);

/// Keeps a link to this conversation, which nobody can open.
pub(super) async fn keep(rig: &Rig, conversation: ConversationId) -> ShareId {
    let id = ShareId::new(&*rig.gateway.ports.random);
    let new = NewShare {
        id,
        conversation,
        title: Label::new("Geese").unwrap(),
        made_at: hermes_machine::Clock::now(&*rig.clock),
        ends_at: None,
        content: String::new(),
    };
    let hash = TokenHash::of(id.as_str());
    rig.storage.shares().share(hash, new).await.unwrap();
    id
}

/// A gateway that shares, with a conversation of the owner in which this was said.
async fn said(prompts: &[&str]) -> (Stage, Client, String) {
    let stage = Stage::over(Rig::owned(&format!("{LOCAL}{ON}")).await).await;
    let mut client = stage.client().await;
    let id = client.create().await;
    for prompt in prompts {
        client.submit(&id, prompt).await;
        client.event("message.complete").await;
    }
    (stage, client, id)
}

impl Stage {
    async fn share(&self, who: &Opened, id: &str, body: Value) -> Answer {
        let request = signed(post_json(&format!("/api/sessions/{id}/shares")), who);
        self.gateway.rig.ask(request, &body.to_string()).await
    }

    /// Shares the first prompts of the owner's conversation: the path of the link, and its id.
    async fn shared(&self, id: &str, body: Value) -> (String, String) {
        let answer = self.share(&self.owner, id, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer = answer.json();
        let url = answer["url"].as_str().unwrap();
        let at = url.find("/s/").unwrap();
        let id = answer["share"]["id"].as_str().unwrap();
        (url[at..].to_owned(), id.to_owned())
    }

    async fn opened(&self, path: &str) -> Answer {
        self.gateway.rig.ask(get(path), "").await
    }

    async fn listed(&self, who: &Opened) -> Value {
        let answer = self.gateway.rig.ask(signed(get("/api/shares"), who), "");
        answer.await.json()
    }

    async fn revoke(&self, who: &Opened, path: &str) -> Answer {
        let request = signed(Request::delete(path), who);
        self.gateway.rig.ask(request, "").await
    }
}

/// A link that nobody has made.
fn unknown() -> String {
    format!("/s/{}", "x".repeat(43))
}

#[tokio::test]
async fn nothing_is_shared_unless_the_settings_say_so() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "Hello").await;
    client.event("message.complete").await;
    let refused = stage.share(&stage.owner, &id, json!({"prompts": 1})).await;
    assert_eq!(refused.status, 403);
    let hint = refused.json()["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("gateway.sharing.enabled"), "{hint}");
    let listed = stage.listed(&stage.owner).await;
    assert_eq!(listed, json!({"enabled": false, "shares": []}));
    assert_eq!(stage.opened(&unknown()).await.status, 404);
    // It counts from the next reload on, in both directions.
    stage.gateway.rig.reload(&format!("{LOCAL}{ON}"));
    let (path, _) = stage.shared(&id, json!({"prompts": 1})).await;
    assert_eq!(stage.opened(&path).await.status, 200);
    stage.gateway.rig.reload(LOCAL);
    assert_eq!(stage.opened(&path).await.status, 404);
    let listed = stage.listed(&stage.owner).await;
    assert_eq!(
        (&listed["enabled"], &listed["shares"][0]["opened"]),
        (&json!(false), &json!(1))
    );
}

#[tokio::test]
async fn a_link_shows_what_was_said_until_it_was_made_and_nothing_else() {
    let (stage, mut client, id) = said(&["One goose", "Two geese"]).await;
    let (path, _) = stage.shared(&id, json!({"prompts": 1, "days": 7})).await;
    let (both, _) = stage
        .shared(&id, json!({"prompts": 2, "with_name": true}))
        .await;
    client.submit(&id, "Three geese").await;
    client.event("message.complete").await;
    let page = stage.opened(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("One goose"));
    for other in ["Two geese", "Three geese", "parrot-1", "owner", "Shared by"] {
        assert!(!page.body.contains(other), "{other}: {}", page.body);
    }
    let page = stage.opened(&both).await.body;
    assert!(page.contains("Two geese") && !page.contains("Three geese"));
    let rows = stage.listed(&stage.owner).await["shares"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(
        (&rows[1]["title"], &rows[1]["opened"]),
        (&json!("One goose"), &json!(1))
    );
    assert_eq!(
        (&rows[0]["ends_at"], &rows[0]["session_id"]),
        (&Value::Null, &json!(id))
    );
    let days = rows[1]["ends_at"].as_f64().unwrap() - rows[1]["made_at"].as_f64().unwrap();
    assert_eq!(days, 7.0 * 86_400.0);
    for (body, what) in [
        (json!({"prompts": 4}), "not so many"),
        (json!({"prompts": 0}), "not so many"),
        (json!({"prompts": 1, "days": 0}), "1 to 365"),
        (json!({"prompts": 1, "days": 366}), "1 to 365"),
        (json!({"prompts": -1}), "invalid value"),
        (json!({}), "missing field"),
    ] {
        let refused = stage.share(&stage.owner, &id, body).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(what), "{}", refused.body);
    }
    // What is still being answered is not shared.
    client.submit(&id, "slowly four geese").await;
    let refused = stage.share(&stage.owner, &id, json!({"prompts": 4})).await;
    assert_eq!(refused.status, 422);
    stage.gateway.rig.parrot.say(3);
    client.event("message.complete").await;
}

#[tokio::test]
async fn why_an_answer_failed_is_not_shared() {
    let (stage, _, id) = said(&["refuse"]).await;
    let (path, _) = stage.shared(&id, json!({"prompts": 1})).await;
    let page = stage.opened(&path).await.body;
    assert!(page.contains("refuse"), "as far as it came: {page}");
    assert!(
        !page.contains("Testkit") && !page.contains("credential"),
        "{page}"
    );
}

#[tokio::test]
async fn wb1_wb2_what_is_shared_is_text_on_a_page_that_can_do_nothing() {
    let hostile = "<script>alert(1)</script>\" onload=x <img src=http://evil.test/x>";
    let (stage, _, id) = said(&[hostile]).await;
    let (path, _) = stage.shared(&id, json!({"prompts": 1})).await;
    let page = stage.opened(&path).await;
    for tag in ["<script", "<img src=http", "<a ", "<form"] {
        assert!(!page.body.contains(tag), "{tag}: {}", page.body);
    }
    assert!(page.body.contains("&#60;script&#62;"), "{}", page.body);
    for (name, value) in [
        ("x-robots-tag", "noindex, nofollow"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), value);
    }
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self';"));
    assert!(!policy.contains("script") && page.header("set-cookie").is_empty());
}

#[tokio::test]
async fn rz2_links_that_are_over_revoked_or_unknown_are_answered_alike() {
    let (stage, _, id) = said(&["Hello"]).await;
    let (over, _) = stage.shared(&id, json!({"prompts": 1, "days": 1})).await;
    let (revoked, share) = stage.shared(&id, json!({"prompts": 1})).await;
    let (gone, _) = stage.shared(&id, json!({"prompts": 1})).await;
    for path in [&over, &revoked, &gone] {
        assert_eq!(stage.opened(path).await.status, 200);
    }
    let answer = stage
        .revoke(&stage.owner, &format!("/api/shares/{share}"))
        .await;
    assert_eq!(answer.json(), json!({"ok": true}));
    stage.gateway.rig.clock.advance(DAY);
    assert_eq!(stage.opened(&gone).await.status, 200);
    let owner = stage.gateway.rig.open(UserId::owner()).await;
    let answer = stage.revoke(&owner, &format!("/api/sessions/{id}")).await;
    assert_eq!(answer.status, 200);
    let expected = stage.opened(&unknown()).await;
    assert_eq!(expected.status, 404);
    for path in [&over, &revoked, &gone] {
        let mut answer = stage.opened(path).await;
        assert_eq!((answer.status, &answer.body), (404, &expected.body));
        // Each request has its own number.
        answer.headers.remove("x-request-id");
        let mut headers = expected.headers.clone();
        headers.remove("x-request-id");
        assert_eq!(answer.headers, headers);
    }
}

#[tokio::test]
async fn rz2_only_whose_it_is_shares_lists_and_revokes() {
    let rig = Rig::owned(&format!("{LOCAL}{ON}")).await;
    let ann: UserId = "ann".parse().unwrap();
    rig.add(ann, Role::Member).await;
    let ann = rig.open(ann).await;
    let stage = Stage::over(rig).await;
    let mut client = stage.client().await;
    let id = client.create().await;
    client.submit(&id, "Hello").await;
    client.event("message.complete").await;
    let (path, share) = stage.shared(&id, json!({"prompts": 1})).await;
    let hers = stage.share(&ann, &id, json!({"prompts": 1})).await;
    let none = stage.share(&ann, "nobodys", json!({"prompts": 1})).await;
    assert_eq!((hers.status, &hers.body), (404, &none.body));
    let listed = stage.listed(&ann).await;
    assert_eq!(listed, json!({"enabled": true, "shares": []}));
    let path_of = |id: &str| format!("/api/shares/{id}");
    let hers = stage.revoke(&ann, &path_of(&share)).await;
    let none = stage.revoke(&ann, &path_of("nobodys")).await;
    assert_eq!((hers.status, &hers.body), (404, &none.body));
    let all = stage.revoke(&ann, routes::SHARES.path).await;
    assert_eq!(all.json(), json!({"revoked": 0}));
    assert_eq!(stage.opened(&path).await.status, 200);
    let all = stage.revoke(&stage.owner, routes::SHARES.path).await;
    assert_eq!(all.json(), json!({"revoked": 1}));
    assert_eq!(stage.opened(&path).await.status, 404);
}

#[tokio::test]
async fn sc1_lg1_lg3_the_value_of_a_link_is_nowhere_but_in_the_link() {
    let (stage, _, id) = said(&["Hello"]).await;
    let (path, share) = stage.shared(&id, json!({"prompts": 1})).await;
    let value = path.strip_prefix("/s/").unwrap().to_owned();
    assert_eq!(value.len(), 43, "256 bits");
    let listed = stage.listed(&stage.owner).await.to_string();
    assert!(listed.contains(&share) && !listed.contains(&value));
    // A foreign `Host` is noted with the path that was asked for.
    let foreign = Request::get(&path).header(header::HOST, "evil.test");
    let refused = stage.gateway.rig.ask(foreign, "").await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let answer = stage
        .revoke(&stage.owner, &format!("/api/shares/{share}"))
        .await;
    assert_eq!(answer.status, 200);
    let rig = stage.gateway.stop().await;
    let kept = rig.database();
    let found = |text: &str| kept.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!found(&value));
    let audited = rig.audited();
    assert!(!audited.contains(&value), "{audited}");
    let lines = audited
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let events: Vec<_> = lines
        .filter(|line: &Value| line["share"] == json!(share))
        .map(|line: Value| line["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["share_made", "share_revoked"]);
}

#[tokio::test]
async fn ds4_whoever_tries_links_out_has_to_wait() {
    let rig = Rig::owned(&format!("{LOCAL}{ON}")).await;
    for _ in 0..60 {
        assert_eq!(rig.get(&unknown(), "").await.status, 404);
    }
    let answer = rig.get(&unknown(), "").await;
    assert_eq!(answer.status, 429);
    assert!(answer.body.contains("Wait a minute"), "{}", answer.body);
    assert!(!answer.header("retry-after").is_empty());
    rig.clock.advance(Duration::from_secs(60));
    assert_eq!(rig.get(&unknown(), "").await.status, 404);
}
