//! OpenID Connect Back-Channel Logout 1.0.

use serde_json::{Map, Value, json};

use super::{
    idp::{Draft, foreign_key, overlay},
    rig::{Answer, ONE, Rig},
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token about the session of the provider, with these claims laid over.
fn token(rig: &Rig, over: &Value) -> Draft {
    let mut draft = rig.idp.draft(None);
    let mut claims = Map::new();
    for name in ["iss", "aud", "iat", "exp"] {
        claims.insert(name.to_owned(), draft.claims[name].clone());
    }
    let base = json!({ "jti": "j-1", "sid": "sid-1", "events": { EVENT: {} } });
    overlay(&mut claims, &base);
    overlay(&mut claims, over);
    draft.claims = claims;
    draft.header.typ = Some("logout+jwt".to_owned());
    draft
}

async fn tell(rig: &Rig, token: &str) -> Answer {
    let form = format!("logout_token={token}");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let mut provider = rig.program();
    provider
        .ask("POST", "/auth/backchannel-logout", &kind, &form)
        .await
}

#[tokio::test]
async fn a_session_or_a_person_is_out_at_once() {
    for (over, typ) in [
        (json!({}), Some("logout+jwt")),
        (json!({ "sub": "u-1" }), None),
        (json!({ "sid": null, "sub": "u-1" }), Some("JWT")),
        (json!({ "exp": null }), Some("application/logout+jwt")),
        (json!({ "aud": ["x", "hermes-gw"] }), None),
    ] {
        let rig = Rig::owned(ONE).await;
        let mut browser = rig.program();
        browser.sign_in().await;
        assert!(browser.is_in().await);
        let mut draft = token(&rig, &over);
        draft.header.typ = typ.map(str::to_owned);
        let answer = tell(&rig, &draft.sound()).await;
        assert_eq!(answer.status, 200, "{over} {answer:?}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(!browser.is_in().await, "{over}");
        assert!(rig.audited().contains("backchannel_logout"));
    }
}

#[tokio::test]
async fn others_go_on() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    for over in [
        json!({ "sid": "sid-2" }),
        json!({ "sid": null, "sub": "u-2", "jti": "j-2" }),
    ] {
        assert_eq!(tell(&rig, &token(&rig, &over).sound()).await.status, 200);
    }
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn what_is_no_logout_token_ends_nothing() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    let now = rig.idp.draft(None).claims["iat"].as_i64().unwrap();
    let mut bad: Vec<(&str, String)> = [
        ("a nonce", json!({ "nonce": "n" })),
        ("no event", json!({ "events": null })),
        ("another event", json!({ "events": { "x": {} } })),
        (
            "an event that is no object",
            json!({ "events": { EVENT: true } }),
        ),
        ("nobody", json!({ "sid": null })),
        ("no id", json!({ "jti": null })),
        (
            "another issuer",
            json!({ "iss": "https://other.example.com" }),
        ),
        ("another audience", json!({ "aud": "x" })),
        ("no audience", json!({ "aud": null })),
        ("over", json!({ "exp": now - 61 })),
        ("old", json!({ "iat": now - 301 })),
        ("of the future", json!({ "iat": now + 61 })),
        ("without a time", json!({ "iat": null })),
        ("a time that is none", json!({ "exp": "tomorrow" })),
    ]
    .into_iter()
    .map(|(what, over)| (what, token(&rig, &over).sound()))
    .collect();
    let sound = token(&rig, &json!({}));
    bad.push(("another's key", sound.signed(&foreign_key())));
    let mut typed = token(&rig, &json!({}));
    typed.header.typ = Some("at+jwt".to_owned());
    bad.push(("an access token", typed.sound()));
    let mut id_token = rig.idp.draft(Some("n"));
    id_token.claims.insert("jti".to_owned(), "j".into());
    bad.push(("an ID token", id_token.sound()));
    bad.push(("no token", "x".to_owned()));
    bad.push(("nothing", String::new()));
    bad.push(("a long one", "x".repeat(20_000)));
    for (what, token) in bad {
        let answer = tell(&rig, &token).await;
        assert_eq!(answer.status, 400, "{what}");
        assert!(
            answer.body.contains(r#""error":"invalid_request""#),
            "{what}"
        );
        assert!(browser.is_in().await, "{what}");
    }
    let mut provider = rig.program();
    let json = [("content-type", "application/json")];
    let path = "/auth/backchannel-logout";
    let form = format!("logout_token={}", sound.sound());
    let answer = provider.ask("POST", path, &json, &form).await;
    assert_eq!(answer.status, 400);
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn a_logout_token_counts_once() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    let said = token(&rig, &json!({})).sound();
    assert_eq!(tell(&rig, &said).await.status, 200);
    browser.sign_in().await;
    assert_eq!(tell(&rig, &said).await.status, 400);
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn rp10_a_flood_of_unknown_keys_asks_nobody() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    for n in 0..100 {
        let mut draft = token(&rig, &json!({}));
        draft.header.kid = Some(format!("flood-{n}"));
        assert_eq!(tell(&rig, &draft.sound()).await.status, 400);
    }
    assert_eq!(rig.idp.asked("/jwks"), 1, "in the minute of the sign-in");
    rig.clock.advance(std::time::Duration::from_secs(60));
    for n in 0..100 {
        let mut draft = token(&rig, &json!({}));
        draft.header.kid = Some(format!("flood-{n}"));
        tell(&rig, &draft.sound()).await;
    }
    assert_eq!(rig.idp.asked("/jwks"), 2, "once a minute");
    assert!(browser.is_in().await);
}
