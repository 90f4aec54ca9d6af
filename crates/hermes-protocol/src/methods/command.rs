//! Commands that a person types behind a slash (facts 3.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `commands.catalog` takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandsCatalogParams {}

/// What `commands.catalog` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandsCatalog {
    /// Every command with what it does.
    pub pairs: Vec<(String, String)>,
    /// The words that a command takes.
    pub sub: BTreeMap<String, Vec<String>>,
    /// Every name of a command, and the name that counts.
    pub canon: BTreeMap<String, String>,
    /// The commands by what they are about.
    pub categories: Vec<CommandCategory>,
    /// Skills, of which there are none yet.
    pub skill_count: u64,
    /// Why it is not all there is; empty, since it is.
    pub warning: String,
}

/// Commands that are about the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CommandCategory {
    /// What they are about.
    pub name: String,
    /// The commands with what they do.
    pub pairs: Vec<(String, String)>,
}

/// `slash.exec`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashOutput {
    /// What the person reads.
    pub output: String,
}

/// `command.dispatch`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CompleteSlashParams {
    /// What has been typed.
    #[serde(default)]
    pub text: String,
}

/// What `complete.slash` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashCompletions {
    /// What it may become.
    pub items: Vec<SlashCompletion>,
    /// How many characters of the text stay.
    pub replace_from: u64,
}

/// What a text may become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlashCompletion {
    /// What takes the place of the rest.
    pub text: String,
    /// What is shown.
    pub display: String,
    /// What it does.
    pub meta: String,
}
