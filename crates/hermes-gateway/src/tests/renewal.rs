use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::task::JoinHandle;

use super::rig::{ONE, Rig};

/// What the gateway does beside requests, so many times over, as replicas would.
pub(super) async fn keep_up(rig: &Rig, times: usize) -> Vec<JoinHandle<()>> {
    let tasks = (0..times).map(|_| {
        let gateway = Arc::clone(&rig.gateway);
        tokio::spawn(async move { gateway.keep_up().await })
    });
    let tasks = tasks.collect();
    rig.clock.until_sleeping(3 * times).await;
    tasks
}

/// Lets so much time pass, in steps that wake everybody.
pub(super) async fn pass(rig: &Rig, tasks: usize, seconds: u64) {
    for _ in 0..seconds.div_ceil(60) {
        rig.clock.advance(Duration::from_secs(60));
        rig.clock.until_sleeping(3 * tasks).await;
    }
}

#[tokio::test]
async fn tokens_are_renewed_once_whoever_asks() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    let before = rig.idp.asked("/token");
    let tasks = keep_up(&rig, 8).await;
    pass(&rig, 8, 13 * 60).await;
    assert_eq!(rig.idp.asked("/token"), before, "not before its time");
    let requests = futures_util::future::join_all((0..100).map(|_| {
        let mut tab = rig.program();
        tab.cookies.clone_from(&browser.cookies);
        async move { tab.is_in().await }
    }));
    let (answers, ()) = tokio::join!(requests, pass(&rig, 8, 120));
    assert!(answers.iter().all(|is_in| *is_in));
    assert_eq!(rig.idp.asked("/token"), before + 1);
    // The token that came with the answer is the next one to be shown.
    pass(&rig, 8, 16 * 60).await;
    assert_eq!(rig.idp.asked("/token"), before + 2);
    assert!(browser.is_in().await);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn whoever_is_removed_there_is_out_here() {
    for (what, change) in [
        ("removed", None),
        (
            "off the list",
            Some(json!({ "email": "ada@elsewhere.test" })),
        ),
        ("another person", Some(json!({ "sub": "u-2" }))),
    ] {
        let rig = Rig::owned(ONE).await;
        let mut browser = rig.program();
        browser.sign_in().await;
        match &change {
            Some(person) => rig.idp.set_person(person),
            None => rig.idp.remove_person(),
        }
        let tasks = keep_up(&rig, 1).await;
        assert!(browser.is_in().await, "{what}: not asked yet");
        pass(&rig, 1, 15 * 60).await;
        assert!(!browser.is_in().await, "{what}");
        for task in tasks {
            task.abort();
        }
    }
}

#[tokio::test]
async fn rp10_an_outage_ends_no_session_and_is_over_when_it_is_over() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    rig.idp.set_down(true);
    let tasks = keep_up(&rig, 1).await;
    pass(&rig, 1, 3600).await;
    assert!(browser.is_in().await);
    let tries = rig.idp.asked("/token");
    assert!(
        (30..=60).contains(&tries),
        "once a minute, and not more: {tries}"
    );
    rig.idp.set_down(false);
    pass(&rig, 1, 120).await;
    assert!(browser.is_in().await);
    assert_eq!(rig.idp.asked("/token"), tries + 1);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn rp10_an_outage_outlives_no_session() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    rig.idp.set_down(true);
    let tasks = keep_up(&rig, 1).await;
    for _ in 0..29 {
        rig.clock.advance(Duration::from_secs(86_400));
        rig.clock.until_sleeping(3).await;
        assert!(browser.is_in().await);
        // The minute in which it is written down that the session was used.
        pass(&rig, 1, 60).await;
    }
    rig.clock.advance(Duration::from_secs(86_400));
    assert!(!browser.is_in().await);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn a_method_that_is_removed_vouches_for_nobody() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.program();
    browser.sign_in().await;
    rig.reload(&ONE.replace("acme", "other"));
    let tasks = keep_up(&rig, 1).await;
    pass(&rig, 1, 15 * 60).await;
    assert!(!browser.is_in().await);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn without_a_refresh_token_nobody_is_asked_again() {
    let rig = Rig::owned(ONE).await;
    rig.idp.gives_no_refresh_token();
    let mut browser = rig.program();
    browser.sign_in().await;
    let tasks = keep_up(&rig, 1).await;
    pass(&rig, 1, 3600).await;
    assert_eq!(rig.idp.asked("/token"), 1);
    assert!(browser.is_in().await);
    for task in tasks {
        task.abort();
    }
}
