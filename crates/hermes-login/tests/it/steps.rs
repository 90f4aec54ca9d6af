//! A person at a terminal steps down the ladder by keys; nothing that was approved is lost by it.

use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_login::PlaceKind;
use hermes_providers::Flow;
use hermes_testkit::{FakeBrowser, Scripted};
use tokio::net::TcpListener;
use url::Url;

use crate::rig::{Recorder, Rig, Told, at, free_port};

/// Somebody at a terminal over SSH.
async fn over_ssh(provider: &str) -> Rig {
    let rig = Rig::new(provider).await.over_ssh().at_port(free_port());
    rig.actor.will_choose();
    rig
}

fn port(url: &Url) -> u16 {
    let (_, uri) = url
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap();
    Url::parse(&uri).unwrap().port().unwrap()
}

/// What was said of a rung that waits in vain, and the command for another flow.
fn stalled(rig: &Rig) -> Vec<(String, Option<String>)> {
    let told = rig.actor.told().into_iter();
    let stalled = told.filter_map(|told| match told {
        Told::Stalled(Flow::Loopback, reason, instead) => Some((reason, instead)),
        _ => None,
    });
    stalled.collect()
}

async fn until_stalled(rig: &Rig) {
    rig.clock.until_sleeping(2).await;
    rig.clock.advance(Duration::from_secs(60));
    rig.actor
        .until_count(1, |told| matches!(told, Told::Stalled(..)))
        .await;
}

async fn until_rungs(rig: &Rig, count: usize) {
    rig.actor
        .until_count(count, |told| matches!(told, Told::Rung(..)))
        .await;
}

#[tokio::test]
async fn when_no_tunnel_comes_that_is_said_once_and_the_late_answer_still_counts() {
    let rig = over_ssh("xai-oauth").await;
    let meanwhile = async |url: &Url| {
        rig.clock.until_sleeping(2).await;
        rig.clock.advance(Duration::from_secs(59));
        assert!(stalled(&rig).is_empty(), "not too early");
        rig.clock.advance(Duration::from_secs(1));
        rig.actor
            .until_count(1, |told| matches!(told, Told::Stalled(..)))
            .await;
        let reason = format!("nothing has connected to 127.0.0.1:{} yet", port(url));
        assert_eq!(stalled(&rig), [(reason, None)]);
        rig.clock.advance(Duration::from_secs(60));
    };
    let (signed_in, page) = rig.signs_in_by_browser(meanwhile).await;
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
    assert!(page.body.contains("signed in"), "{}", page.body);
    assert_eq!(stalled(&rig).len(), 1, "said once");
    assert_eq!(rig.actor.rungs(), [Flow::Loopback], "nothing by itself");
}

#[tokio::test]
async fn whoever_is_asked_for_an_answer_soon_is_told_sooner() {
    let mut rig = over_ssh("xai-oauth").await;
    rig.request.timeout = Some(Duration::from_secs(20));
    let act = async {
        rig.clock.until_sleeping(2).await;
        rig.clock.advance(Duration::from_secs(10));
        rig.actor
            .until_count(1, |told| matches!(told, Told::Stalled(..)))
            .await;
        rig.clock.advance(Duration::from_secs(10));
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap_err().code(), Code::CallbackTimeout);
}

#[tokio::test]
async fn where_somebody_came_or_the_browser_is_here_nothing_is_said() {
    let rig = over_ssh("xai-oauth").await;
    let meanwhile = async |url: &Url| {
        let stray = format!("http://127.0.0.1:{}/favicon.ico", port(url));
        FakeBrowser.must_visit(&stray.parse().unwrap()).await;
        rig.clock.until_sleeping(1).await;
        rig.clock.advance(Duration::from_secs(100));
    };
    rig.signs_in_by_browser(meanwhile).await.0.unwrap();
    assert!(stalled(&rig).is_empty());

    let rig = Rig::new("xai-oauth").await.at_port(free_port());
    rig.actor.will_choose();
    let meanwhile = async |_: &Url| {
        rig.clock.until_sleeping(1).await;
        rig.clock.advance(Duration::from_secs(100));
    };
    rig.signs_in_by_browser(meanwhile).await.0.unwrap();
    assert!(stalled(&rig).is_empty());
}

#[tokio::test]
async fn a_device_code_beside_the_listener_may_win() {
    let rig = over_ssh("xai-oauth").await;
    let act = async {
        let url = rig.actor.url().await;
        until_stalled(&rig).await;
        rig.actor.chooses(Flow::Device);
        let code = rig.fake.until_device().await;
        rig.fake.approve_device(&code);
        until_rungs(&rig, 2).await;
        rig.clock.until_sleeping(2).await;
        rig.clock.advance(Duration::from_secs(10));
        port(&url)
    };
    let (signed_in, port) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Device);
    let told = rig.actor.told().into_iter();
    let rungs = told.filter_map(|told| match told {
        Told::Rung(flow, left) => Some((flow, left)),
        _ => None,
    });
    assert_eq!(
        rungs.collect::<Vec<_>>(),
        [
            (Flow::Loopback, vec![Flow::Device, Flow::Paste]),
            (Flow::Device, vec![Flow::Paste]),
        ]
    );
    assert_eq!(rig.fake.requests_to("/device/code").len(), 1);
    assert!(
        TcpListener::bind(("127.0.0.1", port)).await.is_ok(),
        "the listener is closed"
    );
}

#[tokio::test]
async fn the_listener_beside_a_device_code_may_win_and_ends_the_polling() {
    let rig = over_ssh("xai-oauth").await;
    let meanwhile = async |_: &Url| {
        rig.actor.chooses(Flow::Device);
        rig.fake.until_device().await;
    };
    let (signed_in, page) = rig.signs_in_by_browser(meanwhile).await;
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
    assert!(page.body.contains("signed in"), "{}", page.body);
    assert_eq!(rig.exchanges(), 1, "nobody polls any more");
    assert_eq!(rig.clock.sleepers(), 0);
}

#[tokio::test]
async fn a_paste_beside_a_device_code_may_win() {
    let rig = over_ssh("xai-oauth").await;
    let act = async {
        let url = rig.actor.url().await;
        rig.actor.chooses(Flow::Device);
        rig.fake.until_device().await;
        rig.actor.types(rig.fake.authorize(&url).as_str());
        rig.actor.ends_input();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    assert_eq!(rig.exchanges(), 1);
}

#[tokio::test]
async fn a_listener_whose_time_is_over_leaves_the_device_code_standing() {
    let rig = over_ssh("xai-oauth").await;
    let act = async {
        rig.actor.url().await;
        until_stalled(&rig).await;
        rig.actor.chooses(Flow::Device);
        let code = rig.fake.until_device().await;
        until_rungs(&rig, 2).await;
        rig.clock.until_sleeping(2).await;
        rig.clock.advance(Duration::from_secs(120));
        rig.actor
            .until_count(1, |told| matches!(told, Told::Failed(Flow::Loopback, ..)))
            .await;
        rig.fake.approve_device(&code);
        rig.clock.set_automatic();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Device);
}

#[tokio::test]
async fn a_code_that_the_server_refuses_leaves_the_device_code_standing() {
    let rig = over_ssh("xai-oauth").await;
    rig.fake.next("/token", Scripted::Status(400));
    let act = async {
        let url = rig.actor.url().await;
        rig.actor.chooses(Flow::Device);
        let code = rig.fake.until_device().await;
        let page = FakeBrowser.must_visit(&rig.fake.authorize(&url)).await;
        assert!(page.body.contains("did not finish"), "{}", page.body);
        rig.fake.approve_device(&code);
        rig.clock.set_automatic();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Device);
}

#[tokio::test]
async fn a_port_that_another_has_is_told_and_the_person_chooses() {
    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let mut rig = over_ssh("xai-oauth").await;
    rig.request.port = Some(taken);
    let act = async {
        rig.actor
            .until_count(1, |told| matches!(told, Told::Failed(..)))
            .await;
        let told = rig.actor.told();
        let failed = told.iter().find_map(|told| match told {
            Told::Failed(flow, reason, next) => Some((*flow, reason.clone(), *next)),
            _ => None,
        });
        let (flow, reason, next) = failed.unwrap();
        assert_eq!((flow, next), (Flow::Loopback, None), "nothing by itself");
        assert!(reason.contains("in use by"), "{reason}");
        // What is no key changes nothing.
        rig.actor.types("http://127.0.0.1/callback?code=a&state=b");
        rig.actor
            .until_count(1, |told| matches!(told, Told::Rejected(_)))
            .await;
        assert_eq!(rig.actor.rungs(), [Flow::Loopback]);
        rig.actor.chooses(Flow::Paste);
        let answer = rig.fake.authorize(&rig.actor.url().await);
        rig.actor.types(answer.as_str());
        rig.actor.ends_input();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    assert_eq!(rig.actor.rungs(), [Flow::Loopback, Flow::Paste]);
}

#[tokio::test]
async fn nobody_chooses() {
    // Nobody can: the next rung is taken.
    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let mut rig = over_ssh("xai-oauth").await;
    rig.request.port = Some(taken);
    rig.actor.ends_input();
    let (signed_in, ()) = tokio::join!(rig.signs_in(), rig.device_is_approved());
    assert_eq!(signed_in.unwrap().flow, Flow::Device);

    // Nobody does: it ends, with what had failed.
    let mut rig = over_ssh("xai-oauth").await;
    rig.request.port = Some(taken);
    let act = async {
        rig.clock.until_sleeping(1).await;
        rig.clock.advance(Duration::from_secs(600));
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap_err().code(), Code::PortBusy);
}

#[tokio::test]
async fn a_browser_that_does_not_open_leaves_everything_waiting() {
    let mut rig = Rig::new("xai-oauth").await.at_port(free_port());
    rig.opener = Recorder::refusing();
    rig.actor.will_choose();
    let meanwhile = async |_: &Url| {
        rig.actor
            .until_count(1, |told| matches!(told, Told::Browser(_)))
            .await;
        // The listener reads pastes already; to ask for the paste starts nothing.
        rig.actor.chooses(Flow::Paste);
        rig.actor.chooses(Flow::Device);
        rig.fake.until_device().await;
        assert_eq!(rig.actor.rungs(), [Flow::Loopback, Flow::Device]);
    };
    let (signed_in, _) = rig.signs_in_by_browser(meanwhile).await;
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
}

#[tokio::test]
async fn a_device_code_that_policy_refuses_leads_on() {
    for status in [401, 403, 404] {
        let mut rig = Rig::new("xai-oauth").await;
        rig.place = at(PlaceKind::Container);
        rig.actor.ends_input();
        rig.fake.next("/device/code", Scripted::Status(status));
        let act = async {
            until_rungs(&rig, 3).await;
            rig.actor
                .until_count(2, |told| matches!(told, Told::Url(_)))
                .await;
            let told = rig.actor.told().into_iter().rev();
            let url = told.into_iter().find_map(|told| match told {
                Told::Url(url) => Some(url),
                _ => None,
            });
            FakeBrowser
                .must_visit(&rig.fake.authorize(&url.unwrap()))
                .await
        };
        let (signed_in, _) = tokio::join!(rig.signs_in(), act);
        signed_in.unwrap();
        let refused = rig.actor.told().into_iter().find_map(|told| match told {
            Told::Failed(Flow::Device, reason, Some(Flow::Loopback)) => Some(reason),
            _ => None,
        });
        let reason = refused.unwrap();
        assert!(reason.contains("does not give device codes"), "{reason}");
    }
}

#[tokio::test]
async fn beside_a_listener_a_server_that_is_down_for_device_codes_ends_nothing() {
    let rig = over_ssh("xai-oauth").await;
    rig.fake.next("/device/code", Scripted::Status(503));
    let meanwhile = async |_: &Url| {
        rig.actor.chooses(Flow::Device);
        rig.actor
            .until_count(1, |told| matches!(told, Told::Failed(Flow::Device, ..)))
            .await;
    };
    let (signed_in, _) = rig.signs_in_by_browser(meanwhile).await;
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
}

#[tokio::test]
async fn whoever_has_gone_on_is_not_told_that_nobody_came() {
    let rig = over_ssh("xai-oauth").await;
    let meanwhile = async |_: &Url| {
        rig.actor.chooses(Flow::Device);
        rig.fake.until_device().await;
        rig.clock.until_sleeping(3).await;
        rig.clock.advance(Duration::from_secs(61));
    };
    let (signed_in, _) = rig.signs_in_by_browser(meanwhile).await;
    signed_in.unwrap();
    assert!(stalled(&rig).is_empty());
}

#[tokio::test]
async fn beside_a_listener_a_refused_device_code_is_told_and_nothing_ends() {
    let rig = over_ssh("xai-oauth").await;
    rig.fake.next("/device/code", Scripted::Status(403));
    let meanwhile = async |_: &Url| {
        rig.actor.chooses(Flow::Device);
        rig.actor
            .until_count(1, |told| {
                matches!(told, Told::Failed(Flow::Device, _, None))
            })
            .await;
    };
    let (signed_in, _) = rig.signs_in_by_browser(meanwhile).await;
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
}

#[tokio::test]
async fn a_flow_that_was_asked_for_names_the_command_for_another_one() {
    let rig = over_ssh("xai-oauth").await.by(Flow::Loopback);
    let command = "hermes auth add xai-oauth --flow device".to_owned();
    let meanwhile = async |_: &Url| {
        until_stalled(&rig).await;
        assert_eq!(stalled(&rig)[0].1.as_ref(), Some(&command));
        rig.actor.chooses(Flow::Device);
    };
    let (signed_in, _) = rig.signs_in_by_browser(meanwhile).await;
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
    assert!(rig.fake.requests_to("/device/code").is_empty());

    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut rig = over_ssh("xai-oauth").await.by(Flow::Loopback);
    rig.request.port = Some(squatter.local_addr().unwrap().port());
    let error = rig.signs_in().await.unwrap_err();
    assert_eq!(error.code(), Code::PortBusy);
    assert_eq!(error.next_step(), Some(command));

    // On the browser's own machine a paste would send the answer to the one who has the port.
    let mut rig = Rig::new("spotify").await.by(Flow::Loopback);
    rig.request.port = Some(squatter.local_addr().unwrap().port());
    let error = rig.signs_in().await.unwrap_err();
    assert_eq!(error.code(), Code::PortBusy);
    assert_eq!(error.next_step(), None);
}
