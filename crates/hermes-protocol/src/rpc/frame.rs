use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use crate::lenient;

/// What a gateway says, as a client reads it: the other end of [`answer`](super::answer()) and
/// [`Event::to_frame`](super::Event::to_frame). What is added to it in later versions, or by upstream, is
/// passed over.
#[derive(Clone, Debug)]
pub enum Frame {
    /// The answer to a request.
    Answer(Answer),
    /// Something that nobody has asked for.
    Event(Told),
}

/// The same with events as they came, for whoever hands them on.
#[derive(Clone, Debug)]
pub enum Said {
    /// The answer to a request.
    Answer(Answer),
    /// The `params` of an event, which [`Told::read`] reads.
    Event(Box<RawValue>),
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The request; none if the gateway could not tell which.
    pub id: Option<u32>,
    /// What came of it.
    pub outcome: Result<Box<RawValue>, Refused>,
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// One of [`code`](super::code).
    pub number: i64,
    /// What a person reads.
    pub message: String,
    /// The stable code, which upstream does not name.
    pub code: Option<String>,
    /// What to do next, if the gateway says so.
    pub hint: Option<String>,
    /// Whether the same may work later without anybody doing anything, if it says so.
    pub retryable: Option<bool>,
}

/// Something that a gateway tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its kind, which may be one that is not known here.
    pub kind: String,
    /// The conversation that it belongs to; none if it is the socket's own.
    pub session_id: Option<String>,
    /// Its place among the events of its conversation. Upstream's have none.
    pub seq: Option<u64>,
    payload: Option<Box<RawValue>>,
}

/// A text is no frame of a gateway.
#[derive(Debug, thiserror::Error)]
#[error("it is no frame of a gateway")]
pub struct NoFrame;

impl Frame {
    /// Reads a frame.
    ///
    /// # Errors
    ///
    /// It is neither an answer to a request of ours nor an event.
    pub fn parse(text: &str) -> Result<Self, NoFrame> {
        match Said::parse(text)? {
            Said::Answer(answer) => Ok(Self::Answer(answer)),
            Said::Event(params) => Told::read(&params).map(Self::Event),
        }
    }
}

impl Said {
    /// Reads a frame. Whether an event is one, nobody has looked yet.
    ///
    /// # Errors
    ///
    /// It is neither an answer to a request of ours nor an event.
    pub fn parse(text: &str) -> Result<Self, NoFrame> {
        let fields: Fields = serde_json::from_str(text).map_err(|_| NoFrame)?;
        if let Some(method) = fields.method {
            let params = fields.params.filter(|_| method == "event");
            return params.map(Self::Event).ok_or(NoFrame);
        }
        let id = match fields.id {
            None | Some(Value::Null) => None,
            Some(id) => {
                let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
                Some(id.ok_or(NoFrame)?)
            }
        };
        let outcome = match (fields.error, fields.result) {
            (Some(error), _) => Err(error.into()),
            (None, Some(result)) => Ok(result),
            (None, None) => return Err(NoFrame),
        };
        Ok(Self::Answer(Answer { id, outcome }))
    }
}

impl Answer {
    /// Reads what a method answers.
    ///
    /// # Errors
    ///
    /// It is not what the method answers.
    pub fn read<T: DeserializeOwned>(said: &RawValue) -> Result<T, serde_json::Error> {
        lenient::read(said)
    }
}

impl Told {
    /// Reads the `params` of an event, as `session.events.since` has them.
    ///
    /// # Errors
    ///
    /// It is no event.
    pub fn read(params: &RawValue) -> Result<Self, NoFrame> {
        let params: EventParams = serde_json::from_str(params.get()).map_err(|_| NoFrame)?;
        Ok(Self {
            kind: params.kind,
            session_id: params.session_id,
            seq: params.seq.as_ref().and_then(Value::as_u64),
            payload: params.payload,
        })
    }

    /// Reads what it tells. Where nothing is told, the payload is an object without fields.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match &self.payload {
            Some(payload) => lenient::read(payload),
            None => serde_json::from_str("{}"),
        }
    }
}

#[derive(Deserialize)]
struct Fields {
    id: Option<Value>,
    method: Option<String>,
    params: Option<Box<RawValue>>,
    result: Option<Box<RawValue>>,
    error: Option<Wrong>,
}

#[derive(Deserialize)]
struct Wrong {
    #[serde(default, deserialize_with = "lenient::readable")]
    code: i64,
    #[serde(default, deserialize_with = "lenient::readable")]
    message: String,
    #[serde(default, deserialize_with = "lenient::readable")]
    data: WrongData,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrongData {
    #[serde(deserialize_with = "lenient::readable")]
    code: Option<String>,
    #[serde(deserialize_with = "lenient::readable")]
    hint: Option<String>,
    #[serde(deserialize_with = "lenient::readable")]
    retryable: Option<bool>,
}

#[derive(Deserialize)]
struct EventParams {
    #[serde(rename = "type")]
    kind: String,
    session_id: Option<String>,
    payload: Option<Box<RawValue>>,
    seq: Option<Value>,
}

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Self {
        Self {
            number: wrong.code,
            message: wrong.message,
            code: wrong.data.code,
            hint: wrong.data.hint,
            retryable: wrong.data.retryable,
        }
    }
}

#[cfg(test)]
mod tests;
