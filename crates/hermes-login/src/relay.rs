use std::time::Duration;

use hermes_machine::BoxFuture;
use hermes_oauth::Answer;
use thiserror::Error;
use url::Url;

/// A channel to the machine at which the person sits. [`crate::via`] is one, over ssh's standard
/// streams; where one is given it is the first rung of the ladder.
///
/// What may travel is fixed here: the authorization URL and the redirect URI go out, an
/// [`Answer`] (code, state, issuer or error) comes back and is judged like any other. The PKCE
/// verifier and the tokens never leave this host.
pub trait Relay: Send + Sync {
    /// The machine at the other end, for the line that says which rung was taken.
    fn describe(&self) -> String;

    /// Asks the other end to listen on its loopback for this redirect URI, at another port if any
    /// will do; it answers with the port it took. The port becomes part of the redirect URI, so
    /// this comes before the attempt.
    fn listen(&self, redirect_uri: Url, any_port: bool) -> BoxFuture<'_, Result<u16, RelayError>>;

    /// Asks the other end to open the URL and to wait there for the answer.
    fn open(&self, request: RelayRequest);

    /// The next answer. One that is not this attempt's does not end the wait.
    fn answer(&self) -> BoxFuture<'_, Result<Answer, RelayError>>;

    /// Says that the last answer was not this attempt's: the other end waits for the next one.
    fn again(&self);

    /// Says how it ended: the other end shows the page that says so, and listens no more.
    fn ended(&self, ending: RelayEnding);
}

/// What a relay carries to the other end.
#[derive(Clone, Debug)]
pub struct RelayRequest {
    /// The URL to open there. The other end checks it against its own table.
    pub authorize_url: Url,
    /// The redirect URI, at the port that [`Relay::listen`] gave.
    pub redirect_uri: Url,
    /// How long this host waits.
    pub limit: Duration,
}

/// How a sign-in by relay ended, for the page at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayEnding {
    /// The credential is saved.
    SignedIn {
        /// Whose it is.
        account: Option<String>,
    },
    /// It is not.
    Failed,
    /// The provider or the person said no.
    Declined,
}

/// Why a relay does not listen, or brings no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelayError {
    /// Another program of the other end has the port, and no other one will do.
    #[error("the port {address} of the other end is in use")]
    Busy {
        /// Host and port.
        address: String,
        /// The process, where the system told.
        owner: Option<String>,
    },
    /// The other end does not listen, for this reason.
    #[error("the other end refused: {0}")]
    Refused(String),
    /// The channel ended.
    #[error("the connection to the other end was lost")]
    Lost,
}
