//! The gateway as programs that keep to the standards meet it: its metadata, and one endpoint for every
//! grant (checklist AS7, AS8).

use hermes_protocol::rest::DeviceToken;
use http::header;
use serde_json::Value;

use super::{
    app::{REDIRECT, Tokens, VERIFIER, query},
    device::MACHINE,
    rig::{Answer, GATED, Rig, form, get},
};

const METADATA: &str = "/.well-known/oauth-authorization-server";

impl Rig {
    /// Asks the endpoint of the metadata for tokens, as a library of OAuth does.
    async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let request = form("/auth/token").header(header::ORIGIN, "https://evil.example");
        let answer = self.ask_from(MACHINE, request, query(fields)).await;
        let mut names = answer.headers.keys();
        assert!(!names.any(|name| name.as_str().starts_with("access-control")));
        assert_eq!(answer.header("cache-control"), "no-store");
        answer
    }
}

#[tokio::test]
async fn as7_the_metadata_says_what_there_is_just_now_and_the_iss_of_answers() {
    let rig = Rig::gated().await;
    let answer = rig.get(METADATA, "").await;
    insta::assert_snapshot!(answer.shown(), @r#"200 {"issuer":"http://gw.example.com","authorization_endpoint":"http://gw.example.com/auth/native/authorize","token_endpoint":"http://gw.example.com/auth/token","response_types_supported":["code"],"response_modes_supported":["query"],"grant_types_supported":["authorization_code","refresh_token"],"code_challenge_methods_supported":["S256"],"token_endpoint_auth_methods_supported":["none"],"authorization_response_iss_parameter_supported":true}"#);
    let cookies = rig.signed_in("ada").await;
    let sent = rig.clicked(&cookies, &super::app::ask(), "allow").await;
    assert_eq!(answer.json()["issuer"], sent.answered("iss").unwrap());

    rig.reload(&format!("{GATED}[gateway.device]\nenabled = true\n"));
    let metadata = rig.get(METADATA, "").await.json();
    assert_eq!(
        metadata["device_authorization_endpoint"],
        "http://gw.example.com/auth/device/code"
    );
    assert_eq!(
        metadata["grant_types_supported"][2],
        DeviceToken::GRANT_TYPE
    );
}

#[tokio::test]
async fn as7_where_nobody_signs_in_there_is_no_metadata() {
    for settings in ["", GATED] {
        let rig = Rig::with(settings).await;
        let answer = rig.ask(get(METADATA), "").await;
        assert!(answer.status >= 400, "{}", answer.shown());
        assert!(!answer.body.contains("endpoint"), "{}", answer.body);
    }
}

#[tokio::test]
async fn as8_one_endpoint_takes_every_grant_and_refuses_in_the_words_of_the_standard() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let code = rig.code(&cookies).await;
    let redeeming = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", REDIRECT),
        ("client_id", "Hermes Desktop"),
    ];
    let tokens = Tokens::of(&rig.token(&redeeming).await);
    assert_eq!(rig.opens(&tokens.access).await, 200);
    let refreshing = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh.as_str()),
    ];
    let next = Tokens::of(&rig.token(&refreshing).await);
    assert_eq!(rig.opens(&next.access).await, 200);

    let mut refused = Vec::new();
    for fields in [
        redeeming.as_slice(),
        &redeeming[..1],
        &[("grant_type", "refresh_token"), ("refresh_token", "x")],
        &refreshing[..1],
        &[("grant_type", "password"), ("username", "ada")],
        &[("code", "x")],
        &[("grant_type", "refresh_token"), ("grant_type", "password")],
        &[
            ("grant_type", DeviceToken::GRANT_TYPE),
            ("device_code", "x"),
        ],
    ] {
        let answer = rig.token(fields).await;
        let error: Value = answer.json();
        refused.push(format!("{} {}", answer.status, error["error"]));
    }
    insta::assert_snapshot!(refused.join("\n"), @r#"
    400 "invalid_grant"
    400 "invalid_grant"
    400 "invalid_grant"
    400 "invalid_grant"
    400 "unsupported_grant_type"
    400 "invalid_request"
    400 "invalid_request"
    400 "unsupported_grant_type"
    "#);
    assert_eq!(
        rig.opens(&next.access).await,
        401,
        "a code that comes twice ends what it has opened"
    );
}

#[tokio::test]
async fn as8_a_machine_gets_its_tokens_there_too() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    let polling = [
        ("grant_type", DeviceToken::GRANT_TYPE),
        ("device_code", codes.device.as_str()),
        ("client_id", "hermes-cli"),
    ];
    let answer = rig.token(&polling).await;
    assert_eq!(answer.json()["error"], "authorization_pending");
    rig.answers(&cookies, &codes.user, "approve").await;
    rig.clock.advance(super::device::SECOND * 10);
    let tokens = Tokens::of(&rig.token(&polling).await);
    assert_eq!(rig.opens(&tokens.access).await, 200);
}
