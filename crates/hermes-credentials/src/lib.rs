//! The credentials: `auth.json`, its lock, the pools of accounts and keys, and their refresh.
//!
//! [`Credentials`] is the way in; `credentials/` has one file for each thing that can be done. What
//! they stand on, in reading order: `auth_file` is the document, `record` one account in it,
//! `place` where a provider's account lives, `listing` what a person sees of all that, `store` the
//! transaction that changes it, `intent` the trace that a refresh leaves. Beside them, `foreign`
//! reads the logins of other tools, and `settings` upstream's
//! `config.yaml`.
//!
//! What must stay true:
//!
//! - A file that cannot be read, parsed or understood is never replaced.
//! - Readers take no lock and never wait.
//! - A refresh token is used once: by one task, in one process, under one lock.
//! - A refresh changes every place that holds the old refresh token.
//! - Failures that may pass never delete anything.

mod auth_file;
mod base_url;
mod cooldown;
mod copies;
mod credentials;
mod due;
mod entry;
mod env_keys;
mod error;
mod foreign;
mod intent;
mod listing;
mod outcome;
mod place;
mod record;
mod said;
mod settings;
mod single_flight;
mod store;
mod times;

pub use self::{
    auth_file::AuthFile,
    credentials::{Afterwards, Credentials, Refusal, RefusalKind},
    entry::{Entry, Keeper, Kind, Pool, State},
    error::{CredentialError, Holder, ShapeError, StoreError},
    foreign::{ImportError, Login, Origin, Tool},
    outcome::{
        AccessToken, Check, Checked, Cleanup, Imported, Left, Leftover, LoggedOut, Removed, Revoke,
        RevokeOutcome, Saved, Share, Status,
    },
    settings::{PoolStrategy, Settings, SettingsError},
    store::{CredentialStore, FileStore, FileTransaction, Transaction},
};
pub use hermes_oauth::KeyVerdict;
