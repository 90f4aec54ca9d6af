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

/// `setup.runtime_check`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RuntimeCheckParams {
    /// Who is to be checked; none is whoever answers where nothing is chosen.
    #[serde(default)]
    pub provider: Option<String>,
}

/// What `setup.runtime_check` answers: whether there is something to ask a model with just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RuntimeCheck {
    /// Whether there is.
    pub ok: bool,
    /// Who was checked; empty if nobody was chosen.
    pub provider: String,
    /// The model that would answer.
    pub model: Option<String>,
    /// What it would be asked with, a key or an account; empty if with nothing.
    pub source: String,
    /// Why there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The stable code of that. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to do next. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
