//! The machine, injectable: clock, randomness, environment, home directory, private files and
//! their lock, a bounded HTTP client, and what is announced on its networks.
//!
//! Everything above this crate takes these as values, so that a test can move the clock, choose
//! the environment and count the requests. `clippy.toml` bans the direct calls.

mod clock;
pub mod dns_sd;
mod environment;
pub mod file;
mod home;
pub mod http;
mod lock;
pub mod program;
mod random;

pub use self::{
    clock::{Clock, SystemClock},
    environment::Environment,
    home::{Home, HomeError},
    lock::{FileLock, LockError},
    random::{Random, SystemRandom},
};

/// A boxed future, the return type of the ports' asynchronous methods.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
