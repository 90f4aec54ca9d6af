//! JSON-RPC frames of the socket (facts 3.1 and 3.2).
//!
//! One JSON object a text frame, both ways. A frame from a client is read by [`Request::parse`]; what
//! goes back is written by [`answer`], [`ErrorReply::to_frame`] or [`Event::to_frame`], each into one
//! buffer. A client of ours writes by [`ask()`] or [`Question`], and reads by [`answer_to`] or [`Frame`].

mod ask;
mod conversation;
mod depth;
mod error;
mod event;
mod frame;
mod id;
mod reply;
mod request;

pub use ask::{Answered, Question, answer_to, ask};
pub use conversation::{
    ConversationEvent, ConversationTitled, HistoryCut, HistoryShown, MessageComplete, MessageDelta,
    MessageStart, PromptsDropped, PromptsWaiting, PromptsWithdrawn, ReasoningDelta, StatusKind,
    StatusUpdate, TurnError,
};
pub use error::{ErrorData, RpcError, code};
pub use event::{ConversationsChanged, Event, GatewayReady, Payload, is_question};
pub use frame::{Answer, Frame, NoFrame, Refused, Said, Told};
pub use id::Id;
pub use reply::{ErrorReply, answer};
pub use request::{Params, Request};

#[cfg(test)]
pub(crate) use conversation::typescript;
#[cfg(test)]
pub(crate) use event::EventFrame;
#[cfg(test)]
pub(crate) use reply::{ErrorFrame, ResultFrame};
