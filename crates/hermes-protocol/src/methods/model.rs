//! Models to choose from (facts 3.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rpc::{RpcError, code};

/// `model.options`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ModelOptionsParams {
    /// The conversation whose choice is the current one; none asks for the usual one.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Whether every provider is asked again.
    #[serde(default)]
    pub refresh: bool,
    /// Whether providers are listed to which nobody has signed in.
    #[serde(default)]
    pub include_unconfigured: bool,
}

/// What `model.options` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelOptions {
    /// The current model; empty if none was chosen.
    pub model: String,
    /// Whose it is.
    pub provider: String,
    /// Whose models there are.
    pub providers: Vec<ProviderOption>,
}

/// A provider, and its models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ProviderOption {
    /// Its id.
    pub slug: String,
    /// Its name in lists.
    pub name: String,
    /// Whether the current model is its.
    pub is_current: bool,
    /// Whether it is a server of the person's own.
    pub is_user_defined: bool,
    /// The models, in its own order, as far as they are listed.
    pub models: Vec<String>,
    /// How many it has.
    pub total_models: u64,
    /// Where it is written down.
    pub source: ProviderSource,
    /// Whether it can be asked.
    pub authenticated: bool,
    /// How it knows who asks, or would if somebody had signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<AuthType>,
    /// What its models cost, by their names, where its list says; none where it says of no model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing: Option<BTreeMap<String, ModelPricing>>,
    /// How many tokens its models can have before them, by their names, where its list says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_lengths: Option<BTreeMap<String, u64>>,
    /// Whether its models read pictures, by their names, where its list says. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_input: Option<BTreeMap<String, bool>>,
    /// Why its models are not known, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// What a model costs for a million tokens: `$3.00`, or `free`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelPricing {
    /// What is sent to it.
    pub input: String,
    /// What it writes.
    pub output: String,
    /// Whether neither costs anything.
    pub free: bool,
}

/// Where a provider is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ProviderSource {
    /// In the table of the program.
    BuiltIn,
    /// In a file of the person's.
    UserConfig,
}

/// How a provider knows who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AuthType {
    /// By a key.
    ApiKey,
    /// By an account.
    Oauth,
}

/// What the value of the key `model` says: `NAME [--provider P] [--session|--global]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelChoice {
    /// The model.
    pub model: String,
    /// Whose it is, if that is said.
    pub provider: Option<String>,
    /// For what it is chosen.
    pub scope: Scope,
}

/// For what something is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Scope {
    /// For one conversation.
    #[default]
    Session,
    /// For all that choose nothing.
    Global,
}

impl ModelChoice {
    /// The most bytes of a name.
    pub const NAME_LIMIT: usize = 256;

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// [`code::BAD_ARGUMENT`] with what is missing or not known, or [`code::EMPTY`].
    pub fn parse(value: &str) -> Result<Self, RpcError> {
        let no = |what: String| Err(RpcError::new(code::BAD_ARGUMENT, what));
        let (mut model, mut provider) = (None, None);
        let mut scope = Scope::default();
        let mut words = value.split_whitespace();
        while let Some(word) = words.next() {
            if word.len() > Self::NAME_LIMIT {
                return no("no model has such a long name".to_owned());
            }
            match word {
                "--session" => scope = Scope::Session,
                "--global" => scope = Scope::Global,
                "--provider" => match words.next() {
                    Some(name) if !name.starts_with("--") => provider = Some(name.to_owned()),
                    _ => return no("`--provider` needs the name of one".to_owned()),
                },
                option if option.starts_with("--") => {
                    return no(format!("unknown option: {option}"));
                }
                name if model.is_none() => model = Some(name.to_owned()),
                more => return no(format!("one model, please: {more}")),
            }
        }
        Ok(Self {
            model: model.ok_or_else(|| RpcError::new(code::EMPTY, "no model is named"))?,
            provider,
            scope,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_3_4_a_model_is_chosen_by_words_in_any_order() {
        let choice = |model: &str, provider: Option<&str>, scope| {
            Ok(ModelChoice {
                model: model.to_owned(),
                provider: provider.map(str::to_owned),
                scope,
            })
        };
        for (value, expected) in [
            ("m", choice("m", None, Scope::Session)),
            (" a/b:free ", choice("a/b:free", None, Scope::Session)),
            ("m --provider p", choice("m", Some("p"), Scope::Session)),
            ("--provider p m", choice("m", Some("p"), Scope::Session)),
            ("m --global", choice("m", None, Scope::Global)),
            ("m --global --session", choice("m", None, Scope::Session)),
        ] {
            assert_eq!(ModelChoice::parse(value), expected, "{value}");
        }
        let long = "x".repeat(257);
        for (value, number) in [
            ("", code::EMPTY),
            ("--provider p", code::EMPTY),
            ("m --provider", code::BAD_ARGUMENT),
            ("m --provider --global", code::BAD_ARGUMENT),
            ("m --tui", code::BAD_ARGUMENT),
            ("m n", code::BAD_ARGUMENT),
            (&long, code::BAD_ARGUMENT),
        ] {
            let error = ModelChoice::parse(value).unwrap_err();
            assert_eq!(error.code, number, "{value}: {error}");
        }
    }
}
