//! The credentials: `auth.json`, its lock, the pools of accounts and keys, and their refresh.

mod credentials;
mod entry;
mod error;
mod outcome;

pub use self::{
    credentials::Credentials,
    entry::{Entry, Kind, Pool, State},
    error::{CredentialError, Holder, ShapeError, StoreError},
    outcome::{
        AccessToken, Check, Checked, Cleanup, LoggedOut, Removed, Revoke, RevokeOutcome, Saved,
        Status,
    },
};
