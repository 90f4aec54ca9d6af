use std::collections::BTreeMap;

use hermes_errors::{Code, Explain};
use serde::Deserialize;
use thiserror::Error;

use crate::{Flow, Provider};

const BUILT_IN: &str = include_str!("providers.toml");

/// All providers, by id.
#[derive(Clone, Debug, Default)]
pub struct Table(BTreeMap<String, Provider>);

/// Why a table does not stand, or a name is not in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The text is not TOML, or has an unknown key or a wrong value.
    #[error("`{file}` does not parse: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// What is wrong, with the line.
        reason: String,
    },
    /// A provider contradicts itself.
    #[error("provider `{id}` in the table {reason}")]
    Inconsistent {
        /// The provider.
        id: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// No provider has that id or alias.
    #[error("Unknown provider: {name}{}", suggestion(nearest.as_deref()))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest id or alias.
        nearest: Option<String>,
    },
}

impl Explain for TableError {
    fn code(&self) -> Code {
        match self {
            Self::Unknown { .. } => Code::UnknownProvider,
            Self::Syntax { .. } | Self::Inconsistent { .. } => Code::TableInvalid,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Unknown {
                nearest: Some(id), ..
            } => Some(format!("hermes auth add {id}")),
            _ => None,
        }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest
        .map(|id| format!(" (did you mean `{id}`?)"))
        .unwrap_or_default()
}

/// What a name on the command line is wanted for: one vendor may keep accounts and API keys under
/// different ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// To sign in to an account.
    SignIn,
    /// To add an API key.
    Key,
    /// Exactly as named.
    Exact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    provider: BTreeMap<String, Provider>,
}

impl Table {
    /// The built-in table with the text of `$HERMES_HOME/providers.toml` over it, if there is one.
    ///
    /// # Errors
    ///
    /// If the text does not parse, or a provider contradicts itself.
    pub fn load(overrides: Option<&str>) -> Result<Self, TableError> {
        let syntax = |file: &str, error: toml::de::Error| TableError::Syntax {
            file: file.to_owned(),
            reason: error.to_string().trim_end().replace('\n', " "),
        };
        let providers = match overrides {
            None => toml::from_str::<Document>(BUILT_IN)
                .map_err(|error| syntax("the built-in table", error))?,
            Some(text) => {
                let mut base = toml::from_str::<toml::Table>(BUILT_IN)
                    .map_err(|error| syntax("the built-in table", error))?;
                let over = toml::from_str::<toml::Table>(text)
                    .map_err(|error| syntax("providers.toml", error))?;
                merge(&mut base, over);
                base.try_into()
                    .map_err(|error| syntax("providers.toml", error))?
            }
        };
        let mut table = Self(providers.provider);
        for (id, provider) in &mut table.0 {
            provider.id.clone_from(id);
            if let Some(reason) = contradiction(provider) {
                return Err(TableError::Inconsistent {
                    id: id.clone(),
                    reason,
                });
            }
        }
        Ok(table)
    }

    /// The provider of this id.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.0.get(id)
    }

    /// All providers, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.values()
    }

    /// Adds or replaces a provider, as a sign-in by `--issuer` does.
    pub fn insert(&mut self, provider: Provider) {
        self.0.insert(provider.id.clone(), provider);
    }

    /// Finds a provider by id or alias, in upper or lower case.
    ///
    /// # Errors
    ///
    /// If there is none; the error names the nearest.
    pub fn find(&self, name: &str, lookup: Lookup) -> Result<&Provider, TableError> {
        let wanted = name.trim().to_ascii_lowercase();
        let named = self.get(&wanted).or_else(|| {
            self.iter()
                .find(|provider| provider.aliases.contains(&wanted))
        });
        let Some(provider) = named else {
            return Err(TableError::Unknown {
                name: printable(name),
                nearest: self.nearest(&wanted),
            });
        };
        let other = match lookup {
            Lookup::SignIn => provider.sign_in_provider.as_deref(),
            Lookup::Key => provider.key_provider.as_deref(),
            Lookup::Exact => None,
        };
        Ok(other.and_then(|id| self.get(id)).unwrap_or(provider))
    }

    fn nearest(&self, wanted: &str) -> Option<String> {
        self.iter()
            .flat_map(|provider| std::iter::once(&provider.id).chain(&provider.aliases))
            .map(|name| (strsim::jaro_winkler(wanted, name), name))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, name)| name.clone())
    }
}

/// Names in error texts keep to printable characters.
fn printable(name: &str) -> String {
    name.chars()
        .filter(|ch| !ch.is_control())
        .take(80)
        .collect()
}

/// Lays `over` on `base`: tables are merged key by key, everything else replaces.
fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn contradiction(provider: &Provider) -> Option<&'static str> {
    let offers = |flow| provider.flows.contains(&flow);
    let endpoints = &provider.endpoints;
    let discoverable = provider.issuer.is_some();
    if !provider.has_sign_in() && !provider.takes_keys() && provider.no_sign_in.is_none() {
        return Some("offers neither a flow nor API keys");
    }
    if provider.has_sign_in() && provider.hosts.is_empty() {
        return Some("has flows but no `hosts`, so its tokens could go nowhere");
    }
    // Without flows a token endpoint serves to renew accounts that were signed in to elsewhere.
    if endpoints.token.is_some() && provider.hosts.is_empty() {
        return Some("has a token endpoint but no `hosts`, so its tokens could go nowhere");
    }
    if provider.key_check.is_some() && !provider.takes_keys() {
        return Some("has a `key_check` but takes no keys");
    }
    let has_client = provider.client_id.is_some() || !provider.client_id_env.is_empty();
    if !provider.has_sign_in() && endpoints.token.is_some() && !has_client {
        return Some("has a token endpoint but neither flows nor a client id to use it with");
    }
    if offers(Flow::Loopback) && provider.loopback.is_none() {
        return Some("offers the loopback flow without `loopback`");
    }
    if offers(Flow::Paste) && provider.loopback.is_none() && provider.hosted_redirect_uri.is_none()
    {
        return Some("offers the paste flow without a redirect URI");
    }
    if provider.has_sign_in() && endpoints.token.is_none() && !discoverable {
        return Some("has flows but neither a token endpoint nor an issuer");
    }
    if offers(Flow::Device) && endpoints.device.is_none() && !discoverable {
        return Some("offers the device flow without a device endpoint or an issuer");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_stands() {
        let table = Table::load(None).unwrap();
        for id in [
            "xai-oauth",
            "spotify",
            "anthropic",
            "openai-codex",
            "nous",
            "minimax-oauth",
        ] {
            assert!(table.get(id).unwrap().has_sign_in(), "{id}");
        }
        let mut names = Vec::new();
        for provider in table.iter() {
            names.extend(provider.aliases.iter().chain([&provider.id]));
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "an id or alias is used twice");
    }

    #[test]
    fn every_name_of_the_facts_is_found() {
        let table = Table::load(None).unwrap();
        let cases = [
            ("grok-oauth", "xai-oauth"),
            ("x-ai-oauth", "xai-oauth"),
            ("grok", "xai-oauth"),
            ("xai-grok-oauth", "xai-oauth"),
            ("claude", "anthropic"),
            ("codex", "openai-codex"),
            ("openai_codex", "openai-codex"),
            ("nous-portal", "nous"),
            ("nousresearch", "nous"),
            ("minimax-portal", "minimax-oauth"),
            ("minimax", "minimax-oauth"),
            ("minimax-oauth-io", "minimax-oauth"),
            ("GitHub", "copilot"),
            ("qwen-cli", "qwen-oauth"),
            ("google", "google-gemini-cli"),
            ("or", "openrouter"),
            ("spotify", "spotify"),
        ];
        for (name, id) in cases {
            assert_eq!(table.find(name, Lookup::SignIn).unwrap().id, id, "{name}");
        }
        assert_eq!(table.find("minimax", Lookup::Key).unwrap().id, "minimax");
        assert_eq!(table.find("xai-oauth", Lookup::Key).unwrap().id, "xai");
        assert_eq!(table.find("minimax", Lookup::Exact).unwrap().id, "minimax");
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let error = Table::load(None)
            .unwrap()
            .find("spotfy", Lookup::SignIn)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "Unknown provider: spotfy (did you mean `spotify`?)"
        );
        assert_eq!(
            error.next_step().as_deref(),
            Some("hermes auth add spotify")
        );
        let error = Table::load(None)
            .unwrap()
            .find("qqqq", Lookup::SignIn)
            .unwrap_err();
        assert_eq!(error.to_string(), "Unknown provider: qqqq");
    }

    #[test]
    fn overrides_replace_keys_and_add_providers() {
        let table = Table::load(Some(
            "[provider.xai-oauth]\nhosts = [\"127.0.0.1:9\"]\nendpoints.token = \"http://127.0.0.1:9/t\"\n\
             [provider.mine]\nname = \"Mine\"\nflows = [\"device\"]\nissuer = \"https://a.test\"\nhosts = [\"a.test\"]\n",
        ))
        .unwrap();
        let xai = table.get("xai-oauth").unwrap();
        assert_eq!(xai.hosts, ["127.0.0.1:9"]);
        assert_eq!(
            xai.endpoints.token.as_ref().unwrap().as_str(),
            "http://127.0.0.1:9/t"
        );
        assert!(
            xai.endpoints.authorization.is_some(),
            "keys that are not named stay"
        );
        assert_eq!(table.get("mine").unwrap().short_name(), "Mine");
    }

    #[test]
    fn an_account_may_renew_without_a_sign_in_of_its_own() {
        let table = Table::load(None).unwrap();
        let qwen = table.get("qwen-oauth").unwrap();
        assert!(qwen.can_renew() && !qwen.has_sign_in());
        let reason = qwen.no_sign_in.as_deref().unwrap();
        assert!(reason.contains("hermes auth import qwen"), "{reason}");
        for provider in table.iter() {
            let renews = provider.has_sign_in() || provider.id == "qwen-oauth";
            assert_eq!(provider.can_renew(), renews, "{}", provider.id);
        }
        let mine = "[provider.mine]\nname = \"M\"\nno_sign_in = \"elsewhere\"\nhosts = [\"a.test\"]\n\
                    client_id = \"c\"\nendpoints.token = \"https://a.test/t\"\n";
        assert!(
            Table::load(Some(mine))
                .unwrap()
                .get("mine")
                .unwrap()
                .can_renew()
        );
    }

    #[test]
    fn bad_tables_are_refused_by_name() {
        let cases = [
            ("[provider.xai-oauth]\nhots = []", "unknown field `hots`"),
            (
                "[provider.a]\nname = \"A\"",
                "offers neither a flow nor API keys",
            ),
            (
                "[provider.a]\nname = \"A\"\nflows = [\"loopback\"]\nhosts = [\"a\"]",
                "without `loopback`",
            ),
            (
                "[provider.a]\nname = \"A\"\nno_sign_in = \"x\"\nclient_id = \"c\"\nendpoints.token = \"https://a/t\"",
                "has a token endpoint but no `hosts`",
            ),
            (
                "[provider.a]\nname = \"A\"\nno_sign_in = \"x\"\nhosts = [\"a\"]\nendpoints.token = \"https://a/t\"",
                "neither flows nor a client id",
            ),
            ("[provider", "does not parse"),
        ];
        for (text, expected) in cases {
            let error = Table::load(Some(text)).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.code(), Code::TableInvalid);
        }
    }
}
