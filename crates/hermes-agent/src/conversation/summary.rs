use std::{sync::Arc, time::Duration};

use super::{Live, Refused, aside, turn};
use crate::{End, Message, Part, TurnFailure};

/// The most bytes of a summary.
const SUMMARY_LIMIT: usize = 256 * 1024;

/// How long it may take.
const PATIENCE: Duration = Duration::from_mins(5);

const WANTED: &str = "Summarise the conversation so far, for yourself: you will go on with it and know \
nothing of it but this summary. Keep what was asked for and why, what was decided, names, numbers, paths, \
code and exact words that still matter, what is done and what is still open. Leave out what no longer \
matters. Answer with the summary alone.";

const STANDS_FOR: &str = "A summary of the conversation so far, which you wrote yourself:";

/// What came of a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summarised {
    /// How many turns it stands for.
    pub turns: usize,
    /// What it says.
    pub summary: String,
    /// How many tokens the context had before it.
    pub before: u64,
    /// About how many it has now.
    pub after: u64,
}

/// Why there is no summary.
#[derive(Clone, Debug, PartialEq)]
pub enum NotSummarised {
    /// The conversation does not allow it now.
    Refused(Refused),
    /// Somebody wanted it no more.
    Interrupted,
    /// The agent failed.
    Failed(TurnFailure),
}

impl Live {
    /// Has the agent summarise what was said, so that it is told the summary in place of the turns from
    /// now on. Nobody has to wait for it: what is asked meanwhile is answered, and stays whole.
    ///
    /// # Errors
    ///
    /// When a turn runs, there is nothing to summarise, or the agent fails; nothing has changed then.
    pub async fn summarise(
        self: &Arc<Self>,
        focus: Option<&str>,
    ) -> Result<Summarised, NotSummarised> {
        let (turns, last, before) = self.look(|transcript, _| {
            let turns = transcript.turns();
            let last = turns.last().map(|turn| turn.since);
            let summarised = transcript.compressed().map_or(0, |all| all.turns);
            let is_new = turns.len() > summarised;
            let ends = transcript.running().is_none();
            let last = last.filter(|_| is_new).ok_or(Refused::NoSuchTurn);
            let last = if ends { last } else { Err(Refused::Busy) };
            (turns.len(), last, transcript.usage().context)
        });
        let last = last.map_err(NotSummarised::Refused)?;
        let place = self.aside().ok_or(NotSummarised::Refused(Refused::Busy))?;
        let messages = turn::messages(self).await;
        let mut messages = messages.map_err(|error| {
            let failure = turn::failure(&error.to_string());
            NotSummarised::Failed(failure)
        })?;
        let wanted = match focus {
            Some(focus) => format!("{WANTED}\nAbove all keep what concerns this: {focus}"),
            None => WANTED.to_owned(),
        };
        messages.push(Message::User(vec![Part::Text(wanted)]));
        let said = aside::ask(self, messages, SUMMARY_LIMIT, PATIENCE, place.cancel()).await;
        let summary = said.text.trim();
        let after = said.usage.output;
        let result = match said.end {
            End::Complete if summary.is_empty() => Err(NotSummarised::Failed(turn::failure(
                "the agent had nothing to say",
            ))),
            End::Complete => self
                .summarised(turns, last, summary, after)
                .map_err(NotSummarised::Refused),
            End::Cut => Err(NotSummarised::Failed(turn::failure(
                "the summary was longer than it may be",
            ))),
            End::Interrupted => Err(NotSummarised::Interrupted),
            End::Failed(failure) => Err(NotSummarised::Failed(failure)),
        };
        self.used(said.usage);
        drop(place);
        result.map(|()| Summarised {
            turns,
            summary: summary.to_owned(),
            before,
            after,
        })
    }
}

/// A summary as the agent is told it.
pub(super) fn told(summary: &str) -> Message {
    Message::System(format!("{STANDS_FOR}\n\n{summary}"))
}
