//! Profiles and the model over HTTP (facts 4.2 and 4.3). A gateway serves one home, so there is one
//! profile.

use std::collections::BTreeMap;

use serde::Serialize;

use super::StoredConversation;
use crate::methods::Nothing;

/// The name of the one profile.
pub const PROFILE: &str = "default";

/// `GET /api/profiles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProfilesAnswer {
    /// The profiles.
    pub profiles: Vec<ProfileRow>,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProfileRow {
    /// Its name.
    pub name: &'static str,
    /// Empty: where it is on the host is nobody's business here.
    pub path: &'static str,
    /// True.
    pub is_default: bool,
    /// The model that answers; null if none was chosen.
    pub model: Option<String>,
    /// Whose model it is.
    pub provider: Option<String>,
    /// False, like the other words about files that ours has not.
    pub has_env: bool,
    /// How many skills it has.
    pub skill_count: u64,
    /// Whether its gateway to messengers runs, which is another program.
    pub gateway_running: bool,
    /// What it is for.
    pub description: &'static str,
    /// Whether a model wrote that.
    pub description_auto: bool,
    /// Where it came from.
    pub distribution_name: Option<&'static str>,
    /// In which version.
    pub distribution_version: Option<&'static str>,
    /// From whom.
    pub distribution_source: Option<&'static str>,
    /// Whether it has a command of its own.
    pub has_alias: bool,
}

/// `GET /api/profiles/active`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ActiveProfile {
    /// The profile that commands of the host use.
    pub active: &'static str,
    /// The profile that is served.
    pub current: &'static str,
}

/// `GET /api/profiles/sessions`: the asker's own conversations, by profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProfileConversations {
    /// Those of this part of the list.
    pub sessions: Vec<ProfileConversation>,
    /// How many the whole list has.
    pub total: u64,
    /// How many were asked for.
    pub limit: u32,
    /// How many were left out at the beginning.
    pub offset: u32,
    /// How many each profile has.
    pub profile_totals: BTreeMap<&'static str, u64>,
    /// The profiles that could not be read.
    pub errors: Vec<Nothing>,
}

/// A conversation in a list, with its profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProfileConversation {
    /// As in any list.
    #[serde(flatten)]
    pub row: StoredConversation,
    /// The profile.
    pub profile: &'static str,
    /// True.
    pub is_default_profile: bool,
}

/// `GET /api/model/info`: who answers unless a conversation has chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelInfo {
    /// The model; empty if none was chosen.
    pub model: String,
    /// Whose model it is.
    pub provider: String,
    /// How much the model reads at once, as its provider says; 0 if it is not known, like the next two.
    pub auto_context_length: u64,
    /// The same, as the settings say.
    pub config_context_length: u64,
    /// The same, as it counts.
    pub effective_context_length: u64,
    /// What the model can do, where that is known.
    pub capabilities: Nothing,
}
