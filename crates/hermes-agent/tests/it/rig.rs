use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use hermes_agent::{
    Access, Agent as _, ApiMode, BaseUrl, End, FixedAccess, Message, ModelAgent, Part, Pick,
    Prompt, RemoteModel, Source, Sources, Step, Steps, TurnFailure,
};
use hermes_errors::{Code, Failure};
use hermes_machine::{
    BoxFuture, Clock, Environment, SystemClock,
    http::{BoundedClient, Limits, StreamingHttp},
};
use hermes_secret::Secret;
use hermes_testkit::{FakeModels, FixedRandom, MovedClock};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(crate) const NOON: &str = "2026-11-21T12:00:00Z";
pub(crate) const KEY: &str = "sk-CANARY-0123456789";

/// The date of one clock, and the time of the machine: for limits that are not what is tested.
struct Calendar(Arc<MovedClock>);

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        SystemClock.sleep(duration)
    }
}

/// A model server, and an agent that asks it. What the agent waits for passes at once.
pub(crate) struct Rig {
    pub(crate) models: FakeModels,
    pub(crate) clock: Arc<MovedClock>,
    /// The client's own limits, which a test may reach by moving this.
    pub(crate) patience: Arc<MovedClock>,
    pub(crate) limits: Limits,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let clock = MovedClock::at(NOON);
        clock.set_automatic();
        Self {
            models: FakeModels::start().await,
            clock,
            patience: MovedClock::at(NOON),
            limits: Limits::default(),
        }
    }

    pub(crate) fn remote(&self) -> RemoteModel {
        let client = BoundedClient::new(&Environment::default(), self.patience.clone());
        let http: Arc<dyn StreamingHttp> = Arc::new(client);
        let calendar = Arc::new(Calendar(self.clock.clone()));
        RemoteModel::within(http, calendar, self.limits)
    }

    pub(crate) fn fixed(&self, mode: ApiMode) -> FixedAccess {
        let base = BaseUrl::parse(&self.models.base_url()).unwrap();
        FixedAccess::new(base, mode, Some(Secret::new(KEY)))
    }

    pub(crate) fn agent(&self, access: impl Access + 'static) -> ModelAgent {
        self.agent_of(Only(Some(Arc::new(access))))
    }

    pub(crate) fn agent_of(&self, sources: impl Sources + 'static) -> ModelAgent {
        ModelAgent::new(
            Arc::new(self.remote()),
            Arc::new(sources),
            self.clock.clone(),
            FixedRandom::seeded(7),
        )
    }

    pub(crate) fn ask(&self, access: impl Access + 'static) -> Steps {
        let agent = self.agent(access);
        agent.answer(prompt("Hello"), CancellationToken::new())
    }
}

/// One source with one model, or none at all.
pub(crate) struct Only(pub(crate) Option<Arc<dyn Access>>);

impl Sources for Only {
    fn usual(&self) -> Option<Pick> {
        self.0.as_ref().map(|_| Pick {
            source: "only".to_owned(),
            model: Some("a-model".to_owned()),
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn access<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>> {
        let unknown = move || Failure::new(Code::UnknownProvider, format!("there is no `{id}`"));
        let access = self.0.clone().filter(|_| id == "only");
        Box::pin(async move { access.ok_or_else(unknown) })
    }
}

pub(crate) fn prompt(text: &str) -> Prompt {
    Prompt {
        conversation: "conversation-1".to_owned(),
        messages: vec![Message::User(vec![Part::Text(text.to_owned())])],
        provider: None,
        model: None,
        effort: None,
    }
}

/// What came of a turn.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    pub(crate) models: Vec<String>,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) notices: Vec<String>,
    pub(crate) tokens: u64,
    pub(crate) end: Option<End>,
}

impl Turn {
    pub(crate) fn failure(&self) -> &TurnFailure {
        match &self.end {
            Some(End::Failed(failure)) => failure,
            other => panic!("no failure: {other:?}"),
        }
    }
}

/// Takes every step, and no more than half a minute.
pub(crate) async fn whole(mut steps: Steps) -> Turn {
    let mut turn = Turn::default();
    let all = async {
        while let Some(step) = steps.next().await {
            assert!(turn.end.is_none(), "a step after the end: {step:?}");
            match step {
                Step::Model(model) => turn.models.push(model),
                Step::Text(text) => turn.text.push_str(&text),
                Step::Reasoning(text) => turn.reasoning.push_str(&text),
                Step::Notice(text) => turn.notices.push(text),
                Step::Used(usage) => turn.tokens += usage.input + usage.output,
                Step::End(end) => turn.end = Some(end),
                other => panic!("{other:?}"),
            }
        }
    };
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, all).await.expect("a turn ends");
    assert!(!format!("{turn:?}").contains("CANARY"), "{turn:?}");
    turn
}
