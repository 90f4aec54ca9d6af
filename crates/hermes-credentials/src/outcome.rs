use std::{fmt, path::PathBuf};

use hermes_errors::Failure;
use hermes_oauth::Account;
use hermes_secret::Secret;
use jiff::Timestamp;

use crate::{CredentialError, Entry, Pool, listing::pick};

/// What was saved.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The credential.
    pub entry: Entry,
    /// The file it is in.
    pub path: PathBuf,
    /// Whether it took the place of an earlier sign-in to the same account.
    pub replaced: bool,
}

/// How much of another tool's login is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// All of it. A refresh token that works once is then held by two programs, and the first to
    /// use it signs the other one out.
    Everything,
    /// The access token. Nothing is shared that could be spent, and it ends when it ends.
    AccessOnly,
}

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The credential, and the file it is in.
    pub saved: Saved,
    /// Whether it was there already, or one that is as good: nothing was written then.
    pub already: bool,
}

/// A token that can be used now.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The token.
    pub token: Secret,
    /// When it ends, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// The credential it belongs to.
    pub entry: Entry,
}

impl AccessToken {
    /// The account that the token of a ChatGPT plan names, which requests with it have to repeat.
    /// Unverified, and no secret.
    pub fn chatgpt_account(&self) -> Option<String> {
        hermes_oauth::jwt_chatgpt_account(&self.token)
    }
}

/// What is known about a provider's credentials without asking anybody.
#[derive(Clone, Debug)]
pub struct Status {
    /// The provider's id.
    pub provider: String,
    /// Whether a token can be had without a new sign-in.
    pub signed_in: bool,
    /// The credential that is used now.
    pub current: Option<Entry>,
    /// All credentials, in the order in which they are used.
    pub entries: Vec<Entry>,
    /// The credential file.
    pub path: PathBuf,
    /// The file's format version, if it is newer than this program knows: it is read, but not
    /// written.
    pub newer_format: Option<u64>,
}

impl Status {
    /// The same for whoever named one credential of the provider: it alone is used, and says
    /// whether there is a sign-in.
    ///
    /// # Errors
    ///
    /// If none or several match.
    pub fn choosing(mut self, target: &str) -> Result<Self, CredentialError> {
        let chosen = pick(&self.provider, &self.entries, target)?.index;
        choose(&mut self.entries, Some(chosen));
        self.current = self.entries.iter().find(|entry| entry.current).cloned();
        self.signed_in = self
            .current
            .as_ref()
            .is_some_and(|entry| entry.state.is_usable());
        Ok(self)
    }

    /// The same where what was named is not there: nobody is signed in as that.
    #[must_use]
    pub fn choosing_none(mut self) -> Self {
        choose(&mut self.entries, None);
        Self {
            current: None,
            signed_in: false,
            ..self
        }
    }
}

impl Pool {
    /// Marks the credential that somebody named as the one in use; none, if none or several match.
    pub fn choose(&mut self, target: &str) {
        let chosen = pick(&self.provider, &self.entries, target).map(|entry| entry.index);
        choose(&mut self.entries, chosen.ok());
    }
}

fn choose(entries: &mut [Entry], index: Option<usize>) {
    for entry in entries {
        entry.current = Some(entry.index) == index;
    }
}

/// What the provider said about a credential.
#[derive(Clone, Debug)]
pub struct Check {
    /// The credential that was checked.
    pub entry: Entry,
    /// Whose it is, if the provider told.
    pub account: Option<Account>,
    /// How it was checked.
    pub how: Checked,
}

/// How a credential was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The provider named the account.
    Account,
    /// A refresh was due, and the provider granted it.
    Refreshed,
    /// The provider has nothing to ask; what is known is what the file says.
    NotAsked,
}

/// What was removed, and what else that took.
#[derive(Clone, Debug)]
pub struct Removed {
    /// The credential.
    pub entry: Entry,
    /// What the provider said about its tokens.
    pub revoked: Vec<RevokeOutcome>,
    /// What else was cleaned up, or could not be.
    pub cleanup: Vec<Cleanup>,
}

/// What a removal did beside the credential file's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// The variable's line was deleted from `.env`.
    LineDeleted {
        /// The variable.
        variable: String,
        /// The file.
        path: PathBuf,
    },
    /// The variable is set in the shell, where we cannot unset it.
    ExportedInShell {
        /// The variable.
        variable: String,
    },
    /// The secret belongs to another program and stays with it.
    LeftInPlace {
        /// The source of the credential.
        source: String,
    },
    /// A file that held a copy was deleted.
    FileDeleted {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineDeleted { variable, path } => {
                write!(f, "deleted {variable} from {}", path.display())
            }
            Self::ExportedInShell { variable } => {
                write!(f, "{variable} is still set in this shell: unset {variable}")
            }
            Self::LeftInPlace { source } => {
                write!(
                    f,
                    "the secret of {source} belongs to another program and was left there"
                )
            }
            Self::FileDeleted { path } => write!(f, "deleted {}", path.display()),
        }
    }
}

/// A file that is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// The file.
    pub path: PathBuf,
    /// What it was.
    pub left: Left,
}

/// What a file was that is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// The next content of a file, whose writer was killed. It may hold every credential.
    Unfinished,
    /// The record of a refresh of a token that no credential holds any more.
    Record,
}

/// What a sign-out did.
#[derive(Clone, Debug, Default)]
pub struct LoggedOut {
    /// How many credentials are gone.
    pub removed: usize,
    /// What the provider said about their tokens.
    pub revoked: Vec<RevokeOutcome>,
    /// Sources of credentials that stay, because they are not sign-ins: `env:XAI_API_KEY`.
    pub kept: Vec<String>,
}

/// What became of one credential's tokens at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeOutcome {
    /// The credential's label.
    pub label: String,
    /// What happened.
    pub result: Revoke,
}

/// What became of tokens at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// The provider confirmed that they are dead.
    Done,
    /// The provider has no endpoint for it: they live until they expire.
    NoEndpoint,
    /// The provider did not confirm it: they may still live.
    Failed(Failure),
}
