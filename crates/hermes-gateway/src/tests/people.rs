use hermes_storage::{Identity, Role, UserId};
use serde_json::json;

use super::rig::{ONE, Rig};

/// Two providers that let the same people in.
fn two(allow: &str) -> String {
    let one = ONE.replace("allow_emails = [\"ada@good.test\"]", allow);
    let other = one
        .replace("acme", "other")
        .replace("id.example.com", "other.example.com");
    format!("{one}{other}")
}

#[tokio::test]
async fn rp4_a_person_is_an_issuer_and_a_subject() {
    let rig = Rig::owned(&two("allow_emails = [\"ada@good.test\"]")).await;
    let mut here = rig.program();
    here.sign_in().await;
    let mut there = rig.program();
    let back = rig.other.approve(&there.begin("other").await);
    assert_eq!(there.get(&back).await.status, 302);
    let users = rig.storage.users().list().await.unwrap();
    assert_eq!(users.len(), 3, "the same `sub` and e-mail are two people");
    assert!(
        users
            .iter()
            .filter(|user| user.role == Role::Member)
            .count()
            == 2
    );
    // The same one again is nobody new, and brings their name along.
    rig.idp.set_person(&json!({ "name": "Ada L." }));
    here.sign_in().await;
    let users = rig.storage.users().list().await.unwrap();
    assert_eq!(users.len(), 3);
    assert!(users.iter().any(|user| {
        user.display_name
            .as_ref()
            .is_some_and(|it| it.as_str() == "Ada L.")
    }));
}

#[tokio::test]
async fn rp4_who_is_let_in() {
    let by_email = "allow_emails = [\"ada@good.test\"]";
    let by_domain = "allow_domains = [\"good.test\"]";
    let by_group = "allow_groups = [\"staff\"]";
    let by_subject = "allow_subjects = [\"u-1\"]";
    for (allow, person, is_in) in [
        (by_email, json!({}), true),
        (by_email, json!({ "email_verified": false }), false),
        (by_email, json!({ "email_verified": null }), false),
        (by_email, json!({ "email": "a@good.test.evil.test" }), false),
        (by_domain, json!({}), true),
        (by_domain, json!({ "email": "x@sub.good.test" }), false),
        (by_domain, json!({ "email_verified": false }), false),
        (by_group, json!({ "email": null }), true),
        (by_group, json!({ "groups": ["Staff", "staffs"] }), false),
        (by_group, json!({ "groups": "staff" }), true),
        (by_group, json!({ "groups": null }), false),
        (by_subject, json!({ "email": null }), true),
        (by_subject, json!({ "sub": "U-1" }), false),
    ] {
        let settings = ONE.replace("allow_emails = [\"ada@good.test\"]", allow);
        let rig = Rig::owned(&settings).await;
        rig.idp.set_person(&person);
        let mut browser = rig.program();
        let answer = browser.sign_in().await;
        let status = if is_in { 302 } else { 403 };
        assert_eq!(answer.status, status, "{allow} {person} {answer:?}");
        assert_eq!(browser.is_in().await, is_in);
    }
}

#[tokio::test]
async fn what_the_id_token_leaves_out_is_asked_for() {
    let rig = Rig::owned(ONE).await;
    let nothing = json!({ "email": null, "email_verified": null, "name": null });
    rig.idp.set_person(&nothing);
    let said = json!({ "sub": "u-1", "email": "ada@good.test", "email_verified": true });
    rig.idp.set_userinfo(said.clone());
    assert_eq!(rig.program().sign_in().await.status, 302);
    let mut unverified = said.clone();
    unverified["email_verified"] = false.into();
    rig.idp.set_userinfo(unverified);
    assert_eq!(rig.program().sign_in().await.status, 403);
    let mut another = said;
    another["sub"] = "u-2".into();
    rig.idp.set_userinfo(another);
    assert_eq!(rig.program().sign_in().await.status, 400);
}

#[tokio::test]
async fn rp7_the_owner_of_the_settings_comes_first() {
    for rule in ["owner_email = \"ada@good.test\"", "owner_subject = \"u-1\""] {
        let settings = format!("{ONE}{rule}\nallow_domains = [\"crew.test\"]\n");
        let rig = Rig::with(&settings).await;
        let stranger = json!({ "sub": "u-9", "email": "x@evil.test" });
        let member = json!({ "sub": "u-2", "email": "bo@crew.test" });
        let owner = json!({ "sub": "u-1", "email": "ada@good.test" });

        rig.idp.set_person(&stranger);
        assert_eq!(rig.program().sign_in().await.status, 403);
        rig.idp.set_person(&member);
        let early = rig.program().sign_in().await;
        assert!(early.body.contains("no owner yet"), "{early:?}");
        assert!(rig.storage.users().list().await.unwrap().is_empty());

        rig.idp.set_person(&owner);
        assert_eq!(rig.program().sign_in().await.status, 302);
        let identity = Identity {
            issuer: "https://id.example.com".to_owned(),
            subject: "u-1".to_owned(),
        };
        let user = rig
            .storage
            .users()
            .by_identity(&identity)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((user.id, user.role), (UserId::owner(), Role::Owner));

        rig.idp.set_person(&member);
        assert_eq!(rig.program().sign_in().await.status, 302);
        // The address has passed to somebody else: they are not the owner.
        rig.idp
            .set_person(&json!({ "sub": "u-3", "email": "ada@good.test" }));
        assert_eq!(rig.program().sign_in().await.status, 302);
        let users = rig.storage.users().list().await.unwrap();
        let owners = users.iter().filter(|user| user.role == Role::Owner);
        assert_eq!((users.len(), owners.count()), (3, 1));
    }
}

#[tokio::test]
async fn rp7_an_unowned_gateway_that_names_nobody_serves_nobody() {
    let rig = Rig::with(ONE).await;
    let answer = rig.program().get("/auth/login?provider=acme").await;
    assert_eq!(answer.status, 503);
    assert_eq!(rig.idp.asked("/.well-known/openid-configuration"), 0);
}

#[tokio::test]
async fn a_disabled_user_stays_out() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    let users = rig.storage.users();
    let all = users.list().await.unwrap();
    let member = all.iter().find(|user| user.role == Role::Member).unwrap();
    users.set_disabled(member.id, true).await.unwrap();
    let answer = browser.sign_in().await;
    assert_eq!(answer.status, 401, "{answer:?}");
}
