use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_login::{BrowserOutcome, PlaceKind};
use hermes_providers::Flow;
use hermes_testkit::FakeBrowser;
use tokio::net::TcpStream;
use url::Url;

use crate::rig::{Rig, Told, at, free_port, param, with_param};

/// How long the next line of a paste is waited for.
const PAUSE: Duration = Duration::from_millis(120);

/// Types a text, and lets the pause after it pass. Lines that are typed at once are one paste.
async fn paste(rig: &Rig, text: &str) {
    let pauses = || {
        rig.clock
            .slept()
            .iter()
            .filter(|wait| **wait == PAUSE)
            .count()
    };
    let before = pauses();
    rig.actor.types(text);
    while pauses() == before {
        tokio::task::yield_now().await;
    }
    rig.clock.advance(PAUSE);
}

async fn rejected(rig: &Rig, count: usize) -> String {
    rig.actor
        .until_count(count, |told| matches!(told, Told::Rejected(_)))
        .await;
    rig.actor.rejections().pop().unwrap()
}

#[tokio::test]
async fn a_paste_beats_the_listener_over_ssh() {
    let rig = Rig::new("xai-oauth").await.over_ssh();
    let act = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        paste(&rig, answer.as_str()).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    let signed_in = signed_in.unwrap();
    assert_eq!(signed_in.flow, Flow::Paste);
    assert!(!signed_in.tunnelled);
    let file = rig.home.read_auth_json();
    assert_eq!(
        file["credential_pool"]["xai-oauth"][0]["source"],
        "manual:loopback_pkce"
    );
    assert!(rig.actor.asked().is_empty(), "an address proves itself");
}

#[tokio::test]
async fn an_address_that_the_terminal_wrapped_is_one_paste() {
    let rig = Rig::new("xai-oauth").await.over_ssh();
    let act = async {
        let answer = rig.fake.authorize(&rig.actor.url().await).to_string();
        let (one, rest) = answer.split_at(40);
        let (two, three) = rest.split_at(40);
        paste(&rig, &format!("{one}\n  {two}\n{three}")).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    assert!(rig.actor.rejections().is_empty());
}

#[tokio::test]
async fn a_script_may_send_a_line_too_many() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let act = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        paste(&rig, &format!("here it is:\n{answer}\n")).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn the_paste_flow_listens_nowhere_and_opens_nothing() {
    let port = free_port();
    let rig = Rig::new("xai-oauth").await.at_port(port).by(Flow::Paste);
    let act = async {
        let url = rig.actor.url().await;
        let uri = format!("http://127.0.0.1:{port}/callback");
        assert_eq!(param(&url, "redirect_uri"), uri);
        let (flow, redirect_uri, limit) = rig.actor.waiting().await;
        assert_eq!(flow, Flow::Paste);
        assert_eq!(redirect_uri.unwrap().as_str(), uri);
        assert_eq!(limit, Duration::from_secs(600));
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
        // As a person does: copy the address of the page that fails to load.
        let failed = FakeBrowser
            .visit(&rig.fake.authorize(&url))
            .await
            .unwrap_err();
        paste(&rig, failed.url.as_str()).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    assert!(
        rig.opener.opened().is_empty(),
        "lb2: whoever has that port would get the answer"
    );
    assert!(
        rig.actor
            .told()
            .iter()
            .any(|told| matches!(told, Told::Browser(BrowserOutcome::NotHere(_))))
    );
}

#[tokio::test]
async fn anthropic_takes_code_and_state_from_its_page() {
    let rig = Rig::new("anthropic").await;
    let act = async {
        let url = rig.actor.url().await;
        let redirected = rig.fake.authorize(&url);
        let shown = rig.fake.shown_code(&redirected);
        let (code, state) = shown.split_once('#').unwrap();
        let wrong = [
            format!("{code}#{}", &state[..40]),
            format!("{code}#wrong-state"),
        ];
        for (count, text) in wrong.iter().enumerate() {
            paste(&rig, text).await;
            let reason = rejected(&rig, count + 1).await;
            assert!(reason.contains("`state`"), "{reason}");
        }
        assert_eq!(rig.exchanges(), 0);
        paste(&rig, &format!("  {shown}  ")).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    let file = rig.home.read_auth_json();
    assert_eq!(
        file["credential_pool"]["anthropic"][0]["source"],
        "manual:hermes_pkce"
    );
    let opened = rig.opener.opened();
    assert_eq!(
        opened.len(),
        1,
        "its page shows the code, so the browser is opened"
    );
    let told = format!("{:?}", rig.actor.told());
    assert!(
        told.contains("Terms"),
        "it says what plan use costs, before it starts"
    );
}

#[tokio::test]
async fn pa1_what_is_not_the_answer_is_said_and_asked_for_again() {
    let rig = Rig::new("xai-oauth").await.over_ssh().at_port(free_port());
    let act = async {
        let url = rig.actor.url().await;
        let answer = rig.fake.authorize(&url);
        let mut elsewhere = answer.clone();
        elsewhere.set_port(Some(1)).unwrap();
        let rows: Vec<(String, &str)> = vec![
            (url.to_string(), "the one you arrive at"),
            (elsewhere.to_string(), "another address"),
            (
                with_param(&answer, "state", Some("old")).to_string(),
                "another sign-in",
            ),
            (
                with_param(&answer, "code", None).to_string(),
                "neither a code nor an error",
            ),
            (format!("{answer}&code=x"), "twice"),
            (
                answer.to_string().replace("?code=", "#access_token="),
                "access token",
            ),
            ("what now".to_owned(), "is no address of this sign-in"),
            ("x".repeat(1 << 20), "longer than 8 KiB"),
        ];
        for (count, (text, expected)) in rows.iter().enumerate() {
            paste(&rig, text).await;
            let reason = rejected(&rig, count + 1).await;
            assert!(reason.contains(expected), "{reason}");
        }
        assert_eq!(rig.exchanges(), 0);
        paste(&rig, "").await;
        paste(&rig, &format!("<{answer}>")).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert!(signed_in.is_ok());
    assert_eq!(rig.actor.rejections().len(), 8, "Enter alone is no paste");
}

#[tokio::test]
async fn pa2_a_bare_code_needs_two_yeses() {
    let rows: [(&[bool], usize, bool); 4] = [
        // Not vouched for: it is not even sent.
        (&[false], 0, false),
        (&[], 0, false),
        // The account is not the person's: nothing is stored.
        (&[true, false], 1, false),
        (&[true, true], 1, true),
    ];
    for (answers, exchanges, saved) in rows {
        let rig = Rig::new("xai-oauth").await.over_ssh();
        rig.actor.will_say(answers);
        let act = async {
            let answer = rig.fake.authorize(&rig.actor.url().await);
            paste(&rig, &param(&answer, "code")).await;
            if answers.first() != Some(&true) {
                let reason = rejected(&rig, 1).await;
                assert!(reason.contains("the code was not used"), "{reason}");
                rig.actor.ends_input();
                rig.clock.advance(Duration::from_secs(180));
            }
        };
        let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
        assert_eq!(rig.exchanges(), exchanges, "{answers:?}");
        assert_eq!(rig.saved(), saved, "{answers:?}");
        match signed_in {
            Ok(signed_in) => {
                assert_eq!(signed_in.flow, Flow::Paste);
                let asked = rig.actor.asked();
                assert!(asked[0].contains("a code alone"), "{asked:?}");
                assert!(asked[1].contains("ada@example.org"), "{asked:?}");
            }
            Err(error) if answers.len() == 2 => {
                assert_eq!(error.code(), Code::Cancelled);
                assert!(error.to_string().contains("nothing was saved"), "{error}");
            }
            Err(error) => assert_eq!(error.code(), Code::CallbackTimeout),
        }
    }
}

#[tokio::test]
async fn pa2_spotify_shows_no_codes_and_takes_none() {
    let rig = Rig::new("spotify")
        .await
        .by(Flow::Paste)
        .at_port(free_port());
    rig.actor.will_say(&[true, true]);
    let act = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        paste(&rig, &param(&answer, "code")).await;
        let reason = rejected(&rig, 1).await;
        assert!(reason.contains("a code alone"), "{reason}");
        assert_eq!(rig.exchanges(), 0);
        paste(&rig, answer.as_str()).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert!(signed_in.is_ok());
    assert!(rig.actor.asked().is_empty());
}

#[tokio::test]
async fn a_denial_can_be_pasted_too() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let act = async {
        let denied = rig.fake.deny(&rig.actor.url().await);
        paste(&rig, denied.as_str()).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap_err().code(), Code::Denied);
}

#[tokio::test]
async fn input_that_ends_leaves_the_listener_waiting() {
    let rig = Rig::new("xai-oauth").await.over_ssh();
    let act = async {
        let url = rig.actor.url().await;
        rig.actor.ends_input();
        rig.actor
            .until(|told| matches!(told, Told::Other(text) if text == "end of input").then_some(()))
            .await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
}

#[tokio::test]
async fn input_that_ends_with_the_answer_is_read() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let act = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        rig.actor.types(answer.as_str());
        rig.actor.ends_input();
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert!(signed_in.is_ok(), "a pipe closes behind its line");
}

#[tokio::test]
async fn a_paste_that_never_comes_is_told() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    rig.actor.ends_input();
    let error = rig.signs_in().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "xAI authorization failed: missing authorization code."
    );
    assert_eq!(error.code(), Code::CodeMissing);

    let rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let wait = async {
        rig.actor.waiting().await;
        rig.clock.until_sleeping(1).await;
        rig.clock.advance(Duration::from_secs(600));
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), wait);
    let error = signed_in.unwrap_err();
    assert_eq!(error.code(), Code::CallbackTimeout);
    assert_eq!(
        error.to_string(),
        "xAI authorization timed out waiting for the pasted answer."
    );
}

#[tokio::test]
async fn in_a_web_shell_the_paste_comes_first() {
    let mut rig = Rig::new("spotify").await.at_port(free_port());
    rig.place = at(PlaceKind::BrowserShell("Cloud Shell"));
    let act = async {
        let url = rig.actor.url().await;
        let failed: Url = rig.fake.authorize(&url);
        paste(&rig, failed.as_str()).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap().flow, Flow::Paste);
    assert_eq!(rig.actor.rungs(), [Flow::Paste]);
}
