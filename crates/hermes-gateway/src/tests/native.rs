//! Sign-in of apps: from what they ask to the session that they get (checklist AS1 to AS9).

use std::{sync::Arc, time::Duration};

use hermes_protocol::close::Close;
use hermes_storage::{Label, SessionKind, TokenHash};
use http::header;
use serde_json::json;

use super::{
    app::{REDIRECT, Tokens, VERIFIER, ask, challenge, query},
    rig::{Rig, TOKEN, form, get, post},
};
use crate::native::redirect::tests::HOSTILE;

#[tokio::test]
async fn as1_a_hostile_redirect_ends_on_our_page() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    for uri in HOSTILE {
        let asks = query(&[
            ("redirect_uri", uri),
            ("code_challenge", &challenge()),
            ("code_challenge_method", "S256"),
        ]);
        for cookies in ["", &cookies] {
            let page = rig.asked(cookies, &asks).await;
            assert_eq!(page.status, 400, "{uri:?}");
            assert_eq!((page.location(), page.goes_to()), ("", ""), "{uri:?}");
            assert!(page.body.contains("The app is not let in"), "{uri:?}");
            assert!(!page.body.contains("evil"), "{uri:?}");
        }
        // Neither does it pass as what a page was shown for.
        let answer = rig.answer(&cookies, &asks, "any", "allow").await;
        assert_eq!((answer.status, answer.goes_to()), (400, ""), "{uri:?}");
        let answer = rig.answer(&cookies, &asks, "any", "decline").await;
        assert_eq!((answer.status, answer.goes_to()), (400, ""), "{uri:?}");
    }
    let program = rig
        .ask(get("/auth/native/authorize?redirect_uri=x"), "")
        .await;
    insta::assert_snapshot!(program.shown(), @r#"400 {"error":"invalid_request","detail":"`redirect_uri` must be `http://127.0.0.1:PORT/PATH` or `http://[::1]:PORT/PATH`, with a port from 1024"}"#);
}

#[tokio::test]
async fn as2_nine_combinations_of_challenge_and_verifier() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let good = challenge();
    let s256 = [
        ("code_challenge", good.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let plain = [
        ("code_challenge", VERIFIER),
        ("code_challenge_method", "plain"),
    ];
    let none: [(&str, &str); 0] = [];
    let mut redeemed = Vec::new();
    for (name, pairs) in [("S256", &s256[..]), ("plain", &plain), ("none", &none)] {
        for verifier in [
            Some(VERIFIER),
            Some("wrong-but-as-long-as-a-verifier-has-to-be-here"),
            None,
        ] {
            let asks = query(&[&[("redirect_uri", REDIRECT)], pairs].concat());
            let page = rig.asked(&cookies, &asks).await;
            let code = match page.status {
                200 => rig.clicked(&cookies, &asks, "allow").await.answered("code"),
                _ => None,
            };
            let mut body = json!({ "code": code.clone().unwrap_or_else(|| "none".to_owned()) });
            if let Some(verifier) = verifier {
                body["code_verifier"] = verifier.into();
            }
            let answer = rig.redeem(&body).await;
            if answer.status == 200 {
                redeemed.push((name, verifier));
            } else {
                assert_eq!(answer.json()["error"], "invalid_grant");
                // Whoever tried with the wrong verifier has burnt it.
                if let Some(code) = code {
                    assert_eq!(rig.redeem_code(&code).await.status, 400, "{verifier:?}");
                }
            }
        }
    }
    assert_eq!(redeemed, [("S256", Some(VERIFIER))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn as3_of_a_hundred_redeems_one_succeeds_and_a_later_one_ends_what_it_got() {
    let rig = Arc::new(Rig::gated().await);
    let cookies = rig.signed_in("ada").await;
    let code = rig.code(&cookies).await;
    let redeeming: Vec<_> = (0..100)
        .map(|_| {
            let (rig, code) = (Arc::clone(&rig), code.clone());
            tokio::spawn(async move { rig.redeem_code(&code).await })
        })
        .collect();
    let mut tokens = Vec::new();
    for redeeming in redeeming {
        let answer = redeeming.await.unwrap();
        match answer.status {
            200 => tokens.push(Tokens::of(&answer)),
            status => assert_eq!(status, 400),
        }
    }
    let [tokens] = &tokens[..] else {
        panic!("{} succeeded", tokens.len());
    };
    assert_eq!(rig.redeem_code(&code).await.status, 400);
    assert_eq!(rig.opens(&tokens.access).await, 401);
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 401);
    assert_eq!(
        rig.get("/api/auth/me", &cookies).await.status,
        200,
        "the browser's stays"
    );
}

#[tokio::test]
async fn as3_a_code_ends_with_a_minute_another_redirect_and_the_session_that_allowed_it() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let late = rig.code(&cookies).await;
    rig.clock.advance(Duration::from_secs(60));
    assert_eq!(rig.redeem_code(&late).await.status, 400);
    for (name, value, status) in [
        ("redirect_uri", "http://127.0.0.1:53124/callback", 400),
        ("redirect_uri", "http://[::1]:53123/callback", 400),
        ("redirect_uri", "", 400),
        ("redirect_uri", REDIRECT, 200),
        ("client_id", "Another App", 400),
        ("client_id", "Hermes Desktop", 200),
        ("grant_type", "refresh_token", 400),
        ("grant_type", "authorization_code", 200),
        ("scope", "whatever", 200),
    ] {
        let mut body = json!({ "code": rig.code(&cookies).await, "code_verifier": VERIFIER });
        body[name] = value.into();
        assert_eq!(rig.redeem(&body).await.status, status, "{name} {value}");
    }
    let code = rig.code(&cookies).await;
    rig.ask(form("/auth/logout").header(header::COOKIE, &cookies), "")
        .await;
    assert_eq!(
        rig.redeem_code(&code).await.status,
        400,
        "the browser signed out"
    );
    let cookies = rig.signed_in("ada").await;
    let code = rig.code(&cookies).await;
    let owner = hermes_storage::UserId::owner();
    rig.storage.users().set_disabled(owner, true).await.unwrap();
    assert_eq!(
        rig.redeem_code(&code).await.status,
        400,
        "its person is out"
    );
}

#[tokio::test]
async fn as4_every_sign_in_of_an_app_is_asked_about() {
    let rig = Rig::gated().await;
    let away = rig.asked("", &ask()).await;
    assert_eq!(away.status, 302);
    let back = away.location().strip_prefix("/login?next=").unwrap();
    let back = percent_encoding::percent_decode_str(back)
        .decode_utf8()
        .unwrap();
    assert_eq!(back, format!("/auth/native/authorize?{}", ask()));
    let body = query(&[
        ("username", "ada"),
        ("password", super::rig::PASSWORD),
        ("next", &back),
    ]);
    let signed_in = rig
        .ask(form("/auth/password-login?provider=password"), &body)
        .await;
    assert_eq!((signed_in.status, signed_in.location()), (303, &*back));
    let cookies = signed_in.cookies();
    for _ in 0..2 {
        let page = rig.asked(&cookies, &ask()).await;
        assert_eq!(
            (page.status, page.goes_to(), page.location()),
            (200, "", "")
        );
        for part in [
            "<dd>Hermes Desktop</dd>",
            "<dd>Ada&#39;s laptop</dd>",
            "<span class=\"mono\">53123</span>",
            "Ada &#60;b&#62;L.&#60;/b&#62;",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert_eq!(page.body.matches("<button name=\"decision\"").count(), 2);
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(
            page.header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        // Allowed once is not allowed for ever.
        rig.app(&cookies).await;
    }
    let declined = rig.clicked(&cookies, &ask(), "decline").await;
    assert_eq!(
        declined.goes_to(),
        format!(
            "{REDIRECT}?error=access_denied&state=canary-state&iss=http%3A%2F%2Fgw.example.com"
        )
    );
    assert_eq!(rig.clicked(&cookies, &ask(), "").await.goes_to(), "");
}

#[tokio::test]
async fn as4_the_answer_is_that_of_the_person_whom_the_page_was_shown_to() {
    let rig = Rig::gated().await;
    rig.add_login("ann", "ann", &rig.hash(super::rig::PASSWORD).await)
        .await;
    let (ada, ann) = (rig.signed_in("ada").await, rig.signed_in("ann").await);
    let page = rig.asked(&ada, &ask()).await;
    let (_, rest) = page.body.split_once("name=\"session\" value=\"").unwrap();
    let session = rest.split('"').next().unwrap();
    let again = rig.answer(&ann, &ask(), session, "allow").await;
    assert_eq!((again.status, again.goes_to()), (200, ""));
    assert!(again.body.contains("It listens at"));
    let nobody = rig.answer("", &ask(), session, "allow").await;
    assert_eq!(nobody.status, 302);
    assert!(
        nobody
            .location()
            .starts_with("/login?next=%2Fauth%2Fnative%2Fauthorize")
    );
    // A page of another site answers for nobody.
    let body = query(&[("ask", &ask()), ("session", session), ("decision", "allow")]);
    let forged = post("/auth/native/authorize")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, &ada)
        .header(header::ORIGIN, "http://evil.example");
    assert_eq!(rig.ask(forged, &body).await.status, 403);
}

#[tokio::test]
async fn as6_a_token_opens_what_a_cookie_opens_and_is_no_cookie() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    assert_eq!((tokens.access.len(), tokens.refresh.len()), (43, 87));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let value = format!("{scheme} {}", tokens.access);
        let request = get("/api/auth/me").header(header::AUTHORIZATION, value);
        assert_eq!(rig.ask(request, "").await.status, 200, "{scheme}");
    }
    assert_eq!(rig.ticket_of(&tokens.access).await.len(), 43);
    // No page makes a browser send one, so a change needs no proof that it was meant.
    let change = post("/api/auth/ws-ticket").header(header::ORIGIN, "app://hermes");
    assert_eq!(rig.with_token(change, &tokens.access).await.status, 200);

    let (short, long) = cookies.split_once("; ").unwrap();
    let value = |pair: &str| pair.split('=').nth(1).unwrap().to_owned();
    for other in [&value(short), &value(long), &tokens.refresh, TOKEN, ""] {
        let refused = rig.with_token(get("/api/auth/me"), other).await;
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
        assert_eq!(
            refused.set_cookies(),
            [""; 0],
            "the browser's cookies are not meant"
        );
        // The token decides, whatever stands beside it.
        let both = get("/api/auth/me").header(header::COOKIE, &cookies);
        assert_eq!(rig.with_token(both, other).await.status, 401);
    }
    let other_scheme = get("/api/auth/me")
        .header(header::COOKIE, &cookies)
        .header(header::AUTHORIZATION, "Basic YTpi");
    assert_eq!(
        rig.ask(other_scheme, "").await.status,
        200,
        "a proxy's password is not ours"
    );
    let twice =
        get("/api/auth/me").header(header::AUTHORIZATION, format!("Bearer {}", tokens.access));
    assert_eq!(rig.with_token(twice, &tokens.access).await.status, 401);
    let family = tokens.refresh.split('.').next().unwrap();
    for value in [&tokens.access, family, &tokens.refresh] {
        for name in ["hermes_session_at", "hermes_session_rt"] {
            let answer = rig.get("/api/auth/me", &format!("{name}={value}")).await;
            assert_eq!(answer.status, 401, "{name}");
        }
    }
    rig.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert_eq!(rig.opens(&tokens.access).await, 200);
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(rig.opens(&tokens.access).await, 401);
}

#[tokio::test]
async fn as6_a_copy_of_the_database_and_another_gateway_sign_nobody_in() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    let bytes = rig.database();
    let (family, turn) = tokens.refresh.split_once('.').unwrap();
    for value in [&*tokens.access, family, turn] {
        let hash = TokenHash::of(value);
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(holds(hash.as_bytes()), "what is looked at is what is kept");
        for part in value.as_bytes().windows(12) {
            assert!(!holds(part), "a part of a value is in the file");
        }
        let digits = hash.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        let stolen: String = digits.collect();
        assert_eq!(rig.opens(&stolen).await, 401);
        assert_eq!(rig.refresh(&format!("{stolen}.{stolen}")).await.status, 401);
    }
    let other = Rig::gated().await;
    assert_eq!(other.opens(&tokens.access).await, 401);
    assert_eq!(other.refresh(&tokens.refresh).await.status, 401);
    let again = rig.again(super::rig::GATED).await;
    assert_eq!(
        again.opens(&tokens.access).await,
        200,
        "a restart ends nobody's session"
    );
    assert_eq!(again.refresh(&tokens.refresh).await.status, 200);
}

#[tokio::test]
async fn as7_answers_name_their_issuer_and_repeat_no_credentials() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let state = "a".repeat(1024);
    let asks = query(&[
        ("redirect_uri", "http://[::1]:53123/"),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        ("state", &state),
    ]);
    let answer = rig.clicked(&cookies, &asks, "allow").await;
    assert_eq!(
        answer.status, 200,
        "a page that goes on, so that nothing is sent again"
    );
    assert_eq!(answer.answered("state").as_ref(), Some(&state));
    assert_eq!(
        answer.answered("iss").as_deref(),
        Some("http://gw.example.com")
    );
    let code = answer.answered("code").unwrap();
    let shown = answer
        .goes_to()
        .replace(&code, "CODE")
        .replace(&state, "STATE");
    insta::assert_snapshot!(shown, @r"http://[::1]:53123/?code=CODE&state=STATE&iss=http%3A%2F%2Fgw.example.com");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let longest = query(&[("state", &"a".repeat(1025)), ("redirect_uri", REDIRECT)]);
    assert_eq!(rig.asked(&cookies, &longest).await.status, 400);
    let escaped = query(&[
        ("redirect_uri", REDIRECT),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        ("state", &"%".repeat(1024)),
        ("x", &"%".repeat(512)),
    ]);
    let page = rig.asked("", &escaped).await;
    assert_eq!(page.status, 400, "what finds no way back is not begun");
}

#[tokio::test]
async fn as8_the_token_endpoint_has_one_error_for_all_causes() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let code = rig.code(&cookies).await;
    let twice = format!("code={code}&code={code}&code_verifier={VERIFIER}");
    let mut answers = Vec::new();
    for (kind, body) in [
        ("application/x-www-form-urlencoded", twice),
        ("application/x-www-form-urlencoded", "code=x".to_owned()),
        ("application/json", "{".to_owned()),
        (
            "application/json",
            json!({ "code": "x", "code_verifier": VERIFIER }).to_string(),
        ),
        (
            "application/json",
            format!(r#"{{"code":"{code}","code":"{code}"}}"#),
        ),
        ("application/json", json!({ "code": code }).to_string()),
        ("text/plain", "code=x".to_owned()),
        ("application/json", "x".repeat(10_000)),
    ] {
        let request = post("/auth/native/token")
            .header(header::CONTENT_TYPE, kind)
            .header(header::ORIGIN, "https://evil.example");
        let answer = rig.ask(request, &body).await;
        let mut names = answer.headers.keys();
        assert!(!names.any(|name| name.as_str().starts_with("access-control")));
        assert_eq!(answer.header("cache-control"), "no-store");
        answers.push(answer.shown());
    }
    answers.dedup();
    insta::assert_snapshot!(answers.join("\n"), @r#"400 {"error":"invalid_grant","detail":"The code is not good: begin the sign-in again"}"#);
    // A form as a library of OAuth sends it.
    let body = query(&[
        ("grant_type", "authorization_code"),
        ("code", &rig.code(&cookies).await),
        ("code_verifier", VERIFIER),
        ("redirect_uri", REDIRECT),
        ("client_id", "Hermes Desktop"),
    ]);
    let request = post("/auth/native/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = rig.ask(request, &body).await;
    let tokens = Tokens::of(&answer);
    let shown = answer
        .body
        .replace(&tokens.access, "A")
        .replace(&tokens.refresh, "R");
    insta::assert_snapshot!(shown, @r#"{"access_token":"A","refresh_token":"R","token_type":"Bearer","expires_in":900,"expires_at":1795349700,"provider":"password","user_id":"owner"}"#);
}

#[tokio::test]
async fn as8_a_flood_from_one_address_leaves_others_alone() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    let mut refused = 0;
    for n in 0..200 {
        let body = json!({ "code": format!("guess-{n}"), "code_verifier": VERIFIER }).to_string();
        let request = super::rig::json("/auth/native/token");
        let answer = rig.ask_from("198.51.100.7", request, body).await;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "60");
            refused += 1;
        }
    }
    assert_eq!(refused, 80);
    let there = rig.refresh_from("198.51.100.7", &tokens.refresh).await;
    assert_eq!(
        there.status, 429,
        "both share the window, and nothing was used up"
    );
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 200);
    assert_eq!(rig.get("/api/auth/me", &cookies).await.status, 200);
}

#[tokio::test]
async fn as9_an_app_is_among_the_sessions_and_ends_with_its_sockets() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    let found = rig
        .gateway
        .sessions
        .by_access(&tokens.access, SessionKind::App)
        .await;
    let live = found.unwrap().unwrap();
    let list = rig.get("/api/auth/sessions", &cookies).await.json();
    let rows = list["sessions"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["id"] == live.session.as_str())
        .unwrap();
    assert_eq!(
        (
            &row["kind"],
            &row["name"],
            &row["user_agent"],
            &row["provider"],
            &row["current"]
        ),
        (
            &"app".into(),
            &"Ada's laptop".into(),
            &"Hermes Desktop".into(),
            &"password".into(),
            &false.into()
        )
    );
    let home = rig.get("/account", &cookies).await.body;
    assert!(
        home.contains("Ada&#39;s laptop") && home.contains("App · Hermes Desktop"),
        "{home}"
    );
    let ticket = rig.ticket_of(&tokens.access).await;

    let path = format!("/api/auth/sessions/{}", live.session);
    let request = http::Request::delete(path).header(header::COOKIE, &cookies);
    assert_eq!(rig.ask(request, "").await.status, 204);
    assert_eq!(
        live.over().await,
        Close::SessionEnded,
        "which its sockets wait for"
    );
    assert_eq!(rig.opens(&tokens.access).await, 401);
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 401);
    let now = rig.gateway.ports.clock.now();
    let taken = rig
        .gateway
        .ports
        .tickets
        .take(&TokenHash::of(&ticket), None, now)
        .await;
    assert!(taken.is_err(), "its tickets are gone too");
    assert_eq!(rig.get("/api/auth/me", &cookies).await.status, 200);
}

#[tokio::test]
async fn an_app_signs_itself_out_and_is_not_signed_in_anew() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    rig.clock.advance(Duration::from_secs(600));
    let tokens = rig.app(&cookies).await;
    let found = rig
        .gateway
        .sessions
        .by_access(&tokens.access, SessionKind::App)
        .await;
    let id = found.unwrap().unwrap().session;
    let session = rig.storage.sessions().find(id).await.unwrap().unwrap();
    let since = session.created_at.duration_since(session.authenticated_at);
    assert_eq!(since.as_secs(), 600, "a click is no proof of who it is");
    assert_eq!(session.client, Label::new("Hermes Desktop"));
    let out = rig.with_token(post("/auth/logout"), &tokens.access).await;
    assert_eq!(out.status, 303);
    assert_eq!(rig.opens(&tokens.access).await, 401);
    assert_eq!(rig.get("/api/auth/me", &cookies).await.status, 200);
}

#[tokio::test]
async fn as9_status_advertises_it_and_other_modes_do_not_have_it() {
    let rig = Rig::gated().await;
    let status = rig.get("/api/status", "").await.json();
    assert_eq!(status["auth_flows"], json!(["password", "native_loopback"]));
    assert_eq!(status["native_loopback_auth"], true);
    let token = Rig::with("").await;
    let status = token.get("/api/status", "").await.json();
    assert_eq!(status["native_loopback_auth"], false);
    let path = format!("/auth/native/authorize?{}", ask());
    assert_eq!(token.get(&path, "").await.status, 503);
    assert_eq!(token.redeem_code("x").await.status, 400);
    assert_eq!(token.refresh("x.y").await.status, 401);
    let unclaimed = Rig::with(super::rig::GATED).await;
    assert_eq!(unclaimed.get(&path, "").await.status, 503);
    assert_eq!(unclaimed.redeem_code("x").await.status, 503);
    let unknown = format!("{path}&provider=nowhere");
    assert_eq!(rig.get(&unknown, "").await.status, 404);
}

#[tokio::test]
async fn lg3_an_apps_sign_in_is_audited_without_its_secrets() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    rig.clicked(&cookies, &ask(), "decline").await;
    let code = rig.code(&cookies).await;
    let tokens = Tokens::of(&rig.redeem_code(&code).await);
    let next = Tokens::of(&rig.refresh(&tokens.refresh).await);
    rig.opens("canary-token").await;
    rig.refresh("canary.token").await;
    rig.redeem_code("canary-code").await;
    rig.redeem(&json!({ "code_verifier": VERIFIER })).await;
    rig.redeem_code(&code).await;
    let audited = rig.audited();
    let lines: Vec<_> = audited.lines().map(super::checklist::shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    login_success 192.0.2.1 owner password session -
    app_declined 192.0.2.1 owner password session -
    app_allowed 192.0.2.1 owner password session -
    login_success 192.0.2.1 owner password session app
    refresh_success 192.0.2.1 owner password session app
    session_verify_failure 192.0.2.1 - - - no_such_token
    refresh_failure 192.0.2.1 - - - no_such_token
    login_failure 192.0.2.1 - - - code_unknown
    login_failure 192.0.2.1 - - - malformed
    login_failure 192.0.2.1 - - - code_reused
    revoke 192.0.2.1 - - session copied
    ");
    for canary in [
        &code,
        &tokens.access,
        &tokens.refresh,
        &next.access,
        &next.refresh,
        "canary",
    ] {
        assert!(!audited.contains(canary), "{audited}");
    }
}
