use hermes_errors::{Code, Explain as _};
use hermes_login::PlaceKind;
use hermes_providers::Flow;
use hermes_testkit::{FakeBrowser, Scripted};
use tokio::net::TcpListener;

use crate::rig::{Rig, Told, at};

async fn squatter() -> (TcpListener, u16) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

#[tokio::test]
async fn lb2_on_a_desktop_no_answer_goes_to_a_port_that_another_has() {
    let (_squatter, port) = squatter().await;
    let rig = Rig::new("spotify").await.at_port(port);
    let error = rig.signs_in().await.unwrap_err();
    assert_eq!(error.code(), Code::PortBusy);
    let text = error.to_string();
    let expected = format!("Could not bind Spotify callback server on 127.0.0.1:{port}: ");
    assert!(text.starts_with(&expected), "{text}");
    assert!(
        text.contains(&format!("(process {})", std::process::id())),
        "{text}"
    );
    assert!(rig.opener.opened().is_empty());
    assert!(
        !rig.actor
            .told()
            .iter()
            .any(|told| matches!(told, Told::Url(_))),
        "no address with that port is even shown"
    );
}

#[tokio::test]
async fn over_ssh_a_busy_fixed_port_leads_to_the_paste() {
    let (_squatter, port) = squatter().await;
    let rig = Rig::new("spotify").await.over_ssh().at_port(port);
    let act = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        rig.actor.types(answer.as_str());
        rig.actor.ends_input();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    assert_eq!(rig.actor.rungs(), [Flow::Loopback, Flow::Paste]);
    let failed = rig.actor.told().into_iter().find_map(|told| match told {
        Told::Failed(flow, reason, next) => Some((flow, reason, next)),
        _ => None,
    });
    let (flow, reason, next) = failed.unwrap();
    assert_eq!((flow, next), (Flow::Loopback, Some(Flow::Paste)));
    assert!(reason.contains("in use by"), "{reason}");
}

#[tokio::test]
async fn a_busy_port_that_was_asked_for_leads_to_the_device_code() {
    let (_squatter, port) = squatter().await;
    let mut rig = Rig::new("xai-oauth").await.over_ssh();
    rig.request.port = Some(port);
    let (signed_in, ()) = tokio::join!(rig.signs_in(), rig.device_is_approved());
    assert_eq!(signed_in.unwrap().flow, Flow::Device);
    assert_eq!(rig.actor.rungs(), [Flow::Loopback, Flow::Device]);
}

#[tokio::test]
async fn a_flow_that_was_asked_for_gives_way_to_none() {
    let (_squatter, port) = squatter().await;
    let rig = Rig::new("spotify")
        .await
        .over_ssh()
        .at_port(port)
        .by(Flow::Loopback);
    assert_eq!(rig.signs_in().await.unwrap_err().code(), Code::PortBusy);
    assert_eq!(rig.actor.rungs(), [Flow::Loopback]);

    let rig = Rig::new("openai-codex").await.by(Flow::Loopback);
    assert_eq!(
        rig.signs_in().await.unwrap_err().code(),
        Code::FlowUnsupported
    );
    assert!(rig.fake.requests().is_empty());
}

#[tokio::test]
async fn a_refused_device_code_leads_to_the_next_rung() {
    let mut rig = Rig::new("xai-oauth").await;
    rig.place = at(PlaceKind::Container);
    // A container with nobody at the keyboard.
    rig.actor.ends_input();
    rig.fake.next("/device/code", Scripted::Status(400));
    let act = async {
        rig.actor
            .until_count(3, |told| matches!(told, Told::Rung(..)))
            .await;
        let mut urls = Vec::new();
        for told in rig.actor.told() {
            if let Told::Url(url) = told {
                urls.push(url);
            }
        }
        let url = match urls.len() {
            2 => urls.remove(1),
            _ => {
                rig.actor
                    .until_count(2, |told| matches!(told, Told::Url(_)))
                    .await;
                let told = rig.actor.told().into_iter().rev();
                told.into_iter()
                    .find_map(|told| match told {
                        Told::Url(url) => Some(url),
                        _ => None,
                    })
                    .unwrap()
            }
        };
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
    assert_eq!(
        rig.actor.rungs(),
        [Flow::Paste, Flow::Device, Flow::Loopback]
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_down_for_every_rung() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Device);
    rig.fake.next("/device/code", Scripted::Status(503));
    let error = rig.signs_in().await.unwrap_err();
    assert_eq!(error.code(), Code::ProviderServerError);
    assert_eq!(rig.actor.rungs(), [Flow::Device]);
}

#[tokio::test]
async fn a_refused_device_code_names_only_flows_that_the_provider_has() {
    let hint = async |rig: Rig| {
        rig.fake.next("/device/code", Scripted::Status(403));
        let codex = "/api/accounts/deviceauth/usercode";
        rig.fake.next(codex, Scripted::Status(404));
        let error = rig.signs_in().await.unwrap_err();
        assert_eq!(error.code(), Code::DeviceRefused, "{error}");
        error.next_step().unwrap()
    };
    let guide = "hermes guide guides/openai-codex";
    assert_eq!(hint(Rig::new("openai-codex").await).await, guide);
    let wanted = Rig::new("openai-codex").await.by(Flow::Device);
    assert_eq!(hint(wanted).await, guide);
    let other = hint(Rig::new("xai-oauth").await.by(Flow::Device)).await;
    assert_eq!(other, "hermes auth add xai-oauth --flow loopback");
    assert!(!Code::DeviceRefused.next_step().contains("--flow"));
}

#[tokio::test]
async fn what_cannot_be_saved_is_not_signed_in() {
    let rig = Rig::new("xai-oauth").await;
    let browse = async {
        let url = rig.actor.url().await;
        rig.home.write_auth_json("{ not json");
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
    assert_eq!(signed_in.unwrap_err().code(), Code::StoreCorrupt);
    assert!(
        page.body.contains("did not finish"),
        "the page says what is true"
    );
    assert_eq!(rig.home.auth_json_text().unwrap(), "{ not json");
}
