//! What a person's gateways are remembered by, and what opens them.
//!
//! `gateways.json` holds names and addresses, and no secret. The secrets are in the keychain of the
//! desktop where there is one, else in `gateways.secrets.json`, each under the address of the gateway
//! that gave it: it goes nowhere else (checklist WS12). A secret is in one of the two places at a time.

mod credential;
mod error;
mod file;
mod gateways;
mod keychain;
mod remembered;
mod renewal;

pub use self::{
    credential::{Kept, Left},
    error::KeptError,
    gateways::{Account, Found, Gateways},
    keychain::{Keychain, KeychainError, KeychainUse},
    remembered::{Remembered, Where, is_name},
};
