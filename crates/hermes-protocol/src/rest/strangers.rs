use serde::{Deserialize, Serialize};

/// `GET /api/users/strangers`: who signed in at a provider, is nobody here, and waits for the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StrangersAnswer {
    /// The longest first.
    pub strangers: Vec<StrangerRow>,
}

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StrangerRow {
    /// Who they are at their provider, as one word: `ISSUER#SUBJECT`.
    pub identity: String,
    /// What people call the provider.
    pub provider: String,
    /// What they call themselves.
    pub name: Option<String>,
    /// Their address, if the provider has verified it.
    pub email: Option<String>,
    /// The network address from which they came.
    pub address: String,
    /// When they came last, in seconds since 1970.
    pub asked_at: u64,
}

/// The body of `POST /api/users/strangers/allow` and `/dismiss`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StrangerChoice {
    /// The `identity` of the row.
    pub identity: String,
}
