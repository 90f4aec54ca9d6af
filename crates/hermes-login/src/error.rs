use hermes_credentials::CredentialError;
use hermes_errors::{Code, Explain};
use hermes_oauth::OAuthError;
use hermes_providers::{Flow, Provider};
use thiserror::Error;

use crate::{RelayError, turns::PendingError};

/// Why a sign-in ended without a credential. Several of the sentences are upstream's to the
/// letter, since other programs match on them.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoginError {
    /// `--flow` names a flow that the provider does not have.
    #[error("{name} has no {flow} flow; it offers {}", list(offered))]
    FlowUnsupported {
        /// The provider.
        name: String,
        /// What was wanted.
        flow: Flow,
        /// What there is.
        offered: Vec<Flow>,
    },
    /// The provider has no sign-in at all.
    #[error("{name} has no sign-in")]
    NoFlow {
        /// The provider.
        name: String,
    },
    /// The redirect URI is not one we can listen on.
    #[error("the redirect URI `{uri}` {reason}")]
    RedirectInvalid {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address to open is not one that may be opened.
    #[error("{name} cannot be signed in to: {reason}")]
    UnsafeUrl {
        /// The provider.
        name: String,
        /// What is wrong with the address.
        reason: String,
    },
    /// The port is taken, and the redirect URI admits no other.
    #[error("Could not bind {name} callback server on {address}: the port is in use{}", by(owner.as_deref()))]
    PortBusy {
        /// The provider.
        name: String,
        /// Host and port.
        address: String,
        /// The process that has it, where the system tells.
        owner: Option<String>,
    },
    /// The listener could not be opened for another reason.
    #[error("Could not bind {name} callback server on {address}: {source}")]
    ListenerFailed {
        /// The provider.
        name: String,
        /// Host and port.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody came back from the browser in time.
    #[error("{name} authorization timed out waiting for the local callback.")]
    CallbackTimedOut {
        /// The provider.
        name: String,
    },
    /// Nobody pasted the answer in time.
    #[error("{name} authorization timed out waiting for the pasted answer.")]
    PasteTimedOut {
        /// The provider.
        name: String,
    },
    /// Nobody approved the device code within `--timeout`.
    #[error("Timed out waiting for {name} device authorization.")]
    DeviceTimedOut {
        /// The provider.
        name: String,
    },
    /// The authorization server refused, or the person declined there.
    #[error("{name} authorization failed: {detail}")]
    Denied {
        /// The provider.
        name: String,
        /// The provider's reason, made safe to show.
        detail: String,
    },
    /// The input ended before an answer was pasted.
    #[error("{name} authorization failed: missing authorization code.")]
    CodeMissing {
        /// The provider.
        name: String,
    },
    /// The person did not want the account that a bare code signed in to.
    #[error("the {name} sign-in was not confirmed; nothing was saved")]
    NotConfirmed {
        /// The provider.
        name: String,
    },
    /// A newer sign-in for the same provider and label counts instead.
    #[error("a newer sign-in to {name} made this one void")]
    Superseded {
        /// The provider.
        name: String,
        /// Its id.
        provider: String,
    },
    /// The flow needs a process that waits.
    #[error(
        "the {flow} flow cannot be begun with `--no-wait`; {name} offers {} for that",
        list(offered)
    )]
    FlowNeedsWait {
        /// The provider.
        name: String,
        /// What was wanted.
        flow: Flow,
        /// What there is.
        offered: Vec<Flow>,
    },
    /// The second turn of a sign-in brought no answer; it still waits for one.
    #[error("{name} authorization is not finished: nothing was pasted")]
    NothingPasted {
        /// The provider.
        name: String,
        /// Which sign-in.
        id: String,
    },
    /// A sign-in in two turns.
    #[error(transparent)]
    Pending(#[from] PendingError),
    /// The machine at which the person sits does not help, or is gone.
    #[error("{name} authorization failed: {error}")]
    Relay {
        /// The provider.
        name: String,
        /// What happened.
        error: RelayError,
    },
    /// No flow is left to try here, and something else may help.
    #[error("{source}")]
    NoneLeft {
        /// Why the last one did not work.
        source: Box<Self>,
        /// The command for what may.
        command: String,
    },
    /// The protocol failed.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// The credential file could not be read, or not have been written.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The sign-in succeeded and its tokens could not be saved.
    #[error("{source}; {name}'s tokens {}", fate(*alive))]
    NotKept {
        /// The provider.
        name: String,
        /// Whether they may be alive at the provider.
        alive: bool,
        /// Why they could not be saved.
        source: CredentialError,
    },
}

impl LoginError {
    /// The same where no flow is left to try. A provider that gives no device codes has nothing
    /// else that this program could name; its page of the guide has.
    pub(crate) fn with_none_left(self, provider: &Provider) -> Self {
        match (&provider.guide, self.code()) {
            (Some(page), Code::DeviceRefused) => Self::NoneLeft {
                source: Box::new(self),
                command: format!("hermes guide {page}"),
            },
            _ => self,
        }
    }
}

impl Explain for LoginError {
    fn code(&self) -> Code {
        match self {
            Self::FlowUnsupported { .. } | Self::FlowNeedsWait { .. } => Code::FlowUnsupported,
            Self::NoFlow { .. } => Code::NoSignIn,
            Self::RedirectInvalid { .. } => Code::RedirectInvalid,
            Self::UnsafeUrl { .. } => Code::UnsafeUrl,
            Self::PortBusy { .. } => Code::PortBusy,
            Self::ListenerFailed { .. } => Code::ListenerFailed,
            Self::CallbackTimedOut { .. } | Self::PasteTimedOut { .. } => Code::CallbackTimeout,
            Self::DeviceTimedOut { .. } => Code::DeviceTimeout,
            Self::Denied { .. } => Code::Denied,
            Self::Superseded { .. } => Code::Superseded,
            Self::Pending(error) => error.code(),
            Self::CodeMissing { .. } | Self::NothingPasted { .. } => Code::CodeMissing,
            Self::NotConfirmed { .. } => Code::Cancelled,
            Self::Relay {
                error: RelayError::Lost,
                ..
            } => Code::ViaLost,
            Self::Relay { .. } => Code::ListenerFailed,
            Self::NoneLeft { source, .. } => source.code(),
            Self::OAuth(error) => error.code(),
            Self::Credentials(error) | Self::NotKept { source: error, .. } => error.code(),
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::FlowUnsupported { offered, .. } => offered
                .first()
                .map(|flow| format!("hermes auth add <provider> --flow {flow}")),
            Self::NoneLeft { command, .. } => Some(command.clone()),
            Self::FlowNeedsWait { offered, .. } => offered
                .first()
                .map(|flow| format!("hermes auth add <provider> --no-wait --flow {flow}")),
            Self::Superseded { provider, .. } => Some(format!("hermes auth status {provider}")),
            Self::NothingPasted { id, .. } => Some(format!("hermes auth finish {id}")),
            Self::Pending(error) => error.next_step(),
            Self::OAuth(error) => error.next_step(),
            Self::Credentials(error) | Self::NotKept { source: error, .. } => error.next_step(),
            _ => None,
        }
    }
}

fn list(flows: &[Flow]) -> String {
    let names: Vec<_> = flows.iter().map(|flow| flow.as_str()).collect();
    names.join(", ")
}

fn fate(alive: bool) -> &'static str {
    match alive {
        true => "are lost here and live there until they expire",
        false => "were given back",
    }
}

fn by(owner: Option<&str>) -> String {
    owner
        .map(|owner| format!(" by {owner}"))
        .unwrap_or_default()
}
