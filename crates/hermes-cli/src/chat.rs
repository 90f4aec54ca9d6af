//! A conversation in a terminal.

mod answer;
mod composer;
mod ink;
mod markdown;
mod region;
mod wrap;
