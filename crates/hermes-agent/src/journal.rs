use std::sync::{Mutex, MutexGuard, PoisonError};

use hermes_machine::BoxFuture;
use jiff::Timestamp;

use crate::{
    Image, Usage,
    conversation::{ImageId, Record},
};

/// The most records of one [`Journal::read`].
pub const READ_LIMIT: usize = 1000;

/// What lists of conversations show, as of the last record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What it is called, if it has been called anything.
    pub title: Option<String>,
    /// The beginning of what was asked first.
    pub preview: String,
    /// How many messages there are, of people and of the agent.
    pub messages: u64,
    /// The model that was asked last, if that is known.
    pub model: Option<String>,
    /// The tokens of everything.
    pub usage: Usage,
    /// When something happened last.
    pub active_at: Timestamp,
    /// Whether a turn runs.
    pub running: bool,
}

/// What search finds once other turns of a conversation are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAgain {
    /// Nothing that was said after the record of this number is found any more, but what follows here.
    pub after: u64,
    /// What was said in the turns that are shown now, each by the number of its record.
    pub texts: Vec<(u64, String)>,
}

/// Why a journal did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The conversation is not there any more.
    #[error("the conversation has been deleted")]
    Gone,
    /// Somebody else has written the same place of the journal.
    #[error("the conversation has been continued elsewhere")]
    Taken,
    /// There is no room for another picture.
    #[error("the conversation holds as many images as it may")]
    Full,
    /// It failed, and may work later.
    #[error("{0}")]
    Failed(String),
}

/// What the methods of a journal answer.
pub type Kept<'a, T> = BoxFuture<'a, Result<T, JournalError>>;

/// Keeps what happens in one conversation. What it keeps is the conversation; whoever watches, and
/// what is in memory, follows it.
pub trait Journal: Send + Sync {
    /// Appends records, whose numbers follow those before without a gap. All of them are kept once this
    /// answers, or none. `again` is there if other turns are shown by these records.
    fn append(
        &self,
        records: Vec<Record>,
        summary: Summary,
        again: Option<FoundAgain>,
    ) -> Kept<'_, ()>;

    /// The records after this number, [`READ_LIMIT`] at most; none if there are no more.
    fn read(&self, after: u64) -> Kept<'_, Vec<Record>>;

    /// Keeps a picture that a record is going to name.
    fn attach(&self, image: Image) -> Kept<'_, ImageId>;

    /// A picture that a record names; `None` if it is not there.
    fn image<'a>(&'a self, id: &'a ImageId) -> Kept<'a, Option<Image>>;
}

/// A journal that lasts as long as the program.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    kept: Mutex<InMemory>,
}

#[derive(Debug, Default)]
struct InMemory {
    records: Vec<Record>,
    images: Vec<Image>,
}

impl MemoryJournal {
    fn lock(&self) -> MutexGuard<'_, InMemory> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn append(&self, records: Vec<Record>, _: Summary, _: Option<FoundAgain>) -> Kept<'_, ()> {
        let mut kept = self.lock();
        let next = kept.records.last().map_or(0, |record| record.seq) + 1;
        let follows = records.first().is_some_and(|record| record.seq == next);
        if follows {
            kept.records.extend(records);
        }
        let answer = follows.then_some(()).ok_or(JournalError::Taken);
        Box::pin(std::future::ready(answer))
    }

    fn read(&self, after: u64) -> Kept<'_, Vec<Record>> {
        let kept = self.lock();
        let later = kept.records.iter().filter(|record| record.seq > after);
        let records = later.take(READ_LIMIT).cloned().collect();
        Box::pin(std::future::ready(Ok(records)))
    }

    fn attach(&self, image: Image) -> Kept<'_, ImageId> {
        let mut kept = self.lock();
        kept.images.push(image);
        let id = ImageId(kept.images.len().to_string());
        Box::pin(std::future::ready(Ok(id)))
    }

    fn image<'a>(&'a self, id: &'a ImageId) -> Kept<'a, Option<Image>> {
        let number: Option<usize> = id.0.parse().ok();
        let index = number.and_then(|number| number.checked_sub(1));
        let image = index.and_then(|index| self.lock().images.get(index).cloned());
        Box::pin(std::future::ready(Ok(image)))
    }
}
