use hermes_errors::{Code, Explain};
use hermes_machine::http::HttpError;

use super::{OAuthError, Step};

impl Explain for OAuthError {
    fn code(&self) -> Code {
        match self {
            Self::ClientIdMissing { .. } => Code::ClientIdMissing,
            Self::FlowUnsupported { .. }
            | Self::PkceUnsupported { .. }
            | Self::PushedRequestsRequired { .. } => Code::FlowUnsupported,
            Self::NoFlow { .. } => Code::NoSignIn,
            Self::RedirectInvalid { .. } => Code::RedirectInvalid,
            Self::Unpinned { .. } => Code::UnsafeUrl,
            Self::EndpointMissing { .. } | Self::DiscoveryFailed { .. } => Code::DiscoveryFailed,
            Self::IssuerMismatch { .. } | Self::DiscoveryUntrusted { .. } => {
                Code::DiscoveryUntrusted
            }
            Self::Denied { .. } => Code::Denied,
            Self::StateMismatch { .. } => Code::StateMismatch,
            Self::NotEntitled { .. } => Code::NotEntitled,
            Self::IdTokenMismatch { .. } => Code::IssuerMismatch,
            Self::DeviceRefused { .. } => Code::DeviceRefused,
            Self::DeviceTimeout { .. } => Code::DeviceTimeout,
            Self::CodeSpent { .. } => Code::ExchangeRejected,
            Self::Rejected { step, .. } => match step {
                Step::Exchange | Step::DeviceToken => Code::ExchangeRejected,
                Step::DeviceCode => Code::DeviceRefused,
                Step::Revocation => Code::RevokeFailed,
                Step::Discovery | Step::Refresh | Step::Userinfo | Step::KeyCheck => {
                    Code::ProviderBadAnswer
                }
            },
            Self::RefreshRejected { .. } => Code::RefreshRejected,
            Self::AccessTokenRejected { .. } => Code::NotSignedIn,
            Self::RateLimited { .. } => Code::ProviderRateLimited,
            Self::ServerError { .. } => Code::ProviderServerError,
            Self::Redirected { .. } | Self::NotJson { .. } | Self::BadAnswer { .. } => {
                Code::ProviderBadAnswer
            }
            Self::RevokeFailed { .. } => Code::RevokeFailed,
            Self::Http { source, .. } => match source {
                HttpError::TimedOut { .. } => Code::ProviderTimeout,
                HttpError::TooLarge { .. } => Code::ProviderBadAnswer,
                HttpError::Setup(_) => Code::InputUnreadable,
                _ => Code::ProviderUnreachable,
            },
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::NotEntitled {
                key_provider: Some(id),
                ..
            } => Some(format!("hermes auth add {id} --type api-key")),
            Self::Http {
                source: HttpError::Setup(_),
                ..
            } => Some("hermes doctor".to_owned()),
            _ => None,
        }
    }
}
