use hermes_errors::{Code, Explain};
use thiserror::Error;

use super::{Origin, Tool};

/// Why a login of another tool is not to be had. Whatever the cause, nothing was copied, and the
/// tool's own store is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The tool is not signed in here.
    #[error("{} has no login here: looked for `{origin}`", tool.name())]
    Missing {
        /// The tool.
        tool: Tool,
        /// Where one would be.
        origin: Origin,
    },
    /// Neither the tool's variable nor `HOME` says where to look.
    #[error("`HOME` is not set, so there is no place to look for the login of {}", tool.name())]
    NoHome {
        /// The tool.
        tool: Tool,
    },
    /// There is an API key in place of a login.
    #[error("{} uses an API key here and has no login: `{origin}`", tool.name())]
    OnlyKey {
        /// The tool.
        tool: Tool,
        /// Where it is.
        origin: Origin,
    },
    /// The tool is asked, and no file takes its place.
    #[error("the login of {} is asked of the tool itself and read from no file", tool.name())]
    NoFile {
        /// The tool.
        tool: Tool,
    },
    /// The place is there and cannot be read.
    #[error("the login of {} at `{origin}` cannot be read: {reason}", tool.name())]
    Unreadable {
        /// The tool.
        tool: Tool,
        /// Where it is.
        origin: Origin,
        /// What is in the way.
        reason: String,
    },
    /// It can be read, and is not what the tool writes.
    #[error("`{origin}` is not a login of {}: {reason}", tool.name())]
    Malformed {
        /// The tool.
        tool: Tool,
        /// Where it is.
        origin: Origin,
        /// What is wrong with it.
        reason: String,
    },
    /// It is a login, but one that would not work.
    #[error("the login of {} cannot be used: {reason}", tool.name())]
    Unusable {
        /// The tool.
        tool: Tool,
        /// Why.
        reason: &'static str,
    },
}

impl Explain for ImportError {
    fn code(&self) -> Code {
        match self {
            Self::Missing { .. } | Self::NoHome { .. } | Self::OnlyKey { .. } => {
                Code::ImportMissing
            }
            Self::NoFile { .. } => Code::InputUnreadable,
            Self::Unreadable { .. } | Self::Malformed { .. } => Code::ImportUnreadable,
            Self::Unusable { .. } => Code::ImportUnusable,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            // There is no sign-in of ours to offer instead.
            Self::Missing {
                tool: tool @ Tool::Qwen,
                ..
            } => Some(tool.sign_in().to_owned()),
            Self::Missing { tool, .. } => Some(format!("hermes auth add {}", tool.provider())),
            Self::OnlyKey { .. } => Some("hermes auth add openai-api --type api-key".to_owned()),
            Self::NoHome { tool } => Some(format!("hermes auth import {} --from PATH", tool.id())),
            Self::NoFile { tool } => Some(format!("hermes auth import {}", tool.id())),
            Self::Unusable { tool, .. } => Some(tool.sign_in().to_owned()),
            Self::Unreadable { .. } | Self::Malformed { .. } => None,
        }
    }
}
