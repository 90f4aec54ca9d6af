use std::{convert::Infallible, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use hermes_storage::{Role, UserId};
use http::{Method, Request, header};

use super::rig::{LOCAL, ONE, Rig, TOKEN, get, json, post, public, signed};

#[tokio::test]
async fn facts_1_7_what_is_answered_without_a_credential() {
    let rig = Rig::owned(LOCAL).await;
    let api = rig.ask(get("/api/auth/me"), "").await;
    assert_eq!(api.status, 401);
    insta::assert_snapshot!(api.body, @r#"{"error":"unauthenticated","detail":"Unauthorized","reason":"no_cookie","login_url":"/login"}"#);
    let stale = get("/api/auth/me").header(header::COOKIE, "hermes_session_at=nobody");
    let stale = rig.ask(stale, "").await;
    assert_eq!(stale.status, 401);
    insta::assert_snapshot!(stale.body, @r#"{"error":"session_expired","detail":"Unauthorized","reason":"invalid_or_expired_session","login_url":"/login"}"#);
    let forgets = stale.set_cookies();
    assert!(
        forgets
            .iter()
            .any(|line| line.starts_with("hermes_session_at=; Max-Age=0"))
    );
    let page = rig.ask(get("/chat?x=1"), "").await;
    assert_eq!(page.status, 302);
    assert_eq!(page.header("location"), ("/login?next=%2Fchat%3Fx%3D1"));
    let unknown = rig.ask(get("/api/x"), "").await;
    assert_eq!(unknown.status, 401, "whoever is nobody learns no routes");
}

#[tokio::test]
async fn ds1_a_body_that_never_ends_is_let_go() {
    let rig = Rig::owned(LOCAL).await;
    let slow = json("/auth/password-login").header(header::CONTENT_LENGTH, "100");
    let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let (answer, ()) = tokio::join!(rig.ask_from("192.0.2.1", slow, body), async {
        rig.clock.until_sleeping(1).await;
        rig.clock.advance(Duration::from_secs(30));
    });
    assert_eq!(answer.status, 408);
}

#[tokio::test]
async fn facts_1_7_token_mode() {
    let rig = Rig::with("").await;
    let bare = rig.ask(get("/api/auth/sessions"), "").await;
    assert_eq!(
        (bare.status, bare.body.as_str()),
        (401, r#"{"detail":"Unauthorized"}"#)
    );
    for (name, value, status) in [
        ("x-hermes-session-token", TOKEN, 200),
        ("authorization", &format!("Bearer {TOKEN}"), 200),
        ("x-hermes-session-token", "another", 401),
    ] {
        let answer = rig
            .ask(get("/api/auth/sessions").header(name, value), "")
            .await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let token = ("x-hermes-session-token", TOKEN);
    let me = rig
        .ask(get("/api/auth/me").header(token.0, token.1), "")
        .await;
    assert_eq!(me.status, 401, "facts 1.6: nobody has signed in");
    let nothing = rig.ask(get("/api/x").header(token.0, token.1), "").await;
    assert_eq!(nothing.body, r#"{"detail":"No such API endpoint: /api/x"}"#);
    let proxied = get("/api/status").header("x-forwarded-for", "203.0.113.9");
    let proxied = rig.ask(proxied, "").await;
    assert_eq!(proxied.status, 403);
    assert!(
        proxied.body.contains("gateway.proxy.public_url"),
        "{}",
        proxied.body
    );
    let audited = rig.audited();
    assert!(!audited.contains(TOKEN) && audited.contains("token_auth_failure"));
}

#[tokio::test]
async fn ws11_a_page_without_a_credential_holds_no_token() {
    let rig = Rig::with("").await;
    let page = rig.ask(get("/"), "").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains(TOKEN));
    assert!(page.set_cookies().is_empty());
}

#[tokio::test]
async fn design_5_1_an_unclaimed_gateway_serves_its_status_alone() {
    let rig = Rig::with(LOCAL).await;
    assert_eq!(rig.ask(get("/api/status"), "").await.status, 200);
    assert_eq!(rig.ask(get("/healthz"), "").await.status, 200);
    for path in [
        "/",
        "/login",
        "/auth/login?provider=x",
        "/api/auth/me",
        "/api/auth/providers",
    ] {
        let answer = rig.ask(get(path), "").await;
        assert_eq!(answer.status, 503, "{path}");
    }
    // The owner is made by another program, and seen without a restart.
    rig.add(UserId::owner(), Role::Owner).await;
    rig.gateway.look_for_owner().await.unwrap();
    assert_eq!(rig.ask(get("/api/auth/me"), "").await.status, 401);
}

#[tokio::test]
async fn px4_the_host_comes_first_and_the_refusal_names_the_key() {
    let rig = Rig::owned(LOCAL).await;
    for path in ["/api/status", "/api/auth/me", "/", "/nothing"] {
        let answer = rig
            .ask(get(path).header(header::HOST, "evil.test"), "")
            .await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.body.contains("gateway.proxy.allowed_hosts"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn facts_1_14_the_long_lived_value_alone_is_served_and_renewed() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let long = format!("hermes_session_rt={}", opened.long_lived.expose());
    let ticket = rig
        .ask(
            post("/api/auth/ws-ticket").header(header::COOKIE, &long),
            "",
        )
        .await;
    assert_eq!(ticket.status, 200, "{}", ticket.body);
    let set = ticket.set_cookies();
    assert_eq!(set.len(), 2, "{set:?}");
    let short = set[0].split(';').next().unwrap().to_owned();
    assert!(short.starts_with("hermes_session_at="));
    assert!(set[1].starts_with(&long), "the long-lived value stays");
    let me = rig
        .ask(get("/api/auth/me").header(header::COOKIE, short), "")
        .await;
    assert_eq!(me.status, 200);
    assert!(
        me.set_cookies().is_empty(),
        "a good short-lived value is not renewed"
    );
}

#[tokio::test]
async fn sc4_a_browser_over_https_is_held_to_the_prefixed_name() {
    let rig = Rig::owned(&public("https://gw.example.com")).await;
    let opened = rig.open(UserId::owner()).await;
    let value = opened.access.value.expose();
    for (cookie, browser, status) in [
        (format!("__Host-hermes_session_at={value}"), true, 200),
        (format!("hermes_session_at={value}"), true, 401),
        (format!("hermes_session_at={value}"), false, 200),
        (
            format!("__Host-hermes_session_at={value}; __Host-hermes_session_at=x"),
            true,
            401,
        ),
    ] {
        let mut request = get("/api/auth/me")
            .header(header::HOST, "gw.example.com")
            .header(header::COOKIE, &cookie);
        if browser {
            request = request.header("sec-fetch-site", "same-origin");
        }
        let answer = rig.ask(request, "").await;
        assert_eq!(answer.status, status, "{cookie} {browser}");
    }
}

#[tokio::test]
async fn sc7_a_foreign_page_changes_nothing_with_a_persons_cookie() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let id = opened.live.session;
    let routes = [
        (Method::POST, "/api/auth/ws-ticket".to_owned()),
        (Method::POST, "/api/auth/sessions/end-others".to_owned()),
        (Method::PATCH, format!("/api/auth/sessions/{id}")),
        (Method::DELETE, format!("/api/auth/sessions/{id}")),
        (Method::POST, "/auth/logout".to_owned()),
    ];
    for (method, path) in &routes {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:1"),
        ] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(name, value);
            let answer = rig.ask(signed(request, &opened), "").await;
            assert_eq!(answer.status, 403, "{method} {path} {name}: {value}");
        }
    }
    let me = rig.ask(signed(get("/api/auth/me"), &opened), "").await;
    assert_eq!(me.status, 200, "the session is untouched");
    let own = signed(post("/api/auth/ws-ticket"), &opened);
    let own = own
        .header("sec-fetch-site", "same-origin")
        .header("origin", "http://127.0.0.1:9119");
    assert_eq!(rig.ask(own, "").await.status, 200);
}

#[tokio::test]
async fn wb5_every_answer_is_guarded() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    for (request, status) in [
        (get("/api/status"), 200),
        (get("/api/auth/me"), 401),
        (get("/page"), 302),
        (get("/api/status").header(header::HOST, "evil.test"), 400),
        (signed(get("/api/none"), &opened), 404),
        (signed(get("/none"), &opened), 404),
    ] {
        let answer = rig.ask(request, "").await;
        assert_eq!(answer.status, status);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{status}");
        }
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'")
        );
        assert_eq!(answer.header("strict-transport-security"), "", "plain http");
    }
    let rig = Rig::owned(&public("https://gw.example.com")).await;
    let status = rig
        .ask(
            get("/api/status").header(header::HOST, "gw.example.com"),
            "",
        )
        .await;
    assert_eq!(
        status.header("strict-transport-security"),
        "max-age=31536000"
    );
}

#[tokio::test]
async fn ds7_when_storage_is_gone_nobody_gets_in_and_nobody_is_signed_out() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    rig.gateway
        .sessions
        .let_go(hermes_protocol::close::Close::Restart);
    rig.storage.close().await;
    let answer = rig.ask(signed(get("/api/auth/me"), &opened), "").await;
    assert_eq!(answer.status, 503);
    assert!(answer.set_cookies().is_empty(), "its cookies are kept");
    assert_eq!(rig.ask(get("/readyz"), "").await.status, 503);
    assert_eq!(rig.ask(get("/healthz"), "").await.status, 200);
}

#[tokio::test]
async fn a_reload_changes_who_may_come_in_and_closes_nothing() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let asked = async |host: &str| {
        let request = signed(get("/api/auth/me"), &opened).header(header::HOST, host);
        rig.ask(request, "").await.status
    };
    assert_eq!(
        (asked("gw.lan").await, asked("127.0.0.1").await),
        (400, 200)
    );
    assert_eq!(
        rig.ask(get("/auth/login?provider=acme"), "").await.status,
        404
    );
    let hosts = "[gateway.proxy]\nallowed_hosts = [\"gw.lan\"]\n";
    rig.reload(&format!("{LOCAL}{hosts}{ONE}"));
    assert_eq!(
        (asked("gw.lan").await, asked("127.0.0.1").await),
        (200, 200)
    );
    assert_eq!(
        rig.ask(get("/auth/login?provider=acme"), "").await.status,
        302
    );
    rig.reload(LOCAL);
    assert_eq!(asked("gw.lan").await, 400);
    assert_eq!(
        rig.ask(get("/auth/login?provider=acme"), "").await.status,
        404
    );
}

#[tokio::test]
async fn ws5_an_empty_token_is_nobodys() {
    let random = hermes_testkit::FixedRandom::seeded(1);
    let gate = crate::token::TokenGate::new(hermes_secret::Secret::new(""), &*random);
    assert!(!gate.is_token(""));
    let mut headers = http::HeaderMap::new();
    headers.insert("x-hermes-session-token", http::HeaderValue::from_static(""));
    assert_eq!(gate.header(&headers), Some(false));
}
