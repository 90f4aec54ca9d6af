use serde::{Deserialize, Serialize};

use super::{BusyMode, Scope};
use crate::rpc::RpcError;

/// `config.get` (facts 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConfigGetParams {
    /// One of [`ConfigKey`]; kept as text, since a key that there is not has an answer of its own.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "ConfigKey"))]
    pub key: String,
    /// The conversation that is asked about, for keys that each has of its own.
    #[serde(default)]
    pub session_id: Option<String>,
}

/// A key that `config.get` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ConfigKey {
    /// What becomes of a turn of the caller's that runs when they ask.
    Busy,
    /// Whether answers are paid for to come sooner, which they are not.
    Fast,
    /// All settings that every client may see.
    Full,
    /// The model that answers.
    Model,
    /// When the settings last changed.
    Mtime,
    /// The profile, of which there is one.
    Profile,
    /// The folder that an agent works in, of which none has one.
    Project,
    /// What is told to every model first, which is nothing.
    Prompt,
    /// Whose models there are.
    Provider,
    /// How much the model thinks.
    Reasoning,
}

impl ConfigGetParams {
    /// Which key is asked for.
    ///
    /// # Errors
    ///
    /// [`code::BAD_ARGUMENT`](crate::rpc::code::BAD_ARGUMENT) with upstream's text (facts 3.2).
    pub fn key(&self) -> Result<ConfigKey, RpcError> {
        known(&self.key)
    }
}

/// What `config.get` answers, by key (facts 3.4).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ConfigGetAnswer {
    /// To [`ConfigKey::Full`].
    Full {
        /// The settings.
        config: PublicConfig,
    },
    /// To [`ConfigKey::Mtime`].
    Mtime {
        /// Unix seconds; 0 without a file. Clients compare it with what they saw before.
        mtime: f64,
    },
    /// To [`ConfigKey::Profile`].
    Profile {
        /// Where it is on the host, which is nobody's business here.
        home: String,
        /// Its name.
        display: &'static str,
    },
    /// To [`ConfigKey::Project`].
    Project {
        /// The folder.
        cwd: String,
        /// Its branch.
        branch: String,
    },
    /// To [`ConfigKey::Prompt`].
    Prompt {
        /// The text.
        prompt: String,
    },
    /// To [`ConfigKey::Provider`].
    Provider {
        /// The model that answers.
        model: String,
        /// Whose it is.
        provider: String,
        /// Whose models there are.
        providers: Vec<PublicProvider>,
    },
    /// To [`ConfigKey::Reasoning`].
    Reasoning {
        /// How much; `default` is as the provider has it.
        value: String,
        /// Whether clients show it.
        display: &'static str,
    },
    /// To the others.
    Value {
        /// The value.
        value: String,
    },
}

/// The settings that every client may see.
///
/// Upstream hands out its whole file here, keys of providers included (facts 6.1 (15)). A setting is
/// shown by becoming a field of this type, never by passing a map through (checklist RZ4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PublicConfig {
    /// Who answers where a conversation has chosen nothing.
    pub model: PublicModel,
    /// How clients behave.
    pub display: PublicDisplay,
}

/// Who answers where a conversation has chosen nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PublicModel {
    /// Whose model; empty if nobody was chosen.
    pub provider: String,
    /// The model; empty if none was chosen.
    pub default: String,
}

/// How clients behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PublicDisplay {
    /// What becomes of a turn of the caller's that runs when they ask.
    pub busy_input_mode: BusyMode,
}

/// Somebody whose models there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PublicProvider {
    /// The id.
    pub id: String,
    /// The name in lists.
    pub label: String,
    /// Other names, of which the gateway takes none.
    pub aliases: Vec<String>,
    /// Whether it can be asked.
    pub authenticated: bool,
}

/// `config.set` (facts 3.4). Only what is written in [`SettableKey`] can be set by a client: what is in
/// the file of settings is the host's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConfigSetParams {
    /// One of [`SettableKey`].
    #[serde(default)]
    #[cfg_attr(test, ts(as = "SettableKey"))]
    pub key: String,
    /// The conversation that it is set for.
    #[serde(default)]
    pub session_id: Option<String>,
    /// The value.
    #[serde(default)]
    pub value: String,
    /// For what it is set; for the conversation unless said.
    #[serde(default)]
    pub scope: Option<Scope>,
}

/// A key that `config.set` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum SettableKey {
    /// What becomes of a turn of the caller's that runs when they ask: one of [`BusyMode`].
    Busy,
    /// The model of a conversation, as [`ModelChoice`](super::ModelChoice) reads it.
    Model,
    /// How much the model of a conversation thinks: an effort, or `default`.
    Reasoning,
}

impl ConfigSetParams {
    /// Which key is set.
    ///
    /// # Errors
    ///
    /// As [`ConfigGetParams::key`].
    pub fn key(&self) -> Result<SettableKey, RpcError> {
        known(&self.key)
    }
}

/// What `config.set` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ConfigSet {
    /// The key.
    pub key: SettableKey,
    /// The value that it has now.
    pub value: String,
    /// A doubt about it; empty if there is none.
    pub warning: String,
    /// Whether it has to be confirmed first, which nothing has to.
    pub confirm_required: bool,
    /// What would have to be confirmed.
    pub confirm_message: String,
    /// For what it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

impl ConfigSet {
    /// A key that has been set, without a doubt about it.
    pub fn new(key: SettableKey, value: impl Into<String>, scope: Option<Scope>) -> Self {
        Self {
            key,
            value: value.into(),
            warning: String::new(),
            confirm_required: false,
            confirm_message: String::new(),
            scope,
        }
    }
}

fn known<'de, K: Deserialize<'de>>(name: &'de str) -> Result<K, RpcError> {
    let name_of_key = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
    K::deserialize(name_of_key).map_err(|_| RpcError::unknown_config_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<K: std::fmt::Debug>(key: Result<K, RpcError>) -> String {
        match key {
            Ok(key) => format!("{key:?}"),
            Err(error) => format!("{} {}", error.code, error.message),
        }
    }

    #[test]
    fn rz4_keys_are_those_that_are_declared_and_no_others() {
        let get = |name: &str| {
            let params = ConfigGetParams {
                key: name.to_owned(),
                session_id: None,
            };
            shown(params.key())
        };
        let set = |name: &str| {
            let params = ConfigSetParams {
                key: name.to_owned(),
                ..ConfigSetParams::default()
            };
            shown(params.key())
        };
        for (name, expected) in [
            ("full", "Full"),
            ("mtime", "Mtime"),
            ("provider", "Provider"),
        ] {
            assert_eq!(get(name), expected);
        }
        for (name, expected) in [("model", "Model"), ("busy", "Busy")] {
            assert_eq!(set(name), expected);
        }
        for name in ["", "model.api_key", "FULL", "env", "yolo"] {
            let unknown = format!("4002 unknown config key: {name}");
            assert_eq!((get(name), set(name)), (unknown.clone(), unknown));
        }
        assert_eq!(set("mtime"), "4002 unknown config key: mtime");
    }

    #[test]
    fn facts_3_4_answers_have_the_shape_of_their_key() {
        let json = |answer: &ConfigGetAnswer| serde_json::to_string(answer).unwrap();
        let full = ConfigGetAnswer::Full {
            config: PublicConfig {
                model: PublicModel {
                    provider: "p".to_owned(),
                    default: "m".to_owned(),
                },
                display: PublicDisplay {
                    busy_input_mode: BusyMode::Interrupt,
                },
            },
        };
        assert_eq!(
            json(&full),
            r#"{"config":{"model":{"provider":"p","default":"m"},"display":{"busy_input_mode":"interrupt"}}}"#
        );
        let mtime = ConfigGetAnswer::Mtime { mtime: 0.0 };
        assert_eq!(json(&mtime), r#"{"mtime":0.0}"#);
        let set = ConfigSet::new(SettableKey::Model, "m", Some(Scope::Session));
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"{"key":"model","value":"m","warning":"","confirm_required":false,"confirm_message":"","scope":"session"}"#
        );
    }
}
