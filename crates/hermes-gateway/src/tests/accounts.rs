//! Signing the gateway's host in to providers, from a client.

use std::time::Duration;

use hermes_errors::{Code, Failure};
use hermes_machine::{Clock as _, SystemClock};
use hermes_storage::{Role, UserId};
use http::Request;
use serde_json::{Value, json};

use super::rig::{Answer, LOCAL, Rig, get, json as json_to, post, signed};
use crate::sessions::Opened;

/// The most real time for anything; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(30);

const ALL: &str = "/api/providers/oauth";

struct Desk {
    rig: Rig,
    owner: Opened,
}

impl Desk {
    async fn new() -> Self {
        let rig = Rig::owned(LOCAL).await;
        let owner = rig.open(UserId::owner()).await;
        Self { rig, owner }
    }

    async fn ask(&self, request: http::request::Builder, body: &Value) -> Answer {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        self.rig.ask(signed(request, &self.owner), &body).await
    }

    async fn start(&self, provider: &str) -> Answer {
        let path = format!("{ALL}/{provider}/start");
        self.ask(post(&path), &Value::Null).await
    }

    /// Begins, and says under which id.
    async fn begin(&self, provider: &str) -> String {
        let answer = self.start(provider).await.json();
        answer["session_id"].as_str().unwrap().to_owned()
    }

    async fn paste(&self, id: &str, code: &str) -> Answer {
        let path = format!("{ALL}/pasted/submit");
        let body = json!({"session_id": id, "code": code});
        self.ask(json_to(&path), &body).await
    }

    async fn poll(&self, provider: &str, id: &str) -> Answer {
        let path = format!("{ALL}/{provider}/poll/{id}");
        self.ask(get(&path), &Value::Null).await
    }

    async fn delete(&self, path: &str) -> Answer {
        let request = Request::delete(format!("{ALL}/{path}"));
        self.ask(request, &Value::Null).await
    }

    /// What a poll says once the sign-in has ended.
    async fn ended(&self, provider: &str, id: &str) -> Value {
        let ended = async {
            loop {
                let answer = self.poll(provider, id).await.json();
                if answer["status"] != "pending" {
                    return answer;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            answer = ended => answer,
            () = SystemClock.sleep(PATIENCE) => panic!("it does not end"),
        }
    }
}

#[tokio::test]
async fn facts_4_the_shapes_are_those_that_clients_know() {
    let desk = Desk::new().await;
    let listed = desk.ask(get(ALL), &Value::Null).await.json();
    let typed = desk.start("typed").await;
    let pasted = desk.start("pasted").await;
    let (id, other) = (
        typed.json()["session_id"].clone(),
        pasted.json()["session_id"].clone(),
    );
    let polled = desk.poll("typed", id.as_str().unwrap()).await;
    assert!(desk.rig.clerk.end(Ok(())));
    let ended = desk.ended("typed", id.as_str().unwrap()).await;
    let refused = desk.paste(other.as_str().unwrap(), "canary-code").await;
    let approved = desk.paste(other.as_str().unwrap(), "good").await;
    let out = [desk.delete("typed").await, desk.delete("pasted").await];
    let mut shown = vec![serde_json::to_string_pretty(&listed).unwrap()];
    shown.extend([typed, pasted, polled].iter().map(Answer::shown));
    shown.push(ended.to_string());
    shown.extend([refused, approved].iter().map(Answer::shown));
    shown.extend(out.iter().map(Answer::shown));
    for provider in ["terminal", "down", "nobody"] {
        shown.push(desk.start(provider).await.shown());
    }
    let shown = shown.join("\n");
    assert!(!shown.contains("canary"), "what was pasted stays here");
    let shown = shown.replace(id.as_str().unwrap(), "ID1");
    insta::assert_snapshot!(shown.replace(other.as_str().unwrap(), "ID2"));
}

#[tokio::test]
async fn a_paste_that_is_not_the_answer_ends_nothing() {
    let desk = Desk::new().await;
    let id = desk.begin("pasted").await;
    for _ in 0..3 {
        let answer = desk.paste(&id, "something else").await.json();
        assert_eq!(
            (&answer["ok"], &answer["status"]),
            (&json!(false), &json!("error"))
        );
        assert_eq!(answer["message"], "this is not the answer");
        assert_eq!(desk.poll("pasted", &id).await.json()["status"], "pending");
    }
    assert_eq!(
        desk.paste(&id, "good").await.json(),
        json!({"ok": true, "status": "approved"})
    );
    let again = desk.paste(&id, "good").await.json();
    assert_eq!(
        again["status"], "approved",
        "a lost answer is asked for again"
    );
    let id = desk.begin("pasted").await;
    let declined = desk.paste(&id, "declined").await.json();
    assert_eq!(
        (&declined["status"], &declined["message"]),
        (&json!("denied"), &json!("Pasted said no"))
    );
}

#[tokio::test]
async fn a_sign_in_ends_as_its_provider_says() {
    let desk = Desk::new().await;
    for (code, status) in [
        (Code::Denied, "denied"),
        (Code::DeviceRefused, "denied"),
        (Code::DeviceTimeout, "expired"),
        (Code::ProviderTimeout, "error"),
    ] {
        let id = desk.begin("typed").await;
        let failure = Failure::new(code, "it has failed");
        assert!(desk.rig.clerk.end(Err(failure)));
        let ended = desk.ended("typed", &id).await;
        assert_eq!(
            (&ended["status"], &ended["error_message"]),
            (&json!(status), &json!("it has failed"))
        );
        let path = format!("{ALL}/typed/submit");
        let body = json!({"session_id": id, "code": "good"});
        let nothing = desk.ask(json_to(&path), &body).await.json();
        assert_eq!(nothing["ok"], false, "a code is typed elsewhere");
    }
}

#[tokio::test]
async fn of_two_sign_ins_the_newer_counts_and_each_can_be_given_up() {
    let desk = Desk::new().await;
    let older = desk.begin("typed").await;
    let newer = desk.begin("typed").await;
    assert_ne!(older, newer);
    let gone = r#"404 {"detail":"Session not found or expired"}"#;
    assert_eq!(desk.poll("typed", &older).await.shown(), gone);
    assert_eq!(
        desk.poll("pasted", &newer).await.shown(),
        gone,
        "of another provider"
    );
    assert_eq!(
        desk.delete(&format!("sessions/{older}")).await.shown(),
        gone
    );
    let given_up = desk.delete(&format!("sessions/{newer}")).await;
    assert_eq!(given_up.json(), json!({"ok": true}));
    assert_eq!(desk.poll("typed", &newer).await.shown(), gone);
    assert_eq!(desk.paste(&newer, "good").await.shown(), gone);
    let let_go = async {
        while desk.rig.clerk.waiting() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = let_go => {}
        () = SystemClock.sleep(PATIENCE) => panic!("somebody waits still"),
    }
}

#[tokio::test]
async fn one_credential_of_a_pool_is_tried_again_or_removed_and_the_others_stay() {
    let desk = Desk::new().await;
    let reset = post(&format!("{ALL}/pasted/a1b2c3/reset"));
    let reset = desk.ask(reset, &Value::Null).await;
    let pool = async || {
        let listed = desk.ask(get(ALL), &Value::Null).await.json();
        let pool = listed["providers"][1]["credentials"].clone();
        let pool = pool.as_array().unwrap().clone();
        let row = |it: &Value| format!("{} {}", it["id"], it["state"]).replace('"', "");
        pool.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        pool().await,
        ["a1b2c3 ready", "d4e5f6 ready", "070809 ready"]
    );
    let removed = desk.delete("pasted/a1b2c3").await;
    assert_eq!(pool().await, ["d4e5f6 ready", "070809 ready"]);
    let mut shown = vec![reset.shown(), removed.shown()];
    for path in [
        "pasted/a1b2c3",
        "pasted/070809",
        "nobody/d4e5f6",
        "down/d4e5f6",
    ] {
        shown.push(desk.delete(path).await.shown());
    }
    let gone = post(&format!("{ALL}/pasted/a1b2c3/reset"));
    shown.push(desk.ask(gone, &Value::Null).await.shown());
    assert_eq!(pool().await.len(), 2);
    insta::assert_snapshot!(shown.join("\n"));
    let audited = desk.rig.audited();
    for (reason, times) in [("credential_removed", 1), ("credential_reset", 1)] {
        assert_eq!(audited.matches(reason).count(), times, "{audited}");
    }
}

#[tokio::test]
async fn ds4_what_ended_is_forgotten_in_time() {
    let mut desk = Desk::new().await;
    let id = desk.begin("typed").await;
    assert!(desk.rig.clerk.end(Ok(())));
    desk.ended("typed", &id).await;
    desk.rig.clock.advance(Duration::from_secs(29 * 60));
    desk.owner = desk.rig.open(UserId::owner()).await;
    assert_eq!(desk.poll("typed", &id).await.status, 200);
    desk.rig.clock.advance(Duration::from_secs(61));
    assert_eq!(desk.poll("typed", &id).await.status, 404);
}

#[tokio::test]
async fn rz6_accounts_of_the_host_are_the_owners() {
    let desk = Desk::new().await;
    let ben: UserId = "ben".parse().unwrap();
    desk.rig.add(ben, Role::Member).await;
    let ben = desk.rig.open(ben).await;
    let id = desk.begin("pasted").await;
    for (request, body) in [
        (get(ALL), String::new()),
        (post(&format!("{ALL}/typed/start")), String::new()),
        (
            json_to(&format!("{ALL}/pasted/submit")),
            json!({"session_id": id, "code": "good"}).to_string(),
        ),
        (get(&format!("{ALL}/pasted/poll/{id}")), String::new()),
        (
            Request::delete(format!("{ALL}/sessions/{id}")),
            String::new(),
        ),
        (Request::delete(format!("{ALL}/pasted")), String::new()),
        (
            Request::delete(format!("{ALL}/pasted/d4e5f6")),
            String::new(),
        ),
        (post(&format!("{ALL}/pasted/a1b2c3/reset")), String::new()),
    ] {
        let answer = desk.rig.ask(signed(request, &ben), &body).await;
        assert_eq!(answer.shown(), r#"403 {"detail":"Forbidden"}"#);
    }
    assert_eq!(desk.poll("pasted", &id).await.json()["status"], "pending");
    let forged = signed(post(&format!("{ALL}/typed/start")), &desk.owner);
    let forged = forged.header("sec-fetch-site", "cross-site");
    assert_eq!(desk.rig.ask(forged, "").await.status, 403);
    let forged = signed(Request::delete(format!("{ALL}/pasted/d4e5f6")), &desk.owner);
    let forged = forged.header("sec-fetch-site", "cross-site");
    assert_eq!(desk.rig.ask(forged, "").await.status, 403);
    let pool = desk.ask(get(ALL), &Value::Null).await.json();
    let pool = pool["providers"][1]["credentials"].as_array().unwrap();
    assert_eq!((pool.len(), &pool[0]["state"]), (3, &json!("cooling_down")));
    for _ in 0..9 {
        assert_eq!(desk.start("typed").await.status, 200);
    }
    let one_more = desk.start("typed").await;
    assert_eq!(
        (one_more.status, one_more.header("retry-after")),
        (429, "60")
    );
    let audited = desk.rig.audited();
    let begun = audited.matches("sign_in_begun").count();
    assert_eq!(begun, 10, "{audited}");
}
