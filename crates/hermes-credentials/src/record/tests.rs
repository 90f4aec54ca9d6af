use hermes_oauth::TokenSet;
use hermes_secret::Secret;
use serde_json::{Value, json};

use super::*;

fn tokens() -> TokenSet {
    let mut tokens = TokenSet::new(Secret::new("at-2"), "2026-11-21T20:00:00Z".parse().unwrap());
    tokens.refresh_token = Some(Secret::new("rt-2"));
    tokens.expires_in = Some(3600);
    tokens.expires_at = Some("2026-11-21T21:00:00Z".parse().unwrap());
    tokens.scope = Some("granted".to_owned());
    tokens
}

fn renewed(mut record: Value) -> Value {
    renew(record.as_object_mut().unwrap(), &tokens());
    record
}

fn expiry(record: &Value) -> Option<String> {
    let record = Record::new(record.as_object().unwrap());
    record.expires_at().map(|at| at.to_string())
}

#[test]
fn every_copy_of_a_nous_token_changes() {
    let state = json!({"access_token":"at-1","refresh_token":"rt-1","client_id":"hermes-cli","portal_base_url":"https://portal.nousresearch.com",
        "inference_base_url":"https://inference-api.nousresearch.com/v1","token_type":"Bearer","scope":"inference:invoke",
        "obtained_at":"2026-11-21T19:28:15.925460+00:00","expires_at":"2026-11-21T20:28:14+00:00","expires_in":3598,
        "agent_key":"at-1","agent_key_id":null,"agent_key_expires_at":"2026-11-21T20:28:14+00:00","agent_key_expires_in":3598,
        "agent_key_reused":false,"agent_key_obtained_at":"2026-11-21T19:28:15.925756+00:00","tls":{"insecure":false,"ca_bundle":"/x.pem"}});
    assert_eq!(
        renewed(state),
        json!({"access_token":"at-2","refresh_token":"rt-2","client_id":"hermes-cli","portal_base_url":"https://portal.nousresearch.com",
            "inference_base_url":"https://inference-api.nousresearch.com/v1","token_type":"Bearer","scope":"granted",
            "obtained_at":"2026-11-21T20:00:00.000000+00:00","expires_at":"2026-11-21T21:00:00.000000+00:00","expires_in":3600,
            "agent_key":"at-2","agent_key_id":null,"agent_key_expires_at":"2026-11-21T21:00:00.000000+00:00","agent_key_expires_in":3600,
            "agent_key_reused":false,"agent_key_obtained_at":"2026-11-21T20:00:00.000000+00:00","tls":{"insecure":false,"ca_bundle":"/x.pem"}})
    );
}

#[test]
fn nested_tokens_change_where_they_are() {
    let state = json!({"tokens":{"access_token":"at-1","refresh_token":"rt-1","id_token":"id-1","expires_in":21600,"token_type":"Bearer"},
        "last_refresh":"2026-11-21T19:28:06.591931Z","auth_mode":"oauth_pkce","discovery":{"token_endpoint":"x"},
        "last_auth_error":{"relogin_required":true}});
    assert_eq!(
        renewed(state),
        json!({"tokens":{"access_token":"at-2","refresh_token":"rt-2","id_token":"id-1","expires_in":3600,"token_type":"Bearer"},
            "last_refresh":"2026-11-21T20:00:00.000000Z","auth_mode":"oauth_pkce","discovery":{"token_endpoint":"x"}})
    );
}

#[test]
fn anthropic_keeps_its_one_date() {
    let entry = json!({"id":"1","source":"manual:hermes_pkce","access_token":"at-1","refresh_token":"rt-1","expires_at_ms":1_763_753_286_000_u64});
    assert_eq!(
        renewed(entry),
        json!({"id":"1","source":"manual:hermes_pkce","access_token":"at-2","refresh_token":"rt-2","expires_at_ms":1_795_294_800_000_u64})
    );
}

#[test]
fn an_old_date_never_outlives_its_token() {
    let mut entry = json!({"access_token":"at-1","refresh_token":"rt-1","expires_at":"2026-11-21T20:28:14+00:00"});
    let mut tokens = tokens();
    tokens.expires_at = None;
    renew(entry.as_object_mut().unwrap(), &tokens);
    assert_eq!(expiry(&entry), None);
}

#[test]
fn dates_that_a_later_refresh_left_behind_are_not_believed() {
    // Upstream refreshes xAI entries and touches `last_refresh` alone.
    let entry = json!({"access_token":"opaque","obtained_at":"2026-11-21T12:00:00.000000+00:00",
        "expires_at":"2026-11-21T13:00:00.000000+00:00","expires_in":3600,"last_refresh":"2026-11-21T12:00:00.000000Z"});
    assert_eq!(expiry(&entry).unwrap(), "2026-11-21T13:00:00Z");
    let mut later = entry;
    later["last_refresh"] = json!("2026-11-21T12:50:00.123456Z");
    assert_eq!(expiry(&later).unwrap(), "2026-11-21T13:50:00.123456Z");
    later["access_token"] = json!("e30.eyJleHAiOjE3OTUyOTQ4MDB9.x");
    assert_eq!(
        expiry(&later).unwrap(),
        "2026-11-21T21:00:00Z",
        "the token's own claim"
    );
}

#[test]
fn the_dead_are_marked_as_upstream_marks_them() {
    let now = "2026-11-21T20:00:00.5Z".parse().unwrap();
    let mut entry =
        json!({"id":"1","source":"manual:device_code","access_token":"at","refresh_token":"rt"});
    bury(
        entry.as_object_mut().unwrap(),
        "xai-oauth",
        "invalid_grant",
        "it said no",
        now,
    );
    assert_eq!(
        entry,
        json!({"id":"1","source":"manual:device_code","access_token":"at","refresh_token":"rt","last_status":"dead","last_status_at":1_795_291_200.5,
            "last_error_code":401,"last_error_reason":"invalid_grant","last_error_message":"it said no","last_error_reset_at":null})
    );
    let mut state = json!({"tokens":{"access_token":"at","refresh_token":"rt"},"last_refresh":"2026-11-21T19:00:00Z"});
    bury(
        state.as_object_mut().unwrap(),
        "xai-oauth",
        "invalid_grant",
        "it said no",
        now,
    );
    assert_eq!(
        state,
        json!({"tokens":{},"last_refresh":"2026-11-21T19:00:00Z","last_auth_error":{"provider":"xai-oauth","code":"invalid_grant",
            "message":"it said no","reason":"runtime_refresh_failure","relogin_required":true,"at":"2026-11-21T20:00:00.500000+00:00"}})
    );
    let mut live =
        json!({"access_token":"at","refresh_token":"rt","expires_at":"2026-11-21T21:00:00Z"});
    bury(
        live.as_object_mut().unwrap(),
        "nous",
        "invalid_grant",
        "no",
        now,
    );
    assert_eq!(live["access_token"], "at", "it has not ended yet");
    assert!(live.get("refresh_token").is_none());
    let record = Record::new(live.as_object().unwrap());
    assert_eq!(record.death().unwrap(), "invalid_grant");
}
