//! RP3: what makes an ID token worthless, each in a sign-in that is otherwise sound.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

use super::{
    idp::{Draft, foreign_key, overlay},
    rig::{ONE, Rig},
};

type Forge = Box<dyn Fn(&mut Draft) -> String + Send + Sync>;

/// Sound but for these claims; `null` removes one, and a number is seconds from now.
fn claims(over: Value) -> Forge {
    Box::new(move |draft| {
        let now = draft.claims["iat"].as_i64().unwrap();
        let mut over = over.clone();
        for time in ["exp", "iat", "nbf"] {
            if let Some(seconds) = over.get(time).and_then(Value::as_i64) {
                over[time] = (now + seconds).into();
            }
        }
        overlay(&mut draft.claims, &over);
        draft.sound()
    })
}

/// Sound but for the header.
fn header(change: impl Fn(&mut Header) + Send + Sync + 'static) -> Forge {
    Box::new(move |draft| {
        change(&mut draft.header);
        draft.sound()
    })
}

/// Signed by somebody else, who says so in the header.
fn foreign(change: impl Fn(&mut Header) + Send + Sync + 'static) -> Forge {
    Box::new(move |draft| {
        change(&mut draft.header);
        draft.signed(&foreign_key())
    })
}

/// Sound, and then changed.
fn after(change: impl Fn(&str) -> String + Send + Sync + 'static) -> Forge {
    Box::new(move |draft| change(&draft.sound()))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn forgeries() -> Vec<(&'static str, Forge)> {
    let foreign_jwk = || Jwk::from_encoding_key(&foreign_key(), Algorithm::RS256).unwrap();
    vec![
        (
            "no algorithm",
            after(|token| {
                let payload = token.split('.').nth(1).unwrap();
                format!("{}.{payload}.", part(&json!({ "alg": "none" })))
            }),
        ),
        (
            "no algorithm, in other letters",
            after(|token| {
                let mut parts = token.split('.').skip(1);
                let (payload, signature) = (parts.next().unwrap(), parts.next().unwrap());
                format!("{}.{payload}.{signature}", part(&json!({ "alg": "nOnE" })))
            }),
        ),
        (
            "the public key as a shared secret",
            Box::new(|draft| {
                draft.header.alg = Algorithm::HS256;
                draft.signed(&EncodingKey::from_secret(include_bytes!(
                    "keys/public.json"
                )))
            }),
        ),
        (
            "our own client secret as the key",
            Box::new(|draft| {
                draft.header.alg = Algorithm::HS256;
                draft.signed(&EncodingKey::from_secret(b"gateway-secret"))
            }),
        ),
        ("another's key", foreign(|_| {})),
        (
            "another's key set",
            foreign(|header| {
                header.jku = Some("https://evil.test/jwks".to_owned());
            }),
        ),
        (
            "another's key, which it brings",
            foreign(move |header| {
                header.jwk = Some(foreign_jwk());
            }),
        ),
        (
            "a certificate, which it brings",
            foreign(|header| {
                header.x5c = Some(vec!["MIIB".to_owned()]);
            }),
        ),
        (
            "an unknown key id",
            header(|header| header.kid = Some("rsa-2".to_owned())),
        ),
        (
            "the id of a key of another kind",
            header(|header| header.kid = Some("ec-1".to_owned())),
        ),
        (
            "the key for encryption",
            header(|header| header.kid = Some("enc-1".to_owned())),
        ),
        (
            "extensions that must be known",
            header(|header| {
                header.crit = Some(vec!["b64".to_owned()]);
            }),
        ),
        (
            "an access token",
            header(|header| header.typ = Some("at+jwt".to_owned())),
        ),
        (
            "a logout token",
            header(|header| header.typ = Some("logout+jwt".to_owned())),
        ),
        (
            "another issuer",
            claims(json!({ "iss": "https://other.example.com" })),
        ),
        (
            "an issuer that looks alike",
            claims(json!({ "iss": "https://id.example.com/" })),
        ),
        ("no issuer", claims(json!({ "iss": null }))),
        (
            "another audience",
            claims(json!({ "aud": "another-client" })),
        ),
        (
            "an audience that looks alike",
            claims(json!({ "aud": "hermes-gw2" })),
        ),
        ("no audience", claims(json!({ "aud": null }))),
        (
            "audiences without a party",
            claims(json!({ "aud": ["hermes-gw", "x"] })),
        ),
        ("another party", claims(json!({ "azp": "another-client" }))),
        ("over for a minute", claims(json!({ "exp": -61 }))),
        ("no end", claims(json!({ "exp": null }))),
        ("made in the future", claims(json!({ "iat": 61 }))),
        ("no beginning", claims(json!({ "iat": null }))),
        ("not good yet", claims(json!({ "nbf": 61 }))),
        (
            "another nonce",
            claims(json!({ "nonce": "of-another-sign-in" })),
        ),
        ("no nonce", claims(json!({ "nonce": null }))),
        ("nobody", claims(json!({ "sub": null }))),
        ("an empty name", claims(json!({ "sub": "" }))),
        (
            "a changed payload",
            after(|token| {
                let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
                parts[1] = part(&json!({ "iss": "https://id.example.com", "sub": "root" }));
                parts.join(".")
            }),
        ),
        (
            "a cut signature",
            after(|token| token[..token.len() - 4].to_owned()),
        ),
        (
            "no signature",
            after(|token| token.rsplit_once('.').unwrap().0.to_owned() + "."),
        ),
        ("an encrypted token", after(|token| format!("{token}.x.y"))),
        ("no token", after(|_| "at-canary".to_owned())),
        ("nothing", after(|_| String::new())),
    ]
}

#[tokio::test]
async fn rp3_a_bad_id_token_signs_nobody_in() {
    let rig = Rig::owned(ONE).await;
    let forgeries = forgeries();
    assert!(forgeries.len() >= 25);
    for (what, forge) in forgeries {
        rig.idp.set_sign(forge);
        let mut browser = rig.program();
        let answer = browser.sign_in().await;
        assert_eq!(answer.status, 400, "{what}: {answer:?}");
        assert!(answer.body.contains("Invalid code: "), "{what}: {answer:?}");
        assert!(browser.cookies.is_empty(), "{what}");
    }
    let users = rig.storage.users().list().await.unwrap();
    assert_eq!(users.len(), 1, "the owner alone");
    // RP10: those key ids were asked for once, and then not again for a minute.
    assert!(rig.idp.asked("/jwks") <= 2);
}

#[tokio::test]
async fn rp3_what_a_sound_token_may_be() {
    let rig = Rig::owned(ONE).await;
    for (what, forge) in [
        ("plain", claims(json!({}))),
        ("clocks a minute apart", claims(json!({ "exp": -59 }))),
        (
            "clocks a minute apart the other way",
            claims(json!({ "iat": 59, "nbf": 59 })),
        ),
        (
            "made for us among others",
            claims(json!({
                "aud": ["x", "hermes-gw"], "azp": "hermes-gw",
            })),
        ),
        (
            "signed with ES256",
            header(|header| {
                header.alg = Algorithm::ES256;
                header.kid = Some("ec-1".to_owned());
            }),
        ),
        (
            "without a key id",
            header(|header| {
                header.kid = None;
            }),
        ),
        (
            "typed in small letters",
            header(|header| header.typ = Some("jwt".to_owned())),
        ),
    ] {
        rig.idp.set_sign(forge);
        let mut browser = rig.program();
        let answer = browser.sign_in().await;
        assert_eq!(answer.status, 302, "{what}: {answer:?}");
        assert!(browser.is_in().await, "{what}");
    }
}
