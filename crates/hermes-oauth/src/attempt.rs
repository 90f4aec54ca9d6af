use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use hermes_secret::{SafeUrl, Secret};
use thiserror::Error;
use url::Url;

use crate::{Answer, pkce::Pkce};

/// One sign-in by authorization code: what was asked, and what proves that an answer is its own.
pub struct Attempt {
    /// Where the browser is sent.
    pub authorize_url: Url,
    /// Where the answer will come.
    pub redirect_uri: Url,
    pub(crate) state: Secret,
    pub(crate) pkce: Pkce,
    pub(crate) nonce: Option<Secret>,
    /// The issuer that an `iss` must be, where it is known.
    pub(crate) issuer: Option<String>,
    /// Whether the server promised to send `iss` (RFC 9207).
    pub(crate) iss_promised: bool,
    /// Set when the code leaves: it is good for one request.
    pub(crate) spent: AtomicBool,
}

/// A code that belongs to its attempt.
#[derive(Clone, Debug)]
pub struct AuthorizationCode(pub(crate) Secret);

impl AuthorizationCode {
    /// The code, for whoever redeems it without a [`Client`](crate::Client): a gateway's app does.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

/// What an answer means for an attempt.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Signed in, once the code is exchanged.
    Code(AuthorizationCode),
    /// The server or the person said no.
    Denied {
        /// The error code.
        error: String,
        /// The description.
        description: Option<String>,
    },
    /// Not the answer to this attempt: it changes nothing, and the wait goes on.
    NotOurs(NotOurs),
}

/// Why an answer is not this attempt's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotOurs {
    /// It holds no state.
    #[error("it holds no `state`")]
    NoState,
    /// Its state is another attempt's.
    #[error("its `state` is that of another sign-in")]
    WrongState,
    /// Another issuer sent it.
    #[error("it comes from another authorization server")]
    WrongIssuer,
    /// The issuer names itself in every answer, and here it does not.
    #[error("it does not name the authorization server it comes from")]
    MissingIssuer,
    /// It holds neither a code nor an error.
    #[error("it holds no authorization code")]
    NoCode,
    /// It says something twice.
    #[error("it holds `{0}` twice")]
    Doubled(&'static str),
}

impl Attempt {
    /// What an answer means for this attempt. State is compared in constant time; `iss` where the
    /// server promised it, and wherever it is there.
    pub fn judge(&self, answer: &Answer) -> Verdict {
        judge(
            answer,
            &self.state,
            self.issuer.as_deref(),
            self.iss_promised,
        )
    }

    /// A bare code without state, which a page of the provider showed: allowed only after the
    /// person said yes, for which the caller asks. PKCE still binds it to this attempt.
    pub fn accept_bare_code(&self, code: Secret) -> AuthorizationCode {
        AuthorizationCode(code)
    }

    /// The state, for the listener's and the paste's own comparison.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// Whether the code was sent already; marks it as sent.
    pub(crate) fn spend(&self) -> bool {
        !self.spent.swap(true, Ordering::SeqCst)
    }

    /// Takes the mark back, when nothing can have reached the server.
    pub(crate) fn unspend(&self) {
        self.spent.store(false, Ordering::SeqCst);
    }
}

/// The one rule for answers, whoever applies it.
pub fn judge(answer: &Answer, state: &Secret, issuer: Option<&str>, iss_promised: bool) -> Verdict {
    match refuse(answer, state, issuer, iss_promised) {
        Some(reason) => Verdict::NotOurs(reason),
        None => match (&answer.error, &answer.code) {
            (Some(error), _) => Verdict::Denied {
                error: error.clone(),
                description: answer.error_description.clone(),
            },
            (None, Some(code)) => Verdict::Code(AuthorizationCode(code.clone())),
            (None, None) => Verdict::NotOurs(NotOurs::NoCode),
        },
    }
}

fn refuse(
    answer: &Answer,
    expected: &Secret,
    issuer: Option<&str>,
    iss_promised: bool,
) -> Option<NotOurs> {
    match &answer.state {
        None => return Some(NotOurs::NoState),
        Some(state) if !state.same(expected) => return Some(NotOurs::WrongState),
        Some(_) => {}
    }
    match (&answer.iss, issuer) {
        (Some(iss), Some(issuer)) if iss != issuer => Some(NotOurs::WrongIssuer),
        (None, _) if iss_promised => Some(NotOurs::MissingIssuer),
        _ => None,
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("authorize_url", &SafeUrl(&self.authorize_url))
            .field("redirect_uri", &SafeUrl(&self.redirect_uri))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
