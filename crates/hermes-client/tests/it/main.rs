//! The tables in `vectors`, row by row; and a client that follows a conversation, in all weathers.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod breaks;
mod connection;
mod driving;
mod errands;
mod kept;
mod ladder;
mod line;
mod local;
mod probing;
mod renewal;
mod rig;
mod rules;
mod sign_in;
mod stage;
mod trial;
mod vectors;
mod web;
