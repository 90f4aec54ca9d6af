//! What the gateway keeps: users, their passkeys, sessions, subscriptions, conversations and links to these,
//! invitations and the counters of failures, as repositories that an engine implements.
//!
//! This crate holds the domain types, the repository traits, the [`Sealer`] for what must
//! not be readable in a copy of the database, and (feature `conformance`) the tests that every
//! engine passes. It knows no engine.
//!
//! Two rules shape the traits. What has to happen together is one method, which an engine runs as
//! one transaction: a password is set *and* the other sessions end. And whatever ends sessions
//! returns which, because their sockets have to be closed and the caches forget them.
//!
//! Moments are kept to the millisecond; what is finer is cut off.

#[cfg(feature = "conformance")]
pub mod conformance;
mod conversation;
mod counter;
mod error;
mod id;
mod invitation;
mod label;
mod login;
mod passkey;
mod push;
mod sealer;
mod session;
mod share;
mod token;
mod user;

pub use self::{
    conversation::{
        ATTACHMENT_LIMIT, ATTACHMENTS_BYTES, ATTACHMENTS_LIMIT, Appended, Archived, Attachment,
        AttachmentError, AttachmentId, AttachmentIdError, Batch, Change, Conversation,
        Conversations, ENTRY_LIMIT, Entry, Hit, KIND_LIMIT, Logged, NewConversation, Order,
        PAGE_LIMIT, Page, QUERY_LIMIT, READ_BYTES, READ_LIMIT, RUNNING_LIMIT, SEARCH_LIMIT,
        SNIPPET_LIMIT, SOURCES_LIMIT, Selection, Settings, SettingsError, Stretch, Summary,
        TEXT_LIMIT, Tokens, Totals,
    },
    counter::{Backoff, COUNTERS_LIMIT, Counter, CounterKey, Counters},
    error::StorageError,
    id::{ConversationId, Epoch, IdError, PasskeyId, SessionId, ShareId, UserId},
    invitation::{Acceptance, Accepted, Invitation, Invitations, Way},
    label::Label,
    login::{LoginError, LoginName},
    passkey::{
        CredentialId, CredentialIdError, NewPasskey, PASSKEYS_LIMIT, Passkey, Passkeys, Removal,
        UserHandle,
    },
    push::{SUBSCRIPTIONS_LIMIT, Subscription, Subscriptions},
    sealer::{Sealed, Sealer, SealerError},
    session::{
        ACCESS_LIMIT, Access, Horizon, LiveSession, LongLived, NewSession, ProviderLogout,
        ProviderSession, ProviderTokens, RefreshHash, SESSIONS_LIMIT, SKEW, Session, SessionKind,
        Sessions, Turned,
    },
    share::{NewShare, SHARE_BYTES, SHARES_LIMIT, Share, Shared, Shares},
    token::TokenHash,
    user::{Identity, NewUser, Password, Role, User, Users},
};

use hermes_machine::BoxFuture;

/// What a repository's method returns.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StorageError>>;

/// Everything an engine offers; the gateway holds an `Arc<dyn Storage>`.
pub trait Storage: Send + Sync {
    /// The people who may sign in.
    fn users(&self) -> &dyn Users;

    /// Their sign-ins.
    fn sessions(&self) -> &dyn Sessions;

    /// Who may choose a way to sign in.
    fn invitations(&self) -> &dyn Invitations;

    /// What people sign in with by their devices.
    fn passkeys(&self) -> &dyn Passkeys;

    /// Where their browsers are told of what happens while they are closed.
    fn subscriptions(&self) -> &dyn Subscriptions;

    /// What people and the agent said to each other.
    fn conversations(&self) -> &dyn Conversations;

    /// Under which links others may read some of it.
    fn shares(&self) -> &dyn Shares;

    /// How often something failed of late.
    fn counters(&self) -> &dyn Counters;

    /// Whether reading and writing work just now.
    fn check(&self) -> Answer<'_, ()>;

    /// Whether another process, or another holder of the database, has written since this was
    /// last asked. Cheap enough to be asked several times a second.
    fn changed_elsewhere(&self) -> Answer<'_, bool>;

    /// Finishes what is under way and lets go of everything. What is asked afterwards fails.
    fn close(&self) -> BoxFuture<'_, ()>;
}
