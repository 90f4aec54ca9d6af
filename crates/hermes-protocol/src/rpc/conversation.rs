//! What happens in a conversation, as its clients are told (facts 3.4). Each has a number, and each
//! number is one frame. What tells how something is, and not what happened, has none.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{Payload, Told};
use crate::lenient::readable;
use crate::methods::{ConversationInfo, ConversationUsage, TurnStatus, TurnTokens, WaitingPrompt};

macro_rules! payloads {
    ($($name:ident => $kind:literal,)*) => {
        $(impl Payload for $name {
            const TYPE: &'static str = $kind;
        })*

        /// What happens in a conversation, as a client reads it.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each is what its payload is")]
        pub enum ConversationEvent {
            $($name($name),)*
        }

        impl ConversationEvent {
            /// Reads an event; `None` if it is of a kind that is not known here, or tells something else
            /// than its kind does.
            pub fn read(told: &Told) -> Option<Self> {
                match &*told.kind {
                    $($kind => told.payload().ok().map(Self::$name),)*
                    _ => None,
                }
            }

            /// What it tells, as ours writes it.
            pub fn to_payload(&self) -> Option<Box<RawValue>> {
                match self {
                    $(Self::$name(payload) => to_raw_value(payload).ok(),)*
                }
            }
        }

        /// Each event of a conversation, and the TypeScript name of its payload.
        #[cfg(test)]
        pub(crate) fn typescript(config: &ts_rs::Config) -> Vec<(&'static str, String)> {
            use ts_rs::TS;
            vec![$(($kind, <$name>::name(config)),)*]
        }
    };
}

payloads! {
    MessageStart => "message.start",
    ReasoningDelta => "reasoning.delta",
    MessageDelta => "message.delta",
    StatusUpdate => "status.update",
    MessageComplete => "message.complete",
    ConversationTitled => "session.title",
    HistoryCut => "history.cut",
    HistoryShown => "history.shown",
    PromptsWithdrawn => "prompt.withdrawn",
    PromptsDropped => "prompt.dropped",
    PromptsWaiting => "prompt.waiting",
    ConversationInfo => "session.info",
}

/// A turn began. Upstream tells nothing more; ours tells what was asked, for those who did not ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MessageStart {
    /// What was asked.
    pub text: String,
    /// What whoever asked calls it; several if prompts waited and were joined.
    pub prompt_ids: Vec<String>,
    /// The pictures that came with it, as `prompt.submit` named them.
    pub images: Vec<String>,
    /// Which version of its prompt it is, from 1, where there are several. Ours.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// How many versions there are. It is there where `version` is.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub versions: Option<u32>,
}

/// More of the thoughts before an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReasoningDelta {
    /// The text, which follows the one before.
    pub text: String,
}

/// More of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MessageDelta {
    /// The text, which follows the one before.
    pub text: String,
}

/// Something that is worth a line beside the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatusUpdate {
    /// What it is about.
    #[serde(deserialize_with = "readable")]
    pub kind: StatusKind,
    /// The line.
    pub text: String,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StatusKind {
    /// How the turn goes on.
    #[default]
    Lifecycle,
    /// Somebody has to sign in, and the line has the command. Ours.
    SignIn,
    /// What is said is not saved just now. Ours.
    Unsaved,
    /// It is saved again. Ours.
    Saved,
}

/// A turn is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MessageComplete {
    /// The whole answer; of one that failed and had nothing, why.
    #[serde(deserialize_with = "readable")]
    pub text: String,
    /// What the conversation has used.
    #[serde(deserialize_with = "readable")]
    pub usage: ConversationUsage,
    /// How it ended.
    #[serde(deserialize_with = "readable")]
    pub status: TurnStatus,
    /// The thoughts before it.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// That the answer is not all there is.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Why it failed. Ours.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub error: Option<TurnError>,
    /// What the turn took, if its model said. Ours.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TurnTokens>,
    /// The model that answered, if that is known. Ours.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Why a turn failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnError {
    /// The stable code, for which the guide has a section.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether the same prompt may work later without anybody doing anything.
    pub retryable: bool,
}

/// A conversation is called something else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationTitled {
    /// The conversation.
    pub session_id: String,
    /// What it is called.
    pub title: String,
}

/// Turns were taken back. Ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HistoryCut {
    /// The first prompt that is gone, counted from 0.
    pub from_user_ordinal: u64,
}

/// Another version of a prompt is shown, with what was said after that one: whoever shows the conversation
/// reads it anew. Ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HistoryShown {
    /// The first prompt that is another one, counted from 0.
    pub from_user_ordinal: u64,
}

/// Prompts that waited were taken back: they are not asked, whoever sends them again. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PromptsWithdrawn {
    /// What whoever asked calls them.
    pub prompt_ids: Vec<String>,
}

/// Prompts that waited are not asked: they went with the turn that somebody has stopped, or could not be asked when
/// that was over. Whoever wrote them has them back. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct PromptsDropped {
    /// What whoever asked calls them.
    pub prompt_ids: Vec<String>,
    /// Why they are not asked, if it is not that their turn was stopped: a sentence.
    #[serde(deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What waits for the end of the turn has changed. It is told to everybody who looks, after what led to it,
/// and has no number: it is all that waits now, as `session.resume` answers it. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PromptsWaiting {
    /// The prompts, in order; none if nothing waits any more.
    pub prompts: Vec<WaitingPrompt>,
}
