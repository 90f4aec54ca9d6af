use super::*;
use crate::tests::rig::{json, signed};

/// A person who claimed by a passkey alone gives themselves a password.
async fn add_password(browser: &mut Browser<'_>, name: &str, password: &str) -> Answer {
    let body = value!({ "username": name, "password": password });
    send(browser, "POST", "/api/auth/password/add", &body).await
}

#[tokio::test]
async fn a_password_is_added_to_a_passkey_and_then_either_may_go() {
    let (rig, mut device) = claimed().await;
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("bob", "bob", &hash).await;
    let mut browser = rig.program();
    assert_eq!(sign_in(&mut browser, &mut device).await.status, 200);
    let page = browser.get("/account").await.body;
    assert!(page.contains(r#"data-do="password-add""#), "{page}");
    for (name, password, status, said) in [
        ("ada", "short", 422, "characters"),
        ("ada", "ada ada ada ada ada", 422, ""),
        ("", PASSWORD, 422, "1 to 64 characters"),
        ("bob", PASSWORD, 409, "Another user"),
    ] {
        let refused = add_password(&mut browser, name, password).await;
        assert_eq!(refused.status, status, "{name} {password}: {refused:?}");
        assert!(refused.body.contains(said), "{refused:?}");
    }
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 401);

    // It needs a sign-in of just now, as every change of how one signs in.
    rig.clock.advance(Duration::from_secs(301));
    let late = add_password(&mut browser, "ada", PASSWORD).await;
    assert_eq!(late.status, 403, "{late:?}");
    assert!(late.body.contains("five minutes"), "{late:?}");
    let page = browser.get("/account").await.body;
    assert!(!page.contains("password-add"), "{page}");
    assert_eq!(sign_in(&mut browser, &mut device).await.status, 200);
    assert_eq!(
        add_password(&mut browser, "ada", PASSWORD).await.status,
        204
    );
    assert_eq!(
        browser.get("/api/auth/me").await.status,
        200,
        "nothing has ended"
    );
    let twice = add_password(&mut browser, "ada", &format!("{PASSWORD} twice")).await;
    assert_eq!(twice.status, 422);
    assert!(twice.body.contains("change it instead"), "{twice:?}");
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 200);

    // The passkey is not the last way in any more.
    let id = listed(&mut browser).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/auth/passkeys/{id}");
    let gone = send(&mut browser, "DELETE", &path, &Value::Null).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_password_is_added_to_nothing_but_a_passkey() {
    let rig = by_password().await;
    let mut browser = signed_in(&rig).await;
    let one = add_password(&mut browser, "ada", PASSWORD).await;
    assert!(one.body.contains("change it instead"), "{one:?}");
    let page = browser.get("/account").await.body;
    assert!(!page.contains("password-add"), "{page}");
    // Somebody whom an identity provider lets in has neither.
    let cyd = "cyd".parse().unwrap();
    rig.add(cyd, Role::Member).await;
    let opened = rig.open(cyd).await;
    let body = value!({ "username": "cyd", "password": PASSWORD }).to_string();
    let answer = rig
        .ask(signed(json("/api/auth/password/add"), &opened), &body)
        .await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.body.contains("add one of those first"), "{answer:?}");
    assert_eq!(rig.sign_in("password", "cyd", PASSWORD).await.status, 401);
}
