use jiff::Timestamp;

use crate::{Answer, ConversationId, Label, ShareId, TokenHash, UserId};

/// The most links of one person that are good at the same time.
pub const SHARES_LIMIT: usize = 200;

/// The most bytes of what is under a link.
pub const SHARE_BYTES: usize = 16 * 1024 * 1024;

/// A link that is made. Its value is kept as a hash, so that nobody finds it in the database.
#[derive(Clone, Debug)]
pub struct NewShare {
    /// Names it where links are listed. Nothing opens with it.
    pub id: ShareId,
    /// Of which conversation it shows something. Whose that is has been checked by the caller.
    pub conversation: ConversationId,
    /// What the conversation was called then.
    pub title: Label,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends, if it does by itself.
    pub ends_at: Option<Timestamp>,
    /// What it shows, as the gateway writes it, in [`SHARE_BYTES`] at most. Nothing here reads it.
    pub content: String,
}

/// A link, without what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// See [`NewShare::id`].
    pub id: ShareId,
    /// See [`NewShare::conversation`].
    pub conversation: ConversationId,
    /// See [`NewShare::title`].
    pub title: Label,
    /// See [`NewShare::made_at`].
    pub made_at: Timestamp,
    /// See [`NewShare::ends_at`].
    pub ends_at: Option<Timestamp>,
    /// How often it was opened.
    pub opened: u64,
}

/// What became of a link that was to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// It is good.
    Made,
    /// Its person has [`SHARES_LIMIT`] of them, or it shows too much.
    Full,
    /// There is no such conversation.
    Gone,
}

/// The links under which people who are nobody here read conversations as they were.
///
/// A link goes with its conversation, and so with the person whose that is. What a disabled person has
/// shared is not shown while they are.
///
/// # Errors
///
/// Each method fails with what the engine met.
pub trait Shares: Send + Sync {
    /// Makes a link. Those that are over are dropped.
    fn share(&self, hash: TokenHash, new: NewShare) -> Answer<'_, Shared>;

    /// The links of a person that are not over, the last one first.
    fn list(&self, owner: UserId, now: Timestamp) -> Answer<'_, Vec<Share>>;

    /// What is shown under the link of this value, if it is not over, and counts that somebody looked.
    fn open<'a>(&'a self, hash: &'a TokenHash, now: Timestamp) -> Answer<'a, Option<String>>;

    /// Ends a link of this person. False if they have none of this id.
    fn revoke(&self, owner: UserId, id: ShareId) -> Answer<'_, bool>;

    /// Ends all links of this person: how many those were.
    fn revoke_all(&self, owner: UserId) -> Answer<'_, u64>;
}
