use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::limits::ECHOED_CHARS;

/// The numbers of errors (facts 3.2). Those of upstream keep its meaning; ours are built like the
/// status of HTTP that means the same.
pub mod code {
    macro_rules! codes {
        ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
            $($(#[$doc])* pub const $name: i32 = $number;)*

            /// Every number, with the name of its constant.
            pub const ALL: &[(&str, i32)] = &[$((stringify!($name), $name),)*];
        };
    }

    codes! {
        /// The frame is no JSON.
        PARSE_ERROR = -32700;
        /// The frame is JSON, but no request.
        INVALID_REQUEST = -32600;
        /// There is no such method.
        METHOD_NOT_FOUND = -32601;
        /// The parameters are not those of the method.
        INVALID_PARAMS = -32602;
        /// The gateway failed.
        INTERNAL_ERROR = -32603;
        /// There is no such conversation, or it is somebody else's.
        CONVERSATION_NOT_FOUND = 4001;
        /// An argument is missing or has no such value.
        BAD_ARGUMENT = 4002;
        /// There is nothing in what has to have something in it.
        EMPTY = 4004;
        /// No conversation is named.
        CONVERSATION_REQUIRED = 4006;
        /// There is no such conversation to go on with, or it is somebody else's.
        STORED_CONVERSATION_NOT_FOUND = 4007;
        /// There is nothing that could be branched off, or compressed.
        NOTHING_SAID = 4008;
        /// It cannot be done while a turn runs.
        BUSY = 4009;
        /// There is no such prompt in the conversation, or no such command.
        NO_SUCH_PROMPT = 4018;
        /// The picture is none, or one that cannot be taken.
        BAD_IMAGE = 4016;
        /// A conversation cannot be called so.
        BAD_TITLE = 4022;
        /// There are as many conversations as there may be.
        TOO_MANY_CONVERSATIONS = 4090;
        /// The agent failed, and the message says at what.
        AGENT_FAILED = 5000;
        /// The person may not call this method. Ours.
        NOT_ALLOWED = 4403;
        /// The parameters are larger than the method takes. Ours.
        PARAMS_TOO_LARGE = 4413;
        /// More costly calls than a socket may make. Ours.
        TOO_MANY_CALLS = 4429;
        /// The model cannot be chosen.
        MODEL_NOT_SWITCHED = 5001;
        /// It is not known which models there are.
        MODELS_UNKNOWN = 5033;
    }
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RpcError {
    /// One of [`code`].
    pub code: i32,
    /// What a person reads.
    pub message: Cow<'static, str>,
    /// What upstream does not send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<ErrorData>,
}

/// What an error says beyond upstream's two fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ErrorData {
    /// The stable code of the error, for which the guide has a section.
    pub code: Cow<'static, str>,
    /// What to do next, a command where there is one.
    pub hint: Cow<'static, str>,
    /// Whether the same request may work later without anybody doing anything.
    pub retryable: bool,
}

impl RpcError {
    /// An error without data.
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Adds what a program does about it.
    #[must_use]
    pub fn with_data(self, data: ErrorData) -> Self {
        Self {
            data: Some(data),
            ..self
        }
    }

    /// The gateway failed; why is in its log, not here.
    pub const fn internal() -> Self {
        Self {
            code: code::INTERNAL_ERROR,
            message: Cow::Borrowed("internal error"),
            data: None,
        }
    }

    /// A `config.get` or `config.set` for a key that there is not.
    pub fn unknown_config_key(key: &str) -> Self {
        let message = format!("unknown config key: {}", echo(key));
        Self::new(code::BAD_ARGUMENT, message)
    }

    /// More costly calls than [`limits`](crate::limits) allow.
    pub fn too_many_calls() -> Self {
        Self::new(code::TOO_MANY_CALLS, "too many calls, wait a minute")
    }

    pub(crate) fn unknown_method(name: &str) -> Self {
        let message = format!("unknown method: {}", echo(name));
        Self::new(code::METHOD_NOT_FOUND, message)
    }

    pub(super) fn invalid_request(what: &'static str) -> Self {
        Self::new(code::INVALID_REQUEST, what)
    }
}

/// The beginning of what a client wrote: an answer is not as large as what it refuses.
fn echo(text: &str) -> &str {
    let end = text.char_indices().nth(ECHOED_CHARS);
    end.map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{RpcError, code};

    #[test]
    fn a_long_name_is_repeated_in_part() {
        let error = RpcError::unknown_method(&"ä".repeat(1000));
        assert_eq!(error.code, code::METHOD_NOT_FOUND);
        assert_eq!(
            error.message,
            format!("unknown method: {}", "ä".repeat(128))
        );
    }
}
