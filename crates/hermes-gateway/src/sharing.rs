//! What is under a link to a conversation: what was said when the link was made, and nothing that came
//! later.

use hermes_agent::conversation::{Transcript, Turn};
use serde::{Deserialize, Serialize};

/// A conversation as it was, as storage keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// What it was called.
    pub(crate) title: String,
    /// Who shares it, if they want that to be known.
    pub(crate) by: Option<String>,
    /// When it was like this, in milliseconds since 1970.
    pub(crate) at: i64,
    /// What was said.
    pub(crate) said: Vec<Exchange>,
}

/// A prompt and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exchange {
    /// When it was asked, in milliseconds since 1970.
    pub(crate) at: i64,
    /// What was asked.
    pub(crate) prompt: String,
    /// How many pictures went with it. They are not shared.
    pub(crate) pictures: usize,
    /// What was answered; empty if nothing was.
    pub(crate) answer: String,
}

/// The first prompts of a conversation, so many, with their answers. Neither thoughts nor why an answer
/// failed are among these, nor whose model has answered. `None` if there are fewer, or if one of them is
/// being answered just now.
pub(crate) fn said(transcript: &Transcript, prompts: usize) -> Option<Vec<Exchange>> {
    let turns = transcript.turns().get(..prompts)?;
    let is_over = |turn: &Turn| turn.end.is_some();
    (prompts > 0 && turns.iter().all(is_over)).then(|| turns.iter().map(exchange).collect())
}

fn exchange(turn: &Turn) -> Exchange {
    Exchange {
        at: turn.asked_at.as_millisecond(),
        prompt: turn.ask.text.clone(),
        pictures: turn.ask.images.len(),
        answer: turn.answer.clone(),
    }
}
