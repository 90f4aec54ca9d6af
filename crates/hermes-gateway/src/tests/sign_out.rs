use super::rig::{ONE, Rig};

#[tokio::test]
async fn rp9_tokens_stay_here_and_are_given_back() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.browser();
    browser.sign_in().await;
    browser.get("/").await;
    browser.get("/api/auth/me").await;
    browser.get("/api/auth/sessions").await;
    for shown in &browser.answers {
        for secret in ["canary", "eyJ", "gateway-secret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let answer = browser.post("/auth/logout").await;
    assert_eq!(answer.status, 200);
    assert_eq!(rig.idp.last_form("/revoke")["token"], "rt-canary-2");
    let refresh = answer.headers["refresh"].to_str().unwrap();
    let there = refresh.strip_prefix("0; url=").unwrap();
    assert!(
        there.starts_with("https://id.example.com/leave?client_id=hermes-gw&"),
        "{there}"
    );
    let home = "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A9119%2Flogin";
    assert!(
        there.contains(home) && there.contains("&id_token_hint=eyJ"),
        "{there}"
    );
    assert!(browser.cookies.is_empty());
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn facts_1_6_a_program_is_sent_to_the_sign_in_page() {
    let rig = Rig::owned(ONE).await;
    let mut program = rig.program();
    program.sign_in().await;
    let answer = program.post("/auth/logout").await;
    assert_eq!((answer.status, answer.location()), (303, "/login"));
    assert_eq!(rig.idp.asked("/revoke"), 1);
}

#[tokio::test]
async fn a_provider_that_is_down_keeps_nobody_signed_in() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.browser();
    browser.sign_in().await;
    let kept = browser.cookies.clone();
    rig.idp.set_down(true);
    browser.post("/auth/logout").await;
    browser.cookies = kept;
    assert!(!browser.is_in().await);
}
