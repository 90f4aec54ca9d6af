//! The tables in `vectors`, row by row.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod connection;
mod probing;
mod rules;
mod vectors;
