//! Whoever is known to a provider and to nobody here.

use std::time::Duration;

use hermes_storage::{Role, Storage as _, UserId};
use serde_json::json as value;

use super::rig::{ONE, Rig, get, json, signed};
use crate::{methods::Described, sessions::Opened, vouch};

const STRANGERS: &str = "/api/users/strangers";

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
async fn rz2_the_owner_alone_sees_who_waits_and_lets_them_in_by_a_click() {
    let rig = Rig::owned(ONE).await;
    rig.idp
        .set_person(&value!({ "sub": "auth0|9", "name": "<b>Eve</b>", "email": "eve@evil.test", "email_verified": false }));
    let mut browser = rig.browser();
    assert_eq!(browser.sign_in().await.status, 403);
    let owner = rig.open(UserId::owner()).await;
    rig.add("ann".parse().unwrap(), Role::Member).await;
    let member = rig.open("ann".parse().unwrap()).await;

    let listed = rig.ask(signed(get(STRANGERS), &owner), "").await.json();
    let row = &listed["strangers"][0];
    let word = "https://id.example.com#auth0%7C9";
    assert_eq!(row["identity"], word);
    assert_eq!(
        (&row["name"], &row["email"]),
        (&value!("<b>Eve</b>"), &value!(null))
    );
    let page = rig.ask(signed(get("/account"), &owner), "").await.body;
    assert!(
        page.contains(&format!("data-stranger=\"{word}\"")),
        "{page}"
    );
    assert!(
        !page.contains("<b>Eve") && !page.contains("eve@evil.test"),
        "{page}"
    );

    let choose = async |path: &str, who: &Opened, identity: &str| {
        let body = value!({ "identity": identity }).to_string();
        rig.ask(signed(json(path), who), &body).await.status
    };
    let (allow, dismiss) = ("/api/users/strangers/allow", "/api/users/strangers/dismiss");
    assert_eq!(
        rig.ask(signed(get(STRANGERS), &member), "").await.status,
        403
    );
    let page = rig.ask(signed(get("/account"), &member), "").await.body;
    assert!(!page.contains("data-stranger"), "{page}");
    for path in [allow, dismiss] {
        assert_eq!(choose(path, &member, word).await, 403);
        for nobody in ["https://id.example.com#u-7", "ada", ""] {
            assert_eq!(choose(path, &owner, nobody).await, 404, "{nobody}");
        }
    }
    assert_eq!(
        browser.sign_in().await.status,
        403,
        "nobody has let them in"
    );
    assert_eq!(choose(dismiss, &owner, word).await, 204);
    assert_eq!(
        choose(allow, &owner, word).await,
        404,
        "they do not wait any more"
    );
    assert_eq!(browser.sign_in().await.status, 403);
    assert_eq!(choose(allow, &owner, word).await, 204);
    assert_eq!(browser.sign_in().await.status, 302);
    assert!(browser.is_in().await);
    // Shut out since, and not on a list any more that once named them.
    let identity = vouch::read(word).unwrap();
    let users = rig.storage.users();
    let eve = users.by_identity(&identity).await.unwrap().unwrap();
    users.set_disabled(eve.id, true).await.unwrap();
    let person = Described {
        issuer: identity.issuer,
        subject: identity.subject,
        ..Described::default()
    };
    let from = std::net::Ipv4Addr::LOCALHOST.into();
    rig.gateway.strangers.came(&person, "Company", from);
    let body = value!({ "identity": word }).to_string();
    let shut = rig.ask(signed(json(allow), &owner), &body).await.json();
    assert!(
        shut["hint"]
            .as_str()
            .unwrap()
            .contains("hermes users enable"),
        "{shut}"
    );
    let users = users.list().await.unwrap();
    assert!(
        users
            .iter()
            .all(|user| (user.role == Role::Owner) == (user.id == UserId::owner()))
    );
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
