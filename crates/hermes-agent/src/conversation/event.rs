use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{End, Usage};

/// What whoever asks calls their prompt, so that asking again after a lost answer asks once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AskId(String);

/// This text cannot name a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of a prompt has 1 to 64 letters, digits, `-` and `_`")]
pub struct AskIdError;

impl FromStr for AskId {
    type Err = AskIdError;

    fn from_str(text: &str) -> Result<Self, AskIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AskIdError)
        }
    }
}

impl TryFrom<String> for AskId {
    type Error = AskIdError;

    fn try_from(text: String) -> Result<Self, AskIdError> {
        text.parse()
    }
}

impl From<AskId> for String {
    fn from(id: AskId) -> Self {
        id.0
    }
}

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A picture that the journal of the conversation keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageId(pub String);

/// What a person asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What they call it, if they do; several if it waited and was joined with others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<AskId>,
    /// The text.
    pub text: String,
    /// Pictures that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageId>,
}

/// Who answers in a conversation. What is left open is as the settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Whose model.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// How much it thinks.
    pub effort: Option<String>,
}

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Somebody asked, and a turn began.
    Asked(Ask),
    /// More of the thoughts before the answer.
    Reasoning(String),
    /// More of the answer.
    Text(String),
    /// Something is in the way of the answer.
    Notice(String),
    /// Prompts that waited were taken back, by their names.
    Withdrawn(Vec<AskId>),
    /// Prompts that waited went with the turn that a person has stopped, by their names.
    Dropped(Vec<AskId>),
    /// The turn is over. All that was answered is here once more, so that the pieces are for those
    /// who watch alone.
    Ended {
        /// How.
        end: End,
        /// The whole answer.
        answer: String,
        /// The thoughts before it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reasoning: String,
        /// The tokens of this turn.
        usage: Usage,
        /// The model that was asked, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// Turns have been taken back.
    Cut {
        /// The first of them, counted from 0.
        from: usize,
        /// The number of the record with which it began.
        since: u64,
    },
    /// Other turns are shown from this one on: another version of its prompt, and what was shown after
    /// that one.
    Shown {
        /// The first of them, counted from 0.
        from: usize,
        /// The number of the record with which it began.
        since: u64,
    },
    /// The first turns, so many, are told to the agent as this summary from now on. People see them
    /// as before.
    Compressed {
        /// How many turns.
        turns: usize,
        /// What they come to.
        summary: String,
        /// About how many tokens that is.
        tokens: u64,
    },
    /// Tokens that were used beside the turns: for a title, or for a summary.
    Used(Usage),
    /// It is called something else.
    Titled(String),
    /// Another model answers from now on, or thinks more or less.
    Chosen(Choice),
}

impl Event {
    /// What the log of a journal calls [`Asked`](Self::Asked), which search tells apart.
    pub const ASKED: &'static str = "asked";

    /// What the log of a journal calls it, and its data as JSON.
    ///
    /// # Errors
    ///
    /// Never: every event is JSON. It is an error rather than a lost event.
    pub fn to_row(&self) -> Result<(String, String), serde_json::Error> {
        let Row { kind, data } = serde_json::from_str(&serde_json::to_string(self)?)?;
        Ok((kind, data.get().to_owned()))
    }

    /// Reads a row of a journal.
    ///
    /// # Errors
    ///
    /// When the log holds what this program does not know.
    pub fn from_row(kind: &str, data: &str) -> Result<Self, serde_json::Error> {
        let data = serde_json::from_str(data)?;
        let kind = kind.to_owned();
        serde_json::from_str(&serde_json::to_string(&Row { kind, data })?)
    }

    /// What somebody may look for in it.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Asked(ask) => Some(&ask.text),
            Self::Ended { answer, .. } => Some(answer)
                .filter(|text| !text.is_empty())
                .map(String::as_str),
            _ => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Row {
    kind: String,
    data: Box<RawValue>,
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The number, from 1.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TurnFailure;

    #[test]
    fn what_is_kept_reads_as_it_was_written() {
        let failure = TurnFailure {
            code: "model.busy".to_owned(),
            message: "busy".to_owned(),
            hint: "wait".to_owned(),
            retryable: true,
        };
        let ask = Ask {
            ids: vec!["a-1".parse().unwrap()],
            text: "Hello".to_owned(),
            images: vec![ImageId("i".to_owned())],
        };
        let ended = |end| Event::Ended {
            answer: "a".to_owned(),
            reasoning: String::new(),
            usage: Usage::default(),
            model: (end == End::Complete).then(|| "m".to_owned()),
            end,
        };
        let events = [
            Event::Asked(ask),
            Event::Reasoning("r".to_owned()),
            Event::Text("t".to_owned()),
            Event::Notice("n".to_owned()),
            Event::Withdrawn(vec!["b-2".parse().unwrap()]),
            Event::Dropped(vec!["c-3".parse().unwrap()]),
            ended(End::Complete),
            ended(End::Cut),
            ended(End::Interrupted),
            ended(End::Failed(failure)),
            Event::Cut { from: 3, since: 9 },
            Event::Shown { from: 3, since: 7 },
            Event::Compressed {
                turns: 2,
                summary: "s".to_owned(),
                tokens: 1,
            },
            Event::Used(Usage::default()),
            Event::Titled("A title".to_owned()),
            Event::Chosen(Choice {
                provider: Some("p".to_owned()),
                model: Some("m".to_owned()),
                effort: None,
            }),
        ];
        let written = events
            .each_ref()
            .map(|event| serde_json::to_string(event).unwrap());
        for (event, text) in events.iter().zip(&written) {
            assert_eq!(&serde_json::from_str::<Event>(text).unwrap(), event);
            let (kind, data) = event.to_row().unwrap();
            assert_eq!(&Event::from_row(&kind, &data).unwrap(), event);
        }
        let (kind, _) = events[0].to_row().unwrap();
        assert_eq!(kind, Event::ASKED);
        insta::assert_snapshot!(written.join("\n"));
    }

    #[test]
    fn an_id_is_short_and_plain() {
        for good in ["a", "A-1_z", &"x".repeat(64)] {
            assert_eq!(good.parse::<AskId>().unwrap().to_string(), good);
        }
        for bad in ["", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert_eq!(bad.parse::<AskId>(), Err(AskIdError));
            assert!(serde_json::from_value::<AskId>(bad.into()).is_err());
        }
    }
}
