use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::depth;
use super::error::{RpcError, code};
use super::id::Id;
use super::reply::ErrorReply;
use crate::limits::JSON_DEPTH;

/// A request of a client. It borrows from its frame; nothing of it is copied but a method's name
/// that is written with escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Repeated in the answer; null if the client sent none, since every request is answered.
    pub id: Id<'a>,
    /// The name of the method, not empty.
    pub method: Cow<'a, str>,
    /// The parameters.
    pub params: Params<'a>,
}

/// The parameters of a request: the JSON text of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params<'a>(&'a str);

impl<'a> Params<'a> {
    /// The object as JSON.
    pub const fn as_json(self) -> &'a str {
        self.0
    }

    /// Reads the parameters of a method.
    ///
    /// # Errors
    ///
    /// [`code::INVALID_PARAMS`]. The text says where, not what was found there: a parameter may be
    /// a secret, and errors are shown and logged.
    pub fn read<T: DeserializeOwned>(self, method: &str) -> Result<T, RpcError> {
        serde_json::from_str(self.0).map_err(|error| {
            let at = error.column();
            let message =
                format!("invalid params: not what `{method}` takes, at byte {at} of them");
            RpcError::new(code::INVALID_PARAMS, message)
        })
    }
}

impl<'a> Request<'a> {
    /// Reads a text frame; none if it is blank, which is no request and gets no answer.
    ///
    /// The limit of the socket has held for the frame's size before this is called.
    ///
    /// # Errors
    ///
    /// The answer for a frame that is no request: no JSON, more than [`JSON_DEPTH`] deep, a batch or
    /// another thing than an object, an id that is no string, number or null or is long, a method
    /// that is no name, parameters that are no object (facts 3.1 and 3.2).
    pub fn parse(frame: &'a str) -> Result<Option<Self>, ErrorReply<'a>> {
        let text = frame.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let refuse = |id, what| Err(ErrorReply::new(id, RpcError::invalid_request(what)));
        if !depth::is_within(text, JSON_DEPTH) {
            return refuse(Id::NULL, "invalid request: nested more than 64 levels deep");
        }
        if !text.starts_with('{') {
            return match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => refuse(Id::NULL, "invalid request: expected an object"),
                Err(_) => Err(ErrorReply::unreadable()),
            };
        }
        let Ok(fields) = serde_json::from_str::<Fields<'_>>(text) else {
            return Err(ErrorReply::unreadable());
        };
        let Some(id) = fields.id.map_or(Some(Id::NULL), Id::read) else {
            let what = "invalid request: id must be a short string, a number or null";
            return refuse(Id::NULL, what);
        };
        let method = match fields.method.map(name) {
            Some(Name::Given(method)) => method,
            Some(Name::Unreadable) => return Err(ErrorReply::unreadable()),
            Some(Name::Missing) | None => {
                return refuse(id, "invalid request: method must be a non-empty string");
            }
        };
        let params = match fields.params.map(RawValue::get) {
            None | Some("null") => Params("{}"),
            Some(object) if object.starts_with('{') => Params(object),
            Some(_) => {
                let what = "invalid params: expected an object";
                return Err(ErrorReply::new(
                    id,
                    RpcError::new(code::INVALID_PARAMS, what),
                ));
            }
        };
        Ok(Some(Self { id, method, params }))
    }
}

/// What the value of `method` is.
enum Name<'a> {
    Given(Cow<'a, str>),
    /// Empty, or no string.
    Missing,
    /// A string that is no text: half of a surrogate pair.
    Unreadable,
}

fn name(value: &RawValue) -> Name<'_> {
    let text = value.get();
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return Name::Missing;
    };
    if inner.is_empty() {
        return Name::Missing;
    }
    if !inner.contains('\\') {
        return Name::Given(Cow::Borrowed(inner));
    }
    serde_json::from_str(text).map_or(Name::Unreadable, |name| Name::Given(Cow::Owned(name)))
}

/// The parts of a frame, each as its JSON text. Of a key that is there twice the last one counts, as
/// with upstream.
#[derive(Default)]
struct Fields<'a> {
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Id,
    Method,
    Params,
    #[serde(other)]
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Id => fields.id = Some(map.next_value()?),
                Key::Method => fields.method = Some(map.next_value()?),
                Key::Params => fields.params = Some(map.next_value()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests;
