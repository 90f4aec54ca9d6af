use serde::Serialize;
use serde_json::value::RawValue;

use super::error::{RpcError, code};
use super::id::Id;

/// The answer to a frame that is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReply<'a> {
    /// The id of the request, as far as there is one.
    pub id: Id<'a>,
    /// Why it was refused.
    pub error: RpcError,
}

impl<'a> ErrorReply<'a> {
    /// The frame, as JSON.
    pub fn to_frame(&self) -> String {
        if self.error.code == code::PARSE_ERROR {
            // The one frame that upstream writes in another order (facts 3.2).
            return write(&UnreadableFrame {
                jsonrpc: VERSION,
                error: &self.error,
                id: self.id.raw(),
            })
            .unwrap_or_default();
        }
        answer::<()>(&self.id, Err(self.error.clone()))
    }

    pub(super) const fn new(id: Id<'a>, error: RpcError) -> Self {
        Self { id, error }
    }

    pub(super) fn unreadable() -> Self {
        Self::new(Id::NULL, RpcError::new(code::PARSE_ERROR, "parse error"))
    }
}

/// Writes the frame of the answer to a request.
pub fn answer<T: Serialize>(id: &Id<'_>, outcome: Result<T, RpcError>) -> String {
    let id = id.raw();
    let fail = |error: &RpcError| {
        write(&ErrorFrame {
            jsonrpc: VERSION,
            id,
            error,
        })
        .unwrap_or_default()
    };
    match outcome {
        Ok(result) => write(&ResultFrame {
            jsonrpc: VERSION,
            id,
            result,
        })
        .unwrap_or_else(|_| fail(&RpcError::internal())),
        Err(error) => fail(&error),
    }
}

/// The version of JSON-RPC that every frame of ours names.
pub(super) const VERSION: &str = "2.0";

/// Enough for most frames, so that the buffer seldom grows.
const USUAL_FRAME: usize = 256;

/// Writes a frame into one buffer.
///
/// # Errors
///
/// Only what no frame of ours holds: a map with keys that are no strings.
pub(super) fn write<T: Serialize>(frame: &T) -> Result<String, serde_json::Error> {
    let mut buffer = Vec::with_capacity(USUAL_FRAME);
    serde_json::to_writer(&mut buffer, frame)?;
    Ok(String::from_utf8(buffer).unwrap_or_default())
}

/// The answer to a request that was done.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ResultFrame<'a, T> {
    #[cfg_attr(test, ts(type = "\"2.0\""))]
    jsonrpc: &'static str,
    #[cfg_attr(test, ts(type = "string | number | null"))]
    id: &'a RawValue,
    result: T,
}

/// The answer to a request that failed.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct ErrorFrame<'a> {
    #[cfg_attr(test, ts(type = "\"2.0\""))]
    jsonrpc: &'static str,
    #[cfg_attr(test, ts(type = "string | number | null"))]
    id: &'a RawValue,
    error: &'a RpcError,
}

#[derive(Serialize)]
struct UnreadableFrame<'a> {
    jsonrpc: &'static str,
    error: &'a RpcError,
    id: &'a RawValue,
}

#[cfg(test)]
mod tests {
    use super::{ErrorReply, RpcError, USUAL_FRAME, answer};
    use crate::rpc::Request;
    use crate::rpc::error::{ErrorData, code};

    #[test]
    fn answers_have_the_measured_order_of_keys() {
        let request = Request::parse(r#"{"id":"r1","method":"x"}"#)
            .unwrap()
            .unwrap();
        assert_eq!(
            answer(&request.id, Ok(7)),
            r#"{"jsonrpc":"2.0","id":"r1","result":7}"#
        );
        let error = RpcError::new(code::BAD_ARGUMENT, "no").with_data(ErrorData {
            code: "config.unknown_key".into(),
            hint: "hermes help".into(),
            retryable: false,
        });
        assert_eq!(
            answer::<()>(&request.id.into_owned(), Err(error)),
            r#"{"jsonrpc":"2.0","id":"r1","error":{"code":4002,"message":"no","data":{"code":"config.unknown_key","hint":"hermes help","retryable":false}}}"#
        );
        assert_eq!(
            ErrorReply::unreadable().to_frame(),
            r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"parse error"},"id":null}"#
        );
    }

    #[test]
    fn a_usual_frame_is_written_into_the_buffer_that_was_made_for_it() {
        let request = Request::parse(r#"{"id":1,"method":"x"}"#).unwrap().unwrap();
        assert_eq!(
            answer(&request.id, Ok("x".repeat(200))).capacity(),
            USUAL_FRAME
        );
    }

    #[test]
    fn a_result_that_cannot_be_written_is_an_internal_error() {
        let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
        let request = Request::parse(r#"{"id":1,"method":"x"}"#).unwrap().unwrap();
        assert_eq!(
            answer(&request.id, Ok(keys)),
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"internal error"}}"#
        );
    }
}
