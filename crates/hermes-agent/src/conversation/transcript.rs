use std::collections::HashSet;

use jiff::Timestamp;

use super::{Ask, AskId, Choice, Event, Record};
use crate::{End, Usage, journal::Summary};

/// The most characters of a preview.
const PREVIEW_LIMIT: usize = 120;

/// What the records of a conversation come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    turns: Vec<Turn>,
    title: Option<String>,
    choice: Choice,
    usage: Usage,
    compressed: Option<Compressed>,
    compressions: u64,
    asked: HashSet<AskId>,
    last: u64,
    active_at: Timestamp,
}

/// A prompt, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The number of the record with which it began.
    pub since: u64,
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
}

/// Turns that are told to the agent as a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compressed {
    /// How many, from the first one on.
    pub turns: usize,
    /// What they come to.
    pub summary: String,
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
                self.turns.push(Turn {
                    since: record.seq,
                    ask: ask.clone(),
                    asked_at: record.at,
                    reasoning: String::new(),
                    answer: String::new(),
                    end: None,
                    ended_at: None,
                    usage: Usage::default(),
                    model: None,
                });
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
            Event::Ended {
                end,
                answer,
                reasoning,
                usage,
                model,
            } => {
                self.usage += *usage;
                if let Some(turn) = self.running_mut() {
                    turn.end = Some(end.clone());
                    turn.ended_at = Some(record.at);
                    turn.answer.clone_from(answer);
                    turn.reasoning.clone_from(reasoning);
                    turn.usage = *usage;
                    turn.model.clone_from(model);
                }
            }
            Event::Cut { from, .. } => {
                self.turns.truncate(*from);
                // A summary of what was taken back would say it again.
                self.compressed
                    .take_if(|compressed| compressed.turns > *from);
            }
            Event::Compressed {
                turns,
                summary,
                tokens,
            } => {
                self.compressions += 1;
                self.usage.context = *tokens;
                self.compressed = Some(Compressed {
                    turns: *turns,
                    summary: summary.clone(),
                });
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

    /// The turns, the first one first.
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

    /// The tokens of all turns, those that were taken back included.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// The turns that are told to the agent as a summary, if any are.
    pub const fn compressed(&self) -> Option<&Compressed> {
        self.compressed.as_ref()
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
