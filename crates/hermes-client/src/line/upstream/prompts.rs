use std::collections::VecDeque;

use hermes_protocol::methods::{ConversationResumed, WaitingPrompt};

use crate::{
    said::{arrived, said},
    talk::Instead,
};

/// How many prompts are remembered. Pages send again what they do not know the fate of, and nothing older.
const MOST: usize = 256;

/// The connection broke while it was on its way, and the conversation does not have it.
pub(super) const NOT_THERE: &str = "the connection broke while this was on its way, and the conversation does not have \
                                it: send it again if you still want it asked";

/// It was to take the place of others, at a gateway that loses it then.
pub(super) const FORGETS: &str =
    "this gateway cannot take prompts back without losing others, so it was not asked: ask it anew";

/// It was to take the place of prompts behind which there are others by now.
pub(super) const OTHERS: &str = "something else was asked in the conversation meanwhile, so nothing was taken back and this not asked";

/// The turn was stopped for whose end it waited.
pub(super) const STOPPED: &str = "the turn before it was stopped, so it was not asked";

/// What was asked over a line, by the names that pages give to prompts. Upstream knows none of these names, so
/// that a prompt is asked once is seen to here. It outlives sockets, and lines to the same gateway.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    /// The oldest first.
    all: VecDeque<Prompt>,
}

/// What a page asks.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: String,
    /// The conversation, as pages call it.
    pub(super) of: String,
    pub(super) text: String,
    pub(super) instead: Option<Instead>,
}

#[derive(Clone, Debug)]
pub(super) struct Prompt {
    pub(super) id: String,
    /// The conversation, as pages call it.
    pub(super) of: String,
    pub(super) text: String,
    /// What it takes the place of.
    pub(super) instead: Option<Instead>,
    pub(super) stage: Stage,
    /// How often people had said something in the conversation when it was sent.
    said_before: usize,
    /// Whether it was sent although its conversation was not found.
    pub(super) again: bool,
}

/// How far a prompt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits here for the end of the turn that runs.
    Held,
    /// It was sent, and has no answer.
    Sent,
    /// The gateway has it, and has not said that its turn begins.
    Taken,
    /// Its turn runs.
    Begun,
    /// The socket broke before its turn was over.
    Unsure,
    /// The gateway has asked it.
    Done,
    /// Whoever asked it has taken it back.
    Withdrawn,
    /// It was not asked, for this reason.
    Not(&'static str),
}

impl Prompts {
    pub(super) fn find(&mut self, id: &str) -> Option<&mut Prompt> {
        self.all.iter_mut().find(|prompt| prompt.id == id)
    }

    /// Takes one in. What is over makes room for it; false if nothing is.
    pub(super) fn add(&mut self, asked: Asked) -> bool {
        if self.all.len() >= MOST {
            let over = |prompt: &Prompt| {
                matches!(prompt.stage, Stage::Done | Stage::Withdrawn | Stage::Not(_))
            };
            let Some(oldest) = self.all.iter().position(over) else {
                return false;
            };
            self.all.remove(oldest);
        }
        let Asked {
            id,
            of,
            text,
            instead,
        } = asked;
        self.all.push_back(Prompt {
            id,
            of,
            text,
            instead,
            stage: Stage::Held,
            said_before: 0,
            again: false,
        });
        true
    }

    pub(super) fn forget(&mut self, id: &str) {
        self.all.retain(|prompt| prompt.id != id);
    }

    /// It is sent, in a conversation where people have said something so often.
    pub(super) fn sent(&mut self, id: &str, said_before: usize) {
        if let Some(prompt) = self.find(id) {
            prompt.stage = Stage::Sent;
            let from = prompt.instead.map(|instead| instead.from as usize);
            prompt.said_before = from.unwrap_or(said_before);
        }
    }

    /// The first of a conversation that stands so.
    pub(super) fn first(&self, of: &str, stage: Stage) -> Option<&Prompt> {
        self.of(of).find(|prompt| prompt.stage == stage)
    }

    /// Whether one of these is under way in the conversation.
    pub(super) fn is_under_way(&self, of: &str) -> bool {
        self.of(of)
            .any(|prompt| matches!(prompt.stage, Stage::Sent | Stage::Taken | Stage::Begun))
    }

    /// Has this one wait before all others.
    pub(super) fn hold_first(&mut self, id: &str) {
        let Some(at) = self.all.iter().position(|prompt| prompt.id == id) else {
            return;
        };
        if let Some(mut prompt) = self.all.remove(at) {
            prompt.stage = Stage::Held;
            self.all.push_front(prompt);
        }
    }

    /// Those of a conversation that wait here.
    pub(super) fn held(&self, of: &str) -> Vec<WaitingPrompt> {
        let held = self.of(of).filter(|prompt| prompt.stage == Stage::Held);
        let waiting = held.map(|prompt| WaitingPrompt {
            prompt_id: Some(prompt.id.clone()),
            text: prompt.text.clone(),
            images: Vec::new(),
        });
        waiting.collect()
    }

    /// A turn begins in the conversation: which prompt it asks. Upstream does not say, but it was sent one at a
    /// time.
    pub(super) fn begins(&mut self, of: &str) -> Option<Prompt> {
        let next = self
            .first(of, Stage::Taken)
            .or_else(|| self.first(of, Stage::Sent));
        let id = next?.id.clone();
        let prompt = self.find(&id)?;
        prompt.stage = Stage::Begun;
        Some(prompt.clone())
    }

    /// The turn that runs is over.
    pub(super) fn ended(&mut self, of: &str) {
        self.change(of, |stage| (stage == Stage::Begun).then_some(Stage::Done));
    }

    /// The turn that runs is stopped, and with it what waits for its end.
    pub(super) fn stopped(&mut self, of: &str) {
        self.change(of, |stage| {
            (stage == Stage::Held).then_some(Stage::Not(STOPPED))
        });
    }

    /// The socket is gone.
    pub(super) fn lost(&mut self) {
        for prompt in &mut self.all {
            if matches!(prompt.stage, Stage::Sent | Stage::Taken | Stage::Begun) {
                prompt.stage = Stage::Unsure;
            }
        }
    }

    /// The conversation is this: what of it is not sure is seen there.
    pub(super) fn settle(&mut self, of: &str, now: &ConversationResumed) {
        let said = said(now);
        let runs = now.running || now.inflight.is_some();
        let unsure = self.all.iter_mut().filter(|prompt| prompt.of == of);
        for prompt in unsure.filter(|prompt| prompt.stage == Stage::Unsure) {
            // Where others were taken back for it, it is the last one.
            let is_last = prompt.instead.is_none() || said.len() == prompt.said_before + 1;
            let is_there = is_last && arrived(&prompt.text, prompt.said_before, &said);
            let is_asked = now
                .inflight
                .as_ref()
                .is_some_and(|turn| turn.user.trim() == prompt.text.trim());
            prompt.stage = match is_there {
                false => Stage::Not(NOT_THERE),
                true if runs && is_asked => Stage::Begun,
                true => Stage::Done,
            };
        }
    }

    /// The conversation is gone.
    pub(super) fn gone(&mut self, of: &str) {
        self.all.retain(|prompt| prompt.of != of);
    }

    /// The conversations where something waits, or is under way.
    pub(super) fn busy(&self) -> Vec<String> {
        let is_busy = |prompt: &&Prompt| {
            matches!(
                prompt.stage,
                Stage::Held | Stage::Sent | Stage::Taken | Stage::Begun
            )
        };
        let mut of: Vec<_> = self
            .all
            .iter()
            .filter(is_busy)
            .map(|prompt| prompt.of.clone())
            .collect();
        of.sort_unstable();
        of.dedup();
        of
    }

    fn of(&self, of: &str) -> impl Iterator<Item = &Prompt> {
        self.all.iter().filter(move |prompt| prompt.of == of)
    }

    fn change(&mut self, of: &str, next: impl Fn(Stage) -> Option<Stage>) {
        for prompt in self.all.iter_mut().filter(|prompt| prompt.of == of) {
            prompt.stage = next(prompt.stage).unwrap_or(prompt.stage);
        }
    }
}
