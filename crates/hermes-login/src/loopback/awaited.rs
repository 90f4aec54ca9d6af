//! One answer for a sign-in that no table knows: that of a client at its gateway.

use std::{io, time::Duration};

use hermes_machine::{Clock, Random};
use hermes_oauth::{Answer, Verdict};
use thiserror::Error;
use url::Url;

use super::{
    BindError, Callback, Ears, Ending, Listener, PortChoice, Taken, pages::Names, request::Door,
};

/// A listener at a port that the system has chosen, for one answer. Dropping it frees the port.
#[derive(Debug)]
pub struct Awaited {
    listener: Listener,
    redirect_uri: Url,
}

/// Nothing listens.
#[derive(Debug, Error)]
#[error("nothing can listen on `{address}`")]
pub struct ListenError {
    /// Host and port.
    pub address: String,
    /// What the system said, where it said something.
    pub source: io::Error,
}

impl Awaited {
    /// Listens on 127.0.0.1, for an answer at this path.
    ///
    /// # Errors
    ///
    /// If the machine has no port left, or no loopback.
    pub fn listen(path: &str) -> Result<Self, ListenError> {
        let host = "127.0.0.1";
        let listener = Listener::bind(host, PortChoice::Preferably(0));
        let listener = listener.map_err(|error| match error {
            BindError::Busy { address, .. } => ListenError {
                address,
                source: io::ErrorKind::AddrInUse.into(),
            },
            BindError::Failed { address, source } => ListenError { address, source },
        })?;
        let address = format!("http://{host}:{}{path}", listener.port());
        let redirect_uri = Url::parse(&address).map_err(|_| ListenError {
            address,
            source: io::ErrorKind::InvalidInput.into(),
        })?;
        Ok(Self {
            listener,
            redirect_uri,
        })
    }

    /// Where the answer is awaited.
    pub const fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// Waits for the first answer that the judge takes, or that comes by hand, for this long, and
    /// redeems it while the browser holds the line for the page that tells how it went. Nothing if the
    /// time is over. What else comes is answered, told to `stray`, and changes nothing.
    pub async fn redeemed<T>(
        &self,
        judge: &(dyn Fn(&Answer) -> Verdict + Send + Sync),
        stray: &(dyn Fn(String) + Send + Sync),
        names: Names,
        (limit, clock, random): (Duration, &dyn Clock, &dyn Random),
        by_hand: impl Future<Output = Taken>,
        redeem: impl AsyncFnOnce(Taken) -> (T, Ending),
    ) -> Option<T> {
        let door = Door {
            path: self.redirect_uri.path().to_owned(),
            port: self.listener.port(),
            origins: Vec::new(),
        };
        let ears = Ears {
            stray,
            arrived: &|_| {},
        };
        let callback = Callback::new(door, names, judge, ears, clock, random);
        let taken = async {
            let taken = tokio::select! {
                biased;
                taken = callback.answered() => Some(taken),
                taken = by_hand => match callback.take() {
                    true => Some(taken),
                    false => Some(callback.answered().await),
                },
                () = clock.sleep(limit) => {
                    callback.take();
                    None
                }
            };
            let result = match taken {
                Some(taken) => {
                    let (result, ending) = redeem(taken).await;
                    callback.finish(ending);
                    Some(result)
                }
                None => None,
            };
            callback.delivered().await;
            result
        };
        tokio::select! {
            biased;
            result = taken => result,
            never = self.listener.serve(&callback) => match never {},
        }
    }
}
