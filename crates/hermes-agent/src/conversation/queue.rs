use super::{Ask, AskId, Refused, machine::may_be_asked};

/// The most prompts that wait. Each change of what waits is told as a whole to everybody who looks.
const MOST: usize = 64;

/// What waits for the end of a turn, in order. It is asked as one then.
#[derive(Debug, Default)]
pub(super) struct Queue {
    asks: Vec<Ask>,
    changes: u64,
}

impl Queue {
    pub(super) fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// How often it has changed.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn has(&self, id: &AskId) -> bool {
        self.asks.iter().any(|ask| ask.ids.contains(id))
    }

    /// Adds a prompt at the end, unless there are too many, or all of them together are more than may be
    /// asked.
    pub(super) fn add(&mut self, ask: Ask) -> Result<(), Refused> {
        if self.asks.len() >= MOST {
            return Err(Refused::TooManyWait);
        }
        self.asks.push(ask);
        if let Err(why) = joined(&self.asks).as_ref().map_or(Ok(()), may_be_asked) {
            self.asks.pop();
            return Err(why);
        }
        self.changes += 1;
        Ok(())
    }

    /// Takes a prompt out: what it was called.
    pub(super) fn remove(&mut self, id: &AskId) -> Vec<AskId> {
        let named = |ask: &mut Ask| ask.ids.contains(id);
        let removed: Vec<_> = self.asks.extract_if(.., named).collect();
        self.changes += u64::from(!removed.is_empty());
        removed.into_iter().flat_map(|ask| ask.ids).collect()
    }

    /// Takes everything out, as the one that is asked; none if nothing waits.
    pub(super) fn take(&mut self) -> Option<Ask> {
        let ask = joined(&self.asks);
        self.changes += u64::from(ask.is_some());
        self.asks.clear();
        ask
    }
}

/// Prompts that wait, as the one that is asked; none if none wait.
pub fn joined(queued: &[Ask]) -> Option<Ask> {
    let (first, others) = queued.split_first()?;
    let mut joined = first.clone();
    for ask in others {
        joined.ids.extend(ask.ids.iter().cloned());
        joined.images.extend(ask.images.iter().cloned());
        for part in ["\n\n", &ask.text] {
            joined.text.push_str(part);
        }
    }
    Some(joined)
}
