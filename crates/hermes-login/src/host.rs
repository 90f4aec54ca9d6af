//! What else runs on this host that a sign-in depends on: services that use credentials as another
//! user ([`services()`]), and programs that listen on the loopback ([`listeners()`]).
//!
//! Everything is read from `/proc`, the list of users and systemd's unit files, through
//! [`HostProbe`]. What may not be read counts as absent: this is advice, never a condition.

mod listeners;
mod probe;
mod services;
mod units;

pub use self::{
    listeners::{Listening, listeners},
    probe::{Account, HostProbe, SystemHost, account, account_named},
    services::{Service, Source, services, strangers},
};

#[cfg(test)]
mod tests;
