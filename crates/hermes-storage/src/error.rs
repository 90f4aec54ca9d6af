use std::{error::Error, path::PathBuf};

use hermes_errors::{Code, Explain};
use thiserror::Error;

/// What an engine's library said. It is kept for the log and names no value that was stored.
type Source = Box<dyn Error + Send + Sync>;

/// Why storage did not do what was asked. Whoever asked whether somebody may come in takes every
/// one of these for a no.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database is from a newer version of the program: this one would spoil it.
    #[error("`{}` has the form {found}, and this Hermes knows forms up to {known}", place.display())]
    Newer {
        /// The database.
        place: PathBuf,
        /// The version of its form.
        found: usize,
        /// The newest version that we know.
        known: usize,
    },
    /// The file is damaged, or no database of ours.
    #[error("`{}` is damaged, or is not a database of Hermes", place.display())]
    Corrupt {
        /// The database.
        place: PathBuf,
        /// What was seen.
        source: Source,
    },
    /// It cannot be opened or read: a missing right, a directory in its place, no file handles, a
    /// disk that fails.
    #[error("`{}` cannot be used", place.display())]
    Unusable {
        /// The database.
        place: PathBuf,
        /// What was seen.
        source: Source,
    },
    /// It cannot be written.
    #[error("`{}` cannot be written", place.display())]
    ReadOnly {
        /// The database.
        place: PathBuf,
        /// What was seen.
        source: Source,
    },
    /// The disk is full. What was being written is undone.
    #[error("the disk of `{}` is full", place.display())]
    Full {
        /// The database.
        place: PathBuf,
    },
    /// Others kept it locked for longer than we wait. Trying again may help.
    #[error("`{}` was kept busy by others for too long", place.display())]
    Busy {
        /// The database.
        place: PathBuf,
    },
    /// It has been closed: the program is ending.
    #[error("storage has been closed")]
    Closed,
    /// No user of the id, or they are disabled and would have to act.
    #[error("there is no such user")]
    UserUnknown,
    /// The id is taken, as that of the owner is once the gateway has been claimed.
    #[error("there is such a user already")]
    UserExists,
    /// Somebody else has the login name.
    #[error("the login name is taken")]
    LoginTaken,
    /// Somebody else is this at the identity provider.
    #[error("the identity belongs to another user")]
    IdentityTaken,
    /// The credential is a passkey here already.
    #[error("the passkey is here already")]
    PasskeyTaken,
    /// The user has as many passkeys as one may have.
    #[error("the user has {} passkeys, which is the most", crate::PASSKEYS_LIMIT)]
    TooManyPasskeys,
    /// The id is another conversation's.
    #[error("there is such a conversation already")]
    ConversationExists,
    /// No conversation of the id.
    #[error("there is no such conversation")]
    ConversationUnknown,
    /// With one more, the attachments of the conversation would be more than one may have.
    #[error("the conversation can hold no further attachment")]
    AttachmentsFull,
}

impl Explain for StorageError {
    fn code(&self) -> Code {
        match self {
            Self::Newer { .. } => Code::StorageNewer,
            Self::Corrupt { .. } => Code::StorageCorrupt,
            Self::Unusable { .. } => Code::StorageUnusable,
            Self::ReadOnly { .. } => Code::StorageReadOnly,
            Self::Full { .. } => Code::StorageFull,
            Self::Busy { .. } | Self::Closed => Code::StorageBusy,
            Self::UserUnknown => Code::UserUnknown,
            Self::UserExists => Code::UserExists,
            Self::LoginTaken => Code::LoginTaken,
            Self::IdentityTaken => Code::IdentityTaken,
            Self::PasskeyTaken | Self::TooManyPasskeys => Code::PasskeyRefused,
            Self::ConversationExists => Code::ConversationExists,
            Self::ConversationUnknown => Code::ConversationUnknown,
            Self::AttachmentsFull => Code::AttachmentsFull,
        }
    }
}
