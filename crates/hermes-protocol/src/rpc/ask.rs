use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::reply::{VERSION, write};
use crate::methods::Declared;

/// Writes the frame of a request: the client's end of [`Request::parse`](super::Request::parse).
pub fn ask<P: Declared + Serialize>(id: u32, params: &P) -> String {
    let frame = RequestFrame {
        jsonrpc: VERSION,
        id,
        method: P::METHOD.spec().name,
        params,
    };
    // No parameters hold a map with keys that are no strings.
    write(&frame).unwrap_or_default()
}

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered<T> {
    /// It was done.
    Done(T),
    /// It was not.
    Refused {
        /// What a person reads.
        message: String,
        /// The stable code, if the gateway named one.
        code: Option<String>,
    },
}

/// Reads a frame of a gateway: the answer to the request of this id. `None` if it is another thing, as
/// every event is. An answer without an id is to whatever was sent last.
///
/// # Errors
///
/// The frame is not what the method answers.
pub fn answer_to<T: DeserializeOwned>(
    id: u32,
    frame: &str,
) -> Result<Option<Answered<T>>, serde_json::Error> {
    let envelope: Envelope = serde_json::from_str(frame)?;
    if envelope.method.is_some() || envelope.id.is_some_and(|answered| answered != id) {
        return Ok(None);
    }
    if let Some(error) = envelope.error {
        return Ok(Some(Answered::Refused {
            message: error.message,
            code: error.data.map(|data| data.code),
        }));
    }
    let frame: Done<T> = serde_json::from_str(frame)?;
    Ok(Some(Answered::Done(frame.result)))
}

#[derive(Serialize)]
struct RequestFrame<'a, P> {
    jsonrpc: &'static str,
    id: u32,
    method: &'static str,
    params: &'a P,
}

/// What tells an answer from an event, and a refusal from the rest.
#[derive(Deserialize)]
struct Envelope {
    id: Option<u32>,
    method: Option<IgnoredAny>,
    error: Option<Wrong>,
}

#[derive(Deserialize)]
struct Wrong {
    message: String,
    data: Option<WrongData>,
}

#[derive(Deserialize)]
struct WrongData {
    code: String,
}

#[derive(Deserialize)]
struct Done<T> {
    result: T,
}

#[cfg(test)]
mod tests {
    use super::{Answered, answer_to, ask};
    use crate::methods::{EndSessionParams, Method, SessionEnded};
    use crate::rpc::{ErrorData, Event, GatewayReady, Id, Request, RpcError, answer, code};

    fn read(frame: &str) -> Option<Answered<SessionEnded>> {
        answer_to(7, frame).unwrap()
    }

    #[test]
    fn what_is_asked_is_read_at_the_other_end_and_so_is_the_answer() {
        let params = EndSessionParams { id: "s".to_owned() };
        let frame = ask(7, &params);
        let request = Request::parse(&frame).unwrap().unwrap();
        assert_eq!(request.method, Method::EndSession.spec().name);
        let done = SessionEnded { ended: true };
        let answered = answer(&request.id, Ok(done));
        assert_eq!(read(&answered), Some(Answered::Done(done)));
        let no = RpcError::new(code::BAD_ARGUMENT, "no").with_data(ErrorData {
            code: "config.invalid",
            hint: "hermes help".into(),
            retryable: false,
        });
        let refused = Some(Answered::Refused {
            message: "no".to_owned(),
            code: Some("config.invalid".to_owned()),
        });
        assert_eq!(read(&answer::<()>(&request.id, Err(no.clone()))), refused);
        assert_eq!(read(&answer::<()>(&Id::NULL, Err(no))), refused);
    }

    #[test]
    fn events_and_answers_to_others_are_passed_over() {
        let ready = Event::of_socket(GatewayReady {
            user_id: "owner".to_owned(),
            role: crate::methods::Role::Owner,
            max_frame_bytes: 1,
            replay_epoch: String::new(),
        });
        assert_eq!(read(&ready.to_frame()), None);
        assert_eq!(read(r#"{"id":8,"result":{"ended":true}}"#), None);
        for wrong in [r#"{"id":7,"result":{}}"#, r#"{"id":7}"#, "[]", ""] {
            assert!(answer_to::<SessionEnded>(7, wrong).is_err(), "{wrong}");
        }
    }
}
