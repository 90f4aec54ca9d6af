mod explain;

use std::{fmt, time::Duration};

use hermes_machine::http::HttpError;
use hermes_providers::{Dialect, Flow};
use thiserror::Error;

use crate::Unpinned;

/// The request that was made, for error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The metadata document.
    Discovery,
    /// An authorization code becomes tokens.
    Exchange,
    /// A device code is asked for.
    DeviceCode,
    /// A device code is polled.
    DeviceToken,
    /// A refresh token becomes tokens.
    Refresh,
    /// A token is revoked.
    Revocation,
    /// The account is asked for.
    Userinfo,
    /// An API key is tried.
    KeyCheck,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "OIDC discovery",
            Self::Exchange => "token exchange",
            Self::DeviceCode => "device code request",
            Self::DeviceToken => "device token request",
            Self::Refresh => "token refresh",
            Self::Revocation => "token revocation",
            Self::Userinfo => "account request",
            Self::KeyCheck => "key check",
        })
    }
}

/// One metadata document that was asked for and did not help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its address.
    pub url: String,
    /// The status, where that was the problem.
    pub status: Option<u16>,
    /// What was wrong.
    pub problem: String,
}

/// Why a sign-in, refresh or revocation did not work. `provider` is the provider's short name.
///
/// The sentences that other programs are known to parse keep upstream's wording.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthError {
    /// The provider has no client id for everybody, and none was given.
    #[error("{provider} client_id is required. {}", how_to_name_client(variable.as_deref()))]
    ClientIdMissing {
        /// The provider.
        provider: String,
        /// The environment variable that may hold it.
        variable: Option<String>,
    },
    /// The provider does not have what the flow needs.
    #[error("{provider} does not offer the {flow} flow")]
    FlowUnsupported {
        /// The provider.
        provider: String,
        /// The flow.
        flow: Flow,
    },
    /// No flow of ours is among what the issuer offers.
    #[error("{provider} offers no sign-in that Hermes can run: {reason}")]
    NoFlow {
        /// The provider.
        provider: String,
        /// What is missing.
        reason: String,
    },
    /// Neither the table nor the metadata knows the endpoint.
    #[error("{provider} has no {endpoint} endpoint")]
    EndpointMissing {
        /// The provider.
        provider: String,
        /// Which one.
        endpoint: &'static str,
    },
    /// The metadata lists PKCE methods, and S256 is not among them.
    #[error("{provider} does not offer PKCE with S256, without which a code could be stolen")]
    PkceUnsupported {
        /// The provider.
        provider: String,
    },
    /// The server wants pushed authorization requests (RFC 9126).
    #[error("{provider} demands pushed authorization requests, which Hermes does not send")]
    PushedRequestsRequired {
        /// The provider.
        provider: String,
    },
    /// The redirect URI is neither a loopback address with a port nor the provider's own page.
    #[error("redirect URI `{redirect_uri}` is not an http loopback address with a port")]
    RedirectInvalid {
        /// The redirect URI, made safe to show.
        redirect_uri: String,
    },
    /// A URL of the provider is not one that may be asked or opened.
    #[error("{provider}: `{url}` {reason}")]
    Unpinned {
        /// The provider.
        provider: String,
        /// The URL, made safe to show.
        url: String,
        /// What is wrong with it.
        reason: Unpinned,
    },
    /// No metadata document could be read.
    #[error("{provider} OIDC discovery {}", tried_text(tried))]
    DiscoveryFailed {
        /// The provider.
        provider: String,
        /// What was tried.
        tried: Vec<Tried>,
    },
    /// The metadata names another issuer.
    #[error(
        "{provider} OIDC discovery failed: the metadata names the issuer `{found}`, not `{expected}`"
    )]
    IssuerMismatch {
        /// The provider.
        provider: String,
        /// The issuer that was asked.
        expected: String,
        /// The issuer that the metadata names.
        found: String,
    },
    /// The issuer, or what its metadata names, may not be trusted.
    #[error("{provider} OIDC discovery failed: {reason}")]
    DiscoveryUntrusted {
        /// The provider.
        provider: String,
        /// Why.
        reason: String,
    },
    /// The server refused, or the person declined.
    #[error("{provider} authorization failed: {detail}")]
    Denied {
        /// The provider.
        provider: String,
        /// The server's description, else its error code.
        detail: String,
    },
    /// The server answered with another attempt's state.
    #[error("{provider} authorization failed: state mismatch.")]
    StateMismatch {
        /// The provider.
        provider: String,
    },
    /// The account's plan does not include this; signing in again does not help.
    #[error(
        "{provider} {step} failed (HTTP 403): this account's plan does not include sign-in for other programs; \
         signing in again does not help{}", key_advice(key_variable.as_deref())
    )]
    NotEntitled {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// The id under which an API key of the same vendor is kept.
        key_provider: Option<String>,
        /// The environment variable that may hold an API key.
        key_variable: Option<String>,
    },
    /// The id token does not belong to this sign-in.
    #[error(
        "{provider} authorization failed: `{claim}` of the id token is not that of this sign-in"
    )]
    IdTokenMismatch {
        /// The provider.
        provider: String,
        /// The claim.
        claim: &'static str,
    },
    /// The code of this attempt was sent already.
    #[error("{provider} authorization failed: this authorization code was used already")]
    CodeSpent {
        /// The provider.
        provider: String,
    },
    /// The server does not give device codes to this client or account.
    #[error("{provider} does not give device codes to this client or account{}", in_brackets(detail.as_deref()))]
    DeviceRefused {
        /// The provider.
        provider: String,
        /// The server's words.
        detail: Option<String>,
    },
    /// Nobody approved the device code in time.
    #[error("{}", device_timeout_text(provider, *dialect, *limit))]
    DeviceTimeout {
        /// The provider.
        provider: String,
        /// Its dialect: two vendors have sentences of their own.
        dialect: Dialect,
        /// How long the code was good for.
        limit: Duration,
    },
    /// The server refused the request, and no other variant says more.
    #[error("{provider} {step} failed (HTTP {status}).{}", detail.as_deref().map(|text| format!(" {text}")).unwrap_or_default())]
    Rejected {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// The status.
        status: u16,
        /// The error code of the answer.
        error: Option<String>,
        /// Error code and description, for a person.
        detail: Option<String>,
    },
    /// The refresh token is dead for good.
    #[error("{provider} no longer accepts the refresh token ({error})")]
    RefreshRejected {
        /// The provider.
        provider: String,
        /// The error code: `invalid_grant`, or the vendor's equal.
        error: String,
    },
    /// The access token is not accepted (any more).
    #[error("{provider} does not accept the access token")]
    AccessTokenRejected {
        /// The provider.
        provider: String,
    },
    /// The server asks to wait.
    #[error("{provider} asks to wait before another {step}{}", wait_text(*retry_after))]
    RateLimited {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// How long, where the server says.
        retry_after: Option<Duration>,
    },
    /// The server failed.
    #[error("{provider} {step} failed: the server answered HTTP {status}")]
    ServerError {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// The status.
        status: u16,
    },
    /// The server sent a redirect, which is never followed with secrets in hand.
    #[error("{provider} {step} failed: the server answered with a redirect (HTTP {status})")]
    Redirected {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// The status.
        status: u16,
    },
    /// The answer is not JSON.
    #[error("{provider} {step} failed: the answer is {}, not JSON", media_type.as_deref().unwrap_or("of no stated type"))]
    NotJson {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// What it says it is.
        media_type: Option<String>,
    },
    /// The answer is JSON, but not what the protocol allows.
    #[error("{provider} {step} failed: {reason}")]
    BadAnswer {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// What is wrong with it.
        reason: String,
    },
    /// The provider did not confirm the revocation.
    #[error("{provider} did not confirm the revocation ({reason}): the token may still be valid")]
    RevokeFailed {
        /// The provider.
        provider: String,
        /// Why not.
        reason: String,
        /// Whether trying later may help.
        transient: bool,
    },
    /// There is no answer.
    #[error("{provider} {step} failed: {source}")]
    Http {
        /// The provider.
        provider: String,
        /// What was asked.
        step: Step,
        /// Why there is none.
        source: HttpError,
    },
}

impl OAuthError {
    /// Whether the server does not let this client or account have the grant at all, so that
    /// another flow may still work (RFC 6749 section 5.2, RFC 8628 section 3.5).
    pub fn is_policy(&self) -> bool {
        match self {
            Self::DeviceRefused { .. } => true,
            Self::Rejected { status, error, .. } => {
                *status == 403
                    || error.as_deref().is_some_and(|code| {
                        matches!(
                            code,
                            "unauthorized_client"
                                | "unsupported_grant_type"
                                | "invalid_client"
                                | "invalid_grant"
                        )
                    })
            }
            _ => false,
        }
    }

    /// Whether trying the same later may help. Says nothing against stored tokens.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::ServerError { .. } => true,
            Self::Http { source, .. } => matches!(
                source,
                HttpError::NotSent { .. } | HttpError::Broken { .. } | HttpError::TimedOut { .. }
            ),
            Self::RevokeFailed { transient, .. } => *transient,
            Self::DiscoveryFailed { tried, .. } => tried.iter().any(|tried| {
                tried
                    .status
                    .is_some_and(|status| status == 429 || status >= 500)
            }),
            _ => false,
        }
    }

    /// Whether the refresh token is dead: `invalid_grant` and the vendors' equals, nothing else.
    pub fn is_terminal_refresh(&self) -> bool {
        matches!(self, Self::RefreshRejected { .. })
    }

    /// Whether nothing can have reached the other side.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            Self::Http {
                source: HttpError::NotSent { .. },
                ..
            }
        )
    }
}

fn how_to_name_client(variable: Option<&str>) -> String {
    match variable {
        Some(name) => format!("Set {name} or pass --client-id."),
        None => "Pass --client-id.".to_owned(),
    }
}

fn tried_text(tried: &[Tried]) -> String {
    match tried {
        [
            Tried {
                status: Some(status),
                ..
            },
        ] => format!("returned status {status}."),
        _ => {
            let each: Vec<_> = tried
                .iter()
                .map(|tried| format!("`{}` {}", tried.url, tried.problem))
                .collect();
            format!("failed: {}", each.join("; "))
        }
    }
}

fn key_advice(variable: Option<&str>) -> String {
    variable
        .map(|name| format!(", an API key does (`{name}`)"))
        .unwrap_or_default()
}

fn in_brackets(detail: Option<&str>) -> String {
    detail.map(|text| format!(" ({text})")).unwrap_or_default()
}

fn device_timeout_text(provider: &str, dialect: Dialect, limit: Duration) -> String {
    match dialect {
        Dialect::Codex => format!(
            "Login timed out after {} minutes.",
            limit.as_secs().div_ceil(60)
        ),
        Dialect::Minimax => format!("{provider} OAuth timed out before authorization completed."),
        _ => format!("Timed out waiting for {provider} device authorization."),
    }
}

fn wait_text(retry_after: Option<Duration>) -> String {
    retry_after
        .map(|wait| format!(" ({} s)", wait.as_secs()))
        .unwrap_or_default()
}
