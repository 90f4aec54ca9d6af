use hermes_protocol::{
    methods::{EventsSince, EventsSinceParams},
    rpc::Told,
};

/// Which event was told last, so that after a break none is left out and none told twice.
#[derive(Clone, Debug)]
pub(super) struct Caught {
    /// The epoch of the numbers; empty if events have none, and then nothing is known.
    epoch: String,
    /// The number of the last event that was told.
    seq: Option<u64>,
    /// Whether the gateway leaves numbers out, so that a hole means nothing.
    sparse: bool,
    /// After which number a hole was asked about.
    asked_after: Option<u64>,
}

/// How it goes on after a conversation was resumed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// What came after this number has to be asked for.
    Ask(After),
    /// Nothing was missed.
    There,
    /// What was missed cannot be told.
    Lost,
}

/// The number of the last event that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct After(u64);

impl After {
    pub(super) const fn of(self, session_id: String) -> EventsSinceParams {
        EventsSinceParams {
            session_id,
            last_seen: self.0,
        }
    }
}

impl Caught {
    /// Nothing was told yet, and nobody has said where the numbers are.
    pub(super) fn unknown(epoch: &str) -> Self {
        Self {
            epoch: epoch.to_owned(),
            seq: None,
            sparse: false,
            asked_after: None,
        }
    }

    /// All up to this number was told as a whole.
    pub(super) fn at(epoch: &str, seq: u64) -> Self {
        Self {
            seq: (!epoch.is_empty()).then_some(seq),
            ..Self::unknown(epoch)
        }
    }

    /// The same after the conversation was told as a whole once more.
    pub(super) fn again(&self, epoch: &str, seq: u64) -> Self {
        Self {
            sparse: self.sparse && self.epoch == epoch,
            ..Self::at(epoch, seq)
        }
    }

    /// What was told is not what the conversation is any more: it can be told as a whole alone.
    pub(super) const fn is_another(&mut self) {
        self.seq = None;
    }

    /// The gateway has left numbers out, and they are not to be had.
    pub(super) const fn has_holes(&mut self) {
        self.sparse = true;
    }

    /// A conversation was resumed up to this number of this epoch.
    pub(super) fn resumed(&self, epoch: &str, now: u64) -> Step {
        match self.seq {
            Some(seq) if self.epoch == epoch && seq == now => Step::There,
            Some(seq) if self.epoch == epoch && seq < now => Step::Ask(After(seq)),
            Some(_) | None => Step::Lost,
        }
    }

    /// The part of an answer that is new, as far as it follows what was told; `None` if something is
    /// missing in between, or if the numbers mean other events.
    pub(super) fn follows<'a>(
        &mut self,
        since: &EventsSince,
        missed: &'a [Told],
    ) -> Option<Vec<&'a Told>> {
        if since.epoch != self.epoch || missed.len() != since.events.len() {
            return None;
        }
        let mut new = Vec::with_capacity(missed.len());
        for event in missed {
            if self.is_known(event) {
                continue;
            }
            if event.seq.is_none() || self.has_hole_before(event) {
                return None;
            }
            self.told(event);
            new.push(event);
        }
        Some(new)
    }

    /// How it goes on with what was missed, of which so much has just been told, up to this number.
    pub(super) fn step(&self, new: usize, now: u64) -> Step {
        match self.seq {
            Some(seq) if seq >= now => Step::There,
            Some(seq) if new > 0 => Step::Ask(After(seq)),
            Some(_) | None => Step::Lost,
        }
    }

    /// Whether the event was told already.
    pub(super) fn is_known(&self, event: &Told) -> bool {
        self.numbers(event).is_some_and(|(seq, last)| seq <= last)
    }

    /// Whether what is missing between what was told last and this event has to be asked for. That is
    /// done once: where nothing comes of it, the gateway leaves numbers out.
    pub(super) fn misses(&mut self, event: &Told) -> bool {
        if !self.has_hole_before(event) {
            return false;
        }
        self.sparse = self.asked_after == self.seq;
        self.asked_after = self.seq;
        !self.sparse
    }

    fn has_hole_before(&self, event: &Told) -> bool {
        let hole = |(seq, last): (u64, u64)| seq > last.saturating_add(1);
        !self.sparse && self.numbers(event).is_some_and(hole)
    }

    /// The event has been told.
    pub(super) fn told(&mut self, event: &Told) {
        if !self.epoch.is_empty() && event.seq.is_some() {
            self.seq = event.seq;
        }
    }

    fn numbers(&self, event: &Told) -> Option<(u64, u64)> {
        Some((event.seq?, self.seq?))
    }
}
