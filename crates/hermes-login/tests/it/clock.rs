//! A machine whose clock is a day off: sign-ins and refreshes go on, by durations and not by dates.

use std::time::Duration;

use hermes_providers::{Flow, Table};
use hermes_testkit::{FakeBrowser, FakeProvider, MovedClock};

use crate::rig::Rig;

/// The life of an access token.
const LIFE: u64 = 6 * 3600;

/// A home that was signed in at this server.
async fn signed_in_at(fake: FakeProvider) -> Rig {
    fake.configure(|settings| settings.expires_in = Some(LIFE));
    let table = Table::load(Some(&fake.table_override("xai-oauth"))).unwrap();
    let provider = table.get("xai-oauth").unwrap().clone();
    let rig = Rig::with(fake, table, provider).by(Flow::Loopback);
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
    signed_in.unwrap();
    rig
}

/// Signs in and lives through three renewals with the provider's clock set to this, while ours says
/// noon of 21 November.
async fn a_day_with_the_provider_at(its_time: &str) {
    let theirs = MovedClock::at(its_time);
    let fake = FakeProvider::start_with_clock(theirs.clone()).await;
    let rig = signed_in_at(fake).await;

    for renewals in 0..4 {
        let token = rig.credentials().access_token("xai-oauth").await.unwrap();
        assert!(
            rig.fake.accepts_access(token.token.expose()),
            "{its_time}, after {renewals}"
        );
        assert_eq!(
            rig.fake.refreshes(),
            renewals,
            "{its_time}: once a life, not more"
        );
        for clock in [&theirs, &rig.clock] {
            clock.advance(Duration::from_secs(LIFE));
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_a_day_behind() {
    a_day_with_the_provider_at("2026-11-22T12:00:00Z").await;
}

#[tokio::test]
async fn a_clock_that_is_a_day_ahead() {
    a_day_with_the_provider_at("2026-11-20T12:00:00Z").await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_by_a_day_renews_what_it_cannot_date() {
    let fake = FakeProvider::start().await;
    let rig = signed_in_at(fake).await;

    // The machine finds out that it is yesterday: the token seems to come from the future.
    let yesterday = MovedClock::at("2026-11-20T12:00:00Z");
    let credentials = rig.credentials_at(yesterday);
    let token = credentials.access_token("xai-oauth").await.unwrap();
    assert!(rig.fake.accepts_access(token.token.expose()));
    assert_eq!(rig.fake.refreshes(), 1);
    credentials.access_token("xai-oauth").await.unwrap();
    assert_eq!(
        rig.fake.refreshes(),
        1,
        "and is dated by the new clock from then on"
    );
}
