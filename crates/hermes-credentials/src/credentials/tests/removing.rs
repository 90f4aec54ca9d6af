use std::time::Duration;

use hermes_errors::Code;
use hermes_machine::{Environment, file};
use hermes_secret::Secret;
use hermes_testkit::Scripted;
use serde_json::json;

use super::rig::Rig;
use crate::{Cleanup, Revoke, State};

#[tokio::test]
async fn removing_one_account_leaves_the_others() {
    let rig = Rig::new(&["openai-codex"]).await;
    let id = "openai-codex";
    // A sign-in of upstream's `hermes model`, and two that were added.
    let model = rig.fake.issue(id, &rig.client_id(id), "openid");
    rig.home.write_auth_json(
        &json!({"providers": {id: {"tokens": {"access_token": model.access_token, "refresh_token": model.refresh_token},
            "last_refresh": "2026-11-21T11:59:00.000000Z", "auth_mode": "chatgpt"}}})
        .to_string(),
    );
    rig.sign_in(id, Some("one")).await;
    rig.sign_in(id, Some("two")).await;
    let removed = rig.credentials.remove(id, "one").await.unwrap();
    assert_eq!(removed.entry.label, "one");
    let file = rig.home.read_auth_json();
    assert_eq!(
        file["providers"][id]["tokens"]["access_token"],
        model.access_token
    );
    assert!(file.get("suppressed_sources").is_none());
    let left = rig.credentials.status(id).unwrap().entries;
    assert_eq!(left.len(), 2);
    assert_eq!(
        rig.credentials
            .remove(id, "one")
            .await
            .unwrap_err()
            .to_string(),
        "No credential matching \"one\". Provider: openai-codex."
    );

    // The state itself goes by its id; the pool's other account stays.
    rig.credentials.remove(id, id).await.unwrap();
    assert!(rig.home.read_auth_json()["providers"].get(id).is_none());
    rig.credentials.remove(id, "#1").await.unwrap_err();
    rig.credentials.remove(id, "1").await.unwrap();
    assert!(rig.credentials.status(id).unwrap().entries.is_empty());
    assert!(rig.home.read_auth_json()["active_provider"].is_null());
}

#[tokio::test]
async fn a_state_and_its_copy_go_together() {
    for id in ["nous", "minimax-oauth"] {
        let rig = Rig::new(&[id]).await;
        rig.sign_in(id, None).await;
        rig.credentials.remove(id, "1").await.unwrap();
        let file = rig.home.read_auth_json();
        assert!(file["providers"].get(id).is_none(), "{id}");
        assert!(file["credential_pool"].get(id).is_none(), "{id}");
        assert!(
            file["suppressed_sources"][id].is_array(),
            "{id}: upstream would seed it again"
        );
        rig.sign_in(id, None).await;
        assert!(
            rig.home
                .read_auth_json()
                .get("suppressed_sources")
                .is_none(),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_key_of_the_environment_goes_from_dot_env_or_says_where_it_is() {
    let environment = Environment::from([("XAI_API_KEY", "sk-shell-1")]);
    let rig = Rig::with(&[], environment).await;
    rig.home
        .write_dot_env("A=1\nexport XAI_API_KEY=sk-file-1\n# end\n");
    assert_eq!(rig.token("xai").await, "sk-file-1", ".env wins");
    let removed = rig.credentials.remove("xai", "XAI_API_KEY").await.unwrap();
    assert_eq!(
        removed.cleanup,
        [
            Cleanup::LineDeleted {
                variable: "XAI_API_KEY".into(),
                path: rig.home.dot_env()
            },
            Cleanup::ExportedInShell {
                variable: "XAI_API_KEY".into()
            },
        ]
    );
    assert!(removed.revoked.is_empty());
    let text = file::read_bounded(&rig.home.dot_env(), 1000)
        .unwrap()
        .unwrap();
    assert_eq!(text, b"A=1\n# end\n");
    assert_eq!(
        rig.home.read_auth_json()["suppressed_sources"],
        json!({"xai": ["env:XAI_API_KEY"]})
    );
    assert!(
        rig.credentials
            .list(None)
            .unwrap()
            .iter()
            .all(|pool| pool.provider != "xai")
    );
    // Adding a key shows it again.
    let provider = rig.provider("xai");
    rig.credentials
        .add_key(&provider, Secret::new("sk-own-1"), None, None)
        .await
        .unwrap();
    assert_eq!(rig.credentials.status("xai").unwrap().entries.len(), 2);
}

#[tokio::test]
async fn a_key_of_the_environment_can_be_preferred() {
    let environment = Environment::from([("XAI_API_KEY", "sk-shell-1")]);
    let rig = Rig::with(&[], environment).await;
    let provider = rig.provider("xai");
    rig.credentials
        .add_key(&provider, Secret::new("sk-own-1"), None, None)
        .await
        .unwrap();
    assert_eq!(rig.token("xai").await, "sk-own-1");
    let entry = rig.credentials.prefer("xai", "XAI_API_KEY").await.unwrap();
    assert!(entry.current);
    assert_eq!(rig.token("xai").await, "sk-shell-1");
    let text = rig.home.auth_json_text().unwrap();
    assert!(!text.contains("sk-shell-1"), "a borrowed key is not copied");
    assert!(text.contains("secret_fingerprint"));
}

#[tokio::test]
async fn pc9_logout_revokes_and_forgets() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, one) = rig.sign_in("xai-oauth", Some("one")).await;
    let (_, two) = rig.sign_in("xai-oauth", Some("two")).await;
    let done = rig.credentials.logout("xai-oauth").await.unwrap();
    assert_eq!(done.removed, 2);
    assert!(
        done.revoked
            .iter()
            .all(|outcome| outcome.result == Revoke::Done),
        "{done:?}"
    );
    for issued in [&one, &two] {
        assert!(
            !rig.fake
                .accepts_refresh(issued.refresh_token.as_ref().unwrap())
        );
        assert!(!rig.fake.accepts_access(&issued.access_token));
    }
    let file = rig.home.read_auth_json();
    assert!(file["credential_pool"].get("xai-oauth").is_none());
    assert!(file["active_provider"].is_null());
    assert_eq!(
        rig.credentials.logout("xai-oauth").await.unwrap().removed,
        0
    );
}

#[tokio::test]
async fn pc9_what_the_provider_says_changes_nothing_here() {
    for (script, confirmed) in [
        (Scripted::Status(200), true),
        (Scripted::Status(503), false),
        (Scripted::Status(400), false),
        (Scripted::Reset, false),
    ] {
        let rig = Rig::new(&["xai-oauth"]).await;
        rig.sign_in("xai-oauth", None).await;
        rig.fake.next("/revoke", script.clone());
        let done = rig.credentials.logout("xai-oauth").await.unwrap();
        assert_eq!(done.removed, 1);
        match &done.revoked[0].result {
            Revoke::Done => assert!(confirmed, "{script:?}"),
            Revoke::Failed(failure) => {
                assert!(!confirmed, "{script:?}");
                assert_eq!(failure.code, Code::RevokeFailed);
                assert!(failure.message.contains("may still be valid"), "{failure}");
            }
            Revoke::NoEndpoint => panic!("{script:?}"),
        }
        assert!(
            rig.credentials
                .status("xai-oauth")
                .unwrap()
                .entries
                .is_empty(),
            "{script:?}"
        );
    }
}

#[tokio::test]
async fn pc9_silence_ends_after_seconds() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.sign_in("xai-oauth", None).await;
    rig.fake.next("/revoke", Scripted::Hang);
    let credentials = rig.credentials.clone();
    let work = tokio::spawn(async move { credentials.logout("xai-oauth").await });
    rig.fake.until_requests("/revoke", 1).await;
    assert!(
        rig.credentials
            .status("xai-oauth")
            .unwrap()
            .entries
            .is_empty(),
        "gone here already"
    );
    rig.clock.advance(Duration::from_secs(10));
    let done = work.await.unwrap().unwrap();
    assert!(matches!(done.revoked[0].result, Revoke::Failed(_)));
}

#[tokio::test]
async fn pc9_without_an_endpoint_it_says_so() {
    for id in [
        "spotify",
        "anthropic",
        "openai-codex",
        "nous",
        "minimax-oauth",
    ] {
        let rig = Rig::new(&[id]).await;
        rig.sign_in(id, None).await;
        let done = rig.credentials.logout(id).await.unwrap();
        assert_eq!(
            (done.removed, &done.revoked[0].result),
            (1, &Revoke::NoEndpoint),
            "{id}"
        );
        assert!(
            rig.credentials.status(id).unwrap().entries.is_empty(),
            "{id}"
        );
        let file = rig.home.read_auth_json();
        assert!(file["providers"].get(id).is_none(), "{id}");
    }
}

#[tokio::test]
async fn logout_keeps_what_is_borrowed_and_hides_nothing() {
    let environment = Environment::from([("ANTHROPIC_API_KEY", "sk-ant-api-1")]);
    let rig = Rig::with(&["anthropic"], environment).await;
    rig.home.write_auth_json(
        r#"{"providers": {"anthropic": {"last_auth_error": {"relogin_required": true}}},
        "suppressed_sources": {"anthropic": ["hermes_pkce"]}}"#,
    );
    rig.sign_in("anthropic", None).await;
    let done = rig.credentials.logout("anthropic").await.unwrap();
    assert!(done.removed >= 1);
    assert_eq!(done.kept, ["env:ANTHROPIC_API_KEY"]);
    let file = rig.home.read_auth_json();
    assert!(file.get("suppressed_sources").is_none());
    assert!(file["providers"].get("anthropic").is_none());
    let status = rig.credentials.status("anthropic").unwrap();
    assert_eq!(status.entries[0].state, State::Ready);
}
