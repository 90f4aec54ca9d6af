//! `hermes -z`: a prompt, and its answer on standard output. The agent is the gateway's, in this
//! process, and the conversation is forgotten at the end.

mod answered;
mod printer;
pub(super) mod prompt;

use std::{pin::pin, sync::Arc, time::Duration};

use hermes_agent::{
    Agent, End, Image, Journal as _, JournalError, MemoryJournal,
    conversation::{Ask, Busy, Choice, Live, Ports},
};
use hermes_errors::{Code, Failure};

use self::{
    answered::Answered,
    printer::{Followed, Printer},
};
use super::{Done, Stop, auth::add::signalled, model};
use crate::{args::OneShotArgs, output::Output, world::World};

/// How long the last line may take when somebody wants no more.
const FAREWELL: Duration = Duration::from_millis(100);

/// Asks, and prints what is answered.
pub(crate) fn run(
    args: &OneShotArgs,
    world: impl FnOnce() -> Result<World, Failure>,
    output: Output,
) -> Done {
    let asked = world().and_then(|world| at_once(args, &world, output));
    let answered = match asked {
        Ok(Some(answered)) => answered,
        // Nobody reads any more, and whoever did has what they wanted.
        Ok(None) => return Ok(()),
        Err(failure) => Answered::nothing(&failure),
    };
    let failure = answered.failure();
    if output.json {
        output.json(&answered.to_json())?;
        return failure.map_or(Ok(()), |failure| Err(Stop::Said(failure.code.outcome())));
    }
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

fn at_once(args: &OneShotArgs, world: &World, output: Output) -> Result<Option<Answered>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| Failure::new(Code::OutputFailed, format!("cannot start: {error}")))?;
    let asked = runtime.block_on(ask(args, world, output));
    // Standard input that nobody ends and standard output that nobody reads are not waited for.
    runtime.shutdown_background();
    asked
}

/// What was answered; `None` if nobody reads any more.
async fn ask(
    args: &OneShotArgs,
    world: &World,
    output: Output,
) -> Result<Option<Answered>, Failure> {
    let mut stopped = pin!(signalled());
    let models = model::open(world)?;
    let chosen = chosen(args, world)?;
    let (provider, model) = (chosen.provider.as_deref(), chosen.model.as_deref());
    let pick = models.catalogue.pick(provider, model).ok_or_else(|| {
        let message = "neither the settings nor --provider say whose model is to answer";
        Failure::new(Code::ModelNotChosen, message)
    })?;
    let images = prompt::images(&args.image)?;
    let text = tokio::select! {
        text = prompt::text(&args.prompt, world, output) => text?,
        () = &mut stopped => {
            return Err(Failure::new(Code::Interrupted, "nothing was asked"));
        }
    };
    let live = begun(models.agent, chosen, text, images, world).await?;
    let mut printer = Printer::new(pick.model.as_deref(), output);
    let ended = tokio::select! {
        followed = printer.follow(&live) => match followed? {
            Followed::ToTheEnd => None,
            Followed::Alone => return Ok(None),
        },
        () = &mut stopped => {
            live.interrupt();
            live.settled().await;
            tokio::select! {
                () = printer.break_off() => {}
                () = world.ports.clock.sleep(FAREWELL) => {}
            }
            Some(End::Interrupted)
        }
    };
    let turn = live.look(|transcript, _| transcript.turns().last().cloned());
    let turn = turn.ok_or_else(|| lost(&JournalError::Gone))?;
    Ok(Some(Answered {
        provider: Some(pick.source),
        model: pick.model,
        answer: turn.answer,
        usage: turn.usage,
        end: ended.or(turn.end).unwrap_or(End::Interrupted),
    }))
}

/// Whom to ask as far as that was typed.
fn chosen(args: &OneShotArgs, world: &World) -> Result<Choice, Failure> {
    let provider = args.provider.as_deref();
    let provider = provider.map(|name| model::source(name, world));
    Ok(Choice {
        provider: provider.transpose()?,
        model: args.model.clone(),
        effort: args.effort.clone(),
    })
}

/// A conversation in memory that has been asked this.
async fn begun(
    agent: Arc<dyn Agent>,
    choice: Choice,
    text: String,
    images: Vec<Image>,
    world: &World,
) -> Result<Arc<Live>, Failure> {
    let journal = MemoryJournal::default();
    let mut ids = Vec::new();
    for image in images {
        ids.push(journal.attach(image).await.map_err(|error| lost(&error))?);
    }
    let ports = Ports {
        agent,
        journal: Arc::new(journal),
        clock: Arc::clone(&world.ports.clock),
        titles: Arc::default(),
    };
    // Providers are told the name, so it says nothing.
    let live = Live::open(world.ports.random.hex(16), ports).await;
    let live = live.map_err(|error| lost(&error))?;
    live.choose(|own| *own = choice);
    let ask = Ask {
        ids: Vec::new(),
        text,
        images: ids,
    };
    let submitted = live.submit(ask, Busy::default());
    submitted.map_err(|error| Failure::new(Code::PromptUnusable, error.to_string()))?;
    Ok(live)
}

fn lost(error: &JournalError) -> Failure {
    Failure::new(Code::AgentFailed, error.to_string())
}
