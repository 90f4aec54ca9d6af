use std::sync::Arc;

use futures_util::future::join_all;
use hermes_errors::{Code, Explain as _};
use hermes_machine::{Environment, SystemClock};
use hermes_testkit::Scripted;

use super::rig::{Rig, open, web};
use crate::Credentials;

/// Opens the home eight times, as eight processes would, and asks from each with 25 tasks.
fn crowd(rig: &Rig) -> Vec<Credentials> {
    (0..8)
        .map(|_| {
            open(
                &rig.home,
                &Environment::default(),
                Arc::new(SystemClock),
                web(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pc8_a_storm_refreshes_once() {
    let rig = Rig::new(&["xai-oauth"]).await;
    // By the machine's clock, this token ended long ago.
    rig.clock.set("2020-01-01T00:00:00Z");
    rig.sign_in("xai-oauth", None).await;
    rig.clock.set("2036-01-01T00:00:00Z");
    let crowd = crowd(&rig);
    let calls = crowd.iter().cycle().take(200).map(|credentials| {
        let credentials = credentials.clone();
        tokio::spawn(async move { credentials.access_token("xai-oauth").await })
    });
    let answers = join_all(calls).await;
    let mut tokens: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().unwrap().token.expose().to_owned())
        .collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all have the same token");
    assert_eq!(rig.fake.requests_to("/oauth2/token").len(), 1);
    assert!(rig.fake.accepts_access(&tokens[0]));
    assert_eq!(rig.fake.ended_grants(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pc8_a_storm_fails_once() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.clock.set("2020-01-01T00:00:00Z");
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    rig.fake.next("/oauth2/token", Scripted::Status(503));
    let crowd = crowd(&rig);
    let calls = crowd.iter().cycle().take(100).map(|credentials| {
        let credentials = credentials.clone();
        tokio::spawn(async move { credentials.access_token("xai-oauth").await })
    });
    for answer in join_all(calls).await {
        let error = answer.unwrap().unwrap_err();
        assert_eq!(error.code(), Code::ProviderServerError);
        assert!(error.is_transient());
    }
    assert_eq!(rig.fake.requests_to("/oauth2/token").len(), 1);
    assert!(
        rig.fake
            .accepts_refresh(issued.refresh_token.as_ref().unwrap())
    );
}
