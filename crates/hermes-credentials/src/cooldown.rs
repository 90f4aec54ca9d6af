//! The marks that a refusal leaves on an entry: resting for a while, or dead.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::record::Record;

/// The six fields that every entry has.
pub(crate) const MARKS: [&str; 6] = [
    "last_status",
    "last_status_at",
    "last_error_code",
    "last_error_reason",
    "last_error_message",
    "last_error_reset_at",
];

/// How long an entry rests after a 401.
const UNAUTHORIZED: Duration = Duration::from_secs(5 * 60);
/// How long it rests after anything else, unless the provider said.
const REFUSED: Duration = Duration::from_secs(60 * 60);

/// Until when an entry rests, and after which status, if it does.
pub(crate) fn resting(record: Record<'_>, now: Timestamp) -> Option<(Option<i64>, Timestamp)> {
    if record.text("last_status") != Some("exhausted") {
        return None;
    }
    let code = record.number("last_error_code");
    let until = record.moment("last_error_reset_at").or_else(|| {
        let rest = if code == Some(401) {
            UNAUTHORIZED
        } else {
            REFUSED
        };
        record.moment("last_status_at")?.checked_add(rest).ok()
    })?;
    (until > now).then_some((code, until))
}

/// Clears the marks; whether there was one.
pub(crate) fn clear(record: &mut Map<String, Value>) -> bool {
    let status = record.get("last_status").and_then(Value::as_str);
    let marked = matches!(status, Some("exhausted" | "dead"));
    if MARKS.iter().any(|mark| record.contains_key(*mark)) {
        for mark in MARKS {
            record.insert(mark.into(), Value::Null);
        }
    }
    marked
}

/// After a refresh: death and a refused token are overcome, a used-up quota is not.
pub(crate) fn after_renewal(record: &mut Map<String, Value>) {
    let view = Record::new(record);
    let quota = view.text("last_status") == Some("exhausted")
        && !matches!(view.number("last_error_code"), None | Some(401));
    if !quota {
        clear(record);
    }
}

/// Takes the entry out of use for a while: as long as the provider said, else for a time of ours.
pub(crate) fn mark_resting(
    record: &mut Map<String, Value>,
    code: u16,
    reason: &str,
    message: &str,
    until: Option<Timestamp>,
    now: Timestamp,
) {
    let seconds = |at: Timestamp| at.as_millisecond() as f64 / 1000.0;
    let marks = [
        json!("exhausted"),
        json!(seconds(now)),
        json!(code),
        json!(reason),
        json!(message),
        json!(until.map(seconds)),
    ];
    for (mark, value) in MARKS.into_iter().zip(marks) {
        record.insert(mark.into(), value);
    }
}

/// Takes the entry out of use until a new sign-in.
pub(crate) fn mark_dead(
    record: &mut Map<String, Value>,
    reason: &str,
    message: &str,
    now: Timestamp,
) {
    let marks = [
        json!("dead"),
        json!(now.as_millisecond() as f64 / 1000.0),
        // What upstream shows as "re-auth may be required".
        json!(401),
        json!(reason),
        json!(message),
        Value::Null,
    ];
    for (mark, value) in MARKS.into_iter().zip(marks) {
        record.insert(mark.into(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(entry: &Value, now: &str) -> Option<String> {
        let record = Record::new(entry.as_object().unwrap());
        resting(record, now.parse().unwrap()).map(|(_, until)| until.to_string())
    }

    #[test]
    fn rests_as_long_as_upstream_does() {
        let at = 1_795_289_455.5; // 2026-11-21T19:30:55.5Z
        let entry = |code: Value, reset: Value| json!({"last_status": "exhausted", "last_status_at": at, "last_error_code": code, "last_error_reset_at": reset});
        let now = "2026-11-21T19:31:00Z";
        let after = |code, reset| until(&entry(code, reset), now);
        assert_eq!(
            after(json!(401), json!(null)).unwrap(),
            "2026-11-21T19:35:55.5Z"
        );
        assert_eq!(
            after(json!(429), json!(null)).unwrap(),
            "2026-11-21T20:30:55.5Z"
        );
        assert_eq!(
            after(json!(null), json!(null)).unwrap(),
            "2026-11-21T20:30:55.5Z"
        );
        assert_eq!(
            after(json!(429), json!("2026-11-21T19:32:00Z")).unwrap(),
            "2026-11-21T19:32:00Z"
        );
        assert_eq!(
            after(json!(429), json!(1_795_289_456)),
            None,
            "the rest is over"
        );
        assert_eq!(until(&json!({"last_status": "ok"}), now), None);
        assert_eq!(until(&json!({"last_status": "exhausted"}), now), None);
    }

    #[test]
    fn a_refresh_overcomes_a_refused_token_but_not_a_quota() {
        let after = |code: Value| {
            let mut entry = json!({"last_status": "exhausted", "last_error_code": code});
            after_renewal(entry.as_object_mut().unwrap());
            entry["last_status"].is_null()
        };
        assert!(after(json!(401)));
        assert!(after(json!(null)));
        assert!(!after(json!(429)));
        assert!(!after(json!(402)));
    }
}
