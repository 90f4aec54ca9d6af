//! Commands that a person types behind a slash (facts 3.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lenient::{readable, readable_alone};

/// `commands.catalog` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandsCatalogParams {}

/// What `commands.catalog` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandsCatalog {
    /// Every command with what it does.
    #[serde(deserialize_with = "readable_alone")]
    pub pairs: Vec<(String, String)>,
    /// The words that a command takes.
    #[serde(deserialize_with = "readable")]
    pub sub: BTreeMap<String, Vec<String>>,
    /// Every name of a command, and the name that counts.
    #[serde(deserialize_with = "readable")]
    pub canon: BTreeMap<String, String>,
    /// The commands by what they are about.
    #[serde(deserialize_with = "readable_alone")]
    pub categories: Vec<CommandCategory>,
    /// Skills, of which there are none yet.
    pub skill_count: u64,
    /// Why it is not all there is; empty, since it is.
    pub warning: String,
}

/// Commands that are about the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandCategory {
    /// What they are about.
    pub name: String,
    /// The commands with what they do.
    #[serde(deserialize_with = "readable_alone")]
    pub pairs: Vec<(String, String)>,
}

/// `slash.exec`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashExecParams {
    /// The conversation that it is typed in.
    #[serde(default)]
    pub session_id: String,
    /// The line, with or without its slash.
    #[serde(default)]
    pub command: String,
}

/// What `slash.exec` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashOutput {
    /// What the person reads.
    pub output: String,
}

/// `command.dispatch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandDispatchParams {
    /// The conversation that it is typed in.
    #[serde(default)]
    pub session_id: String,
    /// The command, with or without its slash.
    #[serde(default)]
    pub name: String,
    /// What follows it.
    #[serde(default)]
    pub arg: String,
}

/// What `command.dispatch` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CommandDispatched {
    /// It was done.
    Exec {
        /// What the person reads.
        output: String,
    },
}

/// `complete.slash`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CompleteSlashParams {
    /// What has been typed.
    #[serde(default)]
    pub text: String,
}

/// What `complete.slash` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashCompletions {
    /// What it may become.
    #[serde(deserialize_with = "readable_alone")]
    pub items: Vec<SlashCompletion>,
    /// How many characters of the text stay.
    pub replace_from: u64,
}

/// What a text may become.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashCompletion {
    /// What takes the place of the rest.
    pub text: String,
    /// What is shown.
    pub display: String,
    /// What it does.
    pub meta: String,
}
