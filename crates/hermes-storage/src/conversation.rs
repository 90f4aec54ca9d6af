mod attachment;
mod log;
mod search;

pub use self::{
    attachment::{
        ATTACHMENT_LIMIT, ATTACHMENTS_BYTES, ATTACHMENTS_LIMIT, Attachment, AttachmentError,
        AttachmentId, AttachmentIdError,
    },
    log::{
        Appended, Batch, ENTRY_LIMIT, Entry, KIND_LIMIT, Logged, READ_BYTES, READ_LIMIT, Stretch,
        Summary,
    },
    search::{Hit, QUERY_LIMIT, SEARCH_LIMIT, SNIPPET_LIMIT, TEXT_LIMIT},
};

use jiff::Timestamp;
use thiserror::Error;

use crate::{Answer, ConversationId, Epoch, Label, UserId};

/// The most conversations of one answer of [`list`](Conversations::list).
pub const PAGE_LIMIT: usize = 500;

/// The most kinds of client that [`totals`](Conversations::totals) tell apart.
pub const SOURCES_LIMIT: usize = 50;

/// The most ids of one answer of [`running`](Conversations::running).
pub const RUNNING_LIMIT: usize = 1000;

/// What was chosen for a conversation (the model, its provider, the effort), as the gateway writes it.
/// Nothing here reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(Box<str>);

/// The text is too long for settings.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "the settings of a conversation have {} bytes at most",
    Settings::LIMIT
)]
pub struct SettingsError;

impl Settings {
    /// The most bytes.
    pub const LIMIT: usize = 16 * 1024;

    /// Takes a text of settings.
    ///
    /// # Errors
    ///
    /// If it is longer than [`LIMIT`](Self::LIMIT).
    pub fn new(text: &str) -> Result<Self, SettingsError> {
        if text.len() > Self::LIMIT {
            return Err(SettingsError);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tokens that a conversation took. What is beyond 2^63 counts as that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Those that were sent.
    pub input: u64,
    /// Of these, those that the provider had in its cache.
    pub cached: u64,
    /// Those of answers.
    pub output: u64,
    /// Of these, those of thoughts.
    pub reasoning: u64,
}

/// A conversation, without what was said in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Names it.
    pub id: ConversationId,
    /// Whose it is. Who asks by an id alone compares this before anything else.
    pub owner: UserId,
    /// The kind of client that began it, in a word: `tui`, `desktop`, `web`.
    pub source: Label,
    /// As it is called where conversations are listed.
    pub title: Option<Label>,
    /// The one that it was branched off, while that is there.
    pub parent: Option<ConversationId>,
    /// What was chosen for it.
    pub settings: Settings,
    /// Whether its owner has put it away.
    pub archived: bool,
    /// Whether its owner has put it first.
    pub pinned: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// How it begins, in a line.
    pub preview: Option<Label>,
    /// How many messages it has.
    pub message_count: u32,
    /// The model that answered last, if that is known.
    pub model: Option<Label>,
    /// What all of it took.
    pub tokens: Tokens,
    /// When something last happened in it.
    pub last_active_at: Timestamp,
    /// Whether a turn runs. After an unclean end it says so of turns that have ended with it.
    pub running: bool,
    /// The number of the last entry of its log; 0 if there is none.
    pub last_seq: u64,
}

/// A conversation that begins.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// See [`Conversation::id`].
    pub id: ConversationId,
    /// See [`Conversation::owner`].
    pub owner: UserId,
    /// See [`Conversation::source`].
    pub source: Label,
    /// See [`Conversation::title`].
    pub title: Option<Label>,
    /// See [`Conversation::parent`]. One that is not there (any more) is none.
    pub parent: Option<ConversationId>,
    /// See [`Conversation::settings`].
    pub settings: Settings,
    /// See [`Conversation::created_at`].
    pub created_at: Timestamp,
}

/// What its owner changes about a conversation. None of it counts as activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Gives it a title, or takes it away.
    Title(Option<Label>),
    /// Puts it away, or brings it back.
    Archived(bool),
    /// Puts it first, or among the others again.
    Pinned(bool),
    /// Chooses something else for it.
    Settings(Settings),
}

/// Whether conversations are listed that were put away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archived {
    /// They are not.
    #[default]
    Excluded,
    /// They are, among the others.
    Included,
    /// They are, and no others.
    Only,
}

/// Which conversations a list has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Whether those that were put away are among them.
    pub archived: Archived,
    /// The fewest messages that one has.
    pub min_messages: u32,
    /// The kind of client that began them, where only one is wanted.
    pub source: Option<Label>,
    /// The kinds of client whose conversations are left out.
    pub without: Vec<Label>,
}

/// What comes first in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What was last active.
    #[default]
    LastActive,
    /// What began last.
    LastBegun,
    /// What its owner has put first, and of what is alike, what was last active.
    Pinned,
}

/// What somebody's conversations come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many there are, those that were put away included.
    pub conversations: u64,
    /// How many were put away.
    pub archived: u64,
    /// How many messages they all have.
    pub messages: u64,
    /// How many were begun by each kind of client, most first; [`SOURCES_LIMIT`] kinds at most.
    pub by_source: Vec<(Label, u64)>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What is listed.
    pub selection: Selection,
    /// What comes first.
    pub order: Order,
    /// How many are left out at the beginning.
    pub offset: usize,
    /// How many are listed; [`PAGE_LIMIT`] at most.
    pub limit: usize,
}

/// Conversations, each with a log of what happened in it and with its attachments.
///
/// Where a method takes the id of a conversation alone, whose it is has been checked by the caller.
///
/// # Errors
///
/// Each method fails with what the engine met, and with nothing else but what it names.
pub trait Conversations: Send + Sync {
    /// Begins a conversation, with an empty log. Its owner need not be among the users: in token mode
    /// nobody is, and what was said then is the owner's after a claim too. Where somebody is removed,
    /// so are their conversations.
    ///
    /// # Errors
    ///
    /// [`ConversationExists`](crate::StorageError::ConversationExists), whoever has the id.
    fn create(&self, new: NewConversation) -> Answer<'_, ()>;

    /// The conversation of this id.
    fn find(&self, id: ConversationId) -> Answer<'_, Option<Conversation>>;

    /// The owner's conversation of exactly this title; of several, the one that was last active.
    fn find_by_title<'a>(
        &'a self,
        owner: UserId,
        title: &'a Label,
    ) -> Answer<'a, Option<Conversation>>;

    /// The owner's conversation whose id begins like this, if there is no other.
    fn find_by_beginning<'a>(
        &'a self,
        owner: UserId,
        beginning: &'a str,
    ) -> Answer<'a, Option<Conversation>>;

    /// The owner's conversations.
    fn list(&self, owner: UserId, page: Page) -> Answer<'_, Vec<Conversation>>;

    /// How many conversations [`list`](Self::list) has in all.
    fn count(&self, owner: UserId, selection: Selection) -> Answer<'_, u64>;

    /// What the owner's conversations come to.
    fn totals(&self, owner: UserId) -> Answer<'_, Totals>;

    /// The owner's conversation that was last active and is not put away.
    fn most_recent(&self, owner: UserId) -> Answer<'_, Option<Conversation>>;

    /// Where the owner's conversations hold all words of the query, the best first: of what matches,
    /// the newest thousand are compared. The last word may be the beginning of one, from three
    /// letters on. Whatever a person types is words: nothing in it is an operator, and where nothing
    /// is left to look for nothing is found. [`SEARCH_LIMIT`] hits at most.
    fn search<'a>(&'a self, owner: UserId, query: &'a str, limit: usize) -> Answer<'a, Vec<Hit>>;

    /// Appends to the logs of conversations, all in one transaction. There is an outcome for each
    /// batch, and one that is refused takes none of the others with it. If the call fails, nothing of
    /// any batch has been kept, and the same may be tried again.
    fn append<'a>(&'a self, batches: &'a [Batch]) -> Answer<'a, Vec<Appended>>;

    /// What comes after an entry (after 0: from the beginning), in order: [`READ_LIMIT`] entries at
    /// most, and [`READ_BYTES`] of JSON unless the first alone has more. `None` if there is no such
    /// conversation.
    fn read(&self, id: ConversationId, after: u64, limit: usize) -> Answer<'_, Option<Stretch>>;

    /// Changes something about a conversation. False if there is none.
    fn change(&self, id: ConversationId, change: Change) -> Answer<'_, bool>;

    /// Removes a conversation with its log, its attachments and all that search knows of it, so that
    /// the file has nothing of it either. Those that were branched off it stay. False if there is
    /// none.
    fn remove(&self, id: ConversationId) -> Answer<'_, bool>;

    /// Conversations whose summary says that a turn runs, [`RUNNING_LIMIT`] at most. After an
    /// unclean end nobody runs these turns, and whoever says so in their logs asks again until there
    /// are none.
    fn running(&self) -> Answer<'_, Vec<ConversationId>>;

    /// Keeps an attachment; one that the conversation has already stays as it was.
    ///
    /// # Errors
    ///
    /// [`ConversationUnknown`](crate::StorageError::ConversationUnknown), or
    /// [`AttachmentsFull`](crate::StorageError::AttachmentsFull).
    fn attach(&self, id: ConversationId, attachment: Attachment) -> Answer<'_, AttachmentId>;

    /// An attachment of the conversation.
    fn attachment(
        &self,
        id: ConversationId,
        attachment: AttachmentId,
    ) -> Answer<'_, Option<Attachment>>;

    /// Begins to number events, and says as what: as before if the last run was ended by
    /// [`end_run`](Self::end_run), otherwise as `fresh`, since numbers may have been sent that never
    /// came into a log. The gateway alone asks this, once for each time it runs.
    fn begin_run(&self, fresh: Epoch) -> Answer<'_, Epoch>;

    /// Everything that was sent is in the logs, and nothing more will be.
    fn end_run(&self) -> Answer<'_, ()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_bounded() {
        let most = "x".repeat(Settings::LIMIT);
        assert_eq!(Settings::new(&most).unwrap().as_str(), most);
        assert_eq!(Settings::new(&(most + "x")), Err(SettingsError));
    }
}
