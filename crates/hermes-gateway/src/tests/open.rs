//! Token mode: the page of a printed link.

use http::{Request, header};

use super::rig::{Rig, TOKEN, json};

async fn local() -> Rig {
    let rig = Rig::with("").await;
    assert_eq!(rig.gateway.mode(), crate::mode::Mode::Token);
    rig
}

fn with(secret: &str) -> String {
    serde_json::json!({ "secret": secret }).to_string()
}

#[tokio::test]
async fn ws11_a_plain_get_holds_no_token_and_opens_nothing() {
    let rig = local().await;
    for path in ["/", "/login", "/sessions", "/assets/gateway.js"] {
        let page = rig.get(path, "").await;
        assert!(!page.body.contains(TOKEN), "{path}");
        assert_eq!(page.cookies(), "", "{path}");
    }
    let page = rig.get("/", "").await;
    assert!(page.body.contains("data-open"));
    let api = rig.get("/api/auth/sessions", "").await;
    assert_eq!(api.status, 401);
    let rebound = Request::get("/").header(header::HOST, "evil.example");
    let rebound = rig.ask(rebound, "").await;
    assert_eq!(rebound.status, 400);
}

#[tokio::test]
async fn ws11_a_link_opens_one_browser_once() {
    let rig = local().await;
    let secret = rig.gateway.new_link().unwrap();
    let opened = rig.ask(json("/auth/open"), &with(secret.expose())).await;
    assert_eq!(opened.status, 204);
    let cookies = opened.cookies();
    assert!(!cookies.contains(TOKEN) && !cookies.contains(secret.expose()));
    let line = opened.header("set-cookie");
    assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
    let home = rig.get("/account", &cookies).await;
    assert!(home.body.contains("You are the owner"));
    let sessions = rig.get("/api/auth/sessions", &cookies).await;
    assert_eq!(sessions.status, 200);

    let again = rig.ask(json("/auth/open"), &with(secret.expose())).await;
    assert_eq!(again.status, 401);
    assert_eq!(again.json()["detail"], "Unauthorized");
    assert!(
        again.json()["hint"]
            .as_str()
            .unwrap()
            .contains("hermes link")
    );
    for wrong in ["", TOKEN, "x"] {
        let found = rig.ask(json("/auth/open"), &with(wrong)).await;
        assert_eq!(found.status, 401, "{wrong}");
    }
}

#[tokio::test]
async fn sc7_a_foreign_page_opens_nothing_and_burns_no_link() {
    let rig = local().await;
    let secret = rig.gateway.new_link().unwrap();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = json("/auth/open").header(name, value);
        let found = rig.ask(request, &with(secret.expose())).await;
        assert_eq!(found.status, 403, "{name}");
    }
    let opened = rig.ask(json("/auth/open"), &with(secret.expose())).await;
    assert_eq!(opened.status, 204);
}

#[tokio::test]
async fn token_mode_takes_no_password() {
    let rig = local().await;
    let found = rig.sign_in("password", "ada", super::rig::PASSWORD).await;
    assert_eq!(found.status, 404);
    let page = rig.get("/login", "").await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), "/");
}

#[tokio::test]
async fn the_token_is_in_the_page_where_the_settings_say_so() {
    let rig = Rig::with("[gateway]\ntoken_in_page = true\n").await;
    let page = rig.get("/", "").await;
    let assignment = format!(r#"window.__HERMES_SESSION_TOKEN__="{TOKEN}";"#);
    assert!(page.body.contains(&assignment), "{}", page.body);
}

#[tokio::test]
async fn a_gated_gateway_has_no_links() {
    let rig = Rig::gated().await;
    assert!(rig.gateway.new_link().is_none());
    let cookies = rig.signed_in("ada").await;
    let request = json("/auth/open").header(header::COOKIE, cookies);
    let found = rig.ask(request, &with("x")).await;
    assert_eq!(found.status, 401);
}
