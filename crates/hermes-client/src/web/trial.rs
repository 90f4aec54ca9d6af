//! Whether a chat would work at an address, step by step: a page that opens proves nothing of the socket.

use std::time::Duration;

use hermes_machine::http::HttpError;
use hermes_secret::Secret;

use super::{Web, unlike};
use crate::{
    Connection, Door as _, Happened, Minted, Mode, Needed, ProbeError, State, Words,
    driver::first_word, probe,
};

/// How long the socket may take, up to the gateway's first word (facts 5.6).
const LIVE: Duration = Duration::from_secs(10);

/// What came of trying a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Whether anybody answers there.
    pub reachable: Tick,
    /// Whether it is a gateway.
    pub is_hermes: Tick,
    /// Whether it takes what the person has.
    pub signed_in: Tick,
    /// Whether its socket speaks.
    pub live: Tick,
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It is so.
    Yes,
    /// It is not, and these words say why.
    No(Words),
    /// Nobody knows, since a step before it failed or there is nothing to try it with.
    NotTried,
}

impl Tried {
    const NOTHING: Self = Self {
        reachable: Tick::NotTried,
        is_hermes: Tick::NotTried,
        signed_in: Tick::NotTried,
        live: Tick::NotTried,
    };
}

impl Web {
    /// Tries the gateway: whether anybody answers, whether it is a gateway, whether it lets this person
    /// in, and whether its socket speaks. Nothing is kept of it but what is renewed on the way.
    pub async fn test(&self) -> Tried {
        let mode = match probe(&*self.http, self.address.address()).await {
            Ok(probed) => probed.mode,
            Err(ProbeError::Http(error)) if !matches!(error, HttpError::TooLarge { .. }) => {
                return Tried {
                    reachable: Tick::No(Words {
                        text: sentence(&error),
                        ..words(None, Happened::Unanswered)
                    }),
                    ..Tried::NOTHING
                };
            }
            Err(error) => {
                return Tried {
                    reachable: Tick::Yes,
                    is_hermes: Tick::No(words(None, unlike(&error))),
                    ..Tried::NOTHING
                };
            }
        };
        let (signed_in, live) = match mode {
            Mode::SignIn => self.try_sign_in().await,
            Mode::Token if self.credential.token().is_none() => (Tick::NotTried, Tick::NotTried),
            Mode::Token => self.try_token().await,
        };
        Tried {
            reachable: Tick::Yes,
            is_hermes: Tick::Yes,
            signed_in,
            live,
        }
    }

    async fn try_sign_in(&self) -> (Tick, Tick) {
        let mode = Some(Mode::SignIn);
        match self.mint().await {
            Happened::Minted(Minted::Ticket(ticket)) => {
                let live = match self.speaks(Some(ticket)).await {
                    Ok(()) => Tick::Yes,
                    Err(happened) => Tick::No(words(mode, happened)),
                };
                (Tick::Yes, live)
            }
            happened => (Tick::No(words(mode, happened)), Tick::NotTried),
        }
    }

    /// A token is shown at the socket and nowhere before.
    async fn try_token(&self) -> (Tick, Tick) {
        let Err(happened) = self.speaks(None).await else {
            return (Tick::Yes, Tick::Yes);
        };
        let state = after(Some(Mode::Token), happened);
        let no = Tick::No(state.words());
        match state {
            State::NeedsSignIn(Needed::Token | Needed::SignIn) => (no, Tick::NotTried),
            _ => (Tick::NotTried, no),
        }
    }

    /// Opens the socket, and waits for the gateway's first word.
    async fn speaks(&self, ticket: Option<Secret>) -> Result<(), Happened> {
        let speaks = async {
            let mut wire = self.open(ticket).await?;
            first_word(&mut *wire).await.map(|_| ())
        };
        tokio::select! {
            spoken = speaks => spoken,
            () = self.clock.sleep(LIVE) => Err(Happened::Unanswered),
        }
    }
}

/// What a connection would say of it.
fn words(mode: Option<Mode>, happened: Happened) -> Words {
    after(mode, happened).words()
}

/// Where a connection would stand after it.
fn after(mode: Option<Mode>, happened: Happened) -> State {
    let mut connection = Connection::new(mode);
    connection.begin();
    connection.on(happened, Duration::ZERO, 0);
    connection.state()
}

/// An error as a sentence.
fn sentence(error: &HttpError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
