use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use hermes_errors::{Code, Explain as _};
use hermes_machine::{Environment, SystemClock, file, http::BoundedClient};
use hermes_oauth::{Ports, Registration};
use hermes_providers::Flow;
use hermes_testkit::{FixedRandom, MovedClock, TestHome};
use serde_json::json;

use super::{
    attempts::Placed,
    record::{How, Kept},
    *,
};

struct Rig {
    home: TestHome,
    clock: Arc<MovedClock>,
    ports: Ports,
    attempts: Attempts,
}

impl Rig {
    fn new() -> Self {
        let home = TestHome::new();
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        let ports = Ports {
            http: Arc::new(BoundedClient::new(
                &Environment::default(),
                Arc::new(SystemClock),
            )),
            clock: clock.clone(),
            random: FixedRandom::seeded(7),
        };
        Self {
            attempts: Attempts::of(&home.home()),
            home,
            clock,
            ports,
        }
    }

    async fn enter(&self, provider: &str, label: Option<&str>) -> (Standing, Vec<Waiting>) {
        let newcomer = Newcomer { provider, label };
        self.attempts.enter(newcomer, &self.ports).await.unwrap()
    }

    async fn keep(&self, provider: &str, label: Option<&str>) -> Placed {
        let registration = Registration::default();
        let stage = Kept::new(Flow::Paste, &registration, json!({"secret": "canary"})).stage();
        let newcomer = Newcomer { provider, label };
        let placed = self
            .attempts
            .place(newcomer, Duration::from_secs(600), stage, &self.ports);
        placed.await.unwrap()
    }

    async fn resume(&self, id: &str) -> Result<Resumed, PendingError> {
        self.attempts.resume(Some(id), &self.ports).await
    }

    async fn code(&self, id: &str) -> Code {
        self.resume(id).await.unwrap_err().code()
    }

    /// Everything in the directory, as text.
    fn files(&self) -> Vec<(String, String)> {
        let directory = self.home.run().join("pending");
        let mut files: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .flatten()
            .map(|entry| {
                let mode = entry.metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o077, 0, "{entry:?}");
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn holds_secrets(&self) -> bool {
        self.files().iter().any(|(_, text)| text.contains("canary"))
    }
}

#[tokio::test]
async fn the_newer_of_two_counts_and_the_older_is_told() {
    let rig = Rig::new();
    let (older, voided) = rig.enter("xai-oauth", None).await;
    assert!(voided.is_empty());
    let mut watch = std::pin::pin!(older.superseded(&*rig.clock));
    assert!(futures_util::poll!(watch.as_mut()).is_pending());
    rig.clock.advance(Duration::from_secs(1));
    assert!(futures_util::poll!(watch.as_mut()).is_pending());

    let (newer, voided) = rig.enter("xai-oauth", None).await;
    assert_eq!(voided.len(), 1);
    assert_eq!(voided[0].process, Some(std::process::id()));
    rig.clock.advance(Duration::from_secs(1));
    assert!(futures_util::poll!(watch.as_mut()).is_ready());
    assert!(!older.claim(), "an answer that comes now is not redeemed");
    assert!(newer.claim());
    assert!(newer.claim(), "for the next rung as well");
}

#[tokio::test]
async fn one_that_has_its_answer_is_not_void() {
    let rig = Rig::new();
    let (older, _) = rig.enter("xai-oauth", None).await;
    assert!(older.claim());
    let (_newer, voided) = rig.enter("xai-oauth", None).await;
    assert!(voided.is_empty(), "nobody says that it is void");
    let mut watch = std::pin::pin!(older.superseded(&*rig.clock));
    assert!(futures_util::poll!(watch.as_mut()).is_pending());
    rig.clock.advance(Duration::from_secs(1));
    assert!(futures_util::poll!(watch.as_mut()).is_pending());
}

#[tokio::test]
async fn other_providers_and_labels_are_other_accounts() {
    let rig = Rig::new();
    let (one, _) = rig.enter("xai-oauth", None).await;
    for (provider, label) in [("xai-oauth", Some("work")), ("nous", None)] {
        let (_standing, voided) = rig.enter(provider, label).await;
        assert!(voided.is_empty(), "{provider} {label:?}");
    }
    let kept = rig.keep("xai-oauth", Some("home")).await;
    assert!(kept.voided.is_empty());
    assert!(one.claim());
    assert!(kept.standing.claim());
}

#[tokio::test]
async fn a_place_is_left_with_its_process_and_swept_if_that_was_killed() {
    let rig = Rig::new();
    drop(rig.enter("xai-oauth", None).await);
    assert_eq!(rig.files(), []);
    // What a killed process leaves: the kernel gave its lock back.
    let (killed, _) = rig.enter("xai-oauth", None).await;
    let left = rig.files();
    drop(killed);
    for (name, text) in &left {
        let path = rig.home.run().join("pending").join(name);
        file::write_private(&path, text.as_bytes()).unwrap();
    }
    let (_newer, voided) = rig.enter("nous", None).await;
    assert!(voided.is_empty());
    let (_same, voided) = rig.enter("xai-oauth", None).await;
    assert!(voided.is_empty(), "nobody waits there");
    assert_eq!(rig.files().len(), 4, "two places, two locks");
}

#[tokio::test]
async fn what_is_kept_is_taken_up_once() {
    let rig = Rig::new();
    let id = rig.keep("anthropic", None).await.waiting.id;
    assert!(rig.holds_secrets());
    let [kept] = &rig.attempts.kept(rig.ports.clock.now())[..] else {
        panic!("there is one");
    };
    assert_eq!((&kept.id, kept.flow), (&id, Some(Flow::Paste)));
    let first = rig.resume(&id).await.unwrap();
    assert_eq!(rig.code(&id).await, Code::PendingBusy, "another has it");
    assert!(!format!("{first:?}").contains("canary"));
    drop(first);
    let second = rig.attempts.resume(None, &rig.ports).await.unwrap();
    assert!(second.standing.claim());
    assert!(!rig.holds_secrets(), "what was secret is gone");
    drop(second);
    assert_eq!(rig.code(&id).await, Code::PendingEnded);
    let none = rig.attempts.resume(None, &rig.ports).await.unwrap_err();
    assert_eq!(none.code(), Code::PendingUnknown);
}

#[tokio::test]
async fn there_is_a_word_for_every_way_to_end() {
    let rig = Rig::new();
    for id in ["00000000", "../../x", "", "zzzzzzzz", "0000000000"] {
        assert_eq!(rig.code(id).await, Code::PendingUnknown, "{id}");
    }
    let void = rig.keep("nous", None).await.waiting.id;
    let newer = rig.keep("nous", None).await;
    assert_eq!(newer.voided.len(), 1);
    assert_eq!(newer.voided[0].id, void);
    assert_eq!(rig.code(&void).await, Code::Superseded);
    drop(newer.standing);
    let newer = newer.waiting.id;

    let other = rig.keep("anthropic", None).await.waiting.id;
    let several = rig.attempts.resume(None, &rig.ports).await.unwrap_err();
    assert_eq!(several.code(), Code::PendingAmbiguous);
    rig.attempts.cancel(Some(&other), &rig.ports).await.unwrap();
    assert_eq!(rig.code(&other).await, Code::PendingEnded);

    rig.clock.advance(Duration::from_secs(601));
    assert!(rig.attempts.kept(rig.ports.clock.now()).is_empty());
    assert_eq!(rig.code(&newer).await, Code::PendingExpired);
    assert_eq!(rig.code(&newer).await, Code::PendingExpired, "also later");
    assert!(!rig.holds_secrets());

    rig.clock.advance(Duration::from_secs(48 * 3600));
    drop(rig.enter("nous", None).await);
    assert_eq!(rig.files(), [], "and at last it is forgotten");
    assert_eq!(rig.code(&newer).await, Code::PendingUnknown);
}

#[tokio::test]
async fn what_is_over_is_swept_with_its_secrets_by_the_next_sign_in() {
    let rig = Rig::new();
    let id = rig.keep("anthropic", None).await.waiting.id;
    rig.clock.advance(Duration::from_secs(600));
    drop(rig.enter("nous", None).await);
    assert!(!rig.holds_secrets());
    assert_eq!(rig.code(&id).await, Code::PendingExpired);
}

#[tokio::test]
async fn what_is_over_is_listed_until_it_is_ended() {
    let rig = Rig::new();
    let now = || rig.ports.clock.now();
    assert!(rig.attempts.leftovers(now()).is_empty());
    let id = rig.keep("nous", None).await.waiting.id;
    assert!(rig.attempts.leftovers(now()).is_empty(), "it waits");
    rig.clock.advance(Duration::from_secs(3600));
    let path = rig.home.run().join(format!("pending/{id}.json"));
    assert_eq!(rig.attempts.leftovers(now()), [path]);
    rig.attempts.tidy(&rig.ports).await.unwrap();
    assert!(rig.attempts.leftovers(now()).is_empty());
    assert!(!rig.holds_secrets());
    assert_eq!(rig.code(&id).await, Code::PendingExpired);
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_told_and_can_be_given_up() {
    let rig = Rig::new();
    let id = rig.keep("anthropic", None).await.waiting.id;
    let path = rig.home.run().join("pending").join(format!("{id}.json"));
    let good = fs::read_to_string(&path).unwrap();
    for bad in [
        "{".to_owned(),
        good.replace("\"version\":1", "\"version\":2"),
        good.replace("\"paste\"", "\"loopback\""),
        good.replace("\"label\"", "\"lable\""),
        " ".repeat(100_000),
    ] {
        file::write_private(&path, bad.as_bytes()).unwrap();
        assert_eq!(rig.code(&id).await, Code::PendingUnreadable);
        drop(rig.enter("nous", None).await);
        assert!(path.exists(), "it was left as it is");
    }
    rig.attempts.cancel(Some(&id), &rig.ports).await.unwrap();
    assert_eq!(rig.code(&id).await, Code::PendingUnknown);
}

#[tokio::test]
async fn there_are_never_more_than_32() {
    let rig = Rig::new();
    let first = rig.keep("nous", Some("0")).await.waiting.id;
    for label in 1..32 {
        rig.clock.advance(Duration::from_secs(1));
        let placed = rig.keep("nous", Some(&label.to_string())).await;
        assert!(placed.voided.is_empty(), "{label}");
    }
    let placed = rig.keep("nous", Some("32")).await;
    assert_eq!(placed.voided.len(), 1);
    assert_eq!(rig.code(&first).await, Code::Superseded);
    assert_eq!(rig.attempts.kept(rig.ports.clock.now()).len(), 32);
}

#[tokio::test]
async fn a_newer_sign_in_does_not_find_an_older_one_that_was_polled_for() {
    let rig = Rig::new();
    let id = rig.keep("nous", None).await.waiting.id;
    let resumed = rig.resume(&id).await.unwrap();
    drop(rig.enter("nous", None).await);
    resumed
        .standing
        .update(&resumed.record, &*rig.clock)
        .await
        .unwrap();
    assert!(!rig.holds_secrets(), "it is not written again");
    assert!(!resumed.standing.end(How::Finished));
}
