//! What the tests of the other crates stand on: a clock that a test moves, randomness that repeats,
//! a home in a temporary directory, an authorization server that is as strict as a real one, and a
//! model server that says what a test wrote down.
//!
//! Never part of a release. Everything here fails the test that uses it wrongly, by a panic that
//! says what was wrong; what comes over the network never panics.

mod authority;
mod browser;
mod clock;
mod home;
pub mod long;
mod models;
mod provider;
mod random;

pub use self::{
    authority::{Authority, Certified},
    browser::{FakeBrowser, Page, Unreachable},
    clock::MovedClock,
    home::TestHome,
    models::{Answer, Dialect, FakeModels, Saying},
    provider::{FakeProvider, Issued, Recorded, Script, Scripted, Settings},
    random::FixedRandom,
};

use std::{
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The value, or the end of the test.
#[track_caller]
#[expect(clippy::panic, reason = "a test kit fails the test that uses it")]
fn must<T, E: Display>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// A test that panics while it holds a lock has failed anyway; its clean-up may still look inside.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
