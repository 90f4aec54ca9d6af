//! Whether the gateway can serve just now.

use hermes_storage::StorageError;

use crate::gateway::Gateway;

/// What is in the way, if anything is.
pub(crate) enum Readiness {
    /// Nothing: storage answers, and it is not stopping.
    Ready,
    /// It was told to end.
    Stopping,
    /// Storage does not answer, or cannot be written.
    Unavailable(StorageError),
}

impl Readiness {
    /// How the gateway is.
    pub(crate) async fn of(gateway: &Gateway) -> Self {
        if gateway.stopping.is_cancelled() {
            return Self::Stopping;
        }
        match gateway.ports.storage.check().await {
            Ok(()) => Self::Ready,
            Err(error) => Self::Unavailable(error),
        }
    }

    /// The word for it, which anybody may read.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Stopping => "stopping",
            Self::Unavailable(_) => "unavailable",
        }
    }
}
