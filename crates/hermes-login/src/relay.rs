use hermes_machine::BoxFuture;
use hermes_oauth::Answer;
use thiserror::Error;
use url::Url;

/// A channel to the machine at which the person sits: ssh's standard streams, or a client that is
/// signed in to this host's gateway. No relay is built yet; this is where one will be plugged in,
/// as the first rung of the ladder.
///
/// What may travel is fixed here: the authorization URL and the redirect URI go out, an
/// [`Answer`] (code, state, issuer or error) comes back and is judged like any other. The PKCE
/// verifier and the tokens never leave this host.
pub trait Relay: Send + Sync {
    /// The machine at the other end, for the line that says which rung was taken.
    fn describe(&self) -> String;

    /// Asks the other end to listen on its loopback; it answers with the port it took. The port
    /// becomes part of the redirect URI, so this comes before the attempt.
    fn listen(&self, port: u16, any_port: bool) -> BoxFuture<'_, Result<u16, RelayError>>;

    /// Asks the other end to open the URL, once a person there agreed, and to wait for the answer.
    /// Dropping the future ends the wait there.
    fn carry(&self, request: RelayRequest) -> BoxFuture<'_, Result<Answer, RelayError>>;
}

/// What a relay carries to the other end.
#[derive(Clone, Debug)]
pub struct RelayRequest {
    /// The provider's id: the other end checks the URL against its own table.
    pub provider: String,
    /// The URL to open there.
    pub authorize_url: Url,
    /// The redirect URI, at the port that [`Relay::listen`] gave.
    pub redirect_uri: Url,
}

/// Why a relay brought no answer. The next rung is taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelayError {
    /// The other end refused: the port, the URL, or the person.
    #[error("the other end refused: {0}")]
    Refused(String),
    /// The channel ended.
    #[error("the connection to the other end was lost")]
    Lost,
}
