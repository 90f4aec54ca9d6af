use std::collections::HashMap;

use url::Url;

use super::rig::{ONE, Rig};

#[tokio::test]
async fn facts_1_6_there_and_back() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.browser();
    let answer = browser
        .get("/auth/login?provider=acme&next=%2Fchat%3Fx%3D1")
        .await;
    assert_eq!(answer.status, 302);
    let there = Url::parse(answer.location()).unwrap();
    assert!(
        there
            .as_str()
            .starts_with("https://id.example.com/authorize?")
    );
    let query: HashMap<_, _> = there.query_pairs().into_owned().collect();
    assert_eq!(query["scope"], "openid profile email");
    assert_eq!(query["redirect_uri"], "http://127.0.0.1:9119/auth/callback");
    assert_ne!(query["nonce"], query["state"]);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("hermes_session_pkce="), "{cookie}");
    assert!(
        cookie.ends_with("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );

    let back = rig.idp.approve(there.as_str());
    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.location()), (302, "/chat?x=1"));
    let names: Vec<_> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(names, ["hermes_session_at", "hermes_session_rt"]);
    let me = browser.get("/api/auth/me").await;
    assert_eq!(me.status, 200);
    let me: serde_json::Value = serde_json::from_str(&me.body).unwrap();
    assert_eq!(me["provider"], "acme");
    assert_eq!(me["email"], "ada@good.test");
    assert_eq!(me["display_name"], "Ada");

    let audited = rig.audited();
    for event in ["login_start", "login_success"] {
        assert_eq!(audited.matches(event).count(), 1, "{audited}");
    }
    assert!(!audited.contains("code-") && !audited.contains(&query["state"]));
}

#[tokio::test]
async fn facts_1_6_refusals_for_programs_and_for_people() {
    let rig = Rig::owned(ONE).await;
    let mut program = rig.program();
    assert_eq!(
        program.get("/auth/login?provider=zzz").await.shown(),
        r#"404 {"detail":"Unknown provider: 'zzz'"}"#
    );
    assert_eq!(program.get("/auth/login").await.status, 422);
    assert_eq!(
        program.get("/auth/callback?code=x&state=y").await.shown(),
        r#"400 {"detail":"Missing PKCE state cookie"}"#
    );
    program.begin("acme").await;
    assert_eq!(
        program.get("/auth/callback?code=x&state=y").await.shown(),
        r#"400 {"detail":"OAuth state mismatch (CSRF check failed)"}"#
    );
    let denied = "/auth/callback?error=access_denied&error_description=nope";
    assert_eq!(
        program.get(denied).await.shown(),
        r#"400 {"detail":"OAuth error from provider: access_denied (nope)"}"#
    );
    let there = program.begin("acme").await;
    let state = Url::parse(&there).unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    assert_eq!(
        program
            .get(&format!("/auth/callback?code=forged&state={state}"))
            .await
            .shown(),
        r#"400 {"detail":"Invalid code: the provider does not take it"}"#
    );
    let there = program.begin("acme").await;
    rig.reload(&ONE.replace("acme", "other"));
    assert_eq!(
        program.get(&rig.idp.approve(&there)).await.shown(),
        r#"400 {"detail":"Unknown provider in cookie: 'acme'"}"#
    );

    let page = rig.browser().get("/auth/callback?code=x&state=y").await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("<h1>") && page.body.contains("begun in another browser"));
}

#[tokio::test]
async fn an_outage_is_told_and_signs_nobody_out() {
    let rig = Rig::owned(ONE).await;
    let mut signed_in = rig.browser();
    signed_in.sign_in().await;
    let mut program = rig.program();
    let there = program.begin("acme").await;
    rig.idp.set_down(true);
    let answer = program.get(&rig.idp.approve(&there)).await;
    assert_eq!(
        answer.shown(),
        r#"503 {"detail":"Provider unreachable: id.example.com"}"#
    );
    assert!(signed_in.is_in().await);

    let fresh = Rig::owned(ONE).await;
    fresh.idp.set_down(true);
    let waiting = (0..50).map(|_| {
        let mut tab = fresh.program();
        async move { tab.get("/auth/login?provider=acme").await.status }
    });
    let statuses = futures_util::future::join_all(waiting).await;
    assert!(statuses.iter().all(|status| *status == 503));
    assert_eq!(
        fresh.idp.asked("/.well-known/openid-configuration"),
        1,
        "all share one attempt"
    );
    let answer = fresh.program().get("/auth/login?provider=acme").await;
    assert_eq!(
        answer.shown(),
        r#"503 {"detail":"Provider unreachable: id.example.com"}"#
    );
}

#[tokio::test]
async fn rp1_two_tabs_in_either_order_and_no_other_browser() {
    let rig = Rig::owned(ONE).await;
    for reversed in [false, true] {
        let mut browser = rig.browser();
        let mut tabs = [browser.begin("acme").await, browser.begin("acme").await];
        if reversed {
            tabs.reverse();
        }
        for there in tabs {
            let answer = browser.get(&rig.idp.approve(&there)).await;
            assert_eq!(answer.status, 302, "{answer:?}");
            assert!(browser.is_in().await);
        }
        assert!(!browser.cookies.contains_key("hermes_session_pkce"));
    }
    let (mut browser, mut thief) = (rig.browser(), rig.program());
    let back = rig.idp.approve(&browser.begin("acme").await);
    thief.begin("acme").await;
    let stolen = thief.get(&back).await;
    assert_eq!(stolen.status, 400);
    assert!(!thief.is_in().await);
    browser.get(&back).await;
    assert!(browser.is_in().await, "the theft took nothing away");
}

#[tokio::test]
async fn rp2_a_callback_counts_once() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.browser();
    let back = rig.idp.approve(&browser.begin("acme").await);
    let cookies = browser.cookies.clone();
    let replays = futures_util::future::join_all((0..50).map(|_| {
        let mut tab = rig.browser();
        tab.cookies.clone_from(&cookies);
        let back = &back;
        async move { tab.get(back).await.status }
    }));
    let statuses = replays.await;
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!(count(302), 1);
    assert_eq!(count(400), 49);
    assert_eq!(rig.idp.asked("/token"), 1);
}

#[tokio::test]
async fn rp5_an_answer_of_another_issuer_is_refused() {
    let two = format!(
        "{ONE}{}",
        ONE.replace("acme", "other")
            .replace("id.example.com", "other.example.com")
    );
    let rig = Rig::owned(&two).await;
    let mut browser = rig.program();
    let back = rig.idp.approve(&browser.begin("acme").await);
    let mixed = format!("{back}&iss=https%3A%2F%2Fother.example.com");
    assert_eq!(
        browser.get(&mixed).await.shown(),
        r#"400 {"detail":"Invalid code: the answer is from another issuer"}"#
    );
    assert_eq!((rig.idp.asked("/token"), rig.other.asked("/token")), (0, 0));

    rig.other.set_metadata(&serde_json::json!({
        "authorization_response_iss_parameter_supported": true,
    }));
    let back = rig.other.approve(&browser.begin("other").await);
    let silent = browser.get(&back).await;
    assert!(
        silent.body.contains("does not say from whom it is"),
        "{silent:?}"
    );
    let back = rig.other.approve(&browser.begin("other").await);
    let named = format!("{back}&iss=https%3A%2F%2Fother.example.com");
    assert_eq!(browser.get(&named).await.status, 302);
}

#[tokio::test]
async fn rp6_nothing_that_the_client_brings_is_adopted() {
    let rig = Rig::owned(ONE).await;
    let planted = "planted-value-that-somebody-else-knows-too";
    let mut browser = rig.browser();
    for name in [
        "hermes_session_pkce",
        "hermes_session_at",
        "hermes_session_rt",
    ] {
        browser.cookies.insert(name.to_owned(), planted.to_owned());
    }
    let answer = browser.sign_in().await;
    assert_eq!(answer.status, 302);
    assert!(browser.cookies.values().all(|value| value != planted));
    let before = browser.cookies["hermes_session_rt"].clone();
    browser.sign_in().await;
    let mut old = rig.program();
    old.cookies.insert("hermes_session_rt".to_owned(), before);
    assert!(!old.is_in().await, "the session before has ended");
}

#[tokio::test]
async fn rp8_a_landing_is_ours() {
    let rig = Rig::owned(ONE).await;
    for next in [
        "//evil.test",
        "%2F%5Cevil.test",
        "https://evil.test",
        "/auth/login",
        "/%2f/x",
    ] {
        let mut browser = rig.browser();
        let answer = browser
            .get(&format!("/auth/login?provider=acme&next={next}"))
            .await;
        let back = rig.idp.approve(answer.location());
        // A `next` of the callback itself never counts.
        let answer = browser.get(&format!("{back}&next=%2Fchat")).await;
        assert_eq!(answer.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn facts_1_10_the_redirect_uri_is_what_the_browser_sees() {
    let proxied = "[gateway.proxy]\ntrusted_proxies = [\"192.0.2.1/32\"]\n\
                   allowed_hosts = [\"gw.example.com\"]\n";
    let public = "[gateway.proxy]\npublic_url = \"https://pub.example.com/hermes\"\n";
    let forwarded: &[_] = &[
        ("host", "gw.example.com"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-host", "gw.example.com"),
        ("x-forwarded-prefix", "/h"),
    ];
    for (settings, headers, uri, cookie) in [
        (
            "",
            &[][..],
            "http://127.0.0.1:9119/auth/callback",
            "hermes_session_pkce",
        ),
        (
            "",
            &[("host", "localhost:1")],
            "http://localhost:1/auth/callback",
            "hermes_session_pkce",
        ),
        (
            proxied,
            forwarded,
            "https://gw.example.com/h/auth/callback",
            "__Secure-hermes_session_pkce",
        ),
        (
            public,
            &[],
            "https://pub.example.com/hermes/auth/callback",
            "__Secure-hermes_session_pkce",
        ),
    ] {
        let rig = Rig::owned(&format!("{settings}{ONE}")).await;
        let mut browser = rig.browser();
        let start = "/auth/login?provider=acme";
        let answer = browser.ask("GET", start, headers, "").await;
        let there = Url::parse(answer.location()).unwrap();
        let stated = there
            .query_pairs()
            .find(|(name, _)| name == "redirect_uri")
            .unwrap();
        assert_eq!(stated.1, uri);
        assert!(
            browser.cookies.contains_key(cookie),
            "{:?}",
            browser.cookies
        );
        let back = rig.idp.approve(there.as_str());
        let answer = browser.ask("GET", &back, headers, "").await;
        assert_eq!(answer.status, 302, "{answer:?}");
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_or_without_tls_is_refused() {
    for (member, value) in [
        ("issuer", "https://id.example.com.evil.test"),
        ("token_endpoint", "http://id.example.com/token"),
        ("jwks_uri", "http://id.example.com/jwks"),
        ("authorization_endpoint", "ftp://id.example.com/"),
    ] {
        let rig = Rig::owned(ONE).await;
        rig.idp.set_metadata(&serde_json::json!({ member: value }));
        let answer = rig.program().get("/auth/login?provider=acme").await;
        assert_eq!(answer.status, 503, "{member}");
        assert_eq!(rig.idp.asked("/token"), 0);
    }
}
