//! Rows of the security checklist that are about no single part.

use std::fmt::Write as _;

use hermes_protocol::{
    methods::Method,
    routes::{self, Access, Verb},
};
use hermes_storage::{ConversationId, Role, UserId};
use http::{Request, header};
use serde_json::{Value, json};

use super::device::ON;
use super::rig::{GATED, LOCAL, PASSWORD, Rig, TOKEN, get, json as json_to, post, signed};
use super::shares;
use super::stage::{Client, Stage};
use super::twins::keep;

/// One line of the audit log, as far as the test knows it beforehand.
pub(super) fn shown(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    assert!(line["ts"].as_str().unwrap().ends_with("+00:00"), "{line}");
    let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
    // The reasons of refused sockets are sentences.
    let words = [text("event"), text("ip"), text("user_id"), text("provider")];
    let session = match line["session"] {
        Value::Null => "-",
        _ => "session",
    };
    format!("{} {session} {}", words.join(" "), text("reason"))
}

#[tokio::test]
async fn lg3_one_action_one_line() {
    let rig = Rig::gated().await;
    let other = rig.signed_in("ada").await;
    let cookies = rig.signed_in("ada").await;
    let with = |request: http::request::Builder| request.header(header::COOKIE, &cookies);
    rig.sign_in("password", "ada", "another password").await;
    rig.sign_in("ldap", "ada", "another password").await;
    rig.ask(get("/api/auth/me"), "").await;
    rig.get("/api/auth/me", "hermes_session_at=nobody").await;
    let twice = "hermes_session_at=a; hermes_session_at=b";
    rig.get("/api/auth/me", twice).await;
    rig.ask(get("/api/status").header(header::HOST, "evil.test"), "")
        .await;
    let forged = |path| with(post(path)).header("sec-fetch-site", "cross-site");
    rig.ask(forged("/api/auth/ws-ticket"), "").await;
    rig.ask(forged("/auth/logout"), "").await;
    rig.ask(with(post("/api/auth/ws-ticket")), "").await;
    let body = format!(r#"{{"current":"wrong","new":"{PASSWORD} and more"}}"#);
    rig.ask(with(json_to("/api/auth/password")), &body).await;
    let body = format!(r#"{{"current":"{PASSWORD}","new":"{PASSWORD} and more"}}"#);
    rig.ask(with(json_to("/api/auth/password")), &body).await;
    rig.get("/api/auth/me", &other).await;
    rig.ask(with(post("/api/auth/sessions/end-others")), "")
        .await;
    rig.ask(with(post("/auth/logout")), "").await;
    let audited = rig.audited();
    let lines: Vec<_> = audited.lines().map(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    login_success 192.0.2.1 owner password session -
    login_success 192.0.2.1 owner password session -
    login_failure 192.0.2.1 - password - invalid_credentials
    login_failure 192.0.2.1 - ldap - unknown_password_provider
    missing_credential 192.0.2.1 - - - no_cookie
    session_verify_failure 192.0.2.1 - - - no_such_session
    session_verify_failure 192.0.2.1 - - - cookie_twice
    request_refused 192.0.2.1 - - - host_not_allowed
    request_refused 192.0.2.1 - - - forged
    request_refused 192.0.2.1 - - - forged
    ws_ticket_minted 192.0.2.1 owner password session -
    user_changed 192.0.2.1 owner - session invalid_credentials
    user_changed 192.0.2.1 owner - session password_set
    session_verify_failure 192.0.2.1 - - - no_such_session
    revoke 192.0.2.1 owner - session -
    logout 192.0.2.1 owner password session -
    ");
}

#[tokio::test]
async fn px5_no_header_changes_path_method_or_person() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    for name in ["x-original-url", "x-rewrite-url", "x-forwarded-uri"] {
        // From the trusted proxy itself, which could mean it.
        for (path, claimed, status) in [
            ("/api/auth/me", "/api/status", 401),
            ("/api/status", "/api/auth/me", 200),
        ] {
            let request = get(path).header(name, claimed);
            let answer = rig.ask_from("10.0.0.1", request, "").await;
            assert_eq!(answer.status, status, "{path} {name}");
        }
    }
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        let request = get("/auth/logout?_method=POST").header(name, "POST");
        let request = request.header(header::COOKIE, &cookies);
        assert_eq!(rig.ask(request, "").await.status, 405, "{name}");
    }
    for name in [
        "remote-user",
        "x-forwarded-user",
        "x-forwarded-email",
        "x-auth-request-user",
        "x-remote-user",
        "x-hermes-role",
    ] {
        let request = get("/api/auth/me").header(name, "owner");
        let answer = rig.ask_from("10.0.0.1", request, "").await;
        assert_eq!(answer.status, 401, "{name}");
    }
    assert_eq!(rig.get("/api/auth/me", &cookies).await.status, 200);
}

/// The status of every route that needs somebody, asked with this credential.
async fn statuses(rig: &Rig, name: &str, value: &str) -> Vec<(&'static str, u16)> {
    let mut statuses = Vec::new();
    for (route, it) in routes::ALL {
        // Ending the other sessions would end those of the next credential, and how somebody signs in
        // is changed in the browser in which they have just done it (PK5).
        let skipped = ["SESSIONS_END_OTHERS", "PASSKEY_START", "PASSKEY_REMOVE"];
        let needs_somebody = matches!(it.access, Access::SignedIn | Access::Owner);
        if !needs_somebody || skipped.contains(route) {
            continue;
        }
        let path = it.path.replace("{id}", "nobodys");
        let path = path.replace("{session}", "nobodys");
        let path = path.replace("{credential}", "nobodys");
        let request = Request::builder().method(it.verb.as_str()).uri(path);
        let answer = rig.ask(request.header(name, value), "").await;
        statuses.push((*route, answer.status));
    }
    statuses
}

/// An object of ann's, of the kind that this route is about.
async fn anns(rig: &Rig, it: &routes::Route) -> String {
    let ann: UserId = "ann".parse().unwrap();
    if it.path == routes::SHARE_REVOKE.path {
        let id = ConversationId::new(&*rig.gateway.ports.random);
        let kept = keep(rig, id.as_str(), ann).await;
        shares::keep(rig, kept).await.to_string()
    } else if it.path.starts_with(routes::CONVERSATIONS.path) {
        let id = ConversationId::new(&*rig.gateway.ports.random);
        keep(rig, id.as_str(), ann).await.to_string()
    } else {
        rig.open(ann).await.live.session.to_string()
    }
}

/// What a route answers somebody: nobody at all, or the holder of this session. Where it has an
/// object, that is one of ann's.
async fn answered(rig: &Rig, it: &routes::Route, who: Option<UserId>) -> u16 {
    let path = it.path.replace("{id}", &anns(rig, it).await);
    let path = path.replace("{session}", "nobodys");
    let path = path.replace("{credential}", "nobodys");
    let body = match (it.verb, it.path) {
        (Verb::Patch, path) if path == routes::CONVERSATION.path => r#"{"archived":true}"#,
        (Verb::Patch, _) => r#"{"name":"desk"}"#,
        (Verb::Post, path) if path == routes::SHARE_MAKE.path => r#"{"prompts":1}"#,
        (Verb::Post, path) if path == routes::ACCOUNT_SUBMIT.path => {
            r#"{"session_id":"nobodys","code":"x"}"#
        }
        (Verb::Post, path) if path.starts_with(routes::STRANGERS.path) => {
            r#"{"identity":"nobodys"}"#
        }
        _ => "",
    };
    let mut request = Request::builder().method(it.verb.as_str()).uri(path);
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let request = match who {
        Some(user) => signed(request, &rig.open(user).await),
        None => request,
    };
    rig.ask(request, body).await.status
}

#[tokio::test]
async fn rz1_every_route_answers_each_person_as_the_matrix_says() {
    let rig = Rig::owned(&format!("{LOCAL}{ON}{}", shares::ON)).await;
    let people: [UserId; 3] = ["ben", "ann", "owner"].map(|id| id.parse().unwrap());
    for id in &people[..2] {
        rig.add(*id, Role::Member).await;
    }
    let mut matrix = format!("{:72} nobody ben ann owner", "");
    for (_, it) in routes::ALL {
        let declared = format!("{:?} {:?}", it.access, it.object);
        let _ = write!(
            matrix,
            "\n{:6} {:47} {declared:17}",
            it.verb.as_str(),
            it.path
        );
        for who in std::iter::once(None).chain(people.map(Some)) {
            let _ = write!(matrix, " {}", answered(&rig, it, who).await);
        }
    }
    insta::assert_snapshot!(matrix);
}

/// A method answers its own object to whom it belongs, what is the asker's own to everybody, and what is
/// the owner's or the host's to nobody else. Nobody at all has no socket to ask at.
#[tokio::test]
async fn rz1_every_method_answers_each_person_as_the_matrix_says() {
    let rig = Rig::owned(LOCAL).await;
    let people: [UserId; 3] = ["ben", "ann", "owner"].map(|id| id.parse().unwrap());
    for id in &people[..2] {
        rig.add(*id, Role::Member).await;
    }
    let stage = Stage::over(rig).await;
    let rig = &stage.gateway.rig;
    let mut columns = Vec::new();
    for who in people {
        let mut client = stage.client_of(&rig.open(who).await).await;
        columns.push(called(rig, &mut client).await);
    }
    let mut matrix = format!("{:24} {:28} {:17} ben ann owner", "", "", "");
    for (row, method) in Method::ALL.iter().enumerate() {
        let spec = method.spec();
        let (access, object) = (format!("{:?}", spec.access), format!("{:?}", spec.object));
        let _ = write!(matrix, "\n{:24} {access:28} {object:17}", spec.name);
        for column in &columns {
            let _ = write!(matrix, " {}", column[row]);
        }
    }
    insta::assert_snapshot!(matrix);
}

/// What each method answers this client: `ok`, or the number of the error. Where it names a conversation,
/// that is one of ann's.
async fn called(rig: &Rig, client: &mut Client) -> Vec<String> {
    let mut called = Vec::new();
    for method in Method::ALL {
        let id = ConversationId::new(&*rig.gateway.ports.random);
        let id = keep(rig, id.as_str(), "ann".parse().unwrap()).await;
        let id = id.to_string();
        let params = json!({"session_id": id, "text": "x", "last_seen": 0, "key": "full"});
        called.push(match client.ask(method.spec().name, params).await {
            Ok(_) => "ok".to_owned(),
            Err((code, _)) => code.to_string(),
        });
    }
    called
}

#[tokio::test]
async fn rz3_a_ticket_has_the_rights_of_whoever_asked_for_it() {
    let rig = Rig::owned(LOCAL).await;
    let ann: UserId = "ann".parse().unwrap();
    rig.add(ann, Role::Member).await;
    let stage = Stage::over(rig).await;
    let rig = &stage.gateway.rig;
    let mut rights = Vec::new();
    for user in [ann, UserId::owner()] {
        let mut by_cookie = stage.client_of(&rig.open(user).await).await;
        let app = rig.open_app(user).await;
        let bearer = format!("Bearer {}", app.access.value.expose());
        let asked = post("/api/auth/ws-ticket").header("authorization", bearer);
        let ticket = rig.ask(asked, "").await.json()["ticket"].clone();
        let mut by_token = stage.client_by(ticket.as_str().unwrap()).await;
        let by_cookie = called(rig, &mut by_cookie).await;
        assert_eq!(by_cookie, called(rig, &mut by_token).await);
        rights.push(by_cookie);
    }
    assert_ne!(rights[0], rights[1], "what is ann's is not the owner's");
}

#[tokio::test]
async fn rz3_every_kind_of_credential_leads_to_the_same_rights() {
    let rig = Rig::owned(LOCAL).await;
    rig.add("ann".parse().unwrap(), Role::Member).await;
    for user in [UserId::owner(), "ann".parse().unwrap()] {
        let opened = rig.open(user).await;
        let short = format!("hermes_session_at={}", opened.access.value.expose());
        let long = format!("hermes_session_rt={}", opened.long_lived.expose());
        let by_short = statuses(&rig, "cookie", &short).await;
        assert!(
            by_short.iter().all(|(_, status)| *status != 401),
            "{by_short:?}"
        );
        assert_eq!(by_short, statuses(&rig, "cookie", &long).await);
        let app = rig.open_app(user).await;
        let bearer = format!("bearer {}", app.access.value.expose());
        assert_eq!(by_short, statuses(&rig, "authorization", &bearer).await);
        // The token of another mode is nothing here.
        for (name, value) in [
            ("x-hermes-session-token", TOKEN.to_owned()),
            ("authorization", format!("Bearer {TOKEN}")),
            (
                "authorization",
                format!("Bearer {}", opened.access.value.expose()),
            ),
        ] {
            let others = statuses(&rig, name, &value).await;
            assert!(
                others.iter().all(|(_, status)| *status == 401),
                "{others:?}"
            );
        }
    }
    let rig = Rig::with("").await;
    let link = rig.gateway.new_link().unwrap();
    let body = serde_json::json!({ "secret": link.expose() }).to_string();
    let browser = rig.ask(json_to("/auth/open"), &body).await.cookies();
    let by_header = statuses(&rig, "x-hermes-session-token", TOKEN).await;
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(by_header, statuses(&rig, "authorization", &bearer).await);
    assert_eq!(by_header, statuses(&rig, "cookie", &browser).await);
}

#[tokio::test]
async fn wb7_no_page_of_another_origin_reads_an_answer() {
    let settings = format!("{GATED}allowed_origins = [\"https://chat.example.com\"]\n");
    let rig = Rig::owned(&settings).await;
    let opened = rig.open(UserId::owner()).await;
    for origin in ["https://evil.example", "https://chat.example.com", "null"] {
        for method in [http::Method::GET, http::Method::OPTIONS] {
            for path in ["/api/status", "/api/auth/me", "/login", "/nothing"] {
                let request = Request::builder().method(&method).uri(path);
                let request = request
                    .header(header::ORIGIN, origin)
                    .header("access-control-request-method", "POST")
                    .header("access-control-request-private-network", "true");
                let answer = rig.ask(signed(request, &opened), "").await;
                let mut names = answer.headers.keys();
                let cors = names.find(|name| name.as_str().starts_with("access-control-"));
                assert_eq!(cors, None, "{method} {path} {origin}");
            }
        }
    }
}
