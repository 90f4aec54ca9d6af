//! Machines that are let in from elsewhere: their codes and what they get (checklist DV2, DV3, DV5,
//! DV6). What their person sees is in `device_page`.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use axum::body::Body;
use hermes_protocol::{close::Close, rest::DeviceToken};
use hermes_storage::{Role, SessionKind, TokenHash, UserId};
use http::header;
use serde_json::{Value, json};

use super::{
    app::{Tokens, query},
    rig::{Answer, GATED, Rig, form, get, json as json_body, post},
};
use crate::Front;

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// Turns device approval on.
pub(super) const ON: &str = "[gateway.device]\nenabled = true\n";

/// Where the machine is.
pub(super) const MACHINE: &str = "198.51.100.7";

/// The codes of a machine.
pub(super) struct Codes {
    pub(super) device: String,
    pub(super) user: String,
}

impl Codes {
    pub(super) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            device: text("device_code"),
            user: text("user_code"),
        }
    }
}

/// What a good machine says of itself.
fn machine() -> Value {
    json!({ "client_id": "hermes-cli", "device": "build-7" })
}

impl Rig {
    /// A gateway with device approval, whose owner signs in as `ada`.
    pub(super) async fn with_devices() -> Self {
        let rig = Self::gated().await;
        rig.reload(&format!("{GATED}{ON}"));
        rig
    }

    /// Asks for codes, from this address.
    pub(super) async fn starts(&self, peer: &str) -> Answer {
        let request = json_body("/auth/device/code");
        self.ask_from(peer, request, machine().to_string()).await
    }

    /// The codes of the machine.
    pub(super) async fn codes(&self) -> Codes {
        Codes::of(&self.starts(MACHINE).await)
    }

    /// Polls as the machine.
    pub(super) async fn polls(&self, codes: &Codes) -> Answer {
        self.polls_as(MACHINE, &codes.device, Some("hermes-cli"))
            .await
    }

    async fn polls_as(&self, peer: &str, code: &str, client_id: Option<&str>) -> Answer {
        let body = json!({
            "grant_type": DeviceToken::GRANT_TYPE, "device_code": code, "client_id": client_id,
        });
        let request = json_body("/auth/device/token");
        self.ask_from(peer, request, body.to_string()).await
    }

    /// A machine that this person has let in.
    pub(super) async fn machine(&self, cookies: &str) -> Tokens {
        let codes = self.codes().await;
        let page = self.answers(cookies, &codes.user, "approve").await;
        assert_eq!(page.status, 200, "{}", page.body);
        Tokens::of(&self.polls(&codes).await)
    }
}

#[tokio::test]
async fn dv2_after_five_wrong_codes_the_right_one_fails_too() {
    let rig = Rig::with_devices().await;
    rig.add_login("ann", "ann", &rig.hash(super::rig::PASSWORD).await)
        .await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    // Codes that are right, and tries that are none, count for nothing.
    for _ in 0..10 {
        assert_eq!(rig.types(&cookies, &codes.user).await.status, 200);
    }
    for wrong in ["BCDF-GHJK", "BCDFGHJK", "", "BCDF-GHJL", "1234-5678"] {
        let page = rig.types(&cookies, wrong).await;
        assert_eq!(page.status, 404, "{wrong}");
        assert!(page.body.contains("No machine waits for this code"));
    }
    let sixth = rig.types(&cookies, &codes.user).await;
    assert_eq!((sixth.status, sixth.header("retry-after")), (429, "600"));
    let decided = rig.answers(&cookies, &codes.user, "approve").await;
    assert_eq!(decided.status, 429);
    // From another address and in another browser it is still the same person.
    let again = rig.signed_in("ada").await;
    let elsewhere = rig.types_from("203.0.113.9", &again, &codes.user, None);
    assert_eq!(elsewhere.await.status, 429);
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "authorization_pending"
    );
    // Others are not concerned.
    let ann = rig.signed_in("ann").await;
    assert_eq!(rig.types(&ann, &codes.user).await.status, 200);
    // When codes count again, what could have been guessed is gone.
    rig.clock.advance(MINUTE * 10);
    let cookies = rig.signed_in("ada").await;
    assert_eq!(rig.types(&cookies, &codes.user).await.status, 404);
    assert_eq!(rig.polls(&codes).await.json()["error"], "expired_token");
    let fresh = rig.codes().await;
    assert_eq!(rig.types(&cookies, &fresh.user).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dv2_of_a_hundred_guesses_at_once_five_are_looked_at() {
    let rig = Arc::new(Rig::with_devices().await);
    let cookies = rig.signed_in("ada").await;
    let session = rig.shown_session(&cookies).await;
    let guessing: Vec<_> = (0..100)
        .map(|n| {
            let (rig, cookies, session) = (Arc::clone(&rig), cookies.clone(), session.clone());
            let letter = char::from(b"BCDFGHJKLM"[n % 10]);
            let code = format!("BCDF-GHJ{letter}");
            tokio::spawn(async move { rig.sends(&cookies, &code, &session, None).await.status })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guessing {
        match guess.await.unwrap() {
            404 => looked_at += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(looked_at, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dv3_of_a_hundred_polls_after_the_yes_one_gets_tokens() {
    let rig = Arc::new(Rig::with_devices().await);
    let cookies = rig.signed_in("ada").await;
    let codes = Arc::new(rig.codes().await);
    assert_eq!(
        rig.answers(&cookies, &codes.user, "approve").await.status,
        200
    );
    let polling: Vec<_> = (0..100)
        .map(|_| {
            let (rig, codes) = (Arc::clone(&rig), Arc::clone(&codes));
            tokio::spawn(async move { rig.polls(&codes).await })
        })
        .collect();
    let mut tokens = Vec::new();
    for poll in polling {
        let answer = poll.await.unwrap();
        match answer.status {
            200 => tokens.push(Tokens::of(&answer)),
            _ => assert_eq!(answer.json()["error"], "invalid_grant"),
        }
    }
    let [tokens] = &tokens[..] else {
        panic!("{} succeeded", tokens.len());
    };
    assert_eq!(rig.opens(&tokens.access).await, 200);
    let next = Tokens::of(&rig.refresh(&tokens.refresh).await);
    assert_eq!(rig.opens(&next.access).await, 200);
    let list = rig.get("/api/auth/sessions", &cookies).await.json();
    assert_eq!(list["sessions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn dv3_the_answers_to_a_machine() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let started = rig.starts(MACHINE).await;
    let codes = Codes::of(&started);
    assert_eq!(codes.device.len(), 43, "256 bits");
    let shown = started.body.replace(&codes.device, "D");
    let shown = shown.replace(&codes.user, "U");
    insta::assert_snapshot!(shown, @r#"{"device_code":"D","user_code":"U","verification_uri":"http://gw.example.com/device","verification_uri_complete":"http://gw.example.com/device?user_code=U","expires_in":600,"interval":5}"#);
    assert_eq!(started.header("cache-control"), "no-store");
    let mut answers = Vec::new();
    for (wait, what) in [
        (0, "at once"),
        (4, "too soon"),
        (9, "too soon for the longer interval"),
        (15, "in time"),
    ] {
        rig.clock.advance(SECOND * wait);
        answers.push(format!("{what}: {}", rig.polls(&codes).await.shown()));
    }
    let bad = [
        (
            "another program",
            rig.polls_as(MACHINE, &codes.device, Some("curl")).await,
        ),
        (
            "no program",
            rig.polls_as(MACHINE, &codes.device, None).await,
        ),
        (
            "another address",
            rig.polls_as("203.0.113.9", &codes.device, Some("hermes-cli"))
                .await,
        ),
        (
            "another code",
            rig.polls_as(MACHINE, "canary", Some("hermes-cli")).await,
        ),
    ];
    for (what, answer) in bad {
        answers.push(format!("{what}: {}", answer.shown()));
    }
    rig.answers(&cookies, &codes.user, "decline").await;
    answers.push(format!("declined: {}", rig.polls(&codes).await.shown()));
    let late = rig.codes().await;
    rig.clock.advance(MINUTE * 10);
    answers.push(format!("late: {}", rig.polls(&late).await.shown()));
    insta::assert_snapshot!(answers.join("\n"), @r#"
    at once: 400 {"error":"authorization_pending","detail":"The code is not approved yet"}
    too soon: 400 {"error":"slow_down","detail":"Wait five seconds more between polls, from now on"}
    too soon for the longer interval: 400 {"error":"slow_down","detail":"Wait five seconds more between polls, from now on"}
    in time: 400 {"error":"authorization_pending","detail":"The code is not approved yet"}
    another program: 400 {"error":"invalid_grant","detail":"The code is not good: begin the sign-in again"}
    no program: 400 {"error":"invalid_grant","detail":"The code is not good: begin the sign-in again"}
    another address: 400 {"error":"invalid_grant","detail":"The code is not good: begin the sign-in again"}
    another code: 400 {"error":"invalid_grant","detail":"The code is not good: begin the sign-in again"}
    declined: 400 {"error":"access_denied","detail":"The code was declined"}
    late: 400 {"error":"expired_token","detail":"The code was not approved in time: ask for another one"}
    "#);
}

#[tokio::test]
async fn dv3_a_machine_may_send_a_form_and_nothing_odd() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let form =
        |path: &str| post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    // As a library of OAuth sends it: with a scope, and no name of the machine.
    let asks = query(&[("client_id", "cli"), ("scope", "openid")]);
    let answer = rig.ask_from(MACHINE, form("/auth/device/code"), asks).await;
    let codes = Codes::of(&answer);
    rig.answers(&cookies, &codes.user, "approve").await;
    let mut answers = Vec::new();
    for pairs in [
        [
            ("grant_type", "authorization_code"),
            ("device_code", codes.device.as_str()),
        ],
        [
            ("grant_type", DeviceToken::GRANT_TYPE),
            ("code", codes.device.as_str()),
        ],
        [
            ("device_code", codes.device.as_str()),
            ("device_code", codes.device.as_str()),
        ],
    ] {
        let body = query(&pairs);
        let answer = rig
            .ask_from(MACHINE, form("/auth/device/token"), body)
            .await;
        answers.push(answer.shown());
    }
    let text = post("/auth/device/code").header(header::CONTENT_TYPE, "text/plain");
    answers.push(rig.ask_from(MACHINE, text, "client_id=x").await.shown());
    let long = format!(r#"{{"client_id":"{}"}}"#, "x".repeat(10_000));
    let long = rig.ask_from(MACHINE, json_body("/auth/device/code"), long);
    answers.push(long.await.shown());
    insta::assert_snapshot!(answers.join("\n"), @r#"
    400 {"error":"unsupported_grant_type","detail":"`grant_type` must be `urn:ietf:params:oauth:grant-type:device_code`"}
    400 {"error":"invalid_request","detail":"the body must be a form or JSON, with `grant_type` and `device_code` once"}
    400 {"error":"invalid_request","detail":"the body must be a form or JSON, with `grant_type` and `device_code` once"}
    400 {"error":"invalid_request","detail":"the body must be a form or JSON, with each name once"}
    400 {"error":"invalid_request","detail":"the body must be a form or JSON, with each name once"}
    "#);
    let body = query(&[
        ("grant_type", DeviceToken::GRANT_TYPE),
        ("device_code", &codes.device),
        ("client_id", "cli"),
    ]);
    let answer = rig
        .ask_from(MACHINE, form("/auth/device/token"), body)
        .await;
    let tokens = Tokens::of(&answer);
    assert_eq!(answer.json()["expires_in"], 900);
    assert_eq!(rig.opens(&tokens.access).await, 200);
}

#[tokio::test]
async fn dv5_what_is_let_in_is_no_owner_even_if_the_owner_does() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let app = rig.app(&cookies).await;
    let tokens = rig.machine(&cookies).await;
    let live = async |access: &str| {
        let found = rig.gateway.sessions.by_access(access, SessionKind::App);
        found.await.unwrap().unwrap()
    };
    let (own, lent) = (live(&app.access).await, live(&tokens.access).await);
    assert_eq!((own.user, own.role), (UserId::owner(), Role::Owner));
    assert_eq!((lent.user, lent.role), (UserId::owner(), Role::Member));
    // Neither a refresh, nor an empty cache, nor a look at what storage says gives it more.
    let next = Tokens::of(&rig.refresh(&tokens.refresh).await);
    rig.gateway.sessions.forget_values();
    drop(lent);
    rig.gateway.sessions.recheck().await.unwrap();
    assert_eq!(live(&next.access).await.role, Role::Member);
    assert_eq!(rig.opens(&next.access).await, 200, "and it goes on");
    // It lets nobody else in: approving takes a browser.
    let codes = rig.codes().await;
    let request = form("/device").header(header::AUTHORIZATION, format!("Bearer {}", next.access));
    let body = query(&[
        ("user_code", &codes.user),
        ("session", "x"),
        ("decision", "approve"),
    ]);
    assert_eq!(rig.ask(request, &body).await.status, 302);
    let home = rig.get("/account", &cookies).await.body;
    assert!(
        home.contains("App · a user&#39;s rights · hermes-cli"),
        "{home}"
    );
}

#[tokio::test]
async fn dv5_what_is_let_in_ends_within_a_day_however_busy() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let mut tokens = rig.machine(&cookies).await;
    for _ in 0..23 {
        rig.clock.advance(MINUTE * 60);
        tokens = Tokens::of(&rig.refresh(&tokens.refresh).await);
        assert_eq!(rig.opens(&tokens.access).await, 200);
    }
    rig.clock.advance(MINUTE * 59);
    let last = rig.refresh(&tokens.refresh).await;
    assert_eq!(last.json()["expires_in"], 60, "no longer than the session");
    let tokens = Tokens::of(&last);
    rig.clock.advance(MINUTE);
    assert_eq!(rig.opens(&tokens.access).await, 401);
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 401);
    let rest = rig.get("/api/auth/sessions", &cookies).await.json();
    assert_eq!(rest["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn dv5_what_is_let_in_is_listed_with_its_origin_and_ends_with_its_sockets() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.machine(&cookies).await;
    let found = rig
        .gateway
        .sessions
        .by_access(&tokens.access, SessionKind::App);
    let live = found.await.unwrap().unwrap();
    let list = rig.get("/api/auth/sessions", &cookies).await.json();
    let rows = list["sessions"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == live.session.as_str());
    let row = row.unwrap();
    let shown = ["kind", "name", "user_agent", "address", "provider"].map(|name| &row[name]);
    assert_eq!(shown, ["app", "build-7", "hermes-cli", MACHINE, "password"]);
    let lasts = row["expires_at"].as_u64().unwrap() - row["created_at"].as_u64().unwrap();
    assert_eq!(lasts, 24 * 60 * 60);
    let ticket = rig.ticket_of(&tokens.access).await;
    let path = format!("/api/auth/sessions/{}", live.session);
    let request = http::Request::delete(path).header(header::COOKIE, &cookies);
    assert_eq!(rig.ask(request, "").await.status, 204);
    // In the moment of the answer, not a second later: no clock has moved.
    assert_eq!(live.over().await, Close::SessionEnded);
    assert_eq!(rig.opens(&tokens.access).await, 401);
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 401);
    let now = rig.gateway.ports.clock.now();
    let tickets = &rig.gateway.ports.tickets;
    let taken = tickets.take(&TokenHash::of(&ticket), None, now).await;
    assert!(taken.is_err(), "its tickets are gone too");
}

#[tokio::test]
async fn dv5_a_yes_counts_while_its_person_is_there() {
    let rig = Rig::with_devices().await;
    for leave in ["signs out", "is disabled"] {
        let cookies = rig.signed_in("ada").await;
        let codes = rig.codes().await;
        assert_eq!(
            rig.answers(&cookies, &codes.user, "approve").await.status,
            200
        );
        match leave {
            "signs out" => {
                rig.ask(form("/auth/logout").header(header::COOKIE, &cookies), "")
                    .await;
            }
            _ => {
                let users = rig.storage.users();
                users.set_disabled(UserId::owner(), true).await.unwrap();
            }
        }
        let answer = rig.polls(&codes).await;
        assert_eq!(answer.json()["error"], "invalid_grant", "{leave}");
    }
}

#[tokio::test]
async fn dv6_ten_thousand_starts_leave_an_older_code_alone() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    let mut taken = 0;
    // From one address in a minute, and then from many.
    for _ in 0..100 {
        let answer = rig.starts("203.0.113.9").await;
        match answer.status {
            200 => taken += 1,
            status => assert_eq!((status, answer.header("retry-after")), (429, "60")),
        }
    }
    assert_eq!(taken, 10);
    // One front for all of them: to make one takes longer than a start.
    let front = Front::new(Arc::clone(&rig.gateway));
    let starts = async |peer: IpAddr| {
        let request = json_body("/auth/device/code").header(header::HOST, "gw.example.com");
        let request = request.body(Body::from(machine().to_string())).unwrap();
        front.answer(peer, request).await.status().as_u16()
    };
    for n in 0..9_900_u32 {
        if n % 1_100 == 0 {
            rig.clock.advance(MINUTE);
        }
        match starts(IpAddr::from(Ipv4Addr::from_bits(0x0a01_0000 + n))).await {
            200 => taken += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert!((400..512).contains(&taken), "{taken}");
    let cookies = match rig.types(&cookies, &codes.user).await.status {
        200 => cookies,
        _ => rig.signed_in("ada").await,
    };
    let page = rig.answers(&cookies, &codes.user, "approve").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let tokens = Tokens::of(&rig.polls(&codes).await);
    assert_eq!(rig.opens(&tokens.access).await, 200);
}

#[tokio::test]
async fn dv6_who_guesses_device_codes_keeps_no_machine_from_its_own() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    let mut refused = 0;
    for n in 0..200 {
        let answer = rig.polls_as(MACHINE, &format!("guess-{n}"), None).await;
        match answer.status {
            429 => refused += 1,
            _ => assert_eq!(answer.json()["error"], "invalid_grant"),
        }
    }
    assert_eq!(refused, 80);
    rig.answers(&cookies, &codes.user, "approve").await;
    Tokens::of(&rig.polls(&codes).await);
}

#[tokio::test]
async fn facts_1_5_status_advertises_it_where_it_is_on() {
    let rig = Rig::gated().await;
    let flows = async || rig.get("/api/status", "").await.json()["auth_flows"].clone();
    let cookies = rig.signed_in("ada").await;
    assert_eq!(flows().await, json!(["password", "native_loopback"]));
    insta::assert_snapshot!(rig.starts(MACHINE).await.shown(), @r#"400 {"error":"unsupported_grant_type","detail":"Device approval is off: `gateway.device.enabled` turns it on"}"#);
    rig.reload(&format!("{GATED}{ON}"));
    let on = json!(["password", "native_loopback", "device_code"]);
    assert_eq!(flows().await, on);
    let codes = rig.codes().await;
    rig.reload(GATED);
    // What was begun is worth nothing while it is off.
    let page = rig
        .sends(&cookies, &codes.user, "any", Some("approve"))
        .await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("gateway.device.enabled turns it on"));
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "unsupported_grant_type"
    );
    for settings in ["", GATED] {
        let other = Rig::with(&format!("{settings}{ON}")).await;
        let answer = other.starts(MACHINE).await;
        let expected = if settings.is_empty() { 400 } else { 503 };
        assert_eq!(answer.status, expected, "{}", answer.body);
        let page = other.ask(get("/device"), "").await;
        assert_eq!(page.status, expected, "{}", page.body);
    }
}
