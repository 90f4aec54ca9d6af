//! Apps of people who sign in at an identity provider.

use serde_json::json;

use super::{
    app::{Tokens, ask},
    renewal::{keep_up, pass},
    rig::{Answer, GATED, ONE, Rig, form},
};

/// A gateway with one identity provider and nobody's password.
async fn rig() -> Rig {
    Rig::owned(&format!("{GATED}{ONE}")).await
}

/// What the callback answers after a yes, and once more at the provider.
async fn allowed(rig: &Rig, cookies: &str) -> Answer {
    let page = rig.clicked(cookies, &ask(), "allow").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body
            .contains("id.example.com says once more who you are")
    );
    rig.comes_back(cookies, &page).await
}

#[tokio::test]
async fn as5_an_app_is_renewed_and_ended_at_the_provider_as_a_browser_is() {
    let rig = rig().await;
    let cookies = rig.signed_in_there().await;
    let code = allowed(&rig, &cookies).await.answered("code").unwrap();
    let answer = rig.redeem_code(&code).await;
    assert_eq!(answer.json()["provider"], "acme");
    let tokens = Tokens::of(&answer);
    // Its session stands by itself: the browser's may end.
    let out = form("/auth/logout").header("cookie", &cookies);
    assert_eq!(rig.ask(out, "").await.status, 303);
    assert_eq!(rig.opens(&tokens.access).await, 200);

    let before = rig.idp.asked("/token");
    let tasks = keep_up(&rig, 1).await;
    pass(&rig, 1, 15 * 60).await;
    assert_eq!(
        rig.idp.asked("/token"),
        before + 1,
        "the provider was asked for it"
    );
    let tokens = Tokens::of(&rig.refresh(&tokens.refresh).await);
    rig.idp.remove_person();
    pass(&rig, 1, 15 * 60).await;
    assert_eq!(
        rig.refresh(&tokens.refresh).await.status,
        401,
        "who is out there is out here"
    );
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn as4_another_account_at_the_provider_lets_no_app_in() {
    let rig = rig().await;
    let cookies = rig.signed_in_there().await;
    rig.idp.set_person(&json!({ "sub": "u-2" }));
    let page = allowed(&rig, &cookies).await;
    assert_eq!((page.status, page.goes_to()), (403, ""));
    assert!(page.body.contains("another account"), "{}", page.body);
    let values = page.set_cookies();
    assert!(
        !values
            .iter()
            .any(|line| line.starts_with("hermes_session_at=")),
        "{values:?}"
    );
}

#[tokio::test]
async fn as5_a_session_of_a_provider_that_is_gone_lets_no_app_in() {
    let rig = rig().await;
    let cookies = rig.signed_in_there().await;
    rig.reload(GATED);
    let page = rig.clicked(&cookies, &ask(), "allow").await;
    assert_eq!((page.status, page.goes_to()), (400, ""));
    assert!(
        page.body.contains("/auth/native/authorize?"),
        "with the way to begin again"
    );
}

#[tokio::test]
async fn facts_1_16_an_app_may_name_the_provider() {
    let rig = rig().await;
    let page = rig.asked("", &format!("{}&provider=acme", ask())).await;
    assert_eq!(page.status, 302);
    assert!(
        page.location()
            .starts_with("/auth/login?provider=acme&next=%2Fauth%2Fnative%2Fauthorize")
    );
    let only = rig.asked("", &ask()).await;
    assert!(
        only.location()
            .starts_with("/auth/login?provider=acme&next="),
        "the one way in"
    );
}
