//! Upstream's `config.yaml`: read for what concerns credentials, never written.
//!
//! It is a person's file for another program. A part of another form than expected is passed over,
//! and so is everything else in it.

use std::{collections::BTreeMap, io, path::PathBuf};

use hermes_machine::{Home, file};
use hermes_providers::Provider;
use serde::{Deserialize, de::IgnoredAny};
use thiserror::Error;
use url::Url;

/// No settings file is larger.
const LIMIT: u64 = 1024 * 1024;
/// The most custom providers that are looked at.
const MOST_PROVIDERS: usize = 256;

/// What `config.yaml` says about credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `model.provider`: the provider that upstream's program uses; `auto` counts as none.
    pub model_provider: Option<String>,
    strategies: BTreeMap<String, PoolStrategy>,
    custom: Vec<Custom>,
}

/// How prompts go through the credentials of a provider.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum PoolStrategy {
    /// The first usable one.
    FillFirst,
    /// Each in its turn.
    RoundRobin,
    /// The one that was used least.
    LeastUsed,
    /// Any.
    Random,
}

impl PoolStrategy {
    /// The word of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FillFirst => "fill_first",
            Self::RoundRobin => "round_robin",
            Self::LeastUsed => "least_used",
            Self::Random => "random",
        }
    }
}

/// Why the settings are not known. Nothing of the file's text is in it: the file may hold keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file is there and cannot be read.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        reason: String,
    },
    /// The file is not YAML, or is larger, deeper or more entangled than settings are.
    #[error("`{}` does not parse{}", path.display(), place(*line))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where, if that is known.
        line: Option<u64>,
    },
}

fn place(line: Option<u64>) -> String {
    line.map(|line| format!(" at line {line}"))
        .unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    model: Lenient<Model>,
    credential_pool_strategies: Lenient<BTreeMap<String, Lenient<PoolStrategy>>>,
    custom_providers: Lenient<Vec<Lenient<Custom>>>,
}

#[derive(Deserialize)]
struct Model {
    provider: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Custom {
    name: String,
    base_url: Option<String>,
}

/// A value of the form that is expected, or of any other.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Known(T),
    Other(IgnoredAny),
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl<T> Lenient<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl Settings {
    /// Reads the file of a home; one that is not there says nothing.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read or parsed.
    pub fn read(home: &Home) -> Result<Self, SettingsError> {
        let path = home.config_yaml();
        let bytes = match file::read_regular(&path, LIMIT) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                return Err(SettingsError::Invalid { path, line: None });
            }
            Err(error) => {
                let reason = error.to_string();
                return Err(SettingsError::Unreadable { path, reason });
            }
        };
        Self::parse(&bytes).map_err(|line| SettingsError::Invalid { path, line })
    }

    /// Reads the text of the file. The work is bounded: by depth, by size, and by what aliases may
    /// unfold to.
    ///
    /// # Errors
    ///
    /// The line at which it is not YAML, or goes beyond a bound, if that is known.
    pub fn parse(bytes: &[u8]) -> Result<Self, Option<u64>> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_depth: 32,
                max_events: 200_000,
                max_nodes: 100_000,
                max_aliases: 1_000,
                max_anchors: 1_000,
                max_documents: 1,
                max_merge_keys: 1_000,
            },
            alias_limits: serde_saphyr::alias_limits! {
                max_total_replayed_events: 100_000,
                max_replay_stack_depth: 16,
            },
            // As upstream's reader has it.
            duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
            with_snippet: false,
        };
        let document: Option<Document> = serde_saphyr::from_slice_with_options(bytes, options)
            .map_err(|error| error.location().map(|location| location.line()))?;
        Ok(document.unwrap_or_default().into())
    }

    /// How prompts go through the credentials of this provider, if the file says.
    pub fn strategy(&self, provider: &str) -> Option<PoolStrategy> {
        self.strategies.get(provider).copied()
    }

    /// The person's own servers, as providers that take keys. Upstream keeps their credentials
    /// under `custom:<name>`, and so they are called here.
    pub fn providers(&self) -> impl Iterator<Item = Provider> {
        self.custom.iter().filter_map(Custom::provider)
    }
}

impl From<Document> for Settings {
    fn from(document: Document) -> Self {
        let provider = document.model.known().and_then(|model| model.provider);
        let strategies = document.credential_pool_strategies.known();
        let custom = document.custom_providers.known();
        Self {
            model_provider: provider
                .map(|name| name.trim().to_lowercase())
                .filter(|name| !name.is_empty() && name != "auto"),
            strategies: strategies
                .unwrap_or_default()
                .into_iter()
                .filter_map(|(provider, strategy)| Some((provider, strategy.known()?)))
                .collect(),
            custom: custom
                .unwrap_or_default()
                .into_iter()
                .filter_map(Lenient::known)
                .take(MOST_PROVIDERS)
                .collect(),
        }
    }
}

impl Custom {
    fn provider(&self) -> Option<Provider> {
        let name = hermes_secret::plain(self.name.trim(), hermes_secret::LABEL_LIMIT);
        if name.is_empty() {
            return None;
        }
        let plain = name.to_lowercase();
        let short = plain.replace(' ', "-");
        let base_url = self
            .base_url
            .as_deref()
            .and_then(|url| Url::parse(url).ok());
        let mut provider = Provider::of_keys(format!("custom:{short}"), name, base_url);
        provider.aliases.push(short);
        if !provider.aliases.contains(&plain) {
            provider.aliases.push(plain);
        }
        Some(provider)
    }
}

#[cfg(test)]
mod tests;
