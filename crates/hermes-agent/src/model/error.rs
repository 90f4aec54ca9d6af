use std::{error::Error, fmt, time::Duration};

use hermes_errors::{Code, Explain, Failure};
use jiff::Timestamp;

use super::{BaseUrlError, FixedAccess};
use crate::TurnFailure;

/// Why a model did not answer, or not to the end.
#[derive(Clone, Debug)]
pub struct ModelError {
    /// The provider's id.
    pub provider: String,
    /// The provider's name in sentences.
    pub name: String,
    /// The model, where one was asked.
    pub model: Option<String>,
    /// What happened.
    pub cause: Cause,
    /// What the provider said about it, cleaned.
    pub said: Option<Box<str>>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The provider does not accept the key or token.
    Unauthorized {
        /// The provider's word for it.
        reason: Option<String>,
    },
    /// The account is good, and its plan does not include this.
    NotEntitled,
    /// There is no money left, or no quota that money buys.
    Billing {
        /// When there is some again, where the provider says.
        until: Option<Timestamp>,
    },
    /// Too many requests.
    RateLimited {
        /// When the provider answers again, where it says.
        until: Option<Timestamp>,
        /// It takes too long to wait for it.
        spent: bool,
        /// The limit is another server's, behind the provider, and no credential is at fault.
        upstream: bool,
    },
    /// The conversation is longer than the model can have before it.
    ContextTooLong,
    /// The provider has no such model, or not for this account.
    UnknownModel,
    /// The provider does not understand the request, or will not do what it asks.
    InvalidRequest,
    /// The model, or somebody who watches it, will not answer this.
    ContentRefused,
    /// The provider has too much to do, or is broken.
    Overloaded {
        /// How long the provider wants to be left alone.
        wait: Option<Duration>,
    },
    /// There is no connection, or no answer in time.
    Unreachable,
    /// The answer ended before it was over.
    BrokenOff,
    /// The answer is not what the API allows.
    Malformed(&'static str),
    /// The address of the settings cannot be used.
    BaseUrl(Box<BaseUrlError>),
    /// The provider's API is none that is spoken here.
    UnsupportedMode(String),
    /// No model was chosen.
    NoModel,
    /// There is no credential to ask with.
    Credential(Box<Failure>),
}

impl ModelError {
    /// What went wrong with this provider, by its id; `name` is what a person calls it.
    pub fn new(provider: &str, name: &str, cause: Cause) -> Self {
        Self {
            provider: provider.to_owned(),
            name: name.to_owned(),
            model: None,
            cause,
            said: None,
        }
    }

    pub(super) fn saying(self, said: Option<String>) -> Self {
        let said = said.map(String::into_boxed_str);
        Self { said, ..self }
    }

    /// The same about this model.
    pub(super) fn about(self, model: &str) -> Self {
        let model = self.model.or_else(|| Some(model.to_owned()));
        Self { model, ..self }
    }

    /// Whether the same prompt may work later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match &self.cause {
            Cause::RateLimited { .. }
            | Cause::Overloaded { .. }
            | Cause::Unreachable
            | Cause::BrokenOff => true,
            Cause::Credential(failure) => {
                failure.code.outcome() == hermes_errors::Outcome::Unreachable
            }
            _ => false,
        }
    }

    /// Whether the provider has something against the credential.
    pub(super) const fn is_about_the_credential(&self) -> bool {
        matches!(
            self.cause,
            Cause::Unauthorized { .. }
                | Cause::NotEntitled
                | Cause::Billing { .. }
                | Cause::RateLimited { .. }
        )
    }

    /// How long the provider wants to be left alone, where it says.
    pub(super) fn wait(&self, now: Timestamp) -> Option<Duration> {
        match self.cause {
            Cause::Overloaded { wait } => wait,
            Cause::RateLimited { until, .. } => {
                until.map(|until| Duration::try_from(until.duration_since(now)).unwrap_or_default())
            }
            _ => None,
        }
    }

    fn model(&self) -> String {
        match &self.model {
            Some(model) => format!("`{}`", hermes_secret::plain(model, 80)),
            None => "its models".to_owned(),
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, model) = (&self.name, self.model());
        let until = |until: &Option<Timestamp>| match until {
            Some(until) => format!(" until {until:.0}"),
            None => String::new(),
        };
        match &self.cause {
            Cause::Unauthorized { .. } => write!(f, "{name} refuses the credential for {model}"),
            Cause::NotEntitled => {
                write!(f, "the account's plan at {name} does not include {model}")
            }
            Cause::Billing { until: end } => {
                write!(f, "{name} wants to be paid for {model}{}", until(end))
            }
            Cause::RateLimited {
                until: end,
                upstream,
                ..
            } => match upstream {
                false => write!(f, "{name} takes no more requests for {model}{}", until(end)),
                true => write!(
                    f,
                    "the server behind {name} takes no more requests for {model}"
                ),
            },
            Cause::ContextTooLong => {
                write!(f, "the conversation is too long for {model} at {name}")
            }
            Cause::UnknownModel => write!(f, "{name} has no model {model} for this credential"),
            Cause::InvalidRequest => write!(f, "{name} does not take the request for {model}"),
            Cause::ContentRefused => write!(f, "{name} will not let {model} answer this"),
            Cause::Overloaded { .. } => write!(f, "{name} cannot serve {model} just now"),
            Cause::Unreachable => write!(f, "no answer of {name} for {model}"),
            Cause::BrokenOff => write!(f, "the answer of {model} at {name} broke off"),
            Cause::Malformed(what) => write!(f, "{name} answered for {model} with {what}"),
            Cause::BaseUrl(error) => write!(f, "{error}"),
            Cause::UnsupportedMode(mode) => {
                let mode = hermes_secret::plain(mode, 80);
                write!(f, "the API of {name}, `{mode}`, is none that Hermes speaks")
            }
            Cause::NoModel => write!(f, "no model of {name} was chosen"),
            Cause::Credential(failure) => write!(f, "{failure}"),
        }?;
        match &self.said {
            Some(said) => write!(f, ": {said}"),
            None => Ok(()),
        }
    }
}

impl Error for ModelError {}

impl Explain for ModelError {
    fn code(&self) -> Code {
        match &self.cause {
            Cause::Unauthorized { .. } => Code::ModelUnauthorized,
            Cause::NotEntitled => Code::ModelNotEntitled,
            Cause::Billing { .. } => Code::ModelBilling,
            Cause::RateLimited { .. } => Code::ModelRateLimited,
            Cause::ContextTooLong => Code::ModelContextTooLong,
            Cause::UnknownModel => Code::ModelUnknown,
            Cause::InvalidRequest => Code::ModelInvalidRequest,
            Cause::ContentRefused => Code::ModelContentRefused,
            Cause::Overloaded { .. } => Code::ModelOverloaded,
            Cause::Unreachable => Code::ModelUnreachable,
            Cause::BrokenOff => Code::ModelBrokenOff,
            Cause::Malformed(_) => Code::ModelMalformed,
            Cause::BaseUrl(_) => Code::ModelBaseUrl,
            Cause::UnsupportedMode(_) => Code::ModelUnsupported,
            Cause::NoModel => Code::ModelNotChosen,
            Cause::Credential(failure) => failure.code,
        }
    }

    fn next_step(&self) -> Option<String> {
        match &self.cause {
            Cause::Credential(failure) => Some(failure.next_step.clone()),
            // A tunnel makes another machine's server one of this machine.
            Cause::BaseUrl(error) => match &**error {
                BaseUrlError::Unencrypted { host, port, .. } => Some(format!(
                    "ssh -N -L {port}:127.0.0.1:{port} {host}, and base_url = \"http://127.0.0.1:{port}/v1\""
                )),
                BaseUrlError::Shape(_) => None,
            },
            _ if self.provider == FixedAccess::ID => {
                Some(format!("hermes guide {}", self.code().as_str()))
            }
            _ => {
                let step = self.code().next_step();
                Some(step.replace("<provider>", &self.provider))
            }
        }
    }
}

impl From<&ModelError> for TurnFailure {
    fn from(error: &ModelError) -> Self {
        let failure = Failure::of(error);
        Self::new(
            failure.code,
            failure.message,
            failure.next_step,
            error.is_retryable(),
        )
    }
}
