//! What somebody who is not at the machine may do to one credential of a pool.

use hermes_errors::{Code, Explain as _};
use hermes_machine::Environment;
use hermes_secret::Secret;
use serde_json::{Value, json};

use super::rig::Rig;
use crate::{Keeper, Revoke, State};

/// A pool of three: one signed in, one that rests, one that another program keeps; and a key of the shell.
async fn pool() -> Rig {
    let environment = Environment::from([("ANTHROPIC_API_KEY", "sk-ant-api-canary-1")]);
    let rig = Rig::with(&["anthropic"], environment).await;
    let entry = |id: &str, source: &str, token: &str| {
        json!({"id": id, "label": id, "auth_type": "oauth", "priority": 0, "source": source,
            "access_token": token, "refresh_token": format!("{token}-refresh")})
    };
    let mut resting = entry("00000b", "manual:hermes_pkce", "sk-ant-oat-canary-2");
    let marks = json!({"last_status": "exhausted", "last_status_at": "2026-11-21T11:59:00Z",
        "last_error_code": 429, "last_error_reason": "rate_limit",
        "last_error_message": "Slow down, sk-ant-oat-canary-2"});
    let fields = resting.as_object_mut().unwrap();
    fields.extend(marks.as_object().unwrap().clone());
    let pool = [
        entry("00000a", "manual:hermes_pkce", "sk-ant-oat-canary-1"),
        resting,
        entry("000001", "claude_code", "sk-ant-oat-canary-3"),
    ];
    let file = json!({"version": 1, "providers": {}, "credential_pool": {"anthropic": pool}});
    rig.home.write_auth_json(&file.to_string());
    rig
}

fn ids(file: &Value) -> Vec<&str> {
    let pool = file["credential_pool"]["anthropic"].as_array().unwrap();
    pool.iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_listing_says_who_keeps_what_and_what_the_provider_said() {
    let rig = pool().await;
    let entries = rig.credentials.status("anthropic").unwrap().entries;
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.id.as_str(), entry.keeper, entry.said.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("00000a", Keeper::Us, None),
            ("00000b", Keeper::Us, Some("Slow down, …")),
            ("000001", Keeper::Another, None),
            ("env:ANTHROPIC_API_KEY", Keeper::Variable, None),
        ]
    );
    assert!(!format!("{entries:?}").contains("canary"));
}

#[tokio::test]
async fn one_of_a_pool_is_removed_by_its_id_alone_and_what_others_keep_is_not() {
    let rig = pool().await;
    let before = rig.home.auth_json_text().unwrap();
    for (id, code) in [
        ("1", Code::CredentialUnknown),
        ("", Code::CredentialUnknown),
        ("00000A", Code::CredentialUnknown),
        ("ANTHROPIC_API_KEY", Code::CredentialUnknown),
        ("env:ANTHROPIC_API_KEY", Code::CredentialBorrowed),
        ("000001", Code::CredentialBorrowed),
    ] {
        let refused = rig.credentials.remove_own("anthropic", id).await;
        assert_eq!(refused.unwrap_err().code(), code, "{id}");
    }
    assert_eq!(rig.home.auth_json_text().unwrap(), before);
    let removed = rig.credentials.remove_own("anthropic", "00000b").await;
    let removed = removed.unwrap();
    assert_eq!(removed.revoked[0].result, Revoke::NoEndpoint);
    assert_eq!(ids(&rig.home.read_auth_json()), ["00000a", "000001"]);
    // Whoever asks once more does not meet the second of the list, which is a number too.
    let again = rig.credentials.remove_own("anthropic", "00000b").await;
    assert_eq!(again.unwrap_err().code(), Code::CredentialUnknown);
    assert_eq!(ids(&rig.home.read_auth_json()), ["00000a", "000001"]);
}

#[tokio::test]
async fn of_two_that_remove_the_same_one_does_and_both_leave_the_others() {
    let rig = pool().await;
    let (one, other) = (rig.another(), rig.another());
    let (one, other) = tokio::join!(
        one.remove_own("anthropic", "00000a"),
        other.remove_own("anthropic", "00000a"),
    );
    assert_ne!(one.is_ok(), other.is_ok());
    let refused = one.err().or_else(|| other.err()).unwrap();
    assert_eq!(refused.code(), Code::CredentialUnknown);
    assert_eq!(ids(&rig.home.read_auth_json()), ["00000b", "000001"]);
}

#[tokio::test]
async fn the_rest_of_one_is_ended_and_the_marks_of_the_others_stay() {
    let rig = pool().await;
    let provider = rig.provider("anthropic");
    let saved = rig
        .credentials
        .add_key(&provider, Secret::new("sk-ant-api-canary-4"), None, None)
        .await
        .unwrap();
    let mut file = rig.home.read_auth_json();
    let pool = file["credential_pool"]["anthropic"].as_array_mut().unwrap();
    let key = pool
        .iter_mut()
        .find(|it| it["id"] == saved.entry.id.as_str());
    key.unwrap()["last_status"] = json!("dead");
    rig.home.write_auth_json(&file.to_string());
    let reset = async |id: &str| rig.credentials.reset_one("anthropic", id).await;
    assert!(reset("00000b").await.unwrap());
    assert!(!reset("00000b").await.unwrap(), "there is no mark any more");
    assert!(!reset("env:ANTHROPIC_API_KEY").await.unwrap());
    for unknown in ["2", "", "gone"] {
        let refused = reset(unknown).await.unwrap_err();
        assert_eq!(refused.code(), Code::CredentialUnknown, "{unknown}");
    }
    let entries = rig.credentials.status("anthropic").unwrap().entries;
    let state = |id: &str| &entries.iter().find(|it| it.id == id).unwrap().state;
    assert_eq!(state("00000b"), &State::Ready);
    assert!(matches!(state(&saved.entry.id), State::Dead { .. }));
}
