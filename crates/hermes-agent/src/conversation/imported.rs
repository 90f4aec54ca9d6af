use jiff::Timestamp;

use super::{Ask, Event};
use crate::{End, Usage};

/// Who said something elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A person.
    Person,
    /// A model.
    Model,
}

/// Something that was said elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// By whom.
    pub by: Voice,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// What has to happen in a conversation so that it begins with what was said elsewhere, each with the
/// moment when it was. Time never goes back in it, whatever was said there. A prompt that nobody has
/// answered there was interrupted; answers in a row are one. Answers before the first prompt answer
/// nothing, and are left out.
pub(super) fn imported(title: Option<String>, said: Vec<Said>) -> Vec<(Timestamp, Event)> {
    let mut events = Vec::with_capacity(said.len() + 1);
    let mut last = said.first().map_or(Timestamp::UNIX_EPOCH, |first| first.at);
    events.extend(title.map(|title| (last, Event::Titled(title))));
    let mut asked: Option<(Timestamp, String)> = None;
    let mut answer = Answered::default();
    for Said { by, text, at } in said {
        last = at.max(last);
        match by {
            Voice::Person => {
                turn(&mut events, asked.replace((last, text)), answer);
                answer = Answered::default();
            }
            Voice::Model => answer.add(&text, last),
        }
    }
    turn(&mut events, asked, answer);
    events
}

/// What was answered to a prompt.
#[derive(Default)]
struct Answered {
    text: String,
    at: Option<Timestamp>,
}

impl Answered {
    fn add(&mut self, text: &str, at: Timestamp) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self.at = Some(at);
    }
}

fn turn(
    events: &mut Vec<(Timestamp, Event)>,
    asked: Option<(Timestamp, String)>,
    answer: Answered,
) {
    let Some((at, text)) = asked else {
        return;
    };
    let end = match answer.at {
        Some(_) => End::Complete,
        None => End::Interrupted,
    };
    let ask = Ask {
        ids: Vec::new(),
        text,
        images: Vec::new(),
    };
    let ended = Event::Ended {
        end,
        answer: answer.text,
        reasoning: String::new(),
        usage: Usage::default(),
        model: None,
    };
    events.push((at, Event::Asked(ask)));
    events.push((answer.at.unwrap_or(at), ended));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Record, Transcript};

    fn said(by: Voice, text: &str, at: i64) -> Said {
        Said {
            by,
            text: text.to_owned(),
            at: Timestamp::from_second(at).unwrap(),
        }
    }

    fn transcript(events: Vec<(Timestamp, Event)>) -> Transcript {
        let mut transcript = Transcript::default();
        for (seq, (at, event)) in (1..).zip(events) {
            assert!(transcript.add(&Record { seq, at, event }));
        }
        transcript
    }

    #[test]
    fn what_was_said_elsewhere_becomes_turns_with_their_moments() {
        use Voice::{Model, Person};
        let transcript = transcript(imported(
            Some("Geese".to_owned()),
            vec![
                said(Model, "Welcome", 5),
                said(Person, "One", 10),
                said(Model, "First", 20),
                said(Model, "Second", 15),
                said(Person, "Two", 12),
                said(Person, "Three", 30),
                said(Model, "Last", 40),
            ],
        ));
        let turns = transcript.turns().iter();
        let turns: Vec<_> = turns
            .map(|turn| {
                let asked = turn.asked_at.as_second();
                let ended = turn.ended_at.map(Timestamp::as_second);
                (&*turn.ask.text, &*turn.answer, asked, ended)
            })
            .collect();
        assert_eq!(
            turns,
            [
                ("One", "First\n\nSecond", 10, Some(20)),
                ("Two", "", 20, Some(20)),
                ("Three", "Last", 30, Some(40)),
            ]
        );
        assert_eq!(transcript.turns()[1].end, Some(End::Interrupted));
        assert_eq!(transcript.title(), Some("Geese"));
        let summary = transcript.summary();
        assert_eq!((summary.messages, summary.running), (5, false));
        assert_eq!(summary.active_at.as_second(), 40);
    }

    #[test]
    fn nothing_that_was_asked_is_no_turn() {
        for said in [vec![], vec![said(Voice::Model, "Welcome", 5)]] {
            assert_eq!(imported(None, said), []);
        }
    }
}
