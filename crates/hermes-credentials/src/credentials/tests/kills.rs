use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hermes_errors::{Code, Explain as _};
use hermes_machine::{
    BoxFuture, Environment,
    http::{Http, HttpError, Request, Response},
};
use hermes_testkit::Scripted;
use tokio::{runtime::Runtime, sync::Notify};

use super::rig::{Rig, open, web};

/// Fetches the answer and never gives it to anybody: what a process sees that is killed then.
struct Swallows {
    web: Arc<dyn Http>,
    answered: Arc<Notify>,
}

impl Http for Swallows {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            let answer = self.web.send(request).await;
            assert!(answer.is_ok());
            self.answered.notify_one();
            std::future::pending().await
        })
    }
}

/// Refreshes in a runtime of its own, which is torn down once the provider has answered.
fn killed_between_answer_and_disk(rig: &Rig, provider: &'static str) {
    let answered = Arc::new(Notify::new());
    let runtime = Runtime::new().unwrap();
    let http = Arc::new(Swallows {
        web: web(),
        answered: answered.clone(),
    });
    let credentials = open(&rig.home, &Environment::default(), rig.clock.clone(), http);
    runtime.spawn(async move { credentials.access_token(provider).await });
    runtime.block_on(answered.notified());
    drop(runtime);
}

#[test]
fn pc8_a_killed_refresh_is_reported() {
    let outer = Runtime::new().unwrap();
    let rig = outer.block_on(Rig::new(&["xai-oauth"]));
    outer.block_on(rig.sign_in("xai-oauth", Some("work")));
    rig.a_day_later();
    let before = rig.home.auth_json_text();
    killed_between_answer_and_disk(&rig, "xai-oauth");
    assert_eq!(rig.home.auth_json_text(), before, "the file is whole");
    assert_eq!(rig.fake.refreshes(), 1);

    let started = rig.credentials.list(Some("xai-oauth")).unwrap()[0].entries[0].clone();
    assert_eq!(started.interrupted_refresh, None, "it might be going on");
    rig.clock.advance(Duration::from_secs(120));
    let entry = rig.credentials.list(Some("xai-oauth")).unwrap()[0].entries[0].clone();
    assert!(entry.interrupted_refresh.is_some());

    let error = outer
        .block_on(rig.another().access_token("xai-oauth"))
        .unwrap_err();
    assert_eq!(error.code(), Code::RefreshInterrupted, "{error}");
    assert!(error.to_string().contains("work"), "{error}");
    let again = outer
        .block_on(rig.another().access_token("xai-oauth"))
        .unwrap_err();
    assert_eq!(again.code(), Code::RefreshInterrupted, "{again}");
    assert_eq!(
        rig.fake.requests_to("/oauth2/token").len(),
        2,
        "the spent token is sent once more"
    );

    outer.block_on(rig.sign_in("xai-oauth", Some("work")));
    let entry = rig.credentials.list(Some("xai-oauth")).unwrap()[0].entries[0].clone();
    assert_eq!(entry.interrupted_refresh, None);
    outer.block_on(rig.token("xai-oauth"));
}

#[test]
fn pc8_a_killed_refresh_of_a_state_is_reported() {
    for provider in ["spotify", "nous", "minimax-oauth"] {
        let outer = Runtime::new().unwrap();
        let rig = outer.block_on(Rig::new(&[provider]));
        outer.block_on(rig.sign_in(provider, None));
        rig.a_day_later();
        killed_between_answer_and_disk(&rig, provider);
        rig.clock.set_automatic();
        for _ in 0..2 {
            let error = outer
                .block_on(rig.another().access_token(provider))
                .unwrap_err();
            assert_eq!(
                error.code(),
                Code::RefreshInterrupted,
                "{provider}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn pc8_a_caller_who_goes_away_does_not_take_the_answer_along() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    rig.a_day_later();
    let asked = Arc::new(AtomicBool::new(false));
    struct Notes(Arc<dyn Http>, Arc<AtomicBool>, Arc<Notify>);
    impl Http for Notes {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
            self.1.store(true, Ordering::SeqCst);
            self.2.notify_one();
            self.0.send(request)
        }
    }
    let started = Arc::new(Notify::new());
    let http = Arc::new(Notes(web(), asked.clone(), started.clone()));
    let credentials = open(&rig.home, &Environment::default(), rig.clock.clone(), http);
    tokio::select! {
        biased;
        () = started.notified() => {}
        _ = credentials.access_token("xai-oauth") => panic!("the provider was not asked yet"),
    }
    assert!(asked.load(Ordering::SeqCst));
    // The caller is gone. Whoever comes next finds what was done for them.
    let token = credentials.access_token("xai-oauth").await.unwrap();
    assert_ne!(token.token.expose(), issued.access_token);
    assert_eq!(rig.fake.refreshes(), 1);
    assert_eq!(rig.fake.ended_grants(), 0);
}

#[tokio::test]
async fn a_lost_answer_counts_as_a_cut() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.sign_in("xai-oauth", None).await;
    rig.a_day_later();
    rig.fake.next("/oauth2/token", Scripted::Lost);
    let error = rig.credentials.access_token("xai-oauth").await.unwrap_err();
    assert_eq!(error.code(), Code::ProviderUnreachable);
    rig.clock.advance(Duration::from_secs(6));
    let error = rig.credentials.access_token("xai-oauth").await.unwrap_err();
    assert_eq!(error.code(), Code::RefreshInterrupted, "{error}");
}

#[tokio::test]
async fn a_disk_that_is_full_spends_no_token() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    rig.a_day_later();
    // The record cannot be made: a file is where its directory belongs.
    hermes_machine::file::write_private(&rig.home.run(), b"").unwrap();
    let before = rig.home.auth_json_text();
    rig.credentials.access_token("xai-oauth").await.unwrap_err();
    assert!(rig.fake.requests().is_empty());
    assert!(
        rig.fake
            .accepts_refresh(issued.refresh_token.as_ref().unwrap())
    );
    assert_eq!(rig.home.auth_json_text(), before);
}
