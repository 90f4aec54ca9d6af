//! A sign-in on a host, finished at the laptop: `hermes auth add … --via HOST`.
//!
//! The two ends speak lines of JSON ([`frame`]) over two byte streams, of which this module knows
//! nothing more: ssh's standard streams in life, a pair of pipes in tests. [`laptop()`] is the end
//! at which the person sits. It speaks first, listens, opens the browser, and trusts nothing that
//! it is told: what it opens is what it would have asked for itself. [`host()`] is the other end: it
//! is a [`crate::Relay`] and a [`crate::Person`] to an ordinary sign-in.

mod error;
pub mod frame;
mod host;
mod laptop;
mod lines;
mod standing;

pub use self::{
    error::ViaError,
    frame::{FrameError, HostHello, Signed},
    host::{HostEnd, host},
    laptop::{Laptop, laptop},
    standing::Standing,
};
