//! The provider table: who issues tokens, where, by which flows, under whose client id.
//!
//! It is data. One file is built in (`src/providers.toml`); `$HERMES_HOME/providers.toml` adds
//! providers and replaces keys. Code appears only where a provider's own protocol differs from
//! the standards: that difference has a name here ([`Dialect`]) and its code in `hermes-oauth`.

mod key_check;
mod provider;
mod section;
mod table;

pub use self::{
    key_check::{KeyCheck, KeyHeader},
    provider::{Api, Dialect, Endpoints, Flow, Loopback, Provider},
    table::{Lookup, Table, TableError},
};
