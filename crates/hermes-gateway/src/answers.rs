//! What the calls of a socket answer, from what is on this machine.

use std::{path::PathBuf, time::UNIX_EPOCH};

use hermes_credentials::Credentials;
use hermes_machine::BoxFuture;
use hermes_protocol::{
    methods::{ConfigGetAnswer, ConfigKey, PublicConfig, SetupStatusAnswer},
    rpc::RpcError,
};

use crate::socket::Answers;

/// The answers of a gateway with a home.
pub struct LocalAnswers {
    credentials: Credentials,
    config: PathBuf,
}

impl LocalAnswers {
    /// The answers for these credentials, and this file of settings.
    pub const fn new(credentials: Credentials, config: PathBuf) -> Self {
        Self {
            credentials,
            config,
        }
    }
}

impl Answers for LocalAnswers {
    fn setup_status(&self) -> BoxFuture<'_, Result<SetupStatusAnswer, RpcError>> {
        let credentials = self.credentials.clone();
        Box::pin(async move {
            let listed = tokio::task::spawn_blocking(move || credentials.list(None)).await;
            // A file that cannot be read is for the owner to see, by `hermes doctor`.
            let pools = listed.map_err(|_| RpcError::internal())?;
            Ok(SetupStatusAnswer {
                provider_configured: pools.is_ok_and(|pools| !pools.is_empty()),
            })
        })
    }

    fn config_get(&self, key: ConfigKey) -> Result<ConfigGetAnswer, RpcError> {
        Ok(match key {
            ConfigKey::Full => ConfigGetAnswer::Full {
                config: PublicConfig::default(),
            },
            ConfigKey::Mtime => ConfigGetAnswer::Mtime {
                mtime: std::fs::metadata(&self.config)
                    .and_then(|metadata| metadata.modified())
                    .ok()
                    .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
                    .map_or(0.0, |since| since.as_secs_f64()),
            },
        })
    }
}
