use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the system or a person tells a running gateway. Listened for before anybody is told that it
/// runs: a signal that comes first would end the process as it stands.
pub(super) struct Signals {
    /// Read the settings again.
    pub(super) reload: Signal,
    /// Stop.
    pub(super) end: End,
}

/// Either of the two ways to ask for an end.
pub(super) struct End {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to listen.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            end: End {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            },
        })
    }
}

impl End {
    /// Completes when one of them has come.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
