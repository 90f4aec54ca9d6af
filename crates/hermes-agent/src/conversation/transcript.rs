use std::collections::HashSet;

use jiff::Timestamp;

use super::{Ask, AskId, Choice, Event, Record, Version, branches::Branches};
use crate::{
    End, Usage,
    journal::{FoundAgain, Summary},
};

/// The most characters of a preview.
const PREVIEW_LIMIT: usize = 120;

/// What the records of a conversation come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The turns that are shown, each of which follows the one before.
    turns: Vec<Turn>,
    pub(super) branches: Branches,
    title: Option<String>,
    choice: Choice,
    usage: Usage,
    compressions: u64,
    asked: HashSet<AskId>,
    withdrawn: HashSet<AskId>,
    dropped: HashSet<AskId>,
    last: u64,
    active_at: Timestamp,
}

/// A prompt, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The number of the record with which it began, by which it is known.
    pub since: u64,
    /// The turn that it followed, by the same number; none if it was the first.
    pub follows: Option<u64>,
    /// The number of the record with which it ended; none if it runs.
    pub until: Option<u64>,
    /// What was asked.
    pub ask: Ask,
    /// When.
    pub asked_at: Timestamp,
    /// The thoughts before the answer.
    pub reasoning: String,
    /// The answer, as far as it is there.
    pub answer: String,
    /// How it ended; none if it runs.
    pub end: Option<End>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The tokens that it took.
    pub usage: Usage,
    /// The model that was asked, if that is known.
    pub model: Option<String>,
    /// What the turns up to this one come to, if the agent was to be told that instead.
    pub summary: Option<String>,
}

/// Turns that are told to the agent as a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compressed<'a> {
    /// How many, from the first one on.
    pub turns: usize,
    /// What they come to.
    pub summary: &'a str,
}

impl Transcript {
    /// Adds a record. One that is not the next changes nothing: whether it was.
    pub fn add(&mut self, record: &Record) -> bool {
        if record.seq != self.last + 1 {
            return false;
        }
        self.last = record.seq;
        self.active_at = record.at;
        match &record.event {
            Event::Asked(ask) => {
                self.asked.extend(ask.ids.iter().cloned());
                let turn = Turn {
                    since: record.seq,
                    follows: self.turns.last().map(|turn| turn.since),
                    until: None,
                    ask: ask.clone(),
                    asked_at: record.at,
                    reasoning: String::new(),
                    answer: String::new(),
                    end: None,
                    ended_at: None,
                    usage: Usage::default(),
                    model: None,
                    summary: None,
                };
                self.branches.began(&turn);
                self.turns.push(turn);
            }
            Event::Reasoning(text) => {
                if let Some(turn) = self.running_mut() {
                    turn.reasoning.push_str(text);
                }
            }
            Event::Text(text) => {
                if let Some(turn) = self.running_mut() {
                    turn.answer.push_str(text);
                }
            }
            Event::Notice(_) => {}
            Event::Withdrawn(ids) => self.withdrawn.extend(ids.iter().cloned()),
            Event::Dropped(ids) => self.dropped.extend(ids.iter().cloned()),
            Event::Ended {
                end,
                answer,
                reasoning,
                usage,
                model,
            } => {
                self.usage += *usage;
                if let Some(turn) = self.running_mut() {
                    turn.until = Some(record.seq);
                    turn.end = Some(end.clone());
                    turn.ended_at = Some(record.at);
                    turn.answer.clone_from(answer);
                    turn.reasoning.clone_from(reasoning);
                    turn.usage = *usage;
                    turn.model.clone_from(model);
                }
            }
            Event::Cut { from, .. } => {
                let from = self.turns.len().min(*from);
                self.branches.cut(self.turns.drain(from..));
            }
            Event::Shown { since, .. } => {
                self.branches.show(*since, &mut self.turns);
                // Of what was made a summary nobody knows how much the model is told.
                let last = self.turns.last().filter(|turn| turn.summary.is_none());
                self.usage.context = last.map_or(0, |turn| turn.usage.context);
            }
            Event::Compressed {
                turns,
                summary,
                tokens,
            } => {
                self.compressions += 1;
                self.usage.context = *tokens;
                let last = turns.checked_sub(1);
                if let Some(turn) = last.and_then(|last| self.turns.get_mut(last)) {
                    turn.summary = Some(summary.clone());
                }
            }
            Event::Used(usage) => {
                let context = self.usage.context;
                self.usage += *usage;
                self.usage.context = context;
            }
            Event::Titled(title) => self.title = Some(title.clone()),
            Event::Chosen(choice) => self.choice.clone_from(choice),
        }
        true
    }

    /// The turns that are shown, the first one first.
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turn that runs.
    pub fn running(&self) -> Option<&Turn> {
        self.turns.last().filter(|turn| turn.end.is_none())
    }

    fn running_mut(&mut self) -> Option<&mut Turn> {
        self.turns.last_mut().filter(|turn| turn.end.is_none())
    }

    /// What it is called, if it has been called anything.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Who answers in it, as far as that was chosen for it.
    pub const fn choice(&self) -> &Choice {
        &self.choice
    }

    /// The tokens of all turns, those that are not shown included.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// The turns that are told to the agent as a summary, if any are.
    pub fn compressed(&self) -> Option<Compressed<'_>> {
        compressed(&self.turns)
    }

    /// Which version of its prompt a turn is that is shown; none if there is one only.
    pub fn version(&self, turn: &Turn) -> Option<Version> {
        self.branches.version(turn.follows, turn.since)
    }

    /// The turn that is shown and began with this record.
    pub fn began(&self, since: u64) -> Option<&Turn> {
        let index = self.turns.binary_search_by_key(&since, |turn| turn.since);
        self.turns.get(index.ok()?)
    }

    /// The first record of a version of a turn that is shown, counted from 1.
    pub(super) fn version_named(&self, turn: &Turn, number: usize) -> Option<u64> {
        self.branches.named(turn.follows, number)
    }

    /// What search knows again once other turns are shown, from this one on, counted from 0.
    pub(super) fn found_again(&self, from: usize) -> FoundAgain {
        let from = self.turns.len().min(from);
        let before = from.checked_sub(1).and_then(|last| self.turns.get(last));
        let mut texts = Vec::new();
        for turn in self.turns.get(from..).unwrap_or_default() {
            texts.push((turn.since, turn.ask.text.clone()));
            let answer = turn.until.filter(|_| !turn.answer.is_empty());
            texts.extend(answer.map(|until| (until, turn.answer.clone())));
        }
        FoundAgain {
            after: before.map_or(0, |turn| turn.until.unwrap_or(turn.since)),
            texts,
        }
    }

    /// How often turns were made a summary.
    pub const fn compressions(&self) -> u64 {
        self.compressions
    }

    /// The number of the last record; 0 if there is none.
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// Whether a prompt of this name has been asked, taken back or not.
    pub fn has_asked(&self, id: &AskId) -> bool {
        self.asked.contains(id)
    }

    /// Whether a prompt of this name waited and was taken back, so that it is never asked.
    pub fn has_withdrawn(&self, id: &AskId) -> bool {
        self.withdrawn.contains(id)
    }

    /// Whether a prompt of this name waited and went with a turn that was stopped, so that it is never
    /// asked.
    pub fn has_dropped(&self, id: &AskId) -> bool {
        self.dropped.contains(id)
    }

    /// What lists show of it.
    pub fn summary(&self) -> Summary {
        let first = self.turns.first();
        let model = self.turns.iter().rev().find_map(|turn| turn.model.clone());
        let answers = self.turns.iter().filter(|turn| !turn.answer.is_empty());
        Summary {
            title: self.title.clone(),
            preview: first.map_or_else(String::new, |turn| {
                hermes_secret::plain(&turn.ask.text, PREVIEW_LIMIT)
            }),
            messages: (self.turns.len() + answers.count()) as u64,
            model,
            usage: self.usage,
            active_at: self.active_at,
            running: self.running().is_some(),
        }
    }
}

/// The summary that stands for the most of these turns. One that is of turns which are not shown is not
/// among them, for it is kept with the last of its turns.
pub(super) fn compressed(turns: &[Turn]) -> Option<Compressed<'_>> {
    let last = turns.iter().rposition(|turn| turn.summary.is_some())?;
    let summary = turns.get(last)?.summary.as_deref()?;
    let turns = last + 1;
    Some(Compressed { turns, summary })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(transcript: &mut Transcript, event: Event) {
        let record = Record {
            seq: transcript.last() + 1,
            at: Timestamp::UNIX_EPOCH,
            event,
        };
        assert!(transcript.add(&record));
        assert!(!transcript.add(&record), "it counts once");
    }

    fn ask(text: &str) -> Event {
        Event::Asked(Ask {
            ids: vec![text.to_lowercase().parse().unwrap()],
            text: text.to_owned(),
            images: Vec::new(),
        })
    }

    fn ended(answer: &str) -> Event {
        let usage = Usage {
            input: 7,
            calls: 1,
            context: 9,
            ..Usage::default()
        };
        Event::Ended {
            end: End::Complete,
            answer: answer.to_owned(),
            reasoning: String::new(),
            usage,
            model: (!answer.is_empty()).then(|| format!("model of {answer}")),
        }
    }

    #[test]
    fn records_add_up() {
        let mut transcript = Transcript::default();
        add(&mut transcript, Event::Text("before any turn".to_owned()));
        add(&mut transcript, ask("One"));
        for event in ["He", "llo"] {
            add(&mut transcript, Event::Text(event.to_owned()));
        }
        assert!(transcript.summary().running);
        add(&mut transcript, ended("Hello"));
        add(&mut transcript, Event::Text("after its end".to_owned()));
        add(&mut transcript, ask("Two"));
        add(&mut transcript, ended(""));
        let answers: Vec<_> = transcript
            .turns()
            .iter()
            .map(|turn| &*turn.answer)
            .collect();
        assert_eq!(answers, ["Hello", ""]);
        let summary = transcript.summary();
        assert_eq!((summary.preview.as_str(), summary.messages), ("One", 3));
        assert!(!summary.running);
        assert_eq!(summary.usage.input, 14);
        let model = Some("model of Hello");
        assert_eq!(summary.model.as_deref(), model, "the last that is known");
    }

    #[test]
    fn a_summary_stands_for_turns_until_one_of_them_is_taken_back() {
        let mut transcript = Transcript::default();
        for text in ["One", "Two", "Three"] {
            add(&mut transcript, ask(text));
            add(&mut transcript, ended(""));
        }
        let summary = || Event::Compressed {
            turns: 2,
            summary: "Both".to_owned(),
            tokens: 3,
        };
        add(&mut transcript, summary());
        let used = Usage {
            input: 5,
            calls: 1,
            context: 100,
            ..Usage::default()
        };
        add(&mut transcript, Event::Used(used));
        assert_eq!(
            (transcript.usage().input, transcript.usage().context),
            (26, 3)
        );
        assert_eq!(transcript.turns().len(), 3, "people see them");
        add(&mut transcript, Event::Cut { from: 2, since: 5 });
        let summarised = transcript.compressed().map(|compressed| compressed.turns);
        assert_eq!(summarised, Some(2));
        add(&mut transcript, Event::Cut { from: 1, since: 3 });
        assert_eq!(transcript.compressed(), None);
        add(&mut transcript, Event::Shown { from: 1, since: 3 });
        let again = transcript.compressed();
        assert_eq!(again.map(|compressed| compressed.turns), Some(2));
        assert_eq!(transcript.compressions(), 1);
    }

    #[test]
    fn what_is_taken_back_is_gone_and_still_counts() {
        let mut transcript = Transcript::default();
        for text in ["One", "Two", "Three"] {
            add(&mut transcript, ask(text));
            add(&mut transcript, ended(""));
        }
        add(&mut transcript, Event::Cut { from: 1, since: 3 });
        assert_eq!(transcript.turns().len(), 1);
        assert!(transcript.has_asked(&"three".parse().unwrap()));
        assert_eq!(transcript.usage().calls, 3);
    }
}
