//! What upstream's gateways tell, as ours would: they leave out what they have nothing to say about, and a
//! page reads what is there.

use hermes_protocol::{
    methods::{ConversationInfo, TurnStatus, WaitingPrompt},
    rpc::{
        ConversationEvent, GatewayReady, HistoryCut, MessageComplete, MessageStart, Payload,
        PromptsDropped, PromptsWaiting, Told, TurnError,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::prompts::Prompt;
use crate::talk::Instead;

/// The first word of a gateway, which is the first of so many sockets. Numbers of another socket mean nothing.
pub(super) fn ready(params: &RawValue, socket: u32) -> Box<RawValue> {
    let told = Told::read(params).ok();
    let said = told.and_then(|told| told.payload::<GatewayReady>().ok());
    ours(
        None,
        &GatewayReady {
            replay_epoch: format!("upstream-{socket}"),
            ..said.unwrap_or_default()
        },
    )
}

/// An event with every field that ours has, of the conversation that pages call so. One that ours does not know
/// keeps what it says, and so does one that cannot be read.
pub(super) fn as_ours(params: Box<RawValue>, name: Option<&str>) -> Box<RawValue> {
    let Ok(told) = Told::read(&params) else {
        return params;
    };
    let known = ConversationEvent::read(&told).and_then(|event| event.to_payload());
    let written = match known {
        Some(payload) => to_raw_value(&Ours {
            kind: &told.kind,
            session_id: name.or(told.session_id.as_deref()),
            payload: &payload,
        })
        .ok(),
        None => name.and_then(|name| called(&params, name)),
    };
    written.unwrap_or(params)
}

/// The same event of a conversation that is called otherwise.
fn called(params: &RawValue, name: &str) -> Option<Box<RawValue>> {
    let mut fields: Map<String, Value> = serde_json::from_str(params.get()).ok()?;
    fields.insert("session_id".to_owned(), name.into());
    to_raw_value(&fields).ok()
}

/// The turn of this prompt begins; of somebody else's, upstream does not say what it asks.
pub(super) fn start(name: &str, prompt: Option<&Prompt>) -> Box<RawValue> {
    let start = MessageStart {
        text: prompt.map(|prompt| prompt.text.clone()).unwrap_or_default(),
        prompt_ids: prompt.iter().map(|prompt| prompt.id.clone()).collect(),
        ..MessageStart::default()
    };
    ours(Some(name), &start)
}

/// A prompt takes the place of these, which are gone.
pub(super) fn cut(name: &str, instead: Instead) -> Box<RawValue> {
    let from_user_ordinal = instead.from.into();
    ours(Some(name), &HistoryCut { from_user_ordinal })
}

/// What a prompt came to whose turn failed before it began.
pub(super) fn failed(name: &str, prompt: Option<&Prompt>, told: &Told) -> [Box<RawValue>; 2] {
    let failure: Failure = told.payload().unwrap_or_default();
    let complete = MessageComplete {
        status: TurnStatus::Error,
        error: Some(TurnError {
            message: failure.message,
            ..TurnError::default()
        }),
        ..MessageComplete::default()
    };
    [start(name, prompt), ours(Some(name), &complete)]
}

/// How a conversation is set.
pub(super) fn info(name: &str, mut info: ConversationInfo) -> Box<RawValue> {
    name.clone_into(&mut info.stored_session_id);
    ours(Some(name), &info)
}

/// All that waits in a conversation.
pub(super) fn waiting(name: &str, prompts: Vec<WaitingPrompt>) -> Box<RawValue> {
    ours(Some(name), &PromptsWaiting { prompts })
}

/// A prompt that waited is not asked, for this reason.
pub(super) fn dropped(name: &str, id: &str, reason: String) -> Box<RawValue> {
    let dropped = PromptsDropped {
        prompt_ids: vec![id.to_owned()],
        reason: Some(reason),
    };
    ours(Some(name), &dropped)
}

fn ours<P: Payload>(name: Option<&str>, payload: &P) -> Box<RawValue> {
    let written = to_raw_value(payload).and_then(|payload| {
        to_raw_value(&Ours {
            kind: P::TYPE,
            session_id: name,
            payload: &payload,
        })
    });
    // No payload holds a map with keys that are no strings.
    written.unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// What upstream says when a turn fails before it begins.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    message: String,
}

#[derive(Serialize)]
struct Ours<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    payload: &'a RawValue,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::{as_ours, ready};

    fn ours(params: &Value) -> Value {
        let written = as_ours(to_raw_value(params).unwrap(), None);
        serde_json::from_str(written.get()).unwrap()
    }

    #[test]
    fn facts_3_3_a_socket_of_upstreams_begins_as_one_of_ours() {
        for socket in [1, 2] {
            let said = json!({"type": "gateway.ready", "payload": {"skin": {"name": "default"}}});
            let said = ready(&to_raw_value(&said).unwrap(), socket);
            let said: Value = serde_json::from_str(said.get()).unwrap();
            let payload = json!({"user_id": "", "role": "user", "max_frame_bytes": 0, "replay_epoch": format!("upstream-{socket}")});
            assert_eq!(said, json!({"type": "gateway.ready", "payload": payload}));
        }
    }

    #[test]
    fn facts_3_3_and_3_4_what_upstream_leaves_out_is_there() {
        let start = json!({"text": "", "prompt_ids": [], "images": []});
        for (kind, payload, expected) in [
            ("message.start", Value::Null, start.clone()),
            ("message.start", json!({}), start),
            (
                "message.delta",
                json!({"text": "a", "rendered": null}),
                json!({"text": "a"}),
            ),
            (
                "reasoning.delta",
                json!({"text": "b"}),
                json!({"text": "b"}),
            ),
            (
                "status.update",
                json!({"kind": "goal", "text": "c"}),
                json!({"kind": "lifecycle", "text": "c"}),
            ),
        ] {
            let told = match payload {
                Value::Null => json!({"type": kind, "session_id": "d5cf7da9"}),
                payload => json!({"type": kind, "session_id": "d5cf7da9", "payload": payload}),
            };
            let expected = json!({"type": kind, "session_id": "d5cf7da9", "payload": expected});
            assert_eq!(ours(&told), expected);
        }
        let complete = ours(
            &json!({"type": "message.complete", "session_id": "d5cf7da9", "payload": {
                "text": "so", "status": "interrupted", "usage": {"model": "m", "input": 1, "cost": 0.1}, "rendered": null,
            }}),
        );
        assert_eq!(complete["payload"]["text"], "so");
        assert_eq!(complete["payload"]["status"], "interrupted");
        assert_eq!(complete["payload"]["usage"]["input"], 1);
        assert_eq!(complete["payload"]["usage"]["output"], 0, "it is there");
        let info = ours(
            &json!({"type": "session.info", "payload": {"model": "m", "running": true, "branch": null}}),
        );
        assert_eq!(info["payload"]["running"], true);
        assert_eq!(info["payload"]["title"], "", "it is there");
    }

    #[test]
    fn what_ours_does_not_know_stays_as_it_came() {
        for params in [
            json!({"type": "tool.start", "session_id": "c", "payload": {"tool_id": "t", "context": null}}),
            json!({"type": "approval.request", "payload": {"command": "rm", "choices": ["once", "deny"]}}),
            json!({"type": "message.delta", "payload": 7}),
            json!({"payload": {}}),
            json!("no event"),
        ] {
            assert_eq!(ours(&params), params);
        }
    }
}
