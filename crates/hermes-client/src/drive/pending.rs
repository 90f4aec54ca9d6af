use std::collections::HashMap;

use hermes_protocol::rpc::Question;

use crate::rpc::patience;

/// How many seconds there are between two looks at the clock.
pub(super) const TICK: u32 = 5;

/// The requests of one socket that have no answer yet, and what each is for.
#[derive(Debug)]
pub(super) struct Pending<T> {
    last: u32,
    waiting: HashMap<u32, (T, u32)>,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            last: 0,
            waiting: HashMap::new(),
        }
    }
}

impl<T> Pending<T> {
    /// Takes a request in: its id, and its frame.
    pub(super) fn ask(&mut self, question: &Question, what: T) -> (u32, String) {
        self.ask_within(question, what, patience(question.method()))
    }

    /// The same with less time, in seconds.
    pub(super) fn ask_within(
        &mut self,
        question: &Question,
        what: T,
        seconds: u32,
    ) -> (u32, String) {
        self.last = self.last.wrapping_add(1);
        let id = self.last;
        // The tick that is under way is not a whole one.
        self.waiting
            .insert(id, (what, seconds.div_ceil(TICK).saturating_add(1)));
        (id, question.to_frame(id))
    }

    /// What a request was for that is answered. An answer without an id is to whatever was sent last.
    pub(super) fn answered(&mut self, id: Option<u32>) -> Option<(u32, T)> {
        let id = id.unwrap_or(self.last);
        self.waiting.remove(&id).map(|(what, _)| (id, what))
    }

    /// Whether one of these waits for its answer.
    pub(super) fn has(&self, is: impl Fn(&T) -> bool) -> bool {
        self.waiting.values().any(|(what, _)| is(what))
    }

    /// Another tick is over: what has waited for long enough, the oldest first.
    pub(super) fn tick(&mut self) -> Vec<(u32, T)> {
        for (_, ticks) in self.waiting.values_mut() {
            *ticks = ticks.saturating_sub(1);
        }
        let due = self.waiting.iter().filter(|(_, (_, ticks))| *ticks == 0);
        let mut due: Vec<u32> = due.map(|(id, _)| *id).collect();
        due.sort_unstable();
        let take = |id| self.waiting.remove(&id).map(|(what, _)| (id, what));
        due.into_iter().filter_map(take).collect()
    }

    /// Everything that waits, the oldest first.
    pub(super) fn all(self) -> Vec<T> {
        let mut waiting: Vec<_> = self.waiting.into_iter().collect();
        waiting.sort_unstable_by_key(|(id, _)| *id);
        waiting.into_iter().map(|(_, (what, _))| what).collect()
    }
}
