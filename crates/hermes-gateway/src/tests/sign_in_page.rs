//! `GET /login`, and the pages around it.

use super::rig::{GATED, PASSWORD, Rig};

#[tokio::test]
async fn facts_1_6_the_page_has_the_form_that_clients_look_for() {
    let rig = Rig::gated().await;
    let page = rig.get("/login?next=%2Fchat%3Fx%3D1", "").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("cache-control"),
        "no-store, no-cache, must-revalidate"
    );
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.body.matches("class=\"provider-form").count(), 1);
    assert!(page.body.contains("data-provider=\"password\""));
    assert_eq!(page.body.matches("<input").count(), 3);
    for input in [
        r#"<input type="hidden" name="next" value="/chat?x=1">"#,
        r#"<input name="username""#,
        r#"<input name="password" type="password""#,
        r#"action="/auth/password-login?provider=password""#,
    ] {
        assert!(page.body.contains(input), "{input}");
    }
    for next in [
        "//evil.example",
        "https://evil.example",
        "/api/x",
        "%5C%5Cx",
    ] {
        let page = rig.get(&format!("/login?next={next}"), "").await;
        assert!(page.body.contains(r#"name="next" value="""#), "{next}");
    }
}

#[tokio::test]
async fn two_methods_have_two_forms_that_can_be_told_apart() {
    let settings =
        format!("{GATED}[gateway.basic]\nusername = \"admin\"\npassword = \"{PASSWORD}\"\n");
    let rig = Rig::with(&settings).await;
    let page = rig.get("/login", "").await;
    assert_eq!(
        page.body.matches("<form").count(),
        1,
        "nobody else is there"
    );
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("bob", "bob", &hash).await;
    let rig = rig.again(&settings).await;
    let page = rig.get("/login", "").await;
    for part in [
        r#"data-provider="basic""#,
        r#"data-provider="password""#,
        "<h2>Owner</h2>",
        "<h2>Other users</h2>",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
}

#[tokio::test]
async fn px7_under_a_prefix_every_link_has_it() {
    let settings = "[gateway.proxy]\npublic_url = \"https://gw.example.com/hermes\"\n";
    let rig = Rig::with(settings).await;
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("owner", "ada", &hash).await;
    let rig = rig.again(settings).await;
    let login = rig.get("/login", "").await.body;
    let home = rig.get("/account", &rig.signed_in("ada").await).await.body;
    let missing = rig.get("/nothing", &rig.signed_in("ada").await).await.body;
    for page in [&login, &home, &missing] {
        for attribute in ["href=\"", "src=\"", "action=\""] {
            for rest in page.split(attribute).skip(1) {
                assert!(rest.starts_with("/hermes/"), "{attribute}{rest}");
            }
        }
        assert!(page.contains("data-prefix=\"/hermes\""));
    }
}

#[tokio::test]
async fn an_unclaimed_gateway_says_so_and_what_to_do() {
    let rig = Rig::with(GATED).await;
    for path in ["/", "/login", "/auth/password-login", "/anything"] {
        let page = rig.get(path, "").await;
        assert_eq!(page.status, 503, "{path}");
        assert!(page.body.contains("has no owner yet"), "{path}");
        assert!(page.body.contains("hermes owner invite"), "{path}");
    }
    let api = rig.get("/api/auth/me", "").await;
    assert_eq!(api.status, 503);
    assert_eq!(api.json()["detail"], "This gateway has no owner yet");
    let typed = rig.sign_in("password", "ada", PASSWORD).await;
    assert_eq!(typed.status, 503);
}

#[tokio::test]
async fn what_is_not_there_has_a_page_and_leads_back() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let page = rig.get("/nothing/here", &cookies).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("There is no such page"));
    let stranger = rig.get("/nothing/here", "").await;
    assert_eq!(stranger.status, 302);
    assert_eq!(stranger.header("location"), "/login?next=%2Fnothing%2Fhere");
}
