use std::{collections::VecDeque, time::Duration};

use hermes_client::talk::Opened;
use hermes_protocol::methods::{ConversationUsage, HistoryMessage, Speaker};

use crate::chat::{answer::Answer, files};

/// How many answers can be copied.
const ANSWERS: usize = 50;

/// How many prompts can be gone back to.
const ASKED: usize = 200;

/// The most bytes of one of them.
const LONGEST: usize = 64 * 1024;

/// How much of what was said is remembered, to find after a break what is new.
const SAID: usize = 64;

/// The most bytes of thoughts that are kept of a turn.
const THOUGHTS: usize = 256 * 1024;

/// The conversation that is followed.
#[derive(Debug, Default)]
pub(in crate::chat) struct Conversation {
    pub(in crate::chat) id: Option<String>,
    pub(in crate::chat) title: String,
    pub(in crate::chat) model: String,
    pub(in crate::chat) usage: ConversationUsage,
    pub(in crate::chat) turn: Option<Turn>,
    /// The newest last, as they were written.
    answers: VecDeque<String>,
    /// What was printed, the newest last.
    said: VecDeque<(Speaker, String)>,
    /// How many prompts it has.
    prompts: u32,
    /// The last of them, the newest last.
    asked: VecDeque<String>,
}

/// A turn that runs.
#[derive(Debug)]
pub(in crate::chat) struct Turn {
    pub(in crate::chat) asked: String,
    pub(in crate::chat) answer: Answer,
    pub(in crate::chat) thoughts: String,
    /// Since when it thinks, while it does.
    pub(in crate::chat) thinks: Option<Duration>,
    pub(in crate::chat) began: Duration,
    pub(in crate::chat) is_stopping: bool,
}

impl Turn {
    pub(super) fn new(asked: String, now: Duration, answer: Answer) -> Self {
        Self {
            asked,
            answer,
            thoughts: String::new(),
            thinks: None,
            began: now,
            is_stopping: false,
        }
    }

    /// Whether a line counts its seconds.
    pub(in crate::chat) fn is_waiting(&self) -> bool {
        self.thinks.is_some() || self.answer.text().is_empty() || self.is_stopping
    }

    pub(super) fn think(&mut self, text: &str, now: Duration) {
        self.thinks.get_or_insert(now);
        if self.thoughts.len() < THOUGHTS {
            self.thoughts.push_str(&hermes_secret::visible_lines(text));
        }
    }
}

/// What of a conversation is new, after a break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The turn goes on.
    SameTurn,
    /// The messages from this one on, after the turn that ran has ended with the one before, if one
    /// ran.
    From(usize),
    /// What was shown is in it no more.
    All,
}

impl Conversation {
    /// Whether nothing was said.
    pub(in crate::chat) fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// The answer that came so many before the last one, counted from 1.
    pub(super) fn answer(&self, back: usize) -> Option<&str> {
        let at = self.answers.len().checked_sub(back)?;
        self.answers.get(at).map(String::as_str)
    }

    /// The last prompt.
    pub(super) fn last_prompt(&self) -> Option<&str> {
        let mut newest = self.said.iter().rev();
        let prompt = newest.find(|(speaker, _)| *speaker == Speaker::User);
        prompt.map(|(_, text)| text.as_str())
    }

    /// Remembers what somebody said.
    pub(super) fn remember(&mut self, speaker: Speaker, text: &str) {
        match speaker {
            Speaker::User => self.count(text),
            Speaker::Assistant if !text.trim().is_empty() => push(&mut self.answers, ANSWERS, text),
            Speaker::Assistant => {}
        }
        if self.said.len() == SAID {
            self.said.pop_front();
        }
        self.said.push_back((speaker, text.to_owned()));
    }

    fn count(&mut self, prompt: &str) {
        self.prompts = self.prompts.saturating_add(1);
        let (words, _) = files::fold(prompt);
        // One that is too long keeps its place, and is not shown.
        let kept = Some(words).filter(|prompt| prompt.len() <= LONGEST);
        push(&mut self.asked, ASKED, kept.unwrap_or_default());
    }

    /// How many prompts it has.
    pub(super) const fn prompts(&self) -> u32 {
        self.prompts
    }

    /// The prompts that can be gone back to, the newest first, with their numbers counted from 0.
    pub(super) fn asked(&self) -> impl Iterator<Item = (u32, &str)> {
        let numbers = (0..self.prompts).rev();
        let asked = numbers.zip(self.asked.iter().rev());
        asked
            .map(|(number, text)| (number, text.as_str()))
            .filter(|(_, text)| !text.trim().is_empty())
    }

    /// Counts the prompts as the whole conversation has them, since some may have come and gone unseen.
    pub(super) fn recount(&mut self, opened: &Opened) {
        self.prompts = 0;
        self.asked.clear();
        let messages = opened.messages.iter();
        for message in messages.filter(|message| message.role == Speaker::User) {
            self.count(&message.text);
        }
        if let (Some(running), true) = (&opened.running, self.turn.is_some()) {
            self.count(&running.user);
        }
    }

    /// Forgets the prompt of this number, which it returns if it is known, and all after it.
    pub(super) fn cut(&mut self, number: u64) -> Option<String> {
        let number = u32::try_from(number).ok()?;
        let is_first = |(one, _): &(u32, &str)| *one == number;
        let first = self.asked().find(is_first);
        let first = first.map(|(_, text)| text.to_owned());
        while self.prompts > number {
            match self.said.pop_back() {
                Some((Speaker::User, _)) => {
                    self.prompts -= 1;
                    self.asked.pop_back();
                }
                Some((Speaker::Assistant, text)) => {
                    if self.answers.back() == Some(&text) {
                        self.answers.pop_back();
                    }
                }
                None => {
                    let gone = (self.prompts - number) as usize;
                    self.asked.truncate(self.asked.len().saturating_sub(gone));
                    self.prompts = number;
                }
            }
        }
        first
    }

    /// Begins with another conversation, or with the same from the beginning.
    pub(super) fn reset(&mut self, opened: &Opened) {
        *self = Self {
            id: Some(opened.id.clone()),
            ..Self::default()
        };
    }

    /// What of a conversation has not been shown.
    pub(super) fn news(&self, opened: &Opened) -> News {
        let messages = &opened.messages;
        if let Some(turn) = &self.turn {
            if opened
                .running
                .as_ref()
                .is_some_and(|running| running.user == turn.asked)
            {
                return News::SameTurn;
            }
            return match find(messages, Speaker::User, &turn.asked) {
                Some(at) => News::From(at + 1),
                None => News::All,
            };
        }
        if self.said.is_empty() {
            return News::From(0);
        }
        let mut answered = false;
        for (speaker, text) in self.said.iter().rev() {
            if let Some(at) = find(messages, *speaker, text) {
                // An answer that failed may be kept in other words than were told.
                let is_answer = |message: &HistoryMessage| message.role == Speaker::Assistant;
                let skips = answered && messages.get(at + 1).is_some_and(is_answer);
                return News::From(at + 1 + usize::from(skips));
            }
            answered = *speaker == Speaker::Assistant;
        }
        News::All
    }
}

fn find(messages: &[HistoryMessage], role: Speaker, text: &str) -> Option<usize> {
    let is_it = |message: &HistoryMessage| message.role == role && message.text == text;
    messages.iter().rposition(is_it)
}

fn push(all: &mut VecDeque<String>, limit: usize, text: &str) {
    if all.len() == limit {
        all.pop_front();
    }
    all.push_back(text.to_owned());
}
