//! The end at which the person sits.

mod heard;
mod listening;
mod page;
mod session;
mod trust;

use std::pin::pin;

use hermes_machine::Environment;
use hermes_oauth::{Client, Ports};
use tokio::io::{AsyncRead, AsyncWrite};

use self::session::Session;
use super::{Signed, Standing, ViaError, frame::PROTOCOL};
use crate::{Opener, Person, Place, SignIn};

/// The laptop's end: what is wanted, and what this machine itself knows of the provider.
pub struct Laptop<'a> {
    /// What is wanted. The provider is this machine's own entry.
    pub request: &'a SignIn,
    /// Where the command runs.
    pub place: &'a Place,
    /// Clock, randomness, and the network for a discovery of our own.
    pub ports: &'a Ports,
    /// Opens the browser.
    pub opener: &'a dyn Opener,
    /// Who sits here.
    pub person: &'a dyn Person,
    /// The variables of this machine.
    pub environment: &'a Environment,
    /// The command that tries again, for the pages in the browser.
    pub retry: &'a str,
    /// The version of `hermes` here.
    pub hermes: &'a str,
}

/// Finishes a sign-in on the host at the other end, unless `stop` completes before. Either way, and
/// when the future is dropped, the listener is closed.
///
/// # Errors
///
/// If the other end is no `hermes` of this version, asks for something that this machine would not
/// do by itself, fails, or is gone; or if it was stopped here. The last two say whether the host may
/// have saved something nevertheless.
pub async fn laptop<R, W>(
    laptop: Laptop<'_>,
    reader: R,
    writer: W,
    stop: impl Future<Output = ()>,
) -> Result<Signed, ViaError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let request = laptop.request;
    let mut stop = pin!(stop);
    let resolve = Client::resolve(
        &request.provider,
        &request.registration,
        laptop.ports.clone(),
    );
    let client = tokio::select! {
        biased;
        () = &mut stop => {
            let standing = Standing::NotSaved;
            return Err(ViaError::Stopped { standing });
        }
        client = resolve => client?,
    };
    let mut session = Session::new(&laptop, &client, reader, writer);
    // Ctrl-C in a terminal ends ssh as well: what the person did comes first.
    let stopped = tokio::select! {
        biased;
        () = &mut stop => None,
        result = session.run() => Some(result),
    };
    stopped.unwrap_or_else(|| {
        Err(ViaError::Stopped {
            standing: session.standing(),
        })
    })
}

impl std::fmt::Debug for Laptop<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Laptop (protocol {PROTOCOL})")
    }
}
