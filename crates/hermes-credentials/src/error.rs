use std::{io, path::PathBuf};

use hermes_errors::{Code, Explain};
use hermes_oauth::OAuthError;
use hermes_providers::TableError;
use jiff::Timestamp;
use thiserror::Error;

/// Why bytes are not a credential file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// It is not JSON.
    #[error("not JSON, at line {line} column {column}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is larger than any credential file.
    #[error("larger than 16 MiB")]
    TooLarge,
    /// It is JSON of another kind.
    #[error("{place} is not {wanted}")]
    Kind {
        /// Where in the document.
        place: String,
        /// What belongs there.
        wanted: &'static str,
    },
    /// It is an object with nothing of ours in it.
    #[error("it has neither `providers` nor `credential_pool`")]
    Foreign,
}

/// Why the credential file, or one beside it, was not read or written. Whatever the cause, the
/// file is as it was before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is there and cannot be read.
    #[error("`{}` cannot be read: {reason}; it was left as it is", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said, or what stands there instead of a file.
        reason: String,
    },
    /// It can be read and does not hold credentials.
    #[error("`{}` is not a credential file: {source}; it was left as it is", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ShapeError,
    },
    /// A newer program wrote it in a format that we would damage.
    #[error("`{}` has format version {version}, newer than this program writes; it was left as it is", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The version it says.
        version: u64,
    },
    /// Somebody else held the lock for the whole time.
    #[error("`{}` is locked{}; gave up after {waited} s", path.display(), by(holder.as_ref()))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long we waited, in seconds.
        waited: u64,
        /// Who holds it, where the system tells.
        holder: Option<Holder>,
    },
    /// The disk is full.
    #[error("no space left to write `{}`; it is unchanged", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory may not be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The home, or the file, belongs to somebody else, who could not read what we would write.
    #[error("`{}` belongs to {owner}, and this is {user}: credentials are changed by their owner alone", path.display())]
    WrongUser {
        /// The home or the file.
        path: PathBuf,
        /// Who owns it.
        owner: String,
        /// Who we are.
        user: String,
    },
    /// Writing failed for another reason.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its id.
    pub pid: u32,
    /// Its name, where the system tells.
    pub name: Option<String>,
}

fn by(holder: Option<&Holder>) -> String {
    match holder {
        None => " by another process".to_owned(),
        Some(Holder { pid, name: None }) => format!(" by process {pid}"),
        Some(Holder {
            pid,
            name: Some(name),
        }) => format!(" by `{name}` (process {pid})"),
    }
}

impl Explain for StoreError {
    fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } | Self::NewerFormat { .. } => Code::StoreUnreadable,
            Self::Corrupt { .. } => Code::StoreCorrupt,
            Self::Locked { .. } => Code::StoreLocked,
            Self::Full { .. } => Code::StoreFull,
            Self::ReadOnly { .. } | Self::Write { .. } => Code::StoreReadOnly,
            Self::WrongUser { .. } => Code::StoreWrongUser,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Corrupt { path, .. } => Some(format!(
                "repair it, or put it aside and sign in again: mv {0} {0}.broken",
                path.display()
            )),
            Self::NewerFormat { .. } => Some("update hermes".to_owned()),
            Self::Locked {
                holder: Some(holder),
                ..
            } => Some(format!("ps -fp {}", holder.pid)),
            Self::Full { path } => path
                .parent()
                .map(|directory| format!("df -h {}", directory.display())),
            // A shell takes a bare `#` for a comment.
            Self::WrongUser { owner, .. } if owner.starts_with('#') => {
                Some(format!("sudo -u '{owner}' -i hermes auth list"))
            }
            Self::WrongUser { owner, .. } => Some(format!("sudo -u {owner} -i hermes auth list")),
            _ => None,
        }
    }
}

/// Why a credential could not be had, saved, changed or removed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The credential file, or one beside it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider, or the way to it.
    #[error(transparent)]
    Provider(#[from] OAuthError),
    /// The provider table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Nobody is signed in.
    #[error("no credential for {provider}{}", detail.as_deref().unwrap_or_default())]
    NotSignedIn {
        /// The provider.
        provider: String,
        /// What there is instead.
        detail: Option<String>,
    },
    /// Every credential that may be used rests after a refusal.
    #[error("{} of {provider} is resting until {until:.0}", named(label.as_deref()))]
    CoolingDown {
        /// The provider.
        provider: String,
        /// The credential, if one was asked for by name.
        label: Option<String>,
        /// When the first of them is tried again.
        until: Timestamp,
    },
    /// The provider no longer accepts the refresh token.
    #[error("{provider} no longer accepts the sign-in \"{label}\": {reason}")]
    RefreshRejected {
        /// The provider.
        provider: String,
        /// The credential.
        label: String,
        /// What the provider said.
        reason: String,
    },
    /// An earlier refresh was cut off between the provider's answer and the disk.
    #[error(
        "a refresh of {provider} \"{label}\" was cut off at {started_at:.0}, and its token is now spent"
    )]
    RefreshInterrupted {
        /// The provider.
        provider: String,
        /// The credential.
        label: String,
        /// When it began.
        started_at: Timestamp,
    },
    /// Somebody asked a moment ago and failed; the provider is left in peace for some seconds.
    #[error("{message} (seconds ago; not asked again yet)")]
    RecentFailure {
        /// The failure's code.
        code: Code,
        /// What was said.
        message: String,
    },
    /// The token has ended and cannot be renewed.
    #[error("the token of {provider} \"{label}\" has expired and holds no refresh token")]
    NoRefreshToken {
        /// The provider.
        provider: String,
        /// The credential.
        label: String,
    },
    /// There is nothing to refresh.
    #[error("{provider} \"{label}\" is {what}, there is nothing to refresh")]
    NotRefreshable {
        /// The provider.
        provider: String,
        /// The credential.
        label: String,
        /// What it is.
        what: &'static str,
    },
    /// No credential has that number, id or label.
    #[error("No credential {}. Provider: {provider}.{}", quoted(target), suggested(nearest.as_deref()))]
    Unknown {
        /// The provider.
        provider: String,
        /// What was asked for.
        target: String,
        /// The label that was probably meant.
        nearest: Option<String>,
    },
    /// Several credentials have that label.
    #[error(
        "Ambiguous credential label \"{}\". Use the numeric index or entry id instead. Provider: {provider}.",
        hermes_secret::plain(target, 80)
    )]
    Ambiguous {
        /// The provider.
        provider: String,
        /// What was asked for.
        target: String,
    },
    /// It is not ours to remove.
    #[error(
        "{provider} \"{label}\" belongs to a variable or to another program, and stays with it"
    )]
    Borrowed {
        /// The provider.
        provider: String,
        /// The credential.
        label: String,
    },
    /// No key was given.
    #[error("No API key provided.")]
    KeyMissing,
    /// The text is no key.
    #[error("this is not an API key: {reason}")]
    KeyInvalid {
        /// Why not.
        reason: &'static str,
    },
    /// The base URL may not be used.
    #[error("`{url}` cannot be the base URL: {reason}")]
    BaseUrl {
        /// The URL, without what may be secret in it.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// `providers.toml` cannot be changed without losing something.
    #[error("`{}` was left as it is: {reason}", path.display())]
    TableFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

fn quoted(target: &str) -> String {
    let shown = hermes_secret::plain(target, 80);
    if !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("#{shown}")
    } else {
        format!("matching \"{shown}\"")
    }
}

fn suggested(nearest: Option<&str>) -> String {
    nearest
        .map(|label| format!(" Did you mean `{}`?", hermes_secret::plain(label, 80)))
        .unwrap_or_default()
}

fn named(label: Option<&str>) -> String {
    label.map_or_else(
        || "every credential".to_owned(),
        |label| format!("\"{}\"", hermes_secret::plain(label, 80)),
    )
}

impl Explain for CredentialError {
    fn code(&self) -> Code {
        match self {
            Self::Store(error) => error.code(),
            Self::Provider(error) => error.code(),
            Self::Table(error) => error.code(),
            Self::NotSignedIn { .. } => Code::NotSignedIn,
            Self::CoolingDown { .. } => Code::CoolingDown,
            Self::RefreshRejected { .. } => Code::RefreshRejected,
            Self::RefreshInterrupted { .. } => Code::RefreshInterrupted,
            Self::RecentFailure { code, .. } => *code,
            Self::NoRefreshToken { .. } => Code::NoRefreshToken,
            Self::NotRefreshable { .. } => Code::NotRefreshable,
            Self::Unknown { .. } => Code::CredentialUnknown,
            Self::Ambiguous { .. } => Code::CredentialAmbiguous,
            Self::Borrowed { .. } => Code::CredentialBorrowed,
            Self::KeyMissing => Code::ApiKeyMissing,
            Self::KeyInvalid { .. } => Code::ApiKeyInvalid,
            Self::BaseUrl { .. } => Code::UnsafeUrl,
            Self::TableFile { .. } => Code::TableInvalid,
        }
    }

    fn next_step(&self) -> Option<String> {
        let command = |verb: &str, provider: &str| Some(format!("hermes auth {verb} {provider}"));
        match self {
            Self::Store(error) => error.next_step(),
            Self::Provider(error) => error.next_step(),
            Self::Table(error) => error.next_step(),
            Self::NotSignedIn { provider, .. }
            | Self::RefreshRejected { provider, .. }
            | Self::RefreshInterrupted { provider, .. }
            | Self::NoRefreshToken { provider, .. } => command("add", provider),
            Self::CoolingDown { provider, .. } => command("reset", provider),
            Self::NotRefreshable { provider, .. }
            | Self::Unknown { provider, .. }
            | Self::Ambiguous { provider, .. }
            | Self::Borrowed { provider, .. } => command("list", provider),
            _ => None,
        }
    }
}

impl CredentialError {
    /// Whether trying later, unchanged, may work.
    pub fn is_transient(&self) -> bool {
        self.code().outcome() == hermes_errors::Outcome::Unreachable
    }
}
