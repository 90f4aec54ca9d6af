//! Sign-ins that have begun and not ended: of which one counts, and which can be finished by
//! another process.
//!
//! Each has a file in `run/pending/` from before its address is shown. [`Attempts`] is that
//! directory, [`Standing`] one's own place in it. A newer sign-in for the same provider and label
//! takes the older one's file away, and with it the right to redeem an answer: so whoever sees two
//! addresses is told which one is void, and it is.
//!
//! [`begin`] is the first turn of a sign-in in two: it shows the address or the code and keeps what
//! is secret on disk. [`finish`] or [`finish_now`] is the second.

mod attempts;
mod begin;
mod error;
mod finish;
mod record;
mod standing;

pub use self::{
    attempts::{Attempts, Newcomer, Resumed},
    begin::begin,
    error::PendingError,
    finish::{finish, finish_now},
    record::Waiting,
    standing::Standing,
};

#[cfg(test)]
mod tests;
