//! Many processes want one token. The long form, with a thousand callers in them, is `cargo xtask
//! storm`.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::rig::{Rig, finish};

#[tokio::test]
async fn pc8_sixteen_processes_make_one_request() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    expire(&rig);
    let asked = rig.provider.requests_to("/token").len();
    let processes =
        (0..16).map(|_| async { finish(&mut rig.hermes(&["auth", "token", "xai-oauth"])).await });
    let ended = join_all(processes).await;
    assert!(ended.iter().all(|one| one.status == 0), "{ended:?}");
    let tokens: BTreeSet<_> = ended.iter().map(|one| one.stdout.trim()).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(rig.provider.requests_to("/token").len(), asked + 1);
    assert!(rig.provider.accepts_access(tokens.first().unwrap()));
}

/// Dates the stored token back, so that it is over.
fn expire(rig: &Rig) {
    let mut file = rig.home.read_auth_json();
    let entry = &mut file["credential_pool"]["xai-oauth"][0];
    entry["obtained_at"] = "2026-01-01T00:00:00+00:00".into();
    entry["expires_at"] = "2026-01-01T06:00:00+00:00".into();
    entry["last_refresh"] = "2026-01-01T00:00:00Z".into();
    rig.home.write_auth_json(&file.to_string());
}
