use std::{ops::ControlFlow, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{Ask, AskId, Choice, Event, Record, Transcript, queue::Queue};
use crate::{End, Step, Usage};

/// The most bytes of a prompt's text, whatever waits with it included.
const ASK_LIMIT: usize = 1024 * 1024;

/// The most pictures of a prompt.
const IMAGES_LIMIT: usize = 16;

/// The most bytes of an answer with its thoughts. A model that writes on is stopped.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;

/// How long pieces of an answer are gathered, so that a record is worth its place. The first one
/// goes at once.
const GATHER: SignedDuration = SignedDuration::from_millis(33);

/// What becomes of the running turn when somebody asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Busy {
    /// It is interrupted.
    #[default]
    Interrupt,
    /// It goes on, and the prompt waits for its end.
    Queue,
}

/// What became of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// Its turn runs.
    Running,
    /// It waits for the end of the turn before it.
    Queued,
    /// It had been asked already.
    Known,
    /// It waited once, and was taken back.
    Withdrawn,
    /// It waited once, and went with the turn that was stopped.
    Dropped,
}

/// What became of a prompt that its person does not want any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// It waited, and waits no more; perhaps it was taken back before.
    Withdrawn,
    /// It came too late: its turn has begun.
    Asked,
    /// No prompt of this name is known.
    Unknown,
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is neither text nor a picture.
    #[error("the prompt is empty")]
    Empty,
    /// The text is too long, with what waits already.
    #[error("the prompt is longer than 1 MiB")]
    TooLong,
    /// There are too many pictures.
    #[error("a prompt has 16 images at most")]
    TooManyImages,
    /// As many prompts wait as may.
    #[error("64 prompts wait for the end of the turn already")]
    TooManyWait,
    /// It changes the turns, and one runs.
    #[error("a turn is running")]
    Busy,
    /// There is no such turn.
    #[error("the conversation has no such turn")]
    NoSuchTurn,
    /// There is no such version of the prompt.
    #[error("the prompt has no such version")]
    NoSuchVersion,
    /// It is about turns, and there are others than whoever asks has seen.
    #[error("the conversation went on meanwhile, so nothing was changed")]
    Changed,
    /// What has been said is not kept just now, and more would be lost.
    #[error("the conversation cannot be saved just now")]
    Unsaved,
}

/// In place of which turns something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instead {
    /// The first of them, counted from 0.
    pub from: usize,
    /// How many turns there are, if that matters: whoever has seen fewer takes none back that they have
    /// not seen.
    pub of: Option<usize>,
}

impl From<usize> for Instead {
    fn from(from: usize) -> Self {
        Self { from, of: None }
    }
}

/// Which version of a prompt is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The turn whose other version it is, counted from 0.
    pub turn: usize,
    /// Its number in the order of asking, from 1.
    pub version: usize,
    /// How many turns there are, if that matters: see [`Instead::of`].
    pub of: Option<usize>,
}

/// What may happen to a conversation, as transitions without waiting. What happens is recorded; the
/// records that are new are taken by whoever sends and keeps them.
#[derive(Debug, Default)]
pub(super) struct Machine {
    transcript: Transcript,
    turn: Option<Running>,
    queue: Queue,
    new: Vec<Record>,
}

#[derive(Debug, Default)]
struct Running {
    cancel: CancellationToken,
    gathered: Option<Gathered>,
    shown_at: Option<Timestamp>,
    usage: Usage,
    model: Option<String>,
    bytes: usize,
}

#[derive(Debug)]
enum Gathered {
    Reasoning(String),
    Text(String),
}

impl Machine {
    /// Goes on from what was kept. A turn that ran when it was kept runs no more.
    pub(super) fn new(transcript: Transcript, now: Timestamp) -> Self {
        let mut machine = Self {
            transcript,
            ..Self::default()
        };
        if machine.transcript.running().is_some() {
            machine.ended(End::Interrupted, Running::default(), now);
        }
        machine
    }

    pub(super) const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What waits for the end of the turn.
    pub(super) const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The new records.
    pub(super) fn take(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.new)
    }

    fn record(&mut self, event: Event, at: Timestamp) {
        let seq = self.transcript.last() + 1;
        let record = Record { seq, at, event };
        self.transcript.add(&record);
        self.new.push(record);
    }

    /// Asks. With nothing in the way the turn begins, and [`Machine::begun`] hands it out. One that waits
    /// and is asked again by somebody who interrupts waits no longer.
    pub(super) fn submit(
        &mut self,
        ask: Ask,
        busy: Busy,
        now: Timestamp,
    ) -> Result<Submitted, Refused> {
        let before = self.before(&ask);
        let Some(turn) = &self.turn else {
            if let Some(before) = before {
                return Ok(before);
            }
            may_be_asked(&ask)?;
            self.begin(ask, now);
            return Ok(Submitted::Running);
        };
        if before.is_none() {
            may_be_asked(&ask)?;
            self.queue.add(ask.clone())?;
        }
        let waits = ask.ids.is_empty() || ask.ids.iter().any(|id| self.queue.has(id));
        if busy == Busy::Interrupt && waits {
            turn.cancel.cancel();
        }
        Ok(before.unwrap_or(Submitted::Queued))
    }

    /// What became of a prompt when it came under the same name before; none if it did not.
    fn before(&self, ask: &Ask) -> Option<Submitted> {
        let one = |id: &AskId| {
            if self.queue.has(id) || self.transcript.has_asked(id) {
                Some(Submitted::Known)
            } else if self.transcript.has_withdrawn(id) {
                Some(Submitted::Withdrawn)
            } else if self.transcript.has_dropped(id) {
                Some(Submitted::Dropped)
            } else {
                None
            }
        };
        let all: Vec<_> = ask.ids.iter().map(one).collect::<Option<_>>()?;
        let first = *all.first()?;
        match all.iter().all(|other| *other == first) {
            true => Some(first),
            false => Some(Submitted::Known),
        }
    }

    /// Takes a prompt out of those that wait. Its name stays known, so that whoever sends it again, since
    /// they have not heard of this, does not have it asked.
    pub(super) fn withdraw(&mut self, id: &AskId, now: Timestamp) -> Withdrawn {
        let ids = self.queue.remove(id);
        if !ids.is_empty() {
            self.record(Event::Withdrawn(ids), now);
            Withdrawn::Withdrawn
        } else if self.transcript.has_withdrawn(id) || self.transcript.has_dropped(id) {
            Withdrawn::Withdrawn
        } else if self.transcript.has_asked(id) {
            Withdrawn::Asked
        } else {
            Withdrawn::Unknown
        }
    }

    fn begin(&mut self, ask: Ask, now: Timestamp) {
        self.record(Event::Asked(ask), now);
        self.turn = Some(Running::default());
    }

    /// What interrupts the turn that runs.
    pub(super) fn cancellation(&self) -> Option<CancellationToken> {
        self.turn.as_ref().map(|turn| turn.cancel.clone())
    }

    /// A person wants no more of what runs, and nothing of what waits. The names of what waited stay known:
    /// whoever was away and sends it again does not have it asked.
    pub(super) fn stop(&mut self, now: Timestamp) {
        let ids = self.queue.asks().iter().flat_map(|ask| ask.ids.clone());
        let ids: Vec<_> = ids.collect();
        if !ids.is_empty() {
            self.record(Event::Dropped(ids), now);
        }
        self.interrupt();
    }

    /// Nothing goes on here: what runs ends, and what waits is asked by whoever sends it again.
    pub(super) fn interrupt(&mut self) {
        self.queue.take();
        if let Some(turn) = &self.turn {
            turn.cancel.cancel();
        }
    }

    /// Takes a step of the agent that answers: whether the turn goes on. At its end the prompt that
    /// waits begins.
    pub(super) fn step(&mut self, step: Step, now: Timestamp) -> ControlFlow<()> {
        match step {
            Step::Model(model) => {
                if let Some(turn) = &mut self.turn {
                    turn.model = Some(model);
                }
            }
            Step::Reasoning(text) => return self.gather(Gathered::Reasoning(text), now),
            Step::Text(text) => return self.gather(Gathered::Text(text), now),
            Step::Notice(text) => {
                self.flush(now);
                self.record(Event::Notice(text), now);
            }
            Step::Used(usage) => {
                if let Some(turn) = &mut self.turn {
                    turn.usage += usage;
                }
            }
            Step::End(end) => return self.end(end, now),
        }
        ControlFlow::Continue(())
    }

    fn gather(&mut self, more: Gathered, now: Timestamp) -> ControlFlow<()> {
        let turn = self.turn.as_ref();
        let gathered = turn.and_then(|turn| turn.gathered.as_ref());
        if gathered.is_some_and(|gathered| !gathered.is_like(&more)) {
            self.flush(now);
        }
        let Some(turn) = &mut self.turn else {
            return ControlFlow::Break(());
        };
        turn.bytes += more.text().len();
        let bytes = turn.bytes;
        match &mut turn.gathered {
            Some(gathered) => gathered.text_mut().push_str(more.text()),
            none => *none = Some(more),
        }
        if bytes > ANSWER_LIMIT {
            return self.end(End::Cut, now);
        }
        if self.wait(now) == Some(Duration::ZERO) {
            self.flush(now);
        }
        ControlFlow::Continue(())
    }

    /// How long what is gathered may wait still; none if nothing is.
    pub(super) fn wait(&self, now: Timestamp) -> Option<Duration> {
        let turn = self.turn.as_ref()?;
        turn.gathered.as_ref()?;
        let left = turn
            .shown_at
            .map_or(SignedDuration::ZERO, |at| GATHER - now.duration_since(at));
        Some(left.clamp(SignedDuration::ZERO, GATHER).unsigned_abs())
    }

    /// Records what is gathered.
    pub(super) fn flush(&mut self, now: Timestamp) {
        let Some(turn) = &mut self.turn else {
            return;
        };
        let Some(gathered) = turn.gathered.take() else {
            return;
        };
        turn.shown_at = Some(now);
        self.record(
            match gathered {
                Gathered::Reasoning(text) => Event::Reasoning(text),
                Gathered::Text(text) => Event::Text(text),
            },
            now,
        );
    }

    fn end(&mut self, end: End, now: Timestamp) -> ControlFlow<()> {
        self.flush(now);
        if let Some(turn) = self.turn.take() {
            self.ended(end, turn, now);
        }
        if let Some(ask) = self.queue.take() {
            self.begin(ask, now);
        }
        ControlFlow::Break(())
    }

    fn ended(&mut self, end: End, ran: Running, now: Timestamp) {
        let turn = self.transcript.running();
        let (answer, reasoning) = turn.map_or_else(Default::default, |turn| {
            (turn.answer.clone(), turn.reasoning.clone())
        });
        let ended = Event::Ended {
            end,
            answer,
            reasoning,
            usage: ran.usage,
            model: ran.model,
        };
        self.record(ended, now);
    }

    /// Takes turns back and asks instead.
    pub(super) fn ask_instead(
        &mut self,
        instead: Instead,
        ask: Ask,
        now: Timestamp,
    ) -> Result<Submitted, Refused> {
        if let Some(before) = self.before(&ask) {
            return Ok(before);
        }
        may_be_asked(&ask)?;
        let turns = self.transcript.turns().len();
        if instead.of.is_some_and(|of| of != turns) {
            return Err(Refused::Changed);
        }
        self.cut(instead.from, now)?;
        self.submit(ask, Busy::Queue, now)
    }

    /// Takes the turns from this one on back, counted from 0.
    pub(super) fn cut(&mut self, from: usize, now: Timestamp) -> Result<usize, Refused> {
        if self.turn.is_some() {
            return Err(Refused::Busy);
        }
        let turns = self.transcript.turns();
        let first = turns.get(from).ok_or(Refused::NoSuchTurn)?;
        let (since, gone) = (first.since, turns.len() - from);
        self.record(Event::Cut { from, since }, now);
        Ok(gone)
    }

    /// Shows another version of a prompt, and what was shown after it. One that is shown already is no
    /// change.
    pub(super) fn show(&mut self, wanted: Wanted, now: Timestamp) -> Result<(), Refused> {
        if self.turn.is_some() {
            return Err(Refused::Busy);
        }
        let turns = self.transcript.turns();
        if wanted.of.is_some_and(|of| of != turns.len()) {
            return Err(Refused::Changed);
        }
        let turn = turns.get(wanted.turn).ok_or(Refused::NoSuchTurn)?;
        let since = self.transcript.version_named(turn, wanted.version);
        let since = since.ok_or(Refused::NoSuchVersion)?;
        if since != turn.since {
            let from = wanted.turn;
            self.record(Event::Shown { from, since }, now);
        }
        Ok(())
    }

    /// Begins with what has happened elsewhere: how many turns that is; `None` if something has been
    /// said here.
    pub(super) fn begin_with(&mut self, events: Vec<(Timestamp, Event)>) -> Option<usize> {
        if !self.transcript.turns().is_empty() {
            return None;
        }
        for (at, event) in events {
            self.record(event, at);
        }
        Some(self.transcript.turns().len())
    }

    /// Has the first turns, so many, told as a summary, if the last of them is still the one that began
    /// with this record.
    pub(super) fn summarised(
        &mut self,
        turns: usize,
        last: u64,
        summary: &str,
        tokens: u64,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let index = turns.checked_sub(1).ok_or(Refused::NoSuchTurn)?;
        let same = self.transcript.turns().get(index);
        same.filter(|turn| turn.since == last && turn.end.is_some())
            .ok_or(Refused::NoSuchTurn)?;
        let summarised = Event::Compressed {
            turns,
            summary: summary.to_owned(),
            tokens,
        };
        self.record(summarised, now);
        Ok(())
    }

    /// Notes tokens that were used beside the turns.
    pub(super) fn used(&mut self, usage: Usage, now: Timestamp) {
        self.record(Event::Used(usage), now);
    }

    /// Calls it something else.
    pub(super) fn entitle(&mut self, title: String, now: Timestamp) {
        self.record(Event::Titled(title), now);
    }

    /// Changes who answers from the next turn on. What changes nothing has not happened.
    pub(super) fn choose(&mut self, change: impl FnOnce(&mut Choice), now: Timestamp) {
        let mut choice = self.transcript.choice().clone();
        change(&mut choice);
        if choice != *self.transcript.choice() {
            self.record(Event::Chosen(choice), now);
        }
    }
}

impl Gathered {
    fn text(&self) -> &str {
        match self {
            Self::Reasoning(text) | Self::Text(text) => text,
        }
    }

    const fn text_mut(&mut self) -> &mut String {
        match self {
            Self::Reasoning(text) | Self::Text(text) => text,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

pub(super) fn may_be_asked(ask: &Ask) -> Result<(), Refused> {
    if ask.text.trim().is_empty() && ask.images.is_empty() {
        Err(Refused::Empty)
    } else if ask.text.len() > ASK_LIMIT {
        Err(Refused::TooLong)
    } else if ask.images.len() > IMAGES_LIMIT {
        Err(Refused::TooManyImages)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
