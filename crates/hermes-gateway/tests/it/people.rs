use hermes_storage::{Identity, Role, UserId};
use http::StatusCode;
use serde_json::json;

use crate::bench::{Bench, ONE};

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
    let bench = Bench::new(&two("allow_emails = [\"ada@good.test\"]")).await;
    let mut here = bench.program();
    here.sign_in().await;
    let mut there = bench.program();
    let back = bench.other.approve(&there.begin("other").await);
    assert_eq!(there.get(&back).await.status, StatusCode::FOUND);
    let users = bench.storage.users().list().await.unwrap();
    assert_eq!(users.len(), 3, "the same `sub` and e-mail are two people");
    assert!(users.iter().skip(1).all(|user| user.role == Role::Member));
    // The same one again is nobody new, and brings their name along.
    bench.idp.set_person(&json!({ "name": "Ada L." }));
    here.sign_in().await;
    let users = bench.storage.users().list().await.unwrap();
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
        let bench = Bench::new(&settings).await;
        bench.idp.set_person(&person);
        let mut browser = bench.program();
        let answer = browser.sign_in().await;
        let status = if is_in {
            StatusCode::FOUND
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(answer.status, status, "{allow} {person} {answer:?}");
        assert_eq!(browser.is_in().await, is_in);
    }
}

#[tokio::test]
async fn what_the_id_token_leaves_out_is_asked_for() {
    let bench = Bench::new(ONE).await;
    let nothing = json!({ "email": null, "email_verified": null, "name": null });
    bench.idp.set_person(&nothing);
    let said = json!({ "sub": "u-1", "email": "ada@good.test", "email_verified": true });
    bench.idp.set_userinfo(said.clone());
    assert_eq!(bench.program().sign_in().await.status, StatusCode::FOUND);
    let mut unverified = said.clone();
    unverified["email_verified"] = false.into();
    bench.idp.set_userinfo(unverified);
    assert_eq!(
        bench.program().sign_in().await.status,
        StatusCode::FORBIDDEN
    );
    let mut another = said;
    another["sub"] = "u-2".into();
    bench.idp.set_userinfo(another);
    assert_eq!(
        bench.program().sign_in().await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn rp7_the_owner_of_the_settings_comes_first() {
    for rule in ["owner_email = \"ada@good.test\"", "owner_subject = \"u-1\""] {
        let settings = format!("{ONE}{rule}\nallow_domains = [\"crew.test\"]\n");
        let bench = Bench::unowned(&settings).await;
        let stranger = json!({ "sub": "u-9", "email": "x@evil.test" });
        let member = json!({ "sub": "u-2", "email": "bo@crew.test" });
        let owner = json!({ "sub": "u-1", "email": "ada@good.test" });

        bench.idp.set_person(&stranger);
        assert_eq!(
            bench.program().sign_in().await.status,
            StatusCode::FORBIDDEN
        );
        bench.idp.set_person(&member);
        let early = bench.program().sign_in().await;
        assert!(early.body.contains("no owner yet"), "{early:?}");
        assert!(bench.storage.users().list().await.unwrap().is_empty());

        bench.idp.set_person(&owner);
        assert_eq!(bench.program().sign_in().await.status, StatusCode::FOUND);
        let identity = Identity {
            issuer: "https://id.example.com".to_owned(),
            subject: "u-1".to_owned(),
        };
        let user = bench
            .storage
            .users()
            .by_identity(&identity)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((user.id, user.role), (UserId::owner(), Role::Owner));

        bench.idp.set_person(&member);
        assert_eq!(bench.program().sign_in().await.status, StatusCode::FOUND);
        // The address has passed to somebody else: they are not the owner.
        bench
            .idp
            .set_person(&json!({ "sub": "u-3", "email": "ada@good.test" }));
        assert_eq!(bench.program().sign_in().await.status, StatusCode::FOUND);
        let users = bench.storage.users().list().await.unwrap();
        let owners = users.iter().filter(|user| user.role == Role::Owner);
        assert_eq!((users.len(), owners.count()), (3, 1));
    }
}

#[tokio::test]
async fn rp7_an_unowned_gateway_that_names_nobody_serves_nobody() {
    let bench = Bench::unowned(ONE).await;
    let answer = bench.program().get("/auth/login?provider=acme").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(bench.idp.asked("/.well-known/openid-configuration"), 0);
}

#[tokio::test]
async fn a_disabled_user_stays_out() {
    let bench = Bench::new(ONE).await;
    let mut browser = bench.program();
    browser.sign_in().await;
    let users = bench.storage.users();
    let member = users.list().await.unwrap().pop().unwrap();
    users.set_disabled(member.id, true).await.unwrap();
    let answer = browser.sign_in().await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
}
