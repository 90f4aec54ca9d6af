use serde::{Deserialize, Serialize};

use super::reply::{VERSION, write};
use crate::lenient::readable;
use crate::methods::Role;

/// What an event tells. The type of the payload decides the type of the event, so no event can have
/// the payload of another.
pub trait Payload: Serialize {
    /// The `type` on the wire.
    const TYPE: &'static str;
}

/// Something that the gateway tells without having been asked (facts 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a, P> {
    /// The conversation that it belongs to; none if it is the socket's own.
    pub session_id: Option<&'a str>,
    /// Absent on the wire if there is nothing to tell but that it happened.
    pub payload: Option<P>,
    /// Its place among the events of its conversation.
    pub seq: Option<u64>,
}

impl<P: Payload> Event<'_, P> {
    /// An event of the socket itself.
    pub const fn of_socket(payload: P) -> Self {
        Self {
            session_id: None,
            payload: Some(payload),
            seq: None,
        }
    }

    /// The frame, as JSON.
    pub fn to_frame(&self) -> String {
        let frame = EventFrame {
            jsonrpc: VERSION,
            method: "event",
            params: self.params(),
        };
        // No payload holds a map with keys that are no strings.
        write(&frame).unwrap_or_default()
    }

    /// What the frame says of the event, as JSON.
    pub fn to_params(&self) -> String {
        write(&self.params()).unwrap_or_default()
    }

    const fn params(&self) -> EventParams<'_, &P> {
        EventParams {
            kind: P::TYPE,
            session_id: self.session_id,
            payload: self.payload.as_ref(),
            seq: self.seq,
        }
    }
}

/// The first event of every socket (facts 3.3). Upstream's payload describes a look, which its
/// clients do without; ours says who is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayReady {
    /// The user whose session opened the socket.
    pub user_id: String,
    /// What this user may call.
    #[serde(deserialize_with = "readable")]
    pub role: Role,
    /// The largest frame that the gateway takes, in bytes.
    pub max_frame_bytes: usize,
    /// The epoch of the numbers of events. With another one than before, numbers that a client
    /// remembers mean other events, and it resumes its conversations.
    pub replay_epoch: String,
}

impl Payload for GatewayReady {
    const TYPE: &'static str = "gateway.ready";
}

/// The list of the person's conversations is another one: there is one more or one less, one has another
/// name or place, or one runs or does no longer. It comes once a second at most, to the sockets that have
/// asked for it with `session.active_list`. Ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationsChanged {}

impl Payload for ConversationsChanged {
    const TYPE: &'static str = "sessions.changed";
}

/// Something that the gateway tells without having been asked.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct EventFrame<'a, P> {
    #[cfg_attr(test, ts(type = "\"2.0\""))]
    jsonrpc: &'static str,
    #[cfg_attr(test, ts(type = "\"event\""))]
    method: &'static str,
    #[cfg_attr(test, ts(inline))]
    params: EventParams<'a, P>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
struct EventParams<'a, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

/// Whether an event of this kind asks its person for something, and the agent waits for the answer.
pub fn is_question(kind: &str) -> bool {
    matches!(
        kind,
        "approval.request" | "clarify.request" | "sudo.request" | "secret.request"
    )
}

#[cfg(test)]
mod tests {
    use super::{Event, GatewayReady};
    use crate::limits::FRAME_BYTES;
    use crate::methods::Role;

    fn ready() -> GatewayReady {
        GatewayReady {
            user_id: "owner".to_owned(),
            role: Role::Owner,
            max_frame_bytes: FRAME_BYTES,
            replay_epoch: "e1".to_owned(),
        }
    }

    #[test]
    fn the_first_frame_is_an_event_without_a_conversation() {
        insta::assert_snapshot!(Event::of_socket(ready()).to_frame(), @r#"{"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","payload":{"user_id":"owner","role":"owner","max_frame_bytes":16777216,"replay_epoch":"e1"}}}"#);
    }

    #[test]
    fn what_an_event_has_not_is_not_on_the_wire() {
        let event = Event::<GatewayReady> {
            session_id: Some("d5cf7da9"),
            payload: None,
            seq: Some(3),
        };
        insta::assert_snapshot!(event.to_frame(), @r#"{"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","session_id":"d5cf7da9","seq":3}}"#);
    }
}
