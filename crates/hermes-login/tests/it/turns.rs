//! A sign-in in two turns: begun by one process, finished by another.

use std::{sync::Arc, time::Duration};

use hermes_errors::{Code, Explain as _};
use hermes_login::{
    LoginError, SignIn, SignedIn,
    turns::{Attempts, PendingError, Resumed, Waiting, begin, finish, finish_now},
};
use hermes_oauth::OAuthError;
use hermes_providers::Flow;
use hermes_testkit::Scripted;

use crate::rig::{Actor, Rig, Told, with_param};

impl Rig {
    fn attempts(&self) -> Attempts {
        Attempts::of(&self.home.home())
    }

    async fn begins(&self) -> Result<Waiting, LoginError> {
        let attempts = self.attempts();
        begin(&self.request, self.around(), &attempts).await
    }

    async fn resumes(&self, waiting: &Waiting) -> Result<(Resumed, SignIn), PendingError> {
        let attempts = self.attempts();
        let resumed = attempts.resume(Some(&waiting.id), &self.ports).await?;
        let request = SignIn {
            flow: resumed.waiting.flow,
            registration: resumed.registration.clone(),
            standing: Some(Arc::clone(&resumed.standing)),
            ..self.request.clone()
        };
        Ok((resumed, request))
    }

    async fn finishes(&self, waiting: &Waiting) -> Result<SignedIn, LoginError> {
        let (resumed, request) = self.resumes(waiting).await?;
        finish(&resumed, &request, self.around()).await
    }

    async fn asks_once(&self, waiting: &Waiting) -> Result<Option<SignedIn>, LoginError> {
        let (resumed, request) = self.resumes(waiting).await?;
        finish_now(&resumed, &request, self.around()).await
    }

    /// The file of the sign-in, with everything beside it.
    fn kept(&self) -> String {
        let files = std::fs::read_dir(self.home.run().join("pending")).unwrap();
        let texts = files.flatten();
        texts
            .map(|file| std::fs::read_to_string(file.path()).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn an_answer_that_is_pasted_in_the_second_turn_signs_in() {
    for provider in ["xai-oauth", "anthropic", "spotify"] {
        let mut rig = Rig::new(provider).await.by(Flow::Paste).over_ssh();
        rig.request.label = Some("work".to_owned());
        let waiting = rig.begins().await.unwrap();
        assert_eq!(waiting.flow, Some(Flow::Paste), "{provider}");
        let url = rig.actor.url().await;
        assert_eq!(rig.exchanges(), 0);
        assert!(rig.opener.opened().is_empty(), "{provider}");
        let redirected = rig.fake.authorize(&url);
        let answer = match provider {
            "anthropic" => rig.fake.shown_code(&redirected),
            _ => redirected.to_string(),
        };
        rig.actor.types(&answer);
        rig.actor.ends_input();
        let signed_in = rig.finishes(&waiting).await.unwrap();
        assert_eq!(signed_in.flow, Flow::Paste, "{provider}");
        assert_eq!(signed_in.saved.entry.label, "work", "{provider}");
        assert!(rig.actor.asked().is_empty(), "it proves itself");
        let secrets = rig.fake.all_secrets();
        let kept = rig.kept();
        assert!(
            !secrets.iter().any(|secret| kept.contains(secret)),
            "{provider}: {kept}"
        );
        let again = rig.finishes(&waiting).await.unwrap_err();
        assert_eq!(again.code(), Code::PendingEnded, "{provider}");
        assert_eq!(rig.exchanges(), 1, "{provider}");
    }
}

#[tokio::test]
async fn every_device_dialect_can_be_polled_for_by_another_process() {
    for provider in [
        "xai-oauth",
        "openai-codex",
        "nous",
        "minimax-oauth",
        "copilot",
    ] {
        let rig = Rig::new(provider).await;
        let waiting = rig.begins().await.unwrap();
        assert_eq!(waiting.flow, Some(Flow::Device), "{provider}");
        let shown: Vec<_> = rig
            .actor
            .told()
            .into_iter()
            .filter(|told| matches!(told, Told::Device(_) | Told::Waiting(..)))
            .collect();
        assert!(
            matches!(shown[..], [Told::Device(_)]),
            "{provider}: {shown:?}"
        );
        let polls = |rig: &Rig| rig.fake.requests().len();

        let before = polls(&rig);
        assert!(rig.asks_once(&waiting).await.unwrap().is_none());
        assert_eq!(polls(&rig), before, "{provider}: too early to ask");
        rig.clock.advance(Duration::from_secs(5));
        assert!(rig.asks_once(&waiting).await.unwrap().is_none());
        assert!(polls(&rig) > before, "{provider}");
        let after = polls(&rig);
        assert!(rig.asks_once(&waiting).await.unwrap().is_none());
        assert_eq!(polls(&rig), after, "{provider}: the next process waits too");

        rig.fake.approve_device(&rig.fake.until_device().await);
        rig.clock.advance(Duration::from_secs(5));
        let signed_in = rig.asks_once(&waiting).await.unwrap().unwrap();
        assert_eq!(signed_in.flow, Flow::Device, "{provider}");
        assert!(rig.saved(), "{provider}");
        let again = rig.asks_once(&waiting).await.unwrap_err();
        assert_eq!(again.code(), Code::PendingEnded, "{provider}");
    }
}

#[tokio::test]
async fn the_second_turn_may_wait_for_the_approval() {
    let rig = Rig::new("nous").await;
    let waiting = rig.begins().await.unwrap();
    rig.fake.approve_device(&rig.fake.until_device().await);
    rig.clock.advance(Duration::from_secs(60));
    let slept = rig.clock.slept().len();
    rig.clock.set_automatic();
    rig.finishes(&waiting).await.unwrap();
    assert_eq!(
        rig.clock.slept()[slept..],
        [Duration::ZERO],
        "what was approved long ago is not waited for"
    );
}

#[tokio::test]
async fn a_wrong_paste_or_none_leaves_the_sign_in_as_it_was() {
    let mut rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let waiting = rig.begins().await.unwrap();
    let answer = rig.fake.authorize(&rig.actor.url().await);
    let kept = rig.kept();
    let foreign = with_param(&answer, "state", Some("another-state"));
    for paste in ["", "hello there", foreign.as_str()] {
        rig.actor.types(paste);
        rig.actor.ends_input();
        let error = rig.finishes(&waiting).await.unwrap_err();
        assert_eq!(error.code(), Code::CodeMissing, "{paste}");
        let next = format!("hermes auth finish {}", waiting.id);
        assert_eq!(error.next_step(), Some(next), "{paste}");
        assert_eq!(rig.kept(), kept, "{paste}");
        rig.actor = Actor::default();
    }
    assert_eq!(rig.exchanges(), 0);
    rig.actor.types(answer.as_str());
    rig.finishes_after_the_pause(&waiting).await.unwrap();
}

impl Rig {
    async fn finishes_after_the_pause(&self, waiting: &Waiting) -> Result<SignedIn, LoginError> {
        let pause = async {
            let sleeping = || self.clock.slept().contains(&Duration::from_millis(120));
            while !sleeping() {
                tokio::task::yield_now().await;
            }
            self.clock.advance(Duration::from_millis(120));
        };
        tokio::join!(self.finishes(waiting), pause).0
    }
}

#[tokio::test]
async fn pa2_a_code_alone_is_asked_about_in_the_second_turn_too() {
    for (answers, code) in [
        (&[false][..], Code::CodeMissing),
        (&[true, false], Code::Cancelled),
    ] {
        let rig = Rig::new("anthropic").await;
        let waiting = rig.begins().await.unwrap();
        let shown = rig
            .fake
            .shown_code(&rig.fake.authorize(&rig.actor.url().await));
        rig.actor.will_say(answers);
        rig.actor.types(shown.split('#').next().unwrap());
        rig.actor.ends_input();
        let error = rig.finishes(&waiting).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(rig.actor.asked().len(), answers.len());
        assert!(!rig.saved());
    }
}

#[tokio::test]
async fn what_the_provider_says_for_good_ends_it_and_a_failure_that_may_pass_does_not() {
    let rig = Rig::new("nous").await;
    let waiting = rig.begins().await.unwrap();
    rig.clock.advance(Duration::from_secs(5));
    rig.fake.next("/api/oauth/token", Scripted::Status(503));
    let down = rig.asks_once(&waiting).await.unwrap_err();
    assert_eq!(down.code(), Code::ProviderServerError);
    rig.clock.advance(Duration::from_secs(5));
    assert!(rig.asks_once(&waiting).await.unwrap().is_none());
    rig.fake.deny_device(&rig.fake.until_device().await);
    rig.clock.advance(Duration::from_secs(5));
    let denied = rig.asks_once(&waiting).await.unwrap_err();
    assert_eq!(denied.code(), Code::Denied);
    let ended = rig.asks_once(&waiting).await.unwrap_err();
    assert_eq!(ended.code(), Code::PendingEnded);
    assert!(!rig.saved());
}

#[tokio::test]
async fn an_answer_to_a_sign_in_that_is_void_is_not_redeemed() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let older = rig.begins().await.unwrap();
    let answer = rig.fake.authorize(&rig.actor.url().await);
    let (resumed, request) = rig.resumes(&older).await.unwrap();
    let newer = rig.begins().await.unwrap();
    assert_ne!(older.id, newer.id);
    assert!(
        rig.actor
            .told()
            .iter()
            .any(|told| matches!(told, Told::Other(text) if text.contains(&older.id))),
        "the newer one says so"
    );
    rig.actor.types(answer.as_str());
    rig.actor.ends_input();
    let error = finish(&resumed, &request, rig.around()).await.unwrap_err();
    assert_eq!(error.code(), Code::Superseded);
    drop((resumed, request));
    assert_eq!(rig.exchanges(), 0);
    let error = rig.finishes(&older).await.unwrap_err();
    assert_eq!(error.code(), Code::Superseded);
}

#[tokio::test]
async fn tokens_of_a_device_code_that_is_void_are_not_kept() {
    let rig = Rig::new("nous").await;
    let older = rig.begins().await.unwrap();
    rig.fake.approve_device(&rig.fake.until_device().await);
    let (resumed, request) = rig.resumes(&older).await.unwrap();
    rig.begins().await.unwrap();
    rig.clock.advance(Duration::from_secs(5));
    let error = finish_now(&resumed, &request, rig.around())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Superseded);
    assert!(!rig.saved());
}

#[tokio::test]
async fn a_live_sign_in_that_is_void_redeems_nothing() {
    let mut rig = Rig::new("xai-oauth").await.by(Flow::Loopback);
    let newcomer = hermes_login::turns::Newcomer {
        provider: "xai-oauth",
        label: None,
    };
    let (standing, _) = rig.attempts().enter(newcomer, &rig.ports).await.unwrap();
    rig.request.standing = Some(Arc::new(standing));
    let act = async {
        let url = rig.actor.url().await;
        drop(rig.attempts().enter(newcomer, &rig.ports).await.unwrap());
        hermes_testkit::FakeBrowser
            .must_visit(&rig.fake.authorize(&url))
            .await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), act);
    assert_eq!(signed_in.unwrap_err().code(), Code::Superseded);
    assert!(!page.body.contains("You are signed in"), "{}", page.body);
    assert_eq!(rig.exchanges(), 0);
}

#[tokio::test]
async fn a_server_that_gives_no_device_codes_is_asked_by_paste() {
    let rig = Rig::new("xai-oauth").await;
    rig.fake.next("/device/code", Scripted::Status(403));
    let waiting = rig.begins().await.unwrap();
    assert_eq!(rig.actor.rungs(), [Flow::Device, Flow::Paste]);
    assert_eq!(waiting.flow, Some(Flow::Paste));
}

#[tokio::test]
async fn a_flow_that_needs_a_listener_is_refused() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Loopback);
    let error = rig.begins().await.unwrap_err();
    assert_eq!(error.code(), Code::FlowUnsupported);
    assert_eq!(
        error.to_string(),
        "the loopback flow cannot be begun with `--no-wait`; xAI offers device, paste for that"
    );
    assert!(rig.attempts().kept(rig.ports.clock.now()).is_empty());
}

#[tokio::test]
async fn pc4_a_sign_in_is_not_finished_with_another_server() {
    let mut rig = Rig::new("xai-oauth").await.by(Flow::Paste);
    let waiting = rig.begins().await.unwrap();
    let answer = rig.fake.authorize(&rig.actor.url().await);
    rig.request.provider.issuer = None;
    rig.actor.types(answer.as_str());
    rig.actor.ends_input();
    let error = rig.finishes(&waiting).await.unwrap_err();
    assert_eq!(error.code(), Code::PendingUnreadable);
    assert_eq!(rig.exchanges(), 0);
    assert!(!matches!(
        error,
        LoginError::OAuth(OAuthError::Rejected { .. })
    ));
}

#[tokio::test]
async fn its_time_is_the_providers_or_what_was_asked_for() {
    let mut rig = Rig::new("nous").await;
    let life = |waiting: &Waiting| waiting.expires_at.duration_since(waiting.since).as_secs();
    assert_eq!(life(&rig.begins().await.unwrap()), 900);
    rig.request.timeout = Some(Duration::from_secs(60));
    let waiting = rig.begins().await.unwrap();
    assert_eq!(life(&waiting), 60);
    rig.clock.advance(Duration::from_secs(60));
    let error = rig.finishes(&waiting).await.unwrap_err();
    assert_eq!(error.code(), Code::PendingExpired);
}
