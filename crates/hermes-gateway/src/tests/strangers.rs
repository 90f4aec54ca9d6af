//! Whoever is known to a provider and to nobody here.

use std::time::Duration;

use hermes_storage::{Role, Storage as _, UserId};
use serde_json::json as value;

use super::rig::{ONE, Rig};
use crate::vouch;

#[tokio::test]
async fn rp7_a_stranger_reads_the_command_that_lets_them_in() {
    let rig = Rig::owned(ONE).await;
    rig.idp
        .set_person(&value!({ "sub": "auth0|9", "email": "eve@evil.test" }));
    let mut browser = rig.browser();
    let page = browser.sign_in().await;
    assert_eq!(page.status, 403);
    let word = "https://id.example.com#auth0%7C9";
    let command = format!("<pre>hermes users allow {word}</pre>");
    assert!(page.body.contains(&command), "{}", page.body);
    let program = rig.program().sign_in().await.json();
    let hint = program["hint"].as_str().unwrap();
    assert!(
        hint.ends_with(&format!(": hermes users allow {word}")),
        "{hint}"
    );

    let allow = async || {
        let (clock, random) = (&*rig.clock, &*rig.gateway.ports.random);
        let person = vouch::read(word).unwrap();
        vouch::vouch(&*rig.storage, person, clock, random).await
    };
    let user = allow().await.unwrap();
    assert_eq!(allow().await.unwrap(), user, "twice is once");
    assert_eq!(browser.sign_in().await.status, 302);
    assert!(browser.is_in().await);
    let known = rig.storage.users().find(user).await.unwrap().unwrap();
    assert_eq!(known.role, Role::Member);
    assert_eq!(known.email.unwrap().as_str(), "eve@evil.test");

    // They stay when their provider is asked again.
    rig.clock.advance(Duration::from_secs(15 * 60));
    crate::methods::renew_due(&rig.gateway).await.unwrap();
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn sc8_a_user_who_is_shut_out_is_out_within_a_second() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.browser();
    browser.sign_in().await;
    let gateway = std::sync::Arc::clone(&rig.gateway);
    let task = tokio::spawn(async move { gateway.keep_up().await });
    rig.clock.until_sleeping(3).await;
    let elsewhere = rig.elsewhere().await;
    let users = elsewhere.users();
    let all = users.list().await.unwrap();
    let member = all.iter().find(|user| user.id != UserId::owner()).unwrap();
    users.set_disabled(member.id, true).await.unwrap();
    rig.clock.advance(Duration::from_secs(1));
    rig.clock.until_sleeping(3).await;
    assert!(!browser.is_in().await);
    let refused = vouch::vouch(
        &*rig.storage,
        vouch::read("https://id.example.com#u-1").unwrap(),
        &*rig.clock,
        &*rig.gateway.ports.random,
    );
    assert!(refused.await.is_err());
    task.abort();
    elsewhere.close().await;
}
