//! A sign-in as a person meets it.
//!
//! A reader follows it in this order: [`Place`] finds out where the command runs, [`ladder()`] says
//! which flows to try there and why, [`sign_in()`] walks down the rungs and saves what comes of it.
//! A rung is the loopback listener (`loopback`, with the [`hint`] for a tunnel to it) raced against
//! a [`paste`], the paste alone, or a device code (`device`). [`Person`] is whoever sits at the
//! other end: it is told of [`Event`]s and asked for lines; the terminal is one, a test another.
//!
//! A sign-in may also be begun by one process and finished by another: [`turns`].
//!
//! Nothing here is spawned: a sign-in is one future, and dropping it (Ctrl-C) closes the listener
//! and every connection at once.

mod arrival;
mod browser;
mod device;
mod error;
pub mod hint;
pub mod host;
pub mod ladder;
pub mod loopback;
pub mod paste;
mod person;
mod place;
mod redirect;
mod relay;
mod sign_in;
mod surroundings;
pub mod turns;
pub mod via;

pub use self::{
    arrival::Arrival,
    browser::{Opener, SystemOpener, check_openable},
    error::LoginError,
    hint::{GUIDE_BASE, TunnelHint, tunnel_hint},
    ladder::{Offer, Rung, ladder},
    loopback::port_owner,
    person::{BrowserOutcome, Event, Person},
    place::{
        Ancestor, Evidence, Inside, Place, PlaceKind, Probe, SshConnection, SystemProbe,
        TmuxVariable,
    },
    relay::{Relay, RelayEnding, RelayError, RelayRequest},
    sign_in::{SignIn, SignedIn, sign_in, sign_in_by_relay},
    surroundings::Surroundings,
};
