//! Sign-ins from end to end: the fake provider, real sockets, a moved clock, a person made of code.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, though not each function has the attribute"
)]

mod awaited;
mod browser;
mod clock;
mod device;
mod keep;
mod ladder;
mod loopback;
mod paste;
mod rig;
mod steps;
mod turns;
mod via;
mod via_cut;
mod via_hostile;
mod where_you_are;
