use std::sync::Arc;

use tokio::sync::watch;

use super::{Live, Record, live::News};
use crate::journal::JournalError;

/// The most records that come at once.
const BATCH: usize = 64;

/// What somebody sees who watches.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// What happened next, in order and without a gap.
    Records(Vec<Record>),
    /// What happens is not kept just now.
    Unsaved(JournalError),
    /// It is kept again.
    Saved,
}

/// Somebody who watches a conversation. It has a place in it and nothing else, so whoever is slow
/// costs nothing, and goes on where they were.
pub struct Watcher {
    live: Arc<Live>,
    after: u64,
    trouble: Option<JournalError>,
    news: watch::Receiver<News>,
}

impl Watcher {
    pub(super) fn new(live: Arc<Live>, after: u64, news: watch::Receiver<News>) -> Self {
        Self {
            live,
            after,
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
            let records = match self.live.recent(self.after, BATCH) {
                Some(records) => records,
                None => self.live.since(self.after).await?,
            };
            if let Some(last) = records.last() {
                self.after = last.seq;
                return Ok(Seen::Records(records));
            }
            // It never fails: the conversation holds the other end, and this holds the conversation.
            let _ = self.news.changed().await;
        }
    }
}
