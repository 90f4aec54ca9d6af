//! The rules of reaching a gateway, once for every client: what a typed address means, who may be
//! sent a secret, whether people sign in there, what a refused ticket asks of the person, and what
//! happens next when a connection breaks.
//!
//! The rules are functions of what they are given. The tables in `vectors` say what they are; whoever has
//! them in another language is held to the same tables. [`sign_in`] and [`kept`] get in and stay in, and
//! [`Drive`] follows a conversation, through a [`Door`], over a connection that comes and goes.

mod address;
mod connection;
mod cookies;
mod credential;
mod delay;
mod door;
mod drive;
mod held;
pub mod kept;
mod local;
mod mode;
mod probe;
mod rpc;
pub mod sign_in;
pub mod talk;
mod ticket;
mod web;
mod words;

pub use self::{
    address::{AddressError, GatewayAddress, PlainHttp, ReadableError, SecretAddress, Shown},
    connection::{Connection, Happened, Needed, Refused, State, ToDo, Trouble},
    cookies::Signed,
    credential::Credential,
    delay::{LONGEST_DELAY, delay},
    door::{Door, Ended, Wire},
    drive::{Drive, Network, SystemNetwork},
    held::{Cookie, Held, Pair},
    local::Local,
    mode::Mode,
    probe::{ProbeError, Probed, probe},
    rpc::{CallError, Calls, Rpc, calls},
    ticket::{Minted, Outage, minted},
    web::Web,
    words::Words,
};
