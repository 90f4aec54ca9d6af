//! What must not be written down is not.

use http::{Request, header};

use super::rig::{PASSWORD, Rig, TOKEN, form, json};

#[tokio::test]
async fn lg1_the_audit_log_holds_no_secret() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let mut canaries: Vec<String> = vec![PASSWORD.to_owned()];
    let values = cookies.split("; ").map(|pair| pair.split('=').nth(1));
    canaries.extend(values.map(|value| value.unwrap().to_owned()));
    // A password in the place of a name, of a method, of a query and of a landing.
    rig.sign_in("password", "canary-name-typed-wrongly", "canary-typed")
        .await;
    rig.ask(
        form("/auth/password-login?provider=password&password=canary-in-query"),
        "username=ada&password=canary-in-form&next=%2Fx%3Fcode%3Dcanary-code",
    )
    .await;
    rig.ask(
        json("/auth/password-login"),
        "{\"password\":\"canary-broken",
    )
    .await;
    rig.get("/api/auth/me?token=canary-query", "").await;
    rig.get("/", "hermes_session_at=canary-cookie").await;
    let ticket = Request::post("/api/auth/ws-ticket").header(header::COOKIE, &cookies);
    let ticket = rig.ask(ticket, "").await.json()["ticket"].clone();
    canaries.push(ticket.as_str().unwrap().to_owned());
    let out = form("/auth/logout").header(header::COOKIE, &cookies);
    rig.ask(out, "").await;
    canaries.push("canary".to_owned());
    let log = rig.audited();
    assert!(log.lines().count() >= 6, "{log}");
    for canary in canaries {
        assert!(!log.contains(&canary), "{canary}: {log}");
    }
}

#[tokio::test]
async fn lg1_neither_does_that_of_token_mode() {
    let rig = Rig::with("").await;
    let link = rig.gateway.new_link().unwrap();
    let body = |secret: &str| serde_json::json!({ "secret": secret }).to_string();
    let opened = rig.ask(json("/auth/open"), &body(link.expose())).await;
    let value = opened.cookies().split('=').nth(1).unwrap().to_owned();
    rig.ask(json("/auth/open"), &body("canary-link")).await;
    for token in [TOKEN, "canary-wrong"] {
        let request = Request::get("/api/auth/sessions").header("x-hermes-session-token", token);
        rig.ask(request, "").await;
    }
    let log = rig.audited();
    assert_eq!(log.lines().count(), 3, "{log}");
    for canary in [link.expose(), &value, "canary"] {
        assert!(!log.contains(canary), "{canary}: {log}");
    }
}
