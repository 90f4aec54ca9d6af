use std::sync::Arc;

use futures_util::stream;
use hermes_agent::{
    Access, ApiMode, Ask, BaseUrl, Catalogue, Cause, ChatModel, Grant, ModelError, ModelInfo, Next,
    Pick, Pieces, Price, Refused, Source, Sources, Standing,
};
use hermes_credentials::Kind;
use hermes_errors::{Code, Failure};
use hermes_machine::BoxFuture;
use hermes_secret::Secret;
use hermes_testkit::MovedClock;

use super::parrot::Parrot;
use crate::conversations::Answering;

/// Where models are here: `testkit` has two, `mute` does not say which it has, nobody is signed in to
/// `empty`, and to `flown` nobody is any more.
struct Aviary;

/// The parrot as it answers here, and what there is to choose from.
pub(crate) fn answering(parrot: &Arc<Parrot>, clock: &Arc<MovedClock>) -> Answering {
    let sources = Arc::new(Aviary);
    let catalogue = Catalogue::new(sources.clone(), sources, Arc::clone(clock) as _);
    Answering {
        agent: Arc::clone(parrot) as _,
        catalogue: Arc::new(catalogue),
        titles: Arc::default(),
    }
}

impl Sources for Aviary {
    fn usual(&self) -> Option<Pick> {
        Some(Pick {
            source: "testkit".to_owned(),
            model: Some("parrot-1".to_owned()),
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>> {
        let source = |id: &str, name: &str, kind, standing| Source {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            standing,
        };
        let sources = vec![
            source("testkit", "Testkit", Some(Kind::OAuth), Standing::Usable),
            source("mute", "Mute", Some(Kind::ApiKey), Standing::Usable),
            source("empty", "Empty", None, Standing::SignedOut),
            source("flown", "Flown", Some(Kind::OAuth), Standing::SignInNeeded),
        ];
        Box::pin(async { Ok(sources) })
    }

    fn access<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>> {
        let access: Result<Arc<dyn Access>, _> = match id {
            "testkit" | "mute" => Ok(Arc::new(Perch(id.to_owned()))),
            _ => Err(Failure::new(Code::UnknownProvider, "no such provider")),
        };
        Box::pin(async { access })
    }
}

impl ChatModel for Aviary {
    fn answer(&self, _: &Grant, _: &Ask) -> Pieces {
        Box::pin(stream::empty())
    }

    fn models<'a>(&'a self, grant: &'a Grant) -> BoxFuture<'a, Result<Vec<ModelInfo>, ModelError>> {
        let model = |id: &str| ModelInfo {
            id: id.to_owned(),
            context: Some(100),
            // Of one alone is known what it reads and costs.
            images: id.ends_with('1').then_some(false),
            price: id.ends_with('1').then_some(Price {
                input: 3_000_000,
                output: 150_000,
            }),
        };
        let models = match grant.provider.as_str() {
            "mute" => Err(ModelError::new("mute", "Mute", Cause::Unreachable)),
            _ => Ok(vec![model("parrot-1"), model("parrot-2")]),
        };
        Box::pin(async { models })
    }
}

/// The way to one of them.
struct Perch(String);

impl Access for Perch {
    fn grant(&self) -> BoxFuture<'_, Result<Grant, ModelError>> {
        let grant = Grant {
            provider: self.0.clone(),
            name: self.0.clone(),
            mode: ApiMode::ChatCompletions,
            base_url: BaseUrl::parse("https://aviary.test").unwrap(),
            token: Some(Secret::new("key-CANARY")),
            kind: Kind::ApiKey,
            credential: self.0.clone(),
            account: None,
        };
        Box::pin(async { Ok(grant) })
    }

    fn refused<'a>(&'a self, _: Refused<'a>) -> BoxFuture<'a, Next> {
        Box::pin(async { Next::Never })
    }
}
