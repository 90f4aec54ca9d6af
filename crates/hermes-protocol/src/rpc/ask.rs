use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::frame::{Answer, Frame};
use super::reply::{VERSION, write};
use crate::methods::{Declared, Method};

/// Writes the frame of a request: the client's end of [`Request::parse`](super::Request::parse).
pub fn ask<P: Declared + Serialize>(id: u32, params: &P) -> String {
    Question::new(params).to_frame(id)
}

/// A request that has no id yet.
#[derive(Clone, Debug)]
pub struct Question {
    method: Method,
    params: Box<RawValue>,
}

impl Question {
    /// A request with these parameters, which tell the method.
    pub fn new<P: Declared + Serialize>(params: &P) -> Self {
        // No parameters hold a map with keys that are no strings.
        let written = serde_json::value::to_raw_value(params);
        Self {
            method: P::METHOD,
            params: written.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }

    /// The method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// How many bytes the parameters have, of which each method takes so many.
    pub fn bytes(&self) -> usize {
        self.params.get().len()
    }

    /// The frame, as JSON.
    pub fn to_frame(&self, id: u32) -> String {
        let frame = RequestFrame {
            jsonrpc: VERSION,
            id,
            method: self.method.spec().name,
            params: &self.params,
        };
        write(&frame).unwrap_or_default()
    }
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
    let answer = match Frame::parse(frame) {
        Ok(Frame::Answer(answer)) if answer.id.is_none_or(|answered| answered == id) => answer,
        Ok(Frame::Answer(_) | Frame::Event(_)) => return Ok(None),
        Err(error) => return Err(serde::de::Error::custom(error)),
    };
    Ok(Some(match answer.outcome {
        Ok(done) => Answered::Done(Answer::read(&done)?),
        Err(refused) => Answered::Refused {
            message: refused.message,
            code: refused.code,
        },
    }))
}

#[derive(Serialize)]
struct RequestFrame<'a> {
    jsonrpc: &'static str,
    id: u32,
    method: &'static str,
    params: &'a RawValue,
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
            code: "config.invalid".into(),
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
