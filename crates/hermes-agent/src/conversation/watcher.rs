use std::sync::Arc;

use tokio::sync::watch;

use super::{Ask, Live, Record, live::News};
use crate::journal::JournalError;

/// The most records that come at once.
const BATCH: usize = 64;

/// What somebody sees who watches.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// What happened next, in order and without a gap.
    Records(Vec<Record>),
    /// All that waits for the end of the turn, after what has been seen so far.
    Waiting(Vec<Ask>),
    /// What happens is not kept just now.
    Unsaved(JournalError),
    /// It is kept again.
    Saved,
}

/// A place in a conversation, from which somebody watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the last record that is known.
    pub after: u64,
    /// How often what waits had changed when it was known last. Nothing waits in the beginning.
    pub waits: u64,
}

impl From<u64> for Place {
    /// After this record, by somebody who knows nothing of what waits.
    fn from(after: u64) -> Self {
        Self { after, waits: 0 }
    }
}

/// Somebody who watches a conversation. It has a place in it and nothing else, so whoever is slow
/// costs nothing, and goes on where they were.
pub struct Watcher {
    live: Arc<Live>,
    place: Place,
    trouble: Option<JournalError>,
    news: watch::Receiver<News>,
}

impl Watcher {
    pub(super) const fn new(live: Arc<Live>, place: Place, news: watch::Receiver<News>) -> Self {
        Self {
            live,
            place,
            trouble: None,
            news,
        }
    }

    /// What comes next, once there is something. May be dropped while it waits, and asked again.
    ///
    /// # Errors
    ///
    /// When what comes next is only in the journal, and that cannot be read.
    pub async fn next(&mut self) -> Result<Seen, JournalError> {
        loop {
            let trouble = self.news.borrow_and_update().trouble.clone();
            if trouble != self.trouble {
                self.trouble.clone_from(&trouble);
                return Ok(trouble.map_or(Seen::Saved, Seen::Unsaved));
            }
            let after = self.place.after;
            let records = match self.live.recent(after, BATCH) {
                Some(records) => records,
                None => self.live.since(after).await?,
            };
            if let Some(last) = records.last() {
                self.place.after = last.seq;
                return Ok(Seen::Records(records));
            }
            if let Some((changes, waiting)) = self.live.waits(self.place) {
                self.place.waits = changes;
                return Ok(Seen::Waiting(waiting));
            }
            // It never fails: the conversation holds the other end, and this holds the conversation.
            let _ = self.news.changed().await;
        }
    }
}
