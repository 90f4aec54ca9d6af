use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the system sends to a chat.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Ctrl-C, where the terminal makes a signal of it.
    Interrupt,
    /// The chat is to end: the system stops, or the terminal has gone.
    End,
}

impl Signals {
    /// Those that come from now on.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Sent {
        tokio::select! {
            _ = self.interrupt.recv() => Sent::Interrupt,
            _ = self.terminate.recv() => Sent::End,
            _ = self.hang_up.recv() => Sent::End,
        }
    }
}
