use hermes_machine::SystemRandom;
use serde_json::json;

use super::*;
use crate::testing::{CannedHttp, client, json as answer, provider};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[test]
fn a_life_is_seconds_or_a_moment_in_milliseconds() {
    let life = |value| life(json!({"expired_in": value}).as_object().unwrap(), now());
    let moment = u64::try_from(now().as_millisecond()).unwrap();
    assert_eq!(life(json!(900)), Some(900));
    assert_eq!(life(json!(moment + 900_000)), Some(900));
    assert_eq!(life(json!(moment.saturating_sub(1000))), Some(0));
    assert_eq!(life(json!("900")), Some(900));
    assert_eq!(life(json!(null)), None);
}

#[test]
fn a_uuid_is_of_version_4() {
    let text = uuid(&SystemRandom);
    assert_eq!(text.len(), 36);
    let at = |index: usize| text.as_bytes()[index];
    assert_eq!(at(14), b'4');
    assert!(b"89ab".contains(&at(19)), "{text}");
    assert_eq!([8, 13, 18, 23].map(at), [b'-'; 4]);
}

async fn start_with(state: &str, page: &str) -> Result<DeviceCode, OAuthError> {
    let first = json!({
        "user_code": "AB-CD", "expired_in": 900, "verification_uri": page, "state": state,
    });
    let http = CannedHttp::new([answer(200, &first)]);
    let (client, _) = client(&provider("minimax-oauth"), &http);
    client.start_device().await
}

/// The state that the client of the unit tests draws, after a verifier.
fn state() -> String {
    let random = hermes_testkit::FixedRandom::seeded(7);
    Pkce::new(&*random);
    let random: &dyn Random = &*random;
    random.token(32).expose().to_owned()
}

#[tokio::test]
async fn the_page_is_the_platforms() {
    let page = "https://www.minimax.io/oauth?user_code=AB-CD";
    let device = start_with(&state(), page).await.unwrap();
    assert_eq!(
        device.verification_uri.as_str(),
        "https://platform.minimax.io/oauth?user_code=AB-CD"
    );
    let error = start_with(&state(), "https://evil.test/oauth")
        .await
        .unwrap_err();
    assert!(matches!(error, OAuthError::Unpinned { .. }));
}

#[tokio::test]
async fn pc2_the_state_must_come_back() {
    for echo in ["", "another"] {
        let error = start_with(echo, "https://www.minimax.io/")
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "MiniMax authorization failed: state mismatch."
        );
    }
}

#[tokio::test]
async fn a_refusal_with_status_200_says_why() {
    let refused = json!({"base_resp": {"status_code": 1004, "status_msg": "unknown client"}});
    let (client, _) = client(
        &provider("minimax-oauth"),
        &CannedHttp::new([answer(200, &refused)]),
    );
    let error = client.start_device().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "MiniMax device code request failed (HTTP 200). unknown client"
    );
}
