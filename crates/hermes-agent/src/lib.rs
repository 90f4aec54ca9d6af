//! Turns: what a person asks, what an agent answers, and how both become a conversation.
//!
//! Two ports shape the crate. An [`Agent`] answers a prompt in steps; a model behind an API is one,
//! and programs that use tools will be others. Whoever keeps conversations is a journal.

mod agent;
pub mod conversation;
mod failure;
mod journal;
mod message;
mod model;
mod usage;

#[doc(hidden)]
pub use self::model::read_all;
pub use self::{
    agent::{Agent, End, Prompt, Step, Steps},
    failure::TurnFailure,
    journal::{FoundAgain, Journal, JournalError, Kept, MemoryJournal, READ_LIMIT, Summary},
    message::{Image, ImageError, MediaType, Message, Part},
    model::{
        Access, Accounts, ApiMode, Ask, BaseUrl, BaseUrlError, Catalogue, Cause, ChatModel, Effort,
        Finish, FixedAccess, Grant, ModelAgent, ModelError, ModelInfo, Next, Offer, Pick, Piece,
        Pieces, Price, Refused, RemoteModel, Source, Sources, Standing,
    },
    usage::Usage,
};
