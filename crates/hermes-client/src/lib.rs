//! The rules of reaching a gateway, once for every client: what a typed address means, who may be
//! sent a secret, whether people sign in there, what a refused ticket asks of the person, and what
//! happens next when a connection breaks.
//!
//! Nearly everything here is a function of what it is given; [`probe`] alone asks a gateway. The tables in `vectors` say what the rules
//! are; whoever has them in another language is held to the same tables.

mod address;
mod connection;
mod cookies;
mod credential;
mod delay;
mod door;
mod mode;
mod probe;
pub mod talk;
mod ticket;

pub use self::{
    address::{AddressError, GatewayAddress, PlainHttp, ReadableError, SecretAddress, Shown},
    connection::{Connection, Happened, Needed, Refused, State, ToDo, Trouble},
    cookies::Signed,
    credential::Credential,
    delay::{LONGEST_DELAY, delay},
    door::{Door, Ended, Wire},
    mode::Mode,
    probe::{ProbeError, Probed, probe},
    ticket::{Minted, Outage, minted},
};
