//! A process that is killed at any moment leaves a whole file, and says what it may have lost.

use hermes_testkit::Scripted;
use serde_json::Value;

use crate::rig::Rig;

#[tokio::test]
async fn a_refresh_killed_in_flight_is_reported_and_nothing_is_lost() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let before = rig.home.read_auth_json();
    rig.provider.next("/token", Scripted::Hang);
    let asked = rig.provider.requests_to("/token").len();
    let mut child = rig
        .hermes(&["auth", "refresh", "xai-oauth"])
        .spawn()
        .unwrap();
    rig.provider.until_requests("/token", asked + 1).await;
    child.kill().await.unwrap();

    assert_eq!(rig.home.read_auth_json(), before, "the file is as it was");
    let listed = rig.run(&["auth", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let credential = &listed["providers"][0]["credentials"][0];
    assert!(
        credential["interrupted_refresh_at"].is_string(),
        "{credential}"
    );
    // The request never changed anything at the provider, so the next refresh mends it.
    let again = rig.run(&["auth", "refresh", "xai-oauth", "--json"]).await;
    assert_eq!(again.status, 0, "{}", again.stderr);
    let listed = rig.run(&["auth", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert!(listed["providers"][0]["credentials"][0]["interrupted_refresh_at"].is_null());
}

/// Kills refreshes at moments that the random delays spread over the whole of one. What must hold
/// each time: the file parses, the credential is there, and if its refresh token is spent, the
/// next command says that a refresh was cut off.
#[tokio::test]
async fn kill_9_at_any_moment_keeps_the_file_whole() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let mut lost = 0;
    for round in 0..40u64 {
        let mut child = rig
            .hermes(&["auth", "refresh", "xai-oauth"])
            .spawn()
            .unwrap();
        // The moment of the kill is the input of this test, not a wait for something to happen.
        tokio::task::spawn_blocking(move || {
            std::thread::sleep(std::time::Duration::from_micros(round * 997 % 40_000));
        })
        .await
        .unwrap();
        child.kill().await.unwrap();
        let entry = rig.home.read_auth_json()["credential_pool"]["xai-oauth"][0].clone();
        let token = entry["refresh_token"]
            .as_str()
            .expect("the credential is there")
            .to_owned();
        if !rig.provider.accepts_refresh(&token) {
            let ended = rig.run(&["auth", "refresh", "xai-oauth"]).await;
            assert_eq!(ended.status, 4, "{}", ended.stderr);
            assert!(
                ended.stderr.contains("auth.refresh_interrupted"),
                "{}",
                ended.stderr
            );
            lost += 1;
            rig.sign_in("xai-oauth", &["--force"]).await;
        }
    }
    assert!(lost < 40, "some refresh survived");
}
