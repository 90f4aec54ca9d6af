//! A conversation in a terminal.

mod answer;
mod commands;
mod composer;
mod draw;
mod ink;
mod link;
mod markdown;
mod matching;
mod model;
mod picker;
mod prompts;
mod region;
mod wrap;
