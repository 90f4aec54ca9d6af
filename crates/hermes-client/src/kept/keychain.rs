//! The keychain of the desktop. It is asked where a session bus is there, and never for long.

mod secret_service;

use std::{path::Path, sync::Arc, time::Duration};

use hermes_machine::{BoxFuture, Clock, Environment};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use thiserror::Error;

use super::gateways::Account;

/// The time for one question. A keychain that is locked may ask its person, whom nobody sees here.
const PATIENCE: Duration = Duration::from_secs(5);

/// The setting that decides.
const SETTING: &str = "HERMES_KEYCHAIN";

/// Somewhere that secrets are kept by the desktop.
pub trait Keychain: Send + Sync {
    /// The secret of this account, if it has one.
    fn get<'a>(
        &'a self,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<Option<Secret>, KeychainError>>;

    /// Keeps a secret, in place of the one before.
    fn set<'a>(
        &'a self,
        account: &'a Account,
        secret: &'a Secret,
    ) -> BoxFuture<'a, Result<(), KeychainError>>;

    /// Forgets a secret. That there is none is as good.
    fn delete<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<(), KeychainError>>;
}

/// Why the keychain is of no use just now.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeychainError {
    /// There is none.
    #[error("no keychain runs in this session")]
    Absent,
    /// It is there, and closed.
    #[error("it is locked")]
    Locked,
    /// It did not answer in time.
    #[error("it did not answer within {} s", PATIENCE.as_secs())]
    TimedOut,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
    /// The setting is neither of its words.
    #[error("`{SETTING}` is `{0}`, and has to be `auto`, `on` or `off`")]
    Setting(String),
}

/// Whether a keychain keeps the secrets.
#[derive(Clone)]
pub enum KeychainUse {
    /// None is to: secrets are in the file, and what a keychain has from before counts no more.
    Off,
    /// This session has none, and what another one has kept cannot be read here.
    Absent,
    /// This one, and the file where it cannot.
    Auto(Arc<dyn Keychain>, Arc<dyn Clock>),
    /// This one or none.
    On(Arc<dyn Keychain>, Arc<dyn Clock>),
}

impl KeychainUse {
    /// What the setting says; without one, a keychain is used where the session has a bus.
    ///
    /// # Errors
    ///
    /// If the setting is none of its words.
    pub fn of(environment: &Environment, clock: &Arc<dyn Clock>) -> Result<Self, KeychainError> {
        let keychain = || Arc::new(secret_service::SecretService) as Arc<dyn Keychain>;
        match environment.text(SETTING) {
            Some("on") => Ok(Self::On(keychain(), Arc::clone(clock))),
            Some("off") => Ok(Self::Off),
            None | Some("auto") if has_bus(environment) => {
                Ok(Self::Auto(keychain(), Arc::clone(clock)))
            }
            None | Some("auto") => Ok(Self::Absent),
            Some(other) => Err(KeychainError::Setting(plain(other, LABEL_LIMIT))),
        }
    }

    pub(super) async fn get(&self, account: &Account) -> Result<Option<Secret>, KeychainError> {
        match self {
            Self::Off => Ok(None),
            Self::Absent => Err(KeychainError::Absent),
            Self::Auto(keychain, clock) | Self::On(keychain, clock) => {
                bounded(keychain.get(account), &**clock).await
            }
        }
    }

    /// Keeps a secret. False if it has to go elsewhere.
    pub(super) async fn set(
        &self,
        account: &Account,
        secret: &Secret,
    ) -> Result<bool, KeychainError> {
        match self {
            Self::Off | Self::Absent => Ok(false),
            Self::Auto(keychain, clock) => {
                let set = bounded(keychain.set(account, secret), &**clock).await;
                Ok(set.is_ok())
            }
            Self::On(keychain, clock) => {
                let set = bounded(keychain.set(account, secret), &**clock).await;
                set.map(|()| true)
            }
        }
    }

    pub(super) async fn delete(&self, account: &Account) -> Result<(), KeychainError> {
        match self {
            Self::Off | Self::Absent => Err(KeychainError::Absent),
            Self::Auto(keychain, clock) | Self::On(keychain, clock) => {
                bounded(keychain.delete(account), &**clock).await
            }
        }
    }
}

impl std::fmt::Debug for KeychainUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Off => "Off",
            Self::Absent => "Absent",
            Self::Auto(..) => "Auto",
            Self::On(..) => "On",
        })
    }
}

async fn bounded<T>(
    asked: BoxFuture<'_, Result<T, KeychainError>>,
    clock: &dyn Clock,
) -> Result<T, KeychainError> {
    tokio::select! {
        biased;
        answer = asked => answer,
        () = clock.sleep(PATIENCE) => Err(KeychainError::TimedOut),
    }
}

/// Whether this session has a bus: an address of one, or its socket where systemd puts it.
fn has_bus(environment: &Environment) -> bool {
    let socket = environment
        .path("XDG_RUNTIME_DIR")
        .map(|directory| directory.join("bus"));
    environment.has("DBUS_SESSION_BUS_ADDRESS") || socket.as_deref().is_some_and(Path::exists)
}
