use serde::{Deserialize, Serialize};

use crate::rpc::RpcError;

/// `config.get` (facts 3.4). Upstream's clients send a session too, which none of our keys needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConfigGetParams {
    /// One of [`ConfigKey`]; kept as text, since a key that there is not has an answer of its own.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "ConfigKey"))]
    pub key: String,
}

/// A key that `config.get` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
pub enum ConfigKey {
    /// All settings that every client may see.
    Full,
    /// When the settings last changed.
    Mtime,
}

impl ConfigGetParams {
    /// Which key is asked for.
    ///
    /// # Errors
    ///
    /// [`code::BAD_ARGUMENT`](crate::rpc::code::BAD_ARGUMENT) with upstream's text (facts 3.2).
    pub fn key(&self) -> Result<ConfigKey, RpcError> {
        match self.key.as_str() {
            "full" => Ok(ConfigKey::Full),
            "mtime" => Ok(ConfigKey::Mtime),
            unknown => Err(RpcError::unknown_config_key(unknown)),
        }
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
}

/// The settings that every client may see, which are none yet.
///
/// Upstream hands out its whole file here, keys of providers included (facts 6.1 (15)). A setting is
/// shown by becoming a field of this type, never by passing a map through (checklist RZ4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PublicConfig {}

#[cfg(test)]
mod tests {
    use super::{ConfigGetAnswer, ConfigGetParams, ConfigKey, PublicConfig};

    fn key(name: &str) -> Result<ConfigKey, String> {
        let params = ConfigGetParams {
            key: name.to_owned(),
        };
        params
            .key()
            .map_err(|error| format!("{} {}", error.code, error.message))
    }

    #[test]
    fn rz4_config_get_knows_two_keys_and_neither_can_hold_a_secret() {
        assert_eq!(key("full"), Ok(ConfigKey::Full));
        assert_eq!(key("mtime"), Ok(ConfigKey::Mtime));
        for name in ["", "provider", "model.api_key", "FULL", "env"] {
            assert_eq!(key(name), Err(format!("4002 unknown config key: {name}")));
        }
        let full = ConfigGetAnswer::Full {
            config: PublicConfig::default(),
        };
        assert_eq!(serde_json::to_string(&full).unwrap(), r#"{"config":{}}"#);
        let mtime = ConfigGetAnswer::Mtime { mtime: 0.0 };
        assert_eq!(serde_json::to_string(&mtime).unwrap(), r#"{"mtime":0.0}"#);
    }
}
