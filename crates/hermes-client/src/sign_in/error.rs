use std::time::Duration;

use hermes_errors::{Code, Explain};
use hermes_login::loopback::ListenError;
use hermes_machine::http::HttpError;
use thiserror::Error;

/// Why nobody is signed in.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignInError {
    /// There was no answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Something else than the gateway has answered.
    #[error("`{host}` answered with something that no gateway says (status {status})")]
    NotTheGateway {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// It takes no more attempts for now, or is out of order.
    #[error("`{host}` takes no sign-in just now (status {status}){}", until(*retry_after))]
    Busy {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// When it may be asked again, if it has said so.
        retry_after: Option<Duration>,
    },
    /// The person, or the gateway, said no.
    #[error("the sign-in at `{host}` was refused: {detail}")]
    Refused {
        /// The host.
        host: String,
        /// What it said.
        detail: String,
    },
    /// The user name or the password is wrong; which of them is not told.
    #[error("`{host}` does not take this user name and password")]
    WrongPassword {
        /// The host.
        host: String,
    },
    /// The token is not the gateway's.
    #[error("`{host}` does not take this token")]
    WrongToken {
        /// The host.
        host: String,
    },
    /// Nobody answered in the browser in time.
    #[error("nobody finished the sign-in at `{host}` in time")]
    TimedOut {
        /// The host.
        host: String,
    },
    /// The gateway has no owner yet.
    #[error("the gateway at `{host}` has no owner yet")]
    Unclaimed {
        /// The host.
        host: String,
    },
    /// The browser could not come back here.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The gateway names a page that may not be opened.
    #[error("`{host}` names a page that may not be opened: {reason}")]
    UnsafePage {
        /// The host.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl SignInError {
    /// Whether another way may lead in where this one did not.
    pub const fn leaves_others(&self) -> bool {
        matches!(self, Self::Listen(_) | Self::UnsafePage { .. })
    }
}

impl Explain for SignInError {
    fn code(&self) -> Code {
        match self {
            Self::Http(_) => Code::ConnectUnreachable,
            Self::NotTheGateway { .. } => Code::ConnectNotAGateway,
            Self::Busy { .. } => Code::ConnectBusy,
            Self::Refused { .. } => Code::ConnectRefused,
            Self::WrongPassword { .. } => Code::ConnectPasswordWrong,
            Self::WrongToken { .. } => Code::ConnectTokenWrong,
            Self::TimedOut { .. } => Code::ConnectTimedOut,
            Self::Unclaimed { .. } => Code::ConnectUnclaimed,
            Self::Listen(_) => Code::ListenerFailed,
            Self::UnsafePage { .. } => Code::UnsafeUrl,
        }
    }
}

fn until(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; it asks to wait {} s", wait.as_secs())
    })
}
