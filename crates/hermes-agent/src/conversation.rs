//! A conversation: what was asked and answered, and the turn that may be running.
//!
//! Everything that happens is a [`Record`], numbered without a gap. The transcript is what the records
//! come to, whoever adds them up: the conversation itself, a client that has watched from the start,
//! one that came back. No socket owns anything of it. [`Live`] is a conversation in memory; a turn
//! runs in a task of its own and goes on when everybody has left.

mod aside;
mod branches;
mod copied;
mod event;
mod imported;
mod live;
mod machine;
mod queue;
mod saving;
mod summary;
mod title;
mod transcript;
mod turn;
mod watcher;

pub use self::{
    branches::Version,
    event::{Ask, AskId, AskIdError, Choice, Event, ImageId, Record},
    imported::{Said, Voice},
    live::{Live, Ports},
    machine::{Busy, Instead, Refused, Submitted, Wanted, Withdrawn},
    queue::joined,
    summary::{NotSummarised, Summarised},
    transcript::{Compressed, Transcript, Turn},
    watcher::{Place, Seen, Watcher},
};
