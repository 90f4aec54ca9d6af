use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::{future, stream};
use hermes_credentials::Kind;
use hermes_machine::BoxFuture;
use hermes_secret::Secret;
use hermes_testkit::MovedClock;

use super::*;
use crate::{Access, ApiMode, Ask, BaseUrl, Cause, Grant, ModelError, Next, Pieces, Refused};

/// Sources that count how often they are asked: `open` has a model, `shut` refuses, `deaf` never
/// answers, `gone` and `never` are not signed in to.
#[derive(Default)]
struct Counted {
    is_open: AtomicU32,
    is_shut: AtomicU32,
}

impl Sources for Counted {
    fn usual(&self) -> Option<Pick> {
        None
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>> {
        let source = |id: &str, standing| Source {
            id: id.to_owned(),
            name: id.to_uppercase(),
            kind: Some(Kind::ApiKey),
            standing,
        };
        let sources = vec![
            source("deaf", Standing::Usable),
            source("shut", Standing::Usable),
            source("open", Standing::Usable),
            source("gone", Standing::SignInNeeded),
            source("never", Standing::SignedOut),
        ];
        Box::pin(async { Ok(sources) })
    }

    fn access<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>> {
        let access: Arc<dyn Access> = Arc::new(To(id.to_owned()));
        Box::pin(async { Ok(access) })
    }
}

struct To(String);

impl Access for To {
    fn grant(&self) -> BoxFuture<'_, Result<Grant, ModelError>> {
        if self.0 == "never" {
            let failure = Failure::new(Code::NotSignedIn, "nobody is there");
            let error = ModelError::new("never", "NEVER", Cause::Credential(Box::new(failure)));
            return Box::pin(async { Err(error) });
        }
        let grant = Grant {
            provider: self.0.clone(),
            name: self.0.to_uppercase(),
            mode: ApiMode::ChatCompletions,
            base_url: BaseUrl::parse("https://a.test").unwrap(),
            token: Some(Secret::new("key-CANARY")),
            kind: Kind::ApiKey,
            credential: String::new(),
            account: None,
        };
        Box::pin(async { Ok(grant) })
    }

    fn refused<'a>(&'a self, _: Refused<'a>) -> BoxFuture<'a, Next> {
        Box::pin(async { Next::Never })
    }
}

impl ChatModel for Counted {
    fn answer(&self, _: &Grant, _: &Ask) -> Pieces {
        Box::pin(stream::empty())
    }

    fn models<'a>(&'a self, grant: &'a Grant) -> BoxFuture<'a, Result<Vec<ModelInfo>, ModelError>> {
        let count = match grant.provider.as_str() {
            "open" => &self.is_open,
            "shut" => &self.is_shut,
            _ => return Box::pin(future::pending()),
        };
        count.fetch_add(1, Ordering::Relaxed);
        let cause = Cause::Unauthorized { reason: None };
        let models = match grant.provider.as_str() {
            "open" => Ok([("a-model", None), ("sized", Some(8192)), ("odd", Some(0))]
                .map(|(id, context)| ModelInfo {
                    id: id.to_owned(),
                    context,
                    images: None,
                    price: None,
                })
                .into()),
            _ => Err(ModelError::new(&grant.provider, &grant.name, cause)),
        };
        Box::pin(async { models })
    }
}

struct Rig {
    catalogue: Catalogue,
    counted: Arc<Counted>,
    clock: Arc<MovedClock>,
}

impl Rig {
    /// What is waited for passes at once.
    fn new() -> Self {
        let rig = Self::patient();
        rig.clock.set_automatic();
        rig
    }

    /// What is waited for passes when the test says so.
    fn patient() -> Self {
        let clock = MovedClock::at("2026-11-22T12:00:00Z");
        let counted = Arc::new(Counted::default());
        Self {
            catalogue: Catalogue::new(counted.clone(), counted.clone(), clock.clone()),
            counted,
            clock,
        }
    }

    /// How often the two that answer have been asked.
    fn asked(&self) -> (u32, u32) {
        let count = |count: &AtomicU32| count.load(Ordering::Relaxed);
        (count(&self.counted.is_open), count(&self.counted.is_shut))
    }
}

#[tokio::test]
async fn who_does_not_answer_is_there_with_the_reason() {
    let rig = Rig::new();
    let offers = rig.catalogue.offers().await.unwrap();
    let shown: Vec<_> = offers
        .iter()
        .map(|offer| match &offer.models {
            Ok(models) => format!("{}: {}", offer.source.id, models[0].id),
            Err(why) => format!(
                "{}: {} {why}; {}",
                offer.source.id,
                why.code.as_str(),
                why.next_step
            ),
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert_eq!(rig.clock.slept().iter().max(), Some(&PATIENCE));
}

#[tokio::test]
async fn a_list_counts_for_a_while_and_a_failure_for_less() {
    let rig = Rig::new();
    // Whenever the deaf one is asked, ten seconds more have passed before the others are.
    for (seconds, is_anew, asked) in [
        (0, false, (1, 1)),
        (3, true, (1, 1)),
        (30, false, (1, 2)),
        (30, true, (2, 3)),
        (250, false, (2, 4)),
        (60, false, (3, 5)),
    ] {
        rig.clock.advance(Duration::from_secs(seconds));
        let offers = match is_anew {
            true => rig.catalogue.offers_anew().await,
            false => rig.catalogue.offers().await,
        };
        assert_eq!(offers.unwrap().len(), 5);
        assert_eq!(rig.asked(), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn two_who_look_at_the_same_time_ask_once() {
    let rig = Rig::new();
    let (one, two) = future::join(rig.catalogue.offers(), rig.catalogue.offers()).await;
    assert_eq!(one.unwrap().len(), two.unwrap().len());
    assert_eq!(rig.asked(), (1, 1));
}

#[tokio::test]
async fn what_was_listed_is_known_and_what_is_ready_can_be_checked() {
    let rig = Rig::new();
    assert_eq!(rig.catalogue.known("open"), None);
    assert_eq!(rig.catalogue.context("open", "sized"), None);
    rig.catalogue.offers().await.unwrap();
    let known = rig.catalogue.known("open").unwrap();
    assert_eq!(known[0].id, "a-model");
    assert_eq!(rig.catalogue.known("shut"), None);
    for (source, model, context) in [
        ("open", "sized", Some(8192)),
        ("open", "a-model", None),
        ("open", "odd", None),
        ("open", "nothing", None),
        ("shut", "sized", None),
    ] {
        assert_eq!(
            rig.catalogue.context(source, model),
            context,
            "{source} {model}"
        );
    }
    assert_eq!(rig.catalogue.check("shut").await, Ok(Some(Kind::ApiKey)));
    let late = rig.catalogue.check("never").await.unwrap_err();
    assert_eq!(late.code, Code::NotSignedIn);
}

#[tokio::test]
async fn of_one_source_alone_nobody_else_is_asked() {
    let rig = Rig::new();
    let offer = rig.catalogue.offer("open").await.unwrap().unwrap();
    assert_eq!(offer.models.unwrap().len(), 3);
    assert_eq!(rig.asked(), (1, 0));
    assert!(rig.clock.slept().is_empty(), "the deaf one was asked");
    let gone = rig.catalogue.offer("gone").await.unwrap().unwrap();
    assert_eq!(gone.models.unwrap_err().code, Code::NotSignedIn);
    assert!(rig.catalogue.offer("nobody").await.unwrap().is_none());
    // What the others have listed stays.
    rig.catalogue.offer("shut").await.unwrap();
    assert!(rig.catalogue.known("open").is_some());
    assert_eq!(rig.asked(), (1, 1));
}

#[tokio::test]
async fn what_is_forgotten_is_asked_again_also_while_it_is_being_asked() {
    let rig = Rig::patient();
    rig.catalogue.offer("open").await.unwrap();
    rig.catalogue.forget("open");
    assert_eq!(rig.catalogue.known("open"), None);
    rig.catalogue.offer("open").await.unwrap();
    assert_eq!(rig.asked().0, 2);
    // Somebody has asked, and it becomes another one before the answer is there.
    rig.clock.advance(Duration::from_secs(600));
    let mut offers = std::pin::pin!(rig.catalogue.offers());
    let begun = futures_util::poll!(&mut offers);
    assert!(begun.is_pending() && rig.asked().0 == 3);
    rig.catalogue.forget("open");
    rig.clock.set_automatic();
    let offers = offers.await.unwrap();
    let listed = offers.iter().filter(|offer| offer.models.is_ok());
    assert_eq!(listed.count(), 1);
    assert_eq!(rig.asked().0, 4);
}
