//! The JSON shapes of a credential. They are promises: fields are added, never renamed.

use hermes_credentials::{Entry, State};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A credential, without any secret.
pub(crate) fn entry(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "index": entry.index,
        "label": entry.label,
        "type": entry.kind.as_str(),
        "source": entry.source,
        "state": state_word(&entry.state),
        "reason": reason(&entry.state),
        "retry_at": retry_at(&entry.state).map(time),
        "current": entry.current,
        "expires_at": entry.expires_at.map(time),
        "renews": entry.renews,
        "base_url": entry.base_url,
        "base_url_overridden": entry.base_url_overridden,
        "refused_base_url": entry.refused_base_url,
        "scope": entry.scope,
        "client_id": entry.client_id,
        "interrupted_refresh_at": entry.interrupted_refresh.map(time),
    })
}

/// RFC 3339 in UTC, whole seconds.
pub(super) fn time(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.to_string()
}

/// One word for the state.
pub(super) const fn state_word(state: &State) -> &'static str {
    match state {
        State::Ready => "ready",
        State::CoolingDown { .. } => "cooling_down",
        State::Dead { .. } => "dead",
        State::Expired => "expired",
        State::Missing => "missing",
    }
}

fn reason(state: &State) -> Option<String> {
    match state {
        State::CoolingDown { code, .. } => code.map(|code| code.to_string()),
        State::Dead { reason } => Some(reason.clone()),
        _ => None,
    }
}

const fn retry_at(state: &State) -> Option<Timestamp> {
    match state {
        State::CoolingDown { until, .. } => Some(*until),
        _ => None,
    }
}
