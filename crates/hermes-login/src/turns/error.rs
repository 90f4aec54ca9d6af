use std::{io, path::PathBuf};

use hermes_errors::{Code, Explain};
use hermes_oauth::ParkedError;
use thiserror::Error;

/// Why a sign-in cannot be begun in one turn, or not be finished in another.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PendingError {
    /// There is none of that id, or no longer.
    #[error("no sign-in `{id}` waits to be finished")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// There is none at all.
    #[error("no sign-in waits to be finished")]
    None,
    /// There are several, and none was named.
    #[error("{count} sign-ins wait to be finished; name one")]
    Several {
        /// How many.
        count: usize,
    },
    /// Its time is over.
    #[error("the sign-in `{id}` to {provider} was not finished in time")]
    Expired {
        /// Which.
        id: String,
        /// With whom.
        provider: String,
    },
    /// It was finished or given up before.
    #[error("the sign-in `{id}` to {provider} {how}")]
    Ended {
        /// Which.
        id: String,
        /// With whom.
        provider: String,
        /// How it ended.
        how: &'static str,
    },
    /// A newer one took its place.
    #[error("a newer sign-in to {provider} made `{id}` void")]
    Superseded {
        /// Which.
        id: String,
        /// With whom.
        provider: String,
    },
    /// Another process is about to finish it.
    #[error("another process is finishing the sign-in `{id}`")]
    Busy {
        /// Which.
        id: String,
    },
    /// The file is not what was written.
    #[error("the sign-in `{id}` cannot be gone on with: {reason}")]
    Unreadable {
        /// Which.
        id: String,
        /// What is wrong with it.
        reason: ParkedError,
    },
    /// The directory or a file in it cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    Disk {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Explain for PendingError {
    fn code(&self) -> Code {
        match self {
            Self::Unknown { .. } | Self::None => Code::PendingUnknown,
            Self::Several { .. } => Code::PendingAmbiguous,
            Self::Expired { .. } => Code::PendingExpired,
            Self::Ended { .. } => Code::PendingEnded,
            Self::Superseded { .. } => Code::Superseded,
            Self::Busy { .. } => Code::PendingBusy,
            Self::Unreadable { .. } => Code::PendingUnreadable,
            Self::Disk { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Code::StoreFull
            }
            Self::Disk { .. } => Code::StoreReadOnly,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Expired { provider, .. } => Some(format!("hermes auth add {provider} --no-wait")),
            Self::Ended { provider, .. } | Self::Superseded { provider, .. } => {
                Some(format!("hermes auth status {provider}"))
            }
            Self::Unreadable { id, .. } => Some(format!("hermes auth finish {id} --cancel")),
            _ => None,
        }
    }
}
