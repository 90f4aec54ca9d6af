use std::borrow::Cow;

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

/// The longest name of a method that is sent.
const NAME_BYTES: usize = 64;

/// A request that has no id yet.
#[derive(Clone, Debug)]
pub struct Question {
    name: Cow<'static, str>,
    params: Box<RawValue>,
}

impl Question {
    /// A request with these parameters, which tell the method.
    pub fn new<P: Declared + Serialize>(params: &P) -> Self {
        // No parameters hold a map with keys that are no strings.
        let written = serde_json::value::to_raw_value(params);
        Self {
            name: Cow::Borrowed(P::METHOD.spec().name),
            params: written.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }

    /// A request for the method of this name, which may be one that is not known here: a gateway says so
    /// itself. `None` if nothing could be called so, or if the parameters are no object.
    pub fn named(name: &str, params: Box<RawValue>) -> Option<Self> {
        let is_name = matches!(name.len(), 1..=NAME_BYTES)
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'));
        (is_name && params.get().starts_with('{')).then(|| Self {
            name: Cow::Owned(name.to_owned()),
            params,
        })
    }

    /// What the method is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What goes along, as JSON.
    pub fn params(&self) -> &RawValue {
        &self.params
    }

    /// The method, if it is known here.
    pub fn method(&self) -> Option<Method> {
        Method::find(&self.name)
    }

    /// How many bytes the parameters have, of which each method takes so many.
    pub fn bytes(&self) -> usize {
        self.params.get().len()
    }

    /// How many bytes the frame has at most.
    pub fn frame_bytes(&self) -> usize {
        // What is around the name and the parameters is short, and so is any id.
        const AROUND: usize = 80;
        AROUND + self.name.len() + self.bytes()
    }

    /// The frame, as JSON.
    pub fn to_frame(&self, id: u32) -> String {
        let frame = RequestFrame {
            jsonrpc: VERSION,
            id,
            method: &self.name,
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
    method: &'a str,
    params: &'a RawValue,
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Answered, NAME_BYTES, Question, answer_to, ask};
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

    #[test]
    fn what_is_asked_by_name_has_a_name_and_an_object() {
        let longest = "a".repeat(NAME_BYTES);
        let too_long = format!("{longest}a");
        for (name, params, is_asked) in [
            ("session.list", "{}", true),
            ("later.than_this", r#"{"a":1}"#, true),
            (&*longest, "{}", true),
            (&*too_long, "{}", false),
            ("", "{}", false),
            ("Session.list", "{}", false),
            ("a\",\"id\":2", "{}", false),
            ("session.list", "[]", false),
            ("session.list", "null", false),
        ] {
            let params: Box<RawValue> = serde_json::from_str(params).unwrap();
            let question = Question::named(name, params);
            assert_eq!(question.is_some(), is_asked, "{name} {question:?}");
            let Some(question) = question else { continue };
            let frame = question.to_frame(3);
            let request = Request::parse(&frame).unwrap().unwrap();
            assert_eq!(request.method, name);
            assert!(question.to_frame(u32::MAX).len() <= question.frame_bytes());
            assert_eq!(question.method(), Method::find(name));
        }
    }
}
