//! Logins that other tools keep on this machine. They are read, never written.
//!
//! A store is whatever stands in its place: a file of any size and kind, JSON of any form, a
//! program that hangs. So everything is bounded, and what cannot be understood is an error that
//! names the place.

mod error;
mod store;

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use hermes_machine::{
    Clock, Environment, file,
    program::{self, ProgramError},
};
use hermes_secret::Secret;
use jiff::Timestamp;

pub use self::error::ImportError;

/// The most bytes of a store; a real one has a few thousand.
const LIMIT: u64 = 1024 * 1024;
/// The most bytes that a program may answer with.
const ANSWER_LIMIT: u64 = 16 * 1024;
/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A tool whose login can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// OpenAI's Codex CLI.
    Codex,
    /// Anthropic's Claude Code.
    Claude,
    /// Qwen Code.
    Qwen,
    /// The GitHub CLI.
    Gh,
}

impl Tool {
    /// Every tool, in the order of listings.
    pub const ALL: [Self; 4] = [Self::Codex, Self::Claude, Self::Qwen, Self::Gh];

    /// The word of the command line and of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            Self::Claude => "claude",
            Self::Qwen => "qwen",
            Self::Gh => "gh",
        }
    }

    /// The name in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Codex => "Codex CLI",
            Self::Claude => "Claude Code",
            Self::Qwen => "Qwen Code",
            Self::Gh => "GitHub CLI",
        }
    }

    /// The id of the provider that its login belongs to.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::Codex => "openai-codex",
            Self::Claude => "anthropic",
            Self::Qwen => "qwen-oauth",
            Self::Gh => "copilot",
        }
    }

    /// The tool whose logins belong to this provider.
    pub fn of_provider(provider: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|tool| tool.provider() == provider)
    }

    /// What a person types to sign the tool in.
    pub const fn sign_in(self) -> &'static str {
        match self {
            Self::Codex => "codex login",
            Self::Claude => "claude",
            Self::Qwen => "qwen auth qwen-oauth",
            Self::Gh => "gh auth login",
        }
    }

    /// The registration that its tokens were issued to, where a refresh has to name it. It is the
    /// tool's, whatever the provider table says of ours.
    pub(crate) const fn client_id(self) -> Option<&'static str> {
        match self {
            Self::Codex => Some("app_EMoamEEZ73f0CkXaXp7hrann"),
            Self::Claude => Some("9d1c250a-e61b-44d9-88ed-5944d1962f5e"),
            Self::Qwen => Some("f0304373b74a44d2b584a3fb70ca9e56"),
            Self::Gh => None,
        }
    }

    /// The file that it keeps its login in; `None` if it is asked instead, or there is no home
    /// directory.
    pub fn store(self, environment: &Environment) -> Option<PathBuf> {
        let home = || environment.path("HOME");
        match self {
            Self::Codex => environment
                .path("CODEX_HOME")
                .or_else(|| Some(home()?.join(".codex")))
                .map(|directory| directory.join("auth.json")),
            Self::Claude => Some(home()?.join(".claude/.credentials.json")),
            Self::Qwen => Some(home()?.join(".qwen/oauth_creds.json")),
            Self::Gh => None,
        }
    }
}

/// Where a login was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In this file.
    File(PathBuf),
    /// By asking with this command.
    Command(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(&hermes_secret::visible(&path.display().to_string())),
            Self::Command(command) => f.write_str(command),
        }
    }
}

/// A login of another tool. Nothing of it but the tokens is secret, and those stay inside.
#[derive(Clone, Debug)]
pub struct Login {
    /// Whose it is.
    pub tool: Tool,
    /// Where it was found.
    pub origin: Origin,
    /// Whose account it is, where the token says so: unverified, safe to show.
    pub account: Option<String>,
    /// When the access token ends, as far as that is known.
    pub expires_at: Option<Timestamp>,
    pub(crate) access: Secret,
    pub(crate) refresh: Option<Secret>,
    pub(crate) scope: Option<String>,
}

impl Login {
    /// Whether it holds a refresh token. Each of those that can be found here works once, so two
    /// programs that both hold it sign each other out.
    pub const fn has_refresh_token(&self) -> bool {
        self.refresh.is_some()
    }

    /// Whether the access token has ended.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Reads the login of a tool: from this file instead of the usual one if one is named.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read, understood or used.
    pub async fn find(
        tool: Tool,
        from: Option<&Path>,
        environment: &Environment,
        clock: &dyn Clock,
    ) -> Result<Self, ImportError> {
        match (tool, from) {
            (Tool::Gh, None) => Self::ask_gh(environment, clock).await,
            (Tool::Gh, Some(_)) => Err(ImportError::NoFile { tool }),
            (_, Some(path)) => Self::read(tool, path),
            (_, None) => match tool.store(environment) {
                Some(path) => Self::read(tool, &path),
                None => Err(ImportError::NoHome { tool }),
            },
        }
    }

    fn read(tool: Tool, path: &Path) -> Result<Self, ImportError> {
        let origin = Origin::File(path.to_owned());
        let bytes = match file::read_regular(path, LIMIT) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(ImportError::Missing { tool, origin }),
            Err(error) => {
                let reason = match error.kind() {
                    std::io::ErrorKind::FileTooLarge => "it is larger than 1 MiB".to_owned(),
                    _ => error.to_string(),
                };
                return Err(ImportError::Unreadable {
                    tool,
                    origin,
                    reason,
                });
            }
        };
        Self::parse(tool, origin, &bytes)
    }

    /// Reads what a tool keeps in its file.
    ///
    /// # Errors
    ///
    /// If it is no login, or not one that can be understood.
    pub fn parse(tool: Tool, origin: Origin, bytes: &[u8]) -> Result<Self, ImportError> {
        store::parse(tool, origin, bytes)
    }

    /// Asks the GitHub CLI. Its two variables are taken out of its environment, or it would hand
    /// their tokens back, which are listed as keys already; the host is named, since a token of
    /// another one must not go to GitHub.
    async fn ask_gh(environment: &Environment, clock: &dyn Clock) -> Result<Self, ImportError> {
        let tool = Tool::Gh;
        let origin = Origin::Command("gh auth token");
        let arguments = ["auth", "token", "--hostname", "github.com"];
        let environment = environment.clone().without(&["GH_TOKEN", "GITHUB_TOKEN"]);
        let asked = program::ask(
            "gh",
            &arguments,
            &environment,
            clock,
            PATIENCE,
            ANSWER_LIMIT,
        );
        match asked.await {
            Ok(answer) if answer.success => store::of_gh(origin, &answer.stdout),
            Ok(_) | Err(ProgramError::Missing { .. }) => Err(ImportError::Missing { tool, origin }),
            Err(error) => Err(ImportError::Unreadable {
                tool,
                origin,
                reason: error.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
