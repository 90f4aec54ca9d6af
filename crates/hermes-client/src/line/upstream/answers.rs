//! What upstream's gateways answer, as ours would.

use hermes_protocol::{
    methods::{ConversationCreated, ConversationResumed, Inflight, QueuedPrompt, WaitingPrompt},
    rpc::Answer,
};
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};

/// A conversation that was made.
pub(super) struct Created {
    /// What pages call it.
    pub(super) name: String,
    /// What it is called on this socket.
    pub(super) live: String,
    pub(super) answer: Box<RawValue>,
}

pub(super) fn created(said: &RawValue) -> Option<Created> {
    let mut created: ConversationCreated = Answer::read(said).ok()?;
    let live = std::mem::take(&mut created.session_id);
    if live.is_empty() {
        return None;
    }
    let stored = std::mem::take(&mut created.stored_session_id);
    let name = if stored.is_empty() {
        live.clone()
    } else {
        stored
    };
    created.session_id.clone_from(&name);
    created.stored_session_id.clone_from(&name);
    created.info.stored_session_id.clone_from(&name);
    Some(Created {
        answer: to_raw_value(&created).ok()?,
        name,
        live,
    })
}

/// A conversation, as far as it is understood here.
pub(super) fn resumed(said: &RawValue) -> Option<ConversationResumed> {
    let now: ConversationResumed = Answer::read(said).ok()?;
    (!now.session_id.is_empty()).then_some(now)
}

/// The first version of what upstream's own desktop is told (`desktop_contract`) with which prompts can take the
/// place of others. 0.16, which has the first, forgets what is asked so with the next prompt; 0.19 has the fourth.
const TAKES_BACK: u64 = 4;

/// Whether prompts can take the place of others there, by what a conversation is answered with.
pub(super) fn takes_back(said: &RawValue) -> bool {
    let whole: Option<Value> = serde_json::from_str(said.get()).ok();
    let contract = whole
        .as_ref()
        .and_then(|whole| whole.pointer("/info/desktop_contract")?.as_u64());
    contract.is_some_and(|contract| contract >= TAKES_BACK)
}

/// The same by the name that pages have for it, with what waits here. Tools stand among the messages, which only
/// pages know; what was asked in the turn that runs stands there alone.
pub(super) fn written(
    name: &str,
    now: &ConversationResumed,
    said: &RawValue,
    held: Vec<WaitingPrompt>,
) -> Option<Box<RawValue>> {
    let mut whole: Map<String, Value> = serde_json::from_str(said.get()).ok()?;
    let mut info = now.info.clone();
    name.clone_into(&mut info.stored_session_id);
    info.running |= !held.is_empty();
    let mut messages = match whole.remove("messages") {
        Some(Value::Array(messages)) => messages,
        _ => Vec::new(),
    };
    if let (Some(turn), Some(last)) = (&now.inflight, messages.last())
        && is_asked(last, turn)
    {
        messages.pop();
    }
    let texts: Vec<_> = held.iter().map(|prompt| prompt.text.as_str()).collect();
    let queued = match held.is_empty() {
        true => now.queued.clone(),
        false => Some(QueuedPrompt {
            user: texts.join("\n\n"),
            prompts: held,
        }),
    };
    for (field, value) in [
        ("session_id", json!(name)),
        ("resumed", json!(name)),
        ("session_key", json!(name)),
        ("message_count", json!(messages.len())),
        ("messages", Value::Array(messages)),
        ("info", json!(info)),
        ("running", json!(now.running)),
        ("inflight", json!(now.inflight)),
        ("queued", json!(queued)),
        // Its events have no numbers, so what was missed is told as a whole.
        ("seq", Value::Null),
    ] {
        whole.insert(field.to_owned(), value);
    }
    to_raw_value(&whole).ok()
}

fn is_asked(message: &Value, turn: &Inflight) -> bool {
    let text = message.get("text").and_then(Value::as_str);
    message.get("role").and_then(Value::as_str) == Some("user")
        && text.is_some_and(|text| text.trim() == turn.user.trim())
}

/// A list of conversations. Upstream's are active for minutes after they were, and none stands above the others;
/// what runs elsewhere is asked for by other means.
pub(super) fn listed(body: &[u8], runs: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let mut whole: Value = serde_json::from_slice(body).ok()?;
    let rows = whole.get_mut("sessions")?.as_array_mut()?;
    if rows.iter().any(|row| row.get("pinned").is_some()) {
        return None;
    }
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        let is_active = row.get("id").and_then(Value::as_str).is_some_and(&runs);
        row.insert("is_active".to_owned(), is_active.into());
        row.insert("pinned".to_owned(), false.into());
    }
    serde_json::to_vec(&whole).ok()
}

/// What runs, by the names that pages have. As upstream may do more than ours, the rest stays as it came.
pub(super) fn active(said: &RawValue) -> Option<Box<RawValue>> {
    let mut whole: Value = serde_json::from_str(said.get()).ok()?;
    for row in whole.get_mut("sessions")?.as_array_mut()? {
        if let Some(key) = row
            .get("session_key")
            .filter(|key| key.is_string())
            .cloned()
        {
            *row.get_mut("id")? = key;
        }
    }
    to_raw_value(&whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(list: &Value) -> Option<Value> {
        let written = listed(list.to_string().as_bytes(), |id| id == "runs")?;
        Some(serde_json::from_slice(&written).unwrap())
    }

    #[test]
    fn facts_4_3_rows_of_upstreams_say_what_runs_and_ours_stay_as_they_are() {
        let list = json!({"sessions": [{"id": "runs", "is_active": true, "later": 1}, {"id": "was", "is_active": true}], "total": 2});
        let expected = json!({"sessions": [
            {"id": "runs", "is_active": true, "later": 1, "pinned": false}, {"id": "was", "is_active": false, "pinned": false},
        ], "total": 2});
        assert_eq!(rows(&list), Some(expected));
        for other in [
            json!({"sessions": [{"id": "was", "is_active": true, "pinned": true}]}),
            json!({"detail": "no"}),
            json!([]),
        ] {
            assert_eq!(rows(&other), None);
        }
    }
}
