//! What a person has asked, until it is certain that the gateway has it.

use hermes_protocol::methods::{ConversationResumed, PromptStatus};

use crate::{
    said::{arrived, is_in, said},
    talk::{Fate, Problem, Prompt},
};

/// The most prompts that wait. Whoever types more has them back.
const MOST: usize = 64;

const STOPPED: &str = "the turn before it was stopped, so it was not asked";

/// The prompts of a person, in their order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    prompt: Prompt,
    /// The conversation that it was said in; none while that is being opened.
    conversation: Option<String>,
    stage: Stage,
    /// How often people had said something in the conversation when it was sent.
    said_before: usize,
    /// Whether it was sent although its conversation was not found.
    again: bool,
    /// Whether the gateway has told, since it was there last, that it waits.
    listed: bool,
    fate: Option<Fate>,
}

/// How far a prompt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It has to be sent.
    New,
    /// It was sent on this socket, and has no answer.
    Sent,
    /// It was sent, and the socket broke before its answer.
    Unsure,
    /// The gateway asks it after the turn that runs.
    Queued,
    /// The gateway asks it now, and has not said that its turn begins.
    Taken,
    /// Its turn runs.
    Begun,
}

/// How a gateway is told what it may have already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// It knows prompts by their ids, and is the one that had them.
    Same,
    /// It knows prompts by their ids, and may have lost the last ones.
    Another,
    /// It knows no ids.
    None,
}

/// What is told of a prompt.
pub(super) type Fates = Vec<(String, Fate)>;

impl Outbox {
    /// Takes a prompt in.
    pub(super) fn add(
        &mut self,
        prompt: Prompt,
        conversation: Option<String>,
    ) -> Result<(), Problem> {
        if self.entries.len() >= MOST {
            return Err(problem(
                "too many prompts wait for the gateway: try again later",
            ));
        }
        self.entries.push(Entry {
            prompt,
            conversation,
            stage: Stage::New,
            said_before: 0,
            again: false,
            listed: false,
            fate: None,
        });
        Ok(())
    }

    /// What has to be sent next. One goes after the other, so that they arrive in their order.
    pub(super) fn next(&self) -> Option<(&Prompt, Option<&str>)> {
        if self.entries.iter().any(|entry| entry.stage == Stage::Sent) {
            return None;
        }
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.stage == Stage::New)?;
        Some((&entry.prompt, entry.conversation.as_deref()))
    }

    /// It has been sent, in a conversation where people had said something so often.
    pub(super) fn sent(&mut self, id: &str, said_before: usize) {
        if let Some(entry) = self.find(id) {
            entry.stage = Stage::Sent;
            entry.said_before = said_before;
        }
    }

    /// The gateway has not found its conversation: whether it is to be sent once more, which it is once.
    pub(super) fn tries_again(&mut self, id: &str) -> bool {
        let Some(entry) = self.find(id).filter(|entry| !entry.again) else {
            return false;
        };
        entry.again = true;
        entry.stage = Stage::New;
        true
    }

    /// What was said before a conversation was there belongs to the one that is opened.
    pub(super) fn adopt(&mut self, conversation: &str) {
        for entry in &mut self.entries {
            let of = &mut entry.conversation;
            of.get_or_insert_with(|| conversation.to_owned());
        }
    }

    /// The conversation has got another id: what was said in the one is said in the other.
    pub(super) fn moved(&mut self, from: &str, to: &str) {
        for entry in &mut self.entries {
            if entry.conversation.as_deref() == Some(from) {
                entry.conversation = Some(to.to_owned());
            }
        }
    }

    /// The conversation is not there, and has kept nothing: what was said in it belongs to the next one.
    pub(super) fn orphaned(&mut self, conversation: &str) {
        for entry in &mut self.entries {
            if entry.conversation.as_deref() == Some(conversation) {
                entry.conversation = None;
                entry.stage = Stage::New;
            }
        }
    }

    /// The connection broke.
    pub(super) fn lost(&mut self) -> Fates {
        let mut fates = Fates::new();
        for entry in &mut self.entries {
            if entry.stage == Stage::Sent {
                entry.stage = Stage::Unsure;
            }
            if matches!(entry.stage, Stage::New | Stage::Unsure) {
                entry.tell(Fate::Waits, &mut fates);
            }
        }
        fates
    }

    /// A prompt waits for a connection.
    pub(super) fn waits(&mut self, id: &str) -> Fates {
        self.fate(id, Fate::Waits)
    }

    /// There is a connection again, and the conversation is this: which prompts have to be sent once
    /// more. Where the gateway cannot say what it has, what was said does.
    pub(super) fn back(
        &mut self,
        memory: Memory,
        conversation: &str,
        now: &ConversationResumed,
    ) -> Fates {
        let mut fates = Fates::new();
        let said = said(now);
        let runs = now.running || now.inflight.is_some();
        self.entries.retain_mut(|entry| {
            if entry.conversation.as_deref() != Some(conversation) {
                return true;
            }
            entry.listed = false;
            let is_there = match (memory, entry.stage) {
                (_, Stage::New | Stage::Sent) => return true,
                (Memory::Same | Memory::None, Stage::Taken | Stage::Begun) => return runs,
                (Memory::Same | Memory::Another, _) => false,
                (Memory::None, Stage::Unsure | Stage::Queued) => {
                    arrived(&entry.prompt.text, entry.said_before, &said)
                }
            };
            if !is_there {
                entry.stage = Stage::New;
                return true;
            }
            let waits = now.queued.as_ref();
            if waits.is_some_and(|waits| is_in(&entry.prompt.text, &waits.user)) {
                entry.stage = Stage::Queued;
                entry.tell(Fate::Queued, &mut fates);
                return true;
            }
            entry.stage = Stage::Begun;
            entry.tell(Fate::Taken, &mut fates);
            runs
        });
        fates
    }

    /// The gateway has it.
    pub(super) fn taken(&mut self, id: &str, status: PromptStatus) -> Fates {
        let Some(entry) = self.find(id) else {
            return Fates::new();
        };
        let is_queued = match status {
            PromptStatus::Queued => true,
            PromptStatus::Known => entry.listed,
            PromptStatus::Streaming => false,
            PromptStatus::Withdrawn => {
                self.withdrawn(&[id.to_owned()]);
                return Fates::new();
            }
            PromptStatus::Dropped => return self.dropped(&[id.to_owned()]),
        };
        entry.stage = match (entry.stage, status) {
            (Stage::Begun, _) => Stage::Begun,
            (_, PromptStatus::Streaming) => Stage::Taken,
            _ if is_queued => Stage::Queued,
            _ => Stage::Begun,
        };
        self.fate(id, if is_queued { Fate::Queued } else { Fate::Taken })
    }

    /// Somebody has taken these back, and has the text.
    pub(super) fn withdrawn(&mut self, ids: &[String]) {
        self.entries.retain(|entry| !ids.contains(&entry.prompt.id));
    }

    /// These wait at the gateway.
    pub(super) fn listed(&mut self, ids: &[&str]) {
        for entry in &mut self.entries {
            entry.listed |= ids.contains(&&*entry.prompt.id);
        }
    }

    /// These went with the turn that somebody has stopped: whoever wrote them has them back.
    pub(super) fn dropped(&mut self, ids: &[String]) -> Fates {
        self.give_back(|entry| ids.contains(&entry.prompt.id), STOPPED)
    }

    /// The gateway does not want it, or it was never sent: the person has it back.
    pub(super) fn refused(&mut self, id: &str, why: Problem) -> Fates {
        let there = self.entries.iter().any(|entry| entry.prompt.id == id);
        self.entries.retain(|entry| entry.prompt.id != id);
        there
            .then(|| (id.to_owned(), Fate::Refused(why)))
            .into_iter()
            .collect()
    }

    /// The turn that was to end took with it what waited for its end.
    pub(super) fn stopped(&mut self) -> Fates {
        self.give_back(|entry| entry.stage == Stage::Queued, STOPPED)
    }

    /// The conversation is gone, or cannot be reached from this socket any more.
    pub(super) fn left(&mut self, conversation: &str, why: &str) -> Fates {
        self.give_back(
            |entry| {
                entry.conversation.as_deref() == Some(conversation)
                    && !matches!(entry.stage, Stage::Taken | Stage::Begun)
            },
            why,
        )
    }

    /// No conversation was opened for these.
    pub(super) fn homeless(&mut self, why: &str) -> Fates {
        self.give_back(|entry| entry.conversation.is_none(), why)
    }

    /// A turn has begun with these prompts.
    pub(super) fn began(&mut self, ids: &[String]) -> Fates {
        let mut fates = Fates::new();
        for entry in &mut self.entries {
            if ids.contains(&entry.prompt.id) {
                entry.stage = Stage::Begun;
                entry.tell(Fate::Taken, &mut fates);
            }
        }
        fates
    }

    /// The prompts that a turn begins with that does not say it: those that the gateway has and that
    /// have not begun.
    pub(super) fn begins(&self, conversation: &str) -> Vec<&Prompt> {
        let of = self
            .entries
            .iter()
            .filter(|entry| entry.conversation.as_deref() == Some(conversation));
        of.filter(|entry| matches!(entry.stage, Stage::Sent | Stage::Queued | Stage::Taken))
            .map(|entry| &entry.prompt)
            .collect()
    }

    /// The turn is over, and what it was asked is done with.
    pub(super) fn ended(&mut self, conversation: &str) {
        self.entries.retain(|entry| {
            entry.stage != Stage::Begun || entry.conversation.as_deref() != Some(conversation)
        });
    }

    fn find(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.prompt.id == id)
    }

    fn fate(&mut self, id: &str, fate: Fate) -> Fates {
        let mut fates = Fates::new();
        if let Some(entry) = self.find(id) {
            entry.tell(fate, &mut fates);
        }
        fates
    }

    fn give_back(&mut self, is: impl Fn(&Entry) -> bool, why: &str) -> Fates {
        let mut fates = Fates::new();
        self.entries.retain(|entry| {
            if !is(entry) {
                return true;
            }
            let fate = Fate::Refused(problem(why));
            fates.push((entry.prompt.id.clone(), fate));
            false
        });
        fates
    }
}

impl Entry {
    /// A fate is told once, and a prompt that the gateway has does not wait again.
    fn tell(&mut self, fate: Fate, fates: &mut Fates) {
        let settled = self.fate == Some(Fate::Taken);
        if self.fate.as_ref() != Some(&fate) && !settled {
            self.fate = Some(fate.clone());
            fates.push((self.prompt.id.clone(), fate));
        }
    }
}

fn problem(message: &str) -> Problem {
    Problem {
        code: None,
        message: message.to_owned(),
    }
}
