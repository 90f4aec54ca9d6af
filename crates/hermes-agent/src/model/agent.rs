use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use hermes_errors::{Code, Explain as _, Failure};
use hermes_machine::{Clock, Random};
use tokio_util::sync::CancellationToken;

use super::{
    Ask, Cause, ChatModel, Effort, Finish, ModelError, Next, Piece, Refused, Sources,
    driven::{Out, driven},
    problem::PATIENCE,
};
use crate::{Agent, End, Prompt, Step, Steps};

/// How often a provider is asked that cannot answer just now.
const TRIES: u32 = 3;
/// How often a provider is asked in all, whatever it has against the credentials.
const CALLS: u32 = 16;

/// A model as an agent: it answers with text, and nothing else happens.
#[derive(Clone)]
pub struct ModelAgent {
    model: Arc<dyn ChatModel>,
    sources: Arc<dyn Sources>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl ModelAgent {
    /// The models of these sources.
    pub fn new(
        model: Arc<dyn ChatModel>,
        sources: Arc<dyn Sources>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            model,
            sources,
            clock,
            random,
        }
    }

    /// Answers, whatever has to be waited for.
    async fn run(&self, prompt: Prompt, out: &Out<Step>) -> End {
        let (source, model) = (prompt.provider.as_deref(), prompt.model.as_deref());
        let Some(pick) = self.sources.pick(source, model) else {
            let code = Code::ModelNotChosen;
            return refused(&Failure::new(code, "no model has been chosen"));
        };
        let access = match self.sources.access(&pick.source).await {
            Ok(access) => access,
            Err(failure) => return refused(&failure),
        };
        let mut course = Course::default();
        let mut ask = None;
        loop {
            let grant = match access.grant().await {
                Ok(grant) => grant,
                Err(error) => return failed(&error),
            };
            let ask = match &mut ask {
                Some(ask) => ask,
                None => match asked(&prompt, pick.model.as_deref()) {
                    Ok(found) => {
                        out.give(Step::Model(found.model.clone())).await;
                        ask.insert(found)
                    }
                    Err(cause) => {
                        return failed(&ModelError::new(&grant.provider, &grant.name, cause));
                    }
                },
            };
            course.calls += 1;
            let mut pieces = self.model.answer(&grant, ask);
            let mut begun = false;
            let error = loop {
                let step = match pieces.next().await {
                    Some(Ok(Piece::Reasoning(text))) => Step::Reasoning(text),
                    Some(Ok(Piece::Text(text))) => Step::Text(text),
                    Some(Ok(Piece::Usage(usage))) => {
                        out.give(Step::Used(usage)).await;
                        continue;
                    }
                    Some(Ok(Piece::Done(Finish::Complete))) => return End::Complete,
                    Some(Ok(Piece::Done(Finish::Cut))) => return End::Cut,
                    Some(Err(error)) => break error,
                    None => {
                        break ModelError::new(&grant.provider, &grant.name, Cause::BrokenOff);
                    }
                };
                begun = true;
                out.give(step).await;
            };
            drop(pieces);
            let error = error.about(&ask.model);
            // What was shown cannot be taken back, and would be said twice.
            if begun || course.calls >= CALLS {
                return failed(&error);
            }
            let next = match error.is_about_the_credential() {
                true => {
                    let before = course.refusal(&grant.credential);
                    let refused = Refused {
                        grant: &grant,
                        error: &error,
                        before,
                    };
                    access.refused(refused).await
                }
                false if error.is_retryable() => Next::Later,
                false => Next::Never,
            };
            let wait = match next {
                Next::Renewed => continue,
                Next::Other => {
                    out.give(Step::Notice(another(&error))).await;
                    continue;
                }
                Next::Later => course.wait(&error, &*self.clock, &*self.random),
                Next::Never => None,
            };
            let Some(wait) = wait else {
                return failed(&error);
            };
            out.give(Step::Notice(later(&error, wait))).await;
            self.clock.sleep(wait).await;
        }
    }
}

impl Agent for ModelAgent {
    fn answer(&self, prompt: Prompt, cancel: CancellationToken) -> Steps {
        let agent = self.clone();
        driven(|out| async move {
            let end = tokio::select! {
                biased;
                () = cancel.cancelled() => End::Interrupted,
                end = agent.run(prompt, &out) => end,
            };
            out.give(Step::End(end)).await;
        })
    }
}

/// What this model is asked for a prompt.
fn asked(prompt: &Prompt, model: Option<&str>) -> Result<Ask, Cause> {
    let effort = prompt.effort.as_deref();
    Ok(Ask {
        model: model.ok_or(Cause::NoModel)?.to_owned(),
        conversation: prompt.conversation.clone(),
        messages: prompt.messages.clone(),
        // A word that is none was checked where it came in; here it counts as none.
        effort: effort.and_then(Effort::find),
    })
}

/// What has happened in one turn.
#[derive(Default)]
struct Course {
    calls: u32,
    waits: u32,
    refusals: BTreeMap<String, u32>,
}

impl Course {
    /// Notes a refusal of this credential; how many there were before.
    fn refusal(&mut self, credential: &str) -> u32 {
        let count = self.refusals.entry(credential.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// How long to wait before the next try: as long as the provider says, else a second, then two,
    /// of which chance takes up to a half, so that many who were refused together do not come back
    /// together. `None` if there is no next try.
    fn wait(
        &mut self,
        error: &ModelError,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Option<Duration> {
        self.waits += 1;
        if self.waits >= TRIES {
            return None;
        }
        if let Some(named) = error.wait(clock.now()) {
            return (named <= PATIENCE).then_some(named);
        }
        let mut byte = [0];
        random.fill(&mut byte);
        let longest = Duration::from_secs(1 << (self.waits - 1));
        Some(longest.mul_f64(1.0 - f64::from(byte[0]) / 512.0))
    }
}

fn failed(error: &ModelError) -> End {
    End::Failed(error.into())
}

/// The end where it has not come to a call.
fn refused(failure: &Failure) -> End {
    End::Failed(failure.into())
}

fn later(error: &ModelError, wait: Duration) -> String {
    let seconds = wait.as_secs_f64().ceil();
    format!("{error}; asked again in {seconds} s")
}

fn another(error: &ModelError) -> String {
    let step = error
        .next_step()
        .unwrap_or_else(|| Failure::of(error).next_step);
    format!("{error}; another credential is asked ({step})")
}
