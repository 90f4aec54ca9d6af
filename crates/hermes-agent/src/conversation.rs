//! A conversation: what was asked and answered, and the turn that may be running.
//!
//! Everything that happens is a [`Record`], numbered without a gap. The transcript is what the records
//! come to, whoever adds them up: the conversation itself, a client that has watched from the start,
//! one that came back. No socket owns anything of it. [`Live`] is a conversation in memory; a turn
//! runs in a task of its own and goes on when everybody has left.

mod aside;
mod copied;
mod event;
mod live;
mod machine;
mod saving;
mod summary;
mod title;
mod transcript;
mod turn;
mod watcher;

pub use self::{
    event::{Ask, AskId, AskIdError, Choice, Event, ImageId, Record},
    live::{Live, Ports},
    machine::{Busy, Instead, Refused, Submitted},
    summary::{NotSummarised, Summarised},
    transcript::{Compressed, Transcript, Turn},
    watcher::{Seen, Watcher},
};
