use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::limits::ID_BYTES;

/// The id of a request: a string, a number or null, kept as the JSON text that the client wrote, so
/// that it comes back exactly (facts 3.1).
#[derive(Clone, Debug)]
pub struct Id<'a>(Cow<'a, RawValue>);

impl<'a> Id<'a> {
    /// The id of an answer to a request without one.
    pub const NULL: Id<'static> = Id(Cow::Borrowed(RawValue::NULL));

    /// The id as JSON.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }

    /// The same id, for an answer that comes after its frame is gone.
    pub fn into_owned(self) -> Id<'static> {
        Id(Cow::Owned(self.0.into_owned()))
    }

    /// Takes a JSON value as an id, unless it is of another kind or long.
    pub(super) fn read(value: &'a RawValue) -> Option<Self> {
        let text = value.get();
        let first = text.bytes().next()?;
        let is_id = matches!(first, b'"' | b'-' | b'0'..=b'9' | b'n');
        (is_id && text.len() <= ID_BYTES).then_some(Self(Cow::Borrowed(value)))
    }

    pub(super) fn raw(&self) -> &RawValue {
        &self.0
    }
}

impl PartialEq for Id<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for Id<'_> {}
