//! The rules of reaching a gateway, once for every client: what a typed address means, who may be
//! sent a secret, whether people sign in there, what a refused ticket asks of the person, and what
//! happens next when a connection breaks.
//!
//! The rules are functions of what they are given. The tables in `vectors` say what they are; whoever has
//! them in another language is held to the same tables. [`sign_in`] and [`kept`] get in and stay in. Through
//! a [`Door`], over a connection that comes and goes, [`Drive`] follows a conversation, and [`Line`] carries
//! calls and events for a client that follows conversations itself.

mod address;
mod connection;
mod cookies;
mod credential;
mod delay;
mod door;
mod drive;
mod driver;
mod held;
pub mod kept;
mod line;
mod local;
mod mode;
pub mod nearby;
mod probe;
mod rpc;
mod said;
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
    drive::Drive,
    driver::{Driver, Network, SystemNetwork},
    held::{Cookie, Held, Pair},
    line::{Line, LineEvent, LineEvents, Memory},
    local::Local,
    mode::Mode,
    probe::{NotFound, ProbeError, Probed, find, probe},
    rpc::{CallError, Calls, Rpc, calls},
    ticket::{Minted, Outage, minted},
    web::{Answered, Errand, ErrandError, Tick, Tried, Web},
    words::Words,
};
