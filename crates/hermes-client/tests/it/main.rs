//! The tables in `vectors`, row by row; and the ways to a gateway.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod connection;
mod local;
mod probing;
mod rules;
mod vectors;
mod web;
