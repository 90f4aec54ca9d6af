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

#[tokio::test]
async fn the_page_is_the_platforms() {
    let http = CannedHttp::new([answer(
        200,
        &json!({
            "user_code": "AB-CD", "expired_in": 900,
            "verification_uri": "https://www.minimax.io/oauth?user_code=AB-CD",
        }),
    )]);
    // The echo of the state is missing: refused before anything is shown.
    let (client, _) = client(&provider("minimax-oauth"), &http);
    let error = client.start_device().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "MiniMax authorization failed: state mismatch."
    );
}
