//! A conversation in a terminal.

mod answer;
mod ink;
mod markdown;
mod wrap;
