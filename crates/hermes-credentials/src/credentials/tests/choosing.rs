//! One account of several, named by whoever asks.

use hermes_errors::{Code, Explain as _};
use serde_json::json;

use super::rig::Rig;

/// Two accounts, of which `home` comes first.
async fn two() -> Rig {
    let rig = Rig::new(&["xai-oauth"]).await;
    for label in ["home", "work"] {
        let issued = rig
            .fake
            .issue("xai-oauth", &rig.client_id("xai-oauth"), "openid");
        rig.save("xai-oauth", &issued, Some(label), Some(label))
            .await;
    }
    rig
}

#[tokio::test]
async fn the_account_that_is_named_is_the_one_that_is_used() {
    let rig = two().await;
    rig.a_day_later();
    let credentials = &rig.credentials;
    for (target, label) in [("WORK", "work"), ("2", "work"), ("home", "home")] {
        let token = credentials.access_token_of("xai-oauth", target).await;
        let token = token.unwrap();
        assert_eq!(token.entry.label, label, "{target}");
        assert!(rig.fake.accepts_access(token.token.expose()), "{target}");
    }
    assert_eq!(rig.fake.refreshes(), 2, "each was refreshed once");
    let check = credentials.check("xai-oauth", Some("work")).await.unwrap();
    assert_eq!(check.entry.label, "work");
    let status = credentials.status("xai-oauth").unwrap();
    assert_eq!(status.current.as_ref().unwrap().label, "home");
    let status = status.choosing("work").unwrap();
    assert!(status.signed_in);
    assert_eq!(status.current.unwrap().label, "work");
    let current = status.entries.iter().filter(|entry| entry.current);
    assert_eq!(current.count(), 1);
    let mut pools = credentials.list(Some("xai-oauth")).unwrap();
    pools[0].choose("work");
    let current: Vec<_> = pools[0].entries.iter().map(|entry| entry.current).collect();
    assert_eq!(current, [false, true]);
}

#[tokio::test]
async fn no_other_account_takes_the_place_of_the_one_that_is_named() {
    let rig = two().await;
    let mut file = rig.home.read_auth_json();
    let work = &mut file["credential_pool"]["xai-oauth"][1];
    work["last_status"] = json!("exhausted");
    work["last_error_code"] = json!(429);
    work["last_error_reset_at"] = json!("2026-11-21T13:00:00Z");
    rig.home.write_auth_json(&file.to_string());
    let ask = async |target: &str| {
        let token = rig.credentials.access_token_of("xai-oauth", target).await;
        token.unwrap_err()
    };
    let resting = ask("work").await;
    assert_eq!(resting.code(), Code::CoolingDown);
    assert!(
        resting
            .to_string()
            .starts_with("\"work\" of xai-oauth is resting"),
        "{resting}"
    );
    let unknown = ask("wrok").await;
    assert_eq!(unknown.code(), Code::CredentialUnknown);
    assert_eq!(
        unknown.to_string(),
        "No credential matching \"wrok\". Provider: xai-oauth. Did you mean `work`?"
    );
    assert_eq!(
        unknown.next_step().as_deref(),
        Some("hermes auth list xai-oauth")
    );
    assert!(!ask("zzz").await.to_string().contains("mean"));
    let status = rig.credentials.status("xai-oauth").unwrap();
    assert!(status.clone().choosing("wrok").is_err());
    let none = status.choosing_none();
    assert!(!none.signed_in && none.current.is_none());
    assert!(none.entries.iter().all(|entry| !entry.current));
}

#[tokio::test]
async fn who_is_not_signed_in_at_all_is_told_that() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let token = rig.credentials.access_token_of("xai-oauth", "work").await;
    assert_eq!(token.unwrap_err().code(), Code::NotSignedIn);
    let refreshed = rig.credentials.refresh("xai-oauth", Some("work")).await;
    assert_eq!(refreshed.unwrap_err().code(), Code::NotSignedIn);
}
