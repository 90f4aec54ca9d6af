use std::collections::HashMap;

use hermes_protocol::{
    methods::CommandsCatalogParams,
    rpc::{Question, ask},
};

use super::Useless;
use crate::rpc::patience;

/// How many seconds there are between two looks at the clock.
pub(super) const TICK: u32 = 5;

/// How long a gateway may take to show that it is there, in seconds.
const SIGN_OF_LIFE: u32 = 5;

/// The requests of one socket that have no answer yet, and what each is for.
#[derive(Debug)]
pub(crate) struct Pending<T> {
    last: u32,
    waiting: HashMap<u32, (T, u32)>,
    doubt: Option<Doubt>,
}

/// A question whether anybody is there.
#[derive(Debug)]
struct Doubt {
    id: u32,
    ticks: u32,
    /// Whether something has come since.
    heard: bool,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            last: 0,
            waiting: HashMap::new(),
            doubt: None,
        }
    }
}

impl<T> Pending<T> {
    /// Takes a request in: its id, and its frame.
    pub(crate) fn ask(&mut self, question: &Question, what: T) -> (u32, String) {
        let id = self.next_id();
        let patience = ticks(patience(question.method()));
        self.waiting.insert(id, (what, patience));
        (id, question.to_frame(id))
    }

    /// Something has come, whatever it is.
    pub(crate) const fn heard(&mut self) {
        if let Some(doubt) = &mut self.doubt {
            doubt.heard = true;
        }
    }

    /// Asks for a sign that somebody is there, unless that is asked already.
    pub(crate) fn doubt(&mut self) -> Option<String> {
        if self.doubt.is_some() {
            return None;
        }
        let id = self.next_id();
        self.doubt = Some(Doubt {
            id,
            ticks: ticks(SIGN_OF_LIFE),
            heard: false,
        });
        Some(ask(id, &CommandsCatalogParams {}))
    }

    /// What a request was for that is answered. An answer without an id is to whatever was sent last.
    pub(crate) fn answered(&mut self, id: Option<u32>) -> Option<(u32, T)> {
        let id = id.unwrap_or(self.last);
        if self.doubt.as_ref().is_some_and(|doubt| doubt.id == id) {
            self.doubt = None;
        }
        self.waiting.remove(&id).map(|(what, _)| (id, what))
    }

    /// How many wait for their answers.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Another tick is over: what has waited for long enough, the oldest first.
    pub(crate) fn tick(&mut self) -> Result<Vec<(u32, T)>, Useless> {
        if let Some(doubt) = &mut self.doubt {
            doubt.ticks = doubt.ticks.saturating_sub(1);
            match (doubt.ticks, doubt.heard) {
                (0, false) => return Err(Useless),
                (0, true) => self.doubt = None,
                _ => {}
            }
        }
        for (_, ticks) in self.waiting.values_mut() {
            *ticks = ticks.saturating_sub(1);
        }
        let due = self.waiting.iter().filter(|(_, (_, ticks))| *ticks == 0);
        let mut due: Vec<u32> = due.map(|(id, _)| *id).collect();
        due.sort_unstable();
        let take = |id| self.waiting.remove(&id).map(|(what, _)| (id, what));
        Ok(due.into_iter().filter_map(take).collect())
    }

    /// Everything that waits, the oldest first.
    pub(crate) fn all(self) -> Vec<T> {
        let mut waiting: Vec<_> = self.waiting.into_iter().collect();
        waiting.sort_unstable_by_key(|(id, _)| *id);
        waiting.into_iter().map(|(_, (what, _))| what).collect()
    }

    const fn next_id(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }
}

/// So many seconds in ticks. The one that is under way is not a whole one.
const fn ticks(seconds: u32) -> u32 {
    seconds.div_ceil(TICK).saturating_add(1)
}
