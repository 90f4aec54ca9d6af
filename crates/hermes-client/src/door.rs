//! What a connection needs of the world: three things that can be asked, and nothing else. The
//! gateway's address and what signs a person in are behind it.

use hermes_machine::BoxFuture;
use hermes_secret::Secret;

use crate::Happened;

/// The way to one gateway.
pub trait Door: Send + Sync {
    /// Asks how people get in: [`Happened::Probed`], or why nobody knows.
    fn probe(&self) -> BoxFuture<'_, Happened>;

    /// Asks for a ticket with what signs the person in, renewed if need be: [`Happened::Minted`], or
    /// why there is no answer.
    fn mint(&self) -> BoxFuture<'_, Happened>;

    /// Opens a socket with this ticket, or with the token if there is none.
    ///
    /// # Errors
    ///
    /// What happened instead.
    fn open(&self, ticket: Option<Secret>) -> BoxFuture<'_, Result<Box<dyn Wire>, Happened>>;
}

/// An open socket: JSON text frames, both ways. Dropping it closes it.
pub trait Wire: Send {
    /// Sends a frame.
    ///
    /// # Errors
    ///
    /// It has ended; why, [`next`](Self::next) says.
    fn send(&mut self, frame: String) -> BoxFuture<'_, Result<(), Ended>>;

    /// The next frame. May be dropped while it waits, and nothing is lost.
    ///
    /// # Errors
    ///
    /// It has ended.
    fn next(&mut self) -> BoxFuture<'_, Result<String, Ended>>;
}

/// A socket has ended: with this close code, or with none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended(pub Option<u16>);
