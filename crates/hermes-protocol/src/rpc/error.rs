use std::borrow::Cow;

use serde::Serialize;

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
        /// An argument is missing or has no such value.
        BAD_ARGUMENT = 4002;
        /// The person may not call this method. Ours.
        NOT_ALLOWED = 4403;
        /// The parameters are larger than the method takes. Ours.
        PARAMS_TOO_LARGE = 4413;
        /// More costly calls than a socket may make. Ours.
        TOO_MANY_CALLS = 4429;
    }
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ErrorData {
    /// The stable code of the error, for which the guide has a section.
    pub code: &'static str,
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

    /// Adds the stable code of the error.
    #[must_use]
    pub const fn with_code(mut self, code: &'static str) -> Self {
        self.data = Some(ErrorData { code });
        self
    }

    /// The gateway failed; why is in its log, not here.
    pub const fn internal() -> Self {
        Self {
            code: code::INTERNAL_ERROR,
            message: Cow::Borrowed("internal error"),
            data: None,
        }
    }

    /// A `config.get` for a key that there is not.
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
