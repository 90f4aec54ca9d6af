use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::{Live, turn};
use crate::{End, Message, Prompt, Step, Usage};

/// What an agent said to a question beside the turns.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) usage: Usage,
    pub(super) end: End,
}

/// Asks the agent something beside the turns, of which nothing is recorded. Of the answer at most so many
/// bytes count, and it may take so long.
pub(super) async fn ask(
    live: &Live,
    messages: Vec<Message>,
    most: usize,
    patience: Duration,
    cancel: &CancellationToken,
) -> Said {
    let choice = live.look(|transcript, _| transcript.choice().clone());
    let prompt = Prompt {
        conversation: live.name().to_owned(),
        messages,
        provider: choice.provider,
        model: choice.model,
        effort: choice.effort,
    };
    let mut said = Said {
        text: String::new(),
        usage: Usage::default(),
        end: End::Interrupted,
    };
    let mut steps = live.ports.agent.answer(prompt, cancel.clone());
    let answer = async {
        while let Some(step) = steps.next().await {
            match step {
                Step::Text(text) => said.text.push_str(&text),
                Step::Used(usage) => said.usage += usage,
                Step::End(end) => return end,
                Step::Model(_) | Step::Reasoning(_) | Step::Notice(_) => {}
            }
            if said.text.len() > most {
                return End::Cut;
            }
        }
        failed("the agent broke off")
    };
    let end = tokio::select! {
        biased;
        () = cancel.cancelled() => End::Interrupted,
        end = answer => end,
        () = live.ports.clock.sleep(patience) => failed("the agent took too long"),
    };
    said.end = end;
    said
}

fn failed(what: &str) -> End {
    End::Failed(turn::failure(what))
}
