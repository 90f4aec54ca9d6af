use serde::{Deserialize, Serialize};

/// `setup.status` takes nothing (facts 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetupStatusParams {}

/// What `setup.status` answers (facts 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetupStatusAnswer {
    /// Whether a model can be asked; if not, clients show how to get there.
    pub provider_configured: bool,
}
