//! Sign-in by Nous Research: the access token is the proof (facts 1.13).

use std::collections::HashMap;

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use url::Url;

use super::{
    browser::Browser,
    device::ON,
    idp::{Draft, foreign_key, overlay},
    rig::{GATED, Rig},
};

const PORTAL: &str = r#"
[gateway.nous]
client_id = "agent:a-1"
portal_url = "https://id.example.com"
owner_subject = "u-1"
"#;

/// An access token of the portal, with these claims laid over.
fn token(rig: &Rig, over: &Value) -> Draft {
    let mut draft = rig.idp.draft(None);
    for name in ["name", "email", "email_verified", "groups", "sid", "nonce"] {
        draft.claims.remove(name);
    }
    let base = json!({
        "aud": "agent:a-1", "oauth_contract_version": 1, "agent_instance_id": "a-1",
    });
    overlay(&mut draft.claims, &base);
    overlay(&mut draft.claims, over);
    draft
}

async fn sign_in(rig: &Rig, browser: &mut Browser<'_>) -> (u16, String) {
    let there = Url::parse(&browser.begin("nous").await).unwrap();
    assert_eq!(there.path(), "/oauth/authorize");
    let query: HashMap<_, _> = there.query_pairs().into_owned().collect();
    assert_eq!(query["client_id"], "agent:a-1");
    assert_eq!(query["scope"], "agent_dashboard:access");
    assert!(!query.contains_key("nonce"));
    let answer = browser.get(&approved(rig, there.as_str())).await;
    (answer.status, answer.body)
}

/// What the browser brings back from there. The provider of these tests asks for its own client and
/// path.
fn approved(rig: &Rig, there: &str) -> String {
    let there = there.replace("/oauth/authorize", "/authorize");
    rig.idp.approve(&there.replace("agent%3Aa-1", "hermes-gw"))
}

#[tokio::test]
async fn dv4_the_portal_cannot_say_when_its_person_signed_in() {
    let rig = Rig::with(&format!("{GATED}{PORTAL}{ON}")).await;
    rig.idp.set_access_token(token(&rig, &json!({})).sound());
    let mut browser = rig.program();
    sign_in(&rig, &mut browser).await;
    let cookies = browser.pairs();
    let codes = rig.codes().await;
    let page = rig.answers(&cookies, &codes.user, "approve").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let back = approved(&rig, page.goes_to());
    let page = rig.comes_by(&back, &cookies, &page).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("does not say when"), "{}", page.body);
    let polled = rig.polls(&codes).await.json();
    assert_eq!(polled["error"], "authorization_pending");
}

#[tokio::test]
async fn facts_1_13_an_access_token_is_the_proof() {
    for over in [
        json!({}),
        json!({ "oauth_contract_version": null, "agent_instance_id": null }),
    ] {
        let rig = Rig::with(PORTAL).await;
        rig.idp.set_access_token(token(&rig, &over).sound());
        let mut browser = rig.program();
        let (status, body) = sign_in(&rig, &mut browser).await;
        assert_eq!(status, 302, "{over} {body}");
        let me = browser.get("/api/auth/me").await;
        assert!(me.body.contains(r#""user_id":"owner""#), "{me:?}");
        assert!(me.body.contains(r#""provider":"nous""#), "{me:?}");
        assert_eq!(rig.idp.asked("/.well-known/openid-configuration"), 0);
        assert_eq!(rig.idp.asked("/.well-known/jwks.json"), 1);
    }
}

#[tokio::test]
async fn facts_1_13_what_is_no_proof() {
    let rig = Rig::with(PORTAL).await;
    let now = rig.idp.draft(None).claims["iat"].as_i64().unwrap();
    let mut bad: Vec<(&str, String)> = [
        ("another contract", json!({ "oauth_contract_version": 2 })),
        (
            "a contract in words",
            json!({ "oauth_contract_version": "1" }),
        ),
        ("another agent", json!({ "agent_instance_id": "a-2" })),
        ("another audience", json!({ "aud": "agent:a-2" })),
        (
            "another issuer",
            json!({ "iss": "https://id.example.com/" }),
        ),
        ("nobody", json!({ "sub": null })),
        ("over", json!({ "exp": now - 61 })),
        ("endless", json!({ "exp": null })),
        ("without a beginning", json!({ "iat": null })),
    ]
    .into_iter()
    .map(|(what, over)| (what, token(&rig, &over).sound()))
    .collect();
    let sound = token(&rig, &json!({}));
    bad.push(("another's key", sound.signed(&foreign_key())));
    let mut other = token(&rig, &json!({}));
    other.header.alg = Algorithm::ES256;
    other.header.kid = Some("ec-1".to_owned());
    bad.push(("another algorithm", other.sound()));
    bad.push(("no token", "opaque".to_owned()));
    for (what, token) in bad {
        rig.idp.set_access_token(token);
        let mut browser = rig.program();
        let (status, body) = sign_in(&rig, &mut browser).await;
        assert_eq!(status, 400, "{what} {body}");
        assert!(!browser.is_in().await, "{what}");
    }
    assert!(rig.storage.users().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn rp7_whoever_is_not_named_stays_out() {
    let rig = Rig::with(PORTAL).await;
    rig.idp
        .set_access_token(token(&rig, &json!({ "sub": "u-2" })).sound());
    let mut browser = rig.program();
    let (status, _) = sign_in(&rig, &mut browser).await;
    assert_eq!(status, 403);
}
