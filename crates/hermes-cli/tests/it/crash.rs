//! A process that is killed at any moment leaves a whole file, and says what it may have lost.

use hermes_testkit::{Scripted, long::Crash};
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

/// The short form of `cargo xtask crash`. What must hold each time: the file is whole, nothing but
/// an answer in flight is lost, and that is reported; the lock is free, the next command works, and
/// no unfinished file stays.
#[tokio::test]
async fn kill_9_at_any_moment_keeps_the_file_whole() {
    let crash = Crash {
        hermes: env!("CARGO_BIN_EXE_hermes").into(),
        kills: 36,
        limit: None,
        seed: 2026,
    };
    let seen = crash.run().await.unwrap();
    assert_eq!(seen.wrong, Vec::<String>::new(), "{seen:?}");
    for tally in seen.tallies {
        assert_eq!(tally.kills, 12);
        assert_eq!(tally.old + tally.new + tally.reported, 12, "{seen:?}");
    }
    let [refresh, ..] = seen.tallies;
    assert_eq!(refresh.lost, refresh.reported);
}
