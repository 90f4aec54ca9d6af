//! A home, and what its gateway is put together from.
//!
//! A [`World`] is where everything begins: the environment, the home, clock, randomness and HTTP. From it
//! come the settings ([`config`]), the [`models`] that can be asked from the home, and its [`accounts`],
//! which clients of the gateway sign in. [`assembly`] makes a gateway of them, and [`reload`] reads the
//! settings again while one runs. Another one that runs for the same home is asked by [`control`], and
//! [`nearby`] tells the networks around that one is there.
//!
//! A program that wants a gateway of its own begins one: [`Hosted`] has no address, which is enough for a
//! chat; [`here`] listens on loopback, for an application with a page. Both give way to `hermes serve`,
//! which is there for others.
//!
//! Nothing here knows a command line or a terminal. What goes wrong comes back as a `Failure` with its
//! next step, and what goes on is told to `tracing`.

pub mod accounts;
pub mod assembly;
pub mod audit;
pub mod certificate;
pub mod config;
pub mod control;
pub mod here;
mod hosted;
mod memory;
pub mod models;
pub mod nearby;
mod own;
pub mod reload;
pub mod sign_in;
pub mod token;
mod world;

pub use self::{hosted::Hosted, memory::leave_no_core, world::World};
