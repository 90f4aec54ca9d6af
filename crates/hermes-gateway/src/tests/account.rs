//! `GET /account` for somebody who is signed in, and the end of it.

use http::{Request, header};

use super::rig::{Rig, form};

#[tokio::test]
async fn sc8_the_page_lists_the_persons_sessions_and_no_other() {
    let rig = Rig::gated().await;
    let hash = rig.hash(super::rig::PASSWORD).await;
    rig.add_login("bob", "bob", &hash).await;
    let here = rig.signed_in("ada").await;
    rig.signed_in("ada").await;
    rig.signed_in("bob").await;
    let sessions = rig.get("/api/auth/sessions", &here).await.json();
    let sessions = sessions["sessions"].as_array().unwrap();
    let page = rig.get("/account", &here).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body.matches("data-session=").count(), 2);
    for session in sessions {
        let id = session["id"].as_str().unwrap();
        assert!(page.body.contains(&format!("data-session=\"{id}\"")));
    }
    assert_eq!(page.body.matches("data-do=\"end\"").count(), 1);
    assert!(page.body.contains("End the other session"));
    assert!(page.body.contains("Owner of this gateway"));
    assert!(page.body.contains("Ada &#60;b&#62;L.&#60;/b&#62;"));
    assert!(!page.body.contains("<b>"));
}

#[tokio::test]
async fn wb8_the_page_holds_no_secret() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let page = rig.get("/account", &cookies).await;
    for pair in cookies.split("; ") {
        let value = pair.split('=').nth(1).unwrap();
        assert!(!page.body.contains(value));
    }
}

#[tokio::test]
async fn sc5_signing_out_ends_the_session_and_clears_the_browser() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let request = form("/auth/logout").header(header::COOKIE, &cookies);
    let out = rig.ask(request, "").await;
    assert_eq!(out.status, 303);
    assert_eq!(out.header("location"), "/login");
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    let deleted = out.headers.get_all(header::SET_COOKIE).iter().count();
    assert_eq!(deleted, 9);
    let after = rig.get("/api/auth/me", &cookies).await;
    assert_eq!(after.status, 401);

    let cookies = rig.signed_in("ada").await;
    let foreign = Request::post("/auth/logout")
        .header(header::COOKIE, &cookies)
        .header("sec-fetch-site", "cross-site");
    let kept = rig.ask(foreign, "").await;
    assert_eq!(kept.status, 403);
    let me = rig.get("/api/auth/me", &cookies).await;
    assert_eq!(me.status, 200);
}
