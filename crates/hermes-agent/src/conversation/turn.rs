use std::{ops::ControlFlow, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use hermes_errors::Code;
use tokio_util::sync::CancellationToken;

use super::{Live, Turn, summary, title};
use crate::{End, Message, Part, Prompt, Step, TurnFailure, journal::JournalError};

/// How long an agent that is to stop may take.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the turn that has begun, and those that have waited for its end.
pub(super) async fn run(live: Arc<Live>) {
    while let Some(cancel) = live.turn() {
        // Whatever happens to an agent, its turn ends.
        let turn = tokio::spawn(answer(Arc::clone(&live), cancel));
        if turn.await.is_err() {
            let _ = live.step(Step::End(End::Failed(failure("the agent failed"))));
        }
        if live.wants_title() {
            tokio::spawn(title::find(Arc::clone(&live)));
        }
    }
}

async fn answer(live: Arc<Live>, cancel: CancellationToken) {
    let prompt = match prompt(&live).await {
        Ok(prompt) => prompt,
        Err(error) => {
            let _ = live.step(Step::End(End::Failed(failure(&error.to_string()))));
            return;
        }
    };
    let clock = &*live.ports.clock;
    let mut steps = live.ports.agent.answer(prompt, cancel.clone());
    let too_late = async {
        cancel.cancelled().await;
        clock.sleep(GRACE).await;
    };
    tokio::pin!(too_late);
    loop {
        let gathered = async {
            match live.wait() {
                Some(wait) => clock.sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        let step = tokio::select! {
            biased;
            () = &mut too_late => Step::End(End::Interrupted),
            step = steps.next() => step.unwrap_or_else(|| Step::End(broken_off(&cancel))),
            () = gathered => {
                live.flush();
                continue;
            }
        };
        if live.step(step) == ControlFlow::Break(()) {
            return;
        }
    }
}

/// How a turn ended whose agent did not say so.
fn broken_off(cancel: &CancellationToken) -> End {
    if cancel.is_cancelled() {
        End::Interrupted
    } else {
        End::Failed(failure("the agent broke off"))
    }
}

/// A failure that is the agent's, or ours.
pub(super) fn failure(what: &str) -> TurnFailure {
    TurnFailure::new(
        Code::AgentFailed,
        what.to_owned(),
        Code::AgentFailed.next_step().to_owned(),
        true,
    )
}

/// The conversation as an agent is asked it.
async fn prompt(live: &Live) -> Result<Prompt, JournalError> {
    let choice = live.look(|transcript, _| transcript.choice().clone());
    Ok(Prompt {
        conversation: live.name().to_owned(),
        messages: messages(live).await?,
        provider: choice.provider,
        model: choice.model,
        effort: choice.effort,
    })
}

/// What was said, as an agent reads it; the turns that have a summary by that alone.
pub(super) async fn messages(live: &Live) -> Result<Vec<Message>, JournalError> {
    let (turns, summary) = live.look(|transcript, _| {
        let compressed = transcript.compressed();
        let first = compressed.map_or(0, |compressed| compressed.turns);
        let turns = transcript.turns().get(first..).unwrap_or_default();
        let summary = compressed.map(|compressed| summary::told(compressed.summary));
        (turns.to_vec(), summary)
    });
    let mut messages = Vec::with_capacity(1 + turns.len() * 2);
    messages.extend(summary);
    for turn in turns {
        messages.push(Message::User(parts(live, &turn).await?));
        if !turn.answer.is_empty() {
            messages.push(Message::Assistant(turn.answer));
        }
    }
    Ok(messages)
}

/// What was asked, pictures first. One that is not there any more is left out.
async fn parts(live: &Live, turn: &Turn) -> Result<Vec<Part>, JournalError> {
    let mut parts = Vec::new();
    for id in &turn.ask.images {
        let image = live.ports.journal.image(id).await?;
        parts.extend(image.map(Part::Image));
    }
    if !turn.ask.text.is_empty() {
        parts.push(Part::Text(turn.ask.text.clone()));
    }
    Ok(parts)
}
