//! Models behind an API: what they are asked, what they answer, and what stands in the way.
//!
//! A [`ChatModel`] answers one [`Ask`] with one [`Grant`]. [`RemoteModel`] is the one there is; the
//! three dialects that it speaks are in `wire`, a file each, and what one provider wants differently
//! is a row in `manner`. Whoever has grants to give is an [`Access`]: [`Accounts`] takes them from
//! the credentials of this home, [`FixedAccess`] from the settings. Who has them is told by
//! [`Sources`]. [`ModelAgent`] puts all together: it finds the way that a prompt names, asks for a
//! grant for each call, and knows when to try again. What there is to choose from is the
//! [`Catalogue`].

mod access;
mod accounts;
mod agent;
mod catalogue;
mod driven;
mod error;
mod grant;
mod manner;
mod price;
mod problem;
mod remote;
mod reset;
mod sources;
mod wire;

use futures_util::stream::BoxStream;
use hermes_machine::BoxFuture;

#[doc(hidden)]
pub use self::wire::read_all;
pub use self::{
    access::{Access, FixedAccess, Next, Refused},
    accounts::Accounts,
    agent::ModelAgent,
    catalogue::{Catalogue, Offer},
    error::{Cause, ModelError},
    grant::{ApiMode, BaseUrl, BaseUrlError, Grant},
    price::Price,
    remote::RemoteModel,
    sources::{Pick, Source, Sources, Standing},
};

use crate::{Message, Usage};

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The model, by the provider's name for it.
    pub model: String,
    /// A name of the conversation that stays the same from call to call and says nothing about
    /// anybody.
    pub conversation: String,
    /// The messages, the first one first.
    pub messages: Vec<Message>,
    /// How much it is to think; the provider's own measure where nothing is said.
    pub effort: Option<Effort>,
}

/// How much a model is to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Not at all.
    None,
    /// Hardly.
    Minimal,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// As much as it can.
    Xhigh,
}

impl Effort {
    /// Every effort, the least one first.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Xhigh,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
        }
    }

    /// The effort of this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.as_str() == word)
    }
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// More of the thoughts before the answer.
    Reasoning(String),
    /// More of the answer.
    Text(String),
    /// The tokens that it took.
    Usage(Usage),
    /// It is over. Nothing follows.
    Done(Finish),
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It had said everything.
    Complete,
    /// It may not write more.
    Cut,
}

/// The pieces of one answer: the last one is [`Piece::Done`], or an error, and nothing follows
/// either.
pub type Pieces = BoxStream<'static, Result<Piece, ModelError>>;

/// A model of a provider's listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The provider's name for it, safe to show.
    pub id: String,
    /// How many tokens it can have before it, where the listing says.
    pub context: Option<u64>,
    /// Whether it reads pictures, where the listing says.
    pub images: Option<bool>,
    /// What it costs, where the listing says.
    pub price: Option<Price>,
}

/// Whoever answers with what a grant gives access to.
pub trait ChatModel: Send + Sync {
    /// Answers. A stream that is dropped stops at once.
    fn answer(&self, grant: &Grant, ask: &Ask) -> Pieces;

    /// The models that the grant gives access to, in the provider's order.
    fn models<'a>(&'a self, grant: &'a Grant) -> BoxFuture<'a, Result<Vec<ModelInfo>, ModelError>>;
}
