use hermes_errors::{Code, Explain};
use hermes_oauth::OAuthError;
use thiserror::Error;

use super::{FrameError, Standing};
use crate::LoginError;

/// Why a sign-in on another host ended without a credential there, as far as is known.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ViaError {
    /// The stream ended, or held something else, before the other end had said hello.
    #[error("no `hermes` that knows `--via` answered")]
    NoHello,
    /// The stream ended too early, or the host fell silent.
    #[error("{}", lost(*standing))]
    Lost {
        /// What the host had come to.
        standing: Standing,
    },
    /// It was stopped at the laptop.
    #[error("{}", stopped(*standing))]
    Stopped {
        /// What the host had come to.
        standing: Standing,
    },
    /// The laptop is gone, and what was done on its behalf was given up.
    #[error("the machine at the other end is gone")]
    Gone,
    /// The other end said something that the protocol does not know.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The other end wants something that is not done for it.
    #[error("the host was refused: {0}")]
    Untrusted(String),
    /// The sign-in failed on the host.
    #[error("{message}")]
    Remote {
        /// The code, if it is one that we know.
        code: Code,
        /// The host's sentence, made safe to show.
        message: String,
    },
    /// It failed here.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// What is known of the provider here does not allow it.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
}

const fn lost(standing: Standing) -> &'static str {
    match standing {
        Standing::NotSaved => {
            "the connection ended before the sign-in did, and nothing was saved there"
        }
        Standing::Unknown => {
            "the connection ended before it was told whether the sign-in was saved there"
        }
        Standing::Saved => "the connection ended after the sign-in had been saved there",
    }
}

const fn stopped(standing: Standing) -> &'static str {
    match standing {
        Standing::NotSaved => "the sign-in was stopped, and nothing was saved there",
        Standing::Unknown => {
            "the sign-in was stopped before it was told whether it was saved there"
        }
        Standing::Saved => "the sign-in was stopped after it had been saved there",
    }
}

impl Explain for ViaError {
    fn code(&self) -> Code {
        match self {
            Self::NoHello | Self::Frame(FrameError::Version(_)) => Code::ViaHermesForeign,
            Self::Lost { .. } | Self::Gone => Code::ViaLost,
            Self::Stopped { .. } => Code::Interrupted,
            Self::Frame(_) => Code::ViaFrameInvalid,
            Self::Untrusted(_) => Code::ViaUntrusted,
            Self::Remote { code, .. } => *code,
            Self::Login(error) => error.code(),
            Self::OAuth(error) => error.code(),
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Login(error) => error.next_step(),
            Self::OAuth(error) => error.next_step(),
            // What the host would have a person type is not shown: it might be anything.
            _ => None,
        }
    }
}
