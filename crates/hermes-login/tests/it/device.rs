use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_providers::Flow;

use crate::rig::{Rig, Told};

/// Approves the pending code and lets the polling clock run.
async fn approve(rig: &Rig) {
    let code = rig.fake.until_device().await;
    rig.fake.approve_device(&code);
    rig.clock.set_automatic();
}

#[tokio::test]
async fn every_provider_with_device_codes_is_signed_in_to() {
    for (provider, flow) in [
        ("xai-oauth", Some(Flow::Device)),
        ("openai-codex", None),
        ("nous", None),
        ("minimax-oauth", None),
        ("copilot", None),
    ] {
        let mut rig = Rig::new(provider).await.over_ssh();
        rig.request.flow = flow;
        let (signed_in, ()) = tokio::join!(rig.signs_in(), approve(&rig));
        let signed_in = signed_in.unwrap_or_else(|error| panic!("{provider}: {error}"));
        assert_eq!(signed_in.flow, Flow::Device, "{provider}");
        assert!(!signed_in.tunnelled);
        assert!(rig.saved(), "{provider}");
        let (flow, redirect_uri, _) = rig.actor.waiting().await;
        assert_eq!((flow, redirect_uri), (Flow::Device, None), "{provider}");
        assert!(
            rig.actor
                .told()
                .iter()
                .any(|told| matches!(told, Told::Device(code) if !code.is_empty()))
        );
        assert!(
            !rig.actor
                .told()
                .iter()
                .any(|told| matches!(told, Told::Hint(_))),
            "no tunnel"
        );
        assert!(rig.opener.opened().is_empty(), "{provider}");
    }
}

#[tokio::test]
async fn a_desktop_opens_the_page_for_the_code() {
    let rig = Rig::new("openai-codex").await;
    let (signed_in, ()) = tokio::join!(rig.signs_in(), approve(&rig));
    signed_in.unwrap();
    assert_eq!(rig.opener.opened().len(), 1);
}

#[tokio::test]
async fn a_declined_code_ends_it() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Device);
    let act = async {
        let code = rig.fake.until_device().await;
        rig.fake.deny_device(&code);
        rig.clock.set_automatic();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap_err().code(), Code::Denied);
    assert!(!rig.saved());
}

#[tokio::test]
async fn nobody_approves_within_the_time_that_was_given() {
    let mut rig = Rig::new("xai-oauth").await.by(Flow::Device);
    rig.request.timeout = Some(Duration::from_secs(60));
    let act = async {
        let (_, _, limit) = rig.actor.waiting().await;
        assert_eq!(limit, Duration::from_secs(60));
        rig.clock.until_sleeping(2).await;
        rig.clock.advance(limit);
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    let error = signed_in.unwrap_err();
    assert_eq!(error.code(), Code::DeviceTimeout);
    assert_eq!(
        error.to_string(),
        "Timed out waiting for xAI device authorization."
    );
}

#[tokio::test]
async fn an_expired_code_is_told_in_the_words_of_the_provider() {
    let rig = Rig::new("openai-codex").await;
    let act = async {
        rig.fake.until_device().await;
        rig.clock.set_automatic();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    let error = signed_in.unwrap_err();
    assert_eq!(error.code(), Code::DeviceTimeout);
    assert_eq!(error.to_string(), "Login timed out after 15 minutes.");
}
