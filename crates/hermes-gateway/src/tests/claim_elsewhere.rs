//! Accepting an invitation at an identity provider.

use std::time::Duration;

use hermes_storage::{Role, UserId};
use serde_json::json as value;

use super::{
    browser::Browser,
    rig::{Answer, LOCAL, ONE, Rig},
};

/// A gateway whose provider lets nobody in by the settings.
fn unnamed() -> String {
    ONE.replace("ada@good.test", "nobody@good.test")
}

/// Goes to the provider from the page of an invitation: where the browser is sent back to.
async fn begin(rig: &Rig, browser: &mut Browser<'_>, secret: &str) -> String {
    let answer = start(browser, secret, "acme").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    rig.idp.approve(answer.json()["next"].as_str().unwrap())
}

async fn start(browser: &mut Browser<'_>, secret: &str, provider: &str) -> Answer {
    let body = value!({ "secret": secret, "provider": provider }).to_string();
    let json = [("content-type", "application/json")];
    browser.ask("POST", "/auth/claim/start", &json, &body).await
}

#[tokio::test]
async fn design_5_1_a_claim_at_a_provider_binds_issuer_and_subject() {
    let rig = Rig::with(&unnamed()).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let mut browser = rig.browser();
    let back = begin(&rig, &mut browser, &secret).await;
    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.location()), (302, "/"));
    assert!(browser.is_in().await);
    let owner = rig.storage.users().find(UserId::owner()).await.unwrap();
    let owner = owner.unwrap();
    assert_eq!(owner.role, Role::Owner);
    assert_eq!(owner.display_name.unwrap().as_str(), "Ada");
    assert_eq!(owner.email.unwrap().as_str(), "ada@good.test");
    // No list names them, and they are let in again; somebody else is not, by the same address.
    let mut later = rig.program();
    assert_eq!(later.sign_in().await.status, 302);
    assert!(later.is_in().await);
    rig.idp.set_person(&value!({ "sub": "u-2" }));
    assert_eq!(rig.program().sign_in().await.status, 403);
    let all = browser.answers.join("\n");
    assert!(!all.contains(&secret));
}

#[tokio::test]
async fn who_was_invited_stays_when_the_provider_is_asked_again() {
    let rig = Rig::with(&unnamed()).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let mut browser = rig.browser();
    let back = begin(&rig, &mut browser, &secret).await;
    browser.get(&back).await;
    let before = rig.idp.asked("/token");
    rig.clock.advance(Duration::from_secs(15 * 60));
    crate::methods::renew_due(&rig.gateway).await.unwrap();
    assert_eq!(rig.idp.asked("/token"), before + 1);
    assert!(browser.is_in().await);
    // Who is not vouched for any more is out.
    let users = rig.storage.users();
    users.take_ways_in(UserId::owner()).await.unwrap();
    rig.gateway.sessions.recheck().await.unwrap();
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn rp2_a_claim_at_a_provider_counts_once_whoever_comes_back_first() {
    let rig = Rig::with(&unnamed()).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let (mut first, mut second) = (rig.browser(), rig.browser());
    let one = begin(&rig, &mut first, &secret).await;
    rig.idp.set_person(&value!({ "sub": "u-2" }));
    let other = begin(&rig, &mut second, &secret).await;
    // The answer of one browser is nothing in another.
    assert_eq!(second.get(&one).await.status, 400);
    assert_eq!(second.get(&other).await.status, 302);
    let late = first.get(&one).await;
    assert_eq!(late.status, 404, "{late:?}");
    assert!(late.body.contains("hermes owner invite"), "{}", late.body);
    assert!(!late.body.contains("Back to the sign-in page"));
    assert!(!first.is_in().await && second.is_in().await);
    assert_eq!(rig.storage.users().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_fails_on_the_way_leaves_the_link_open() {
    let rig = Rig::with(&unnamed()).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let mut browser = rig.browser();
    assert_eq!(start(&mut browser, "wrong", "acme").await.status, 404);
    assert_eq!(start(&mut browser, &secret, "zzz").await.status, 404);
    let back = begin(&rig, &mut browser, &secret).await;
    let state = back.split("state=").nth(1).unwrap();
    let state = state.split('&').next().unwrap();
    let denied = format!("/auth/callback?error=access_denied&state={state}");
    let denied = browser.get(&denied).await;
    assert_eq!(denied.status, 400);
    assert!(denied.body.contains("open it again"), "{}", denied.body);
    let back = begin(&rig, &mut browser, &secret).await;
    assert_eq!(browser.get(&back).await.status, 302);
}

#[tokio::test]
async fn rp4_an_account_is_one_users_alone() {
    let rig = Rig::owned(&format!("{LOCAL}{ONE}")).await;
    rig.program().sign_in().await;
    let secret = rig.invite("bob", Role::Member, None).await;
    let mut browser = rig.browser();
    let back = begin(&rig, &mut browser, &secret).await;
    let refused = browser.get(&back).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("another user"), "{}", refused.body);
    rig.idp.set_person(&value!({ "sub": "u-7", "email": null }));
    let back = begin(&rig, &mut browser, &secret).await;
    assert_eq!(browser.get(&back).await.status, 302);
}
