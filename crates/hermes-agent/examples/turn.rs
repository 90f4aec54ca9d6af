//! One turn with a model server, for the tests against servers that nobody here wrote: `turn MODE
//! BASE_URL`, with the prompt on standard input and an API key in `TURN_KEY`.
//!
//! It prints one line of JSON: what was said, how many pieces it came in, and how it ended.

use std::{
    io::{self, Read as _, Write as _},
    sync::Arc,
};

use futures_util::StreamExt as _;
use hermes_agent::{
    Access, Agent as _, ApiMode, BaseUrl, End, FixedAccess, Message, ModelAgent, Part, Pick,
    Prompt, RemoteModel, Source, Sources, Step,
};
use hermes_errors::Failure;
use hermes_machine::{BoxFuture, Environment, SystemClock, SystemRandom, http::BoundedClient};
use hermes_secret::Secret;
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// The one source that there is here.
struct Server(FixedAccess);

impl Sources for Server {
    fn usual(&self) -> Option<Pick> {
        Some(Pick {
            source: FixedAccess::ID.to_owned(),
            model: Some("a-model".to_owned()),
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn access<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>> {
        let access: Arc<dyn Access> = Arc::new(self.0.clone());
        Box::pin(async { Ok(access) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(mode), Some(base)) = (arguments.next(), arguments.next()) else {
        return Err("usage: turn MODE BASE_URL".into());
    };
    let mode = ApiMode::find(&mode).ok_or("no such mode")?;
    let environment = Environment::of_process();
    let key = environment.text("TURN_KEY").map(Secret::new);
    let mut text = String::new();
    io::stdin().take(64 * 1024).read_to_string(&mut text)?;
    let clock = Arc::new(SystemClock);
    let http = Arc::new(BoundedClient::new(&environment, clock.clone()));
    let agent = ModelAgent::new(
        Arc::new(RemoteModel::new(http, clock.clone())),
        Arc::new(Server(FixedAccess::new(BaseUrl::parse(&base)?, mode, key))),
        clock,
        Arc::new(SystemRandom),
    );
    let prompt = Prompt {
        conversation: "conversation-1".to_owned(),
        messages: vec![Message::User(vec![Part::Text(text)])],
        provider: None,
        model: None,
        effort: None,
    };
    let mut steps = agent.answer(prompt, CancellationToken::new());
    let (mut said, mut thought, mut pieces) = (String::new(), String::new(), 0);
    let (mut notices, mut tokens, mut end) = (Vec::new(), None, None);
    while let Some(step) = steps.next().await {
        match step {
            Step::Reasoning(text) => thought.push_str(&text),
            Step::Text(text) => {
                said.push_str(&text);
                pieces += 1;
            }
            Step::Notice(text) => notices.push(text),
            Step::Used(usage) => tokens = Some(usage.output),
            Step::End(how) => end = Some(how),
            _ => {}
        }
    }
    let code = match &end {
        Some(End::Failed(failure)) => Some(failure.code.clone()),
        _ => None,
    };
    let line = json!({
        "text": said, "reasoning": thought, "pieces": pieces, "notices": notices, "tokens": tokens,
        "complete": end == Some(End::Complete), "cut": end == Some(End::Cut), "code": code,
    });
    writeln!(io::stdout(), "{line}")?;
    Ok(())
}
