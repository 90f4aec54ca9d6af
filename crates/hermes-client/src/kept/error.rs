use std::{io, path::PathBuf};

use hermes_errors::{Code, Explain};
use hermes_machine::LockError;
use thiserror::Error;

use super::KeychainError;

/// Why gateways are not remembered, or not found again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The file could not be read or written.
    #[error("`{}` cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A newer Hermes wrote it.
    #[error("`{}` was written by a newer Hermes; it was left as it is", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// Another process keeps it for itself.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// The keychain that the setting asks for, or that has the secret, does not answer.
    #[error("the keychain that has the sign-in cannot be used: {0}")]
    Keychain(#[from] KeychainError),
    /// Another gateway has the name.
    #[error("another gateway has the name `{0}` already")]
    NameTaken(String),
    /// It is no name.
    #[error("`{0}` is no name for a gateway: 1 to 64 letters, digits, `.`, `-` and `_`")]
    Name(String),
}

impl Explain for KeptError {
    fn code(&self) -> Code {
        match self {
            Self::File { .. } | Self::Newer { .. } => Code::ConnectKeptUnusable,
            Self::Locked(_) => Code::StoreLocked,
            Self::Keychain(_) => Code::ConnectKeychain,
            Self::NameTaken(_) | Self::Name(_) => Code::ConnectName,
        }
    }
}
