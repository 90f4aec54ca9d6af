//! Moments as the credential file writes them, and as anybody ever wrote them there.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;

/// `2026-11-21T19:30:55.092499+00:00`.
pub(crate) fn micros(at: Timestamp) -> String {
    format!("{}+00:00", at.strftime("%Y-%m-%dT%H:%M:%S.%6f"))
}

/// `2026-11-21T19:28:06.591931Z`, the form of `last_refresh`.
pub(crate) fn zulu(at: Timestamp) -> String {
    format!("{}Z", at.strftime("%Y-%m-%dT%H:%M:%S.%6f"))
}

/// Reads ISO 8601 with `Z`, an offset or neither (then UTC), and numbers of seconds or, if they
/// are too large for that, milliseconds since the epoch.
pub(crate) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => from_text(text.trim()),
        Value::Number(number) => from_number(number.as_f64()?),
        _ => None,
    }
}

fn from_text(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(naive) = text.parse::<DateTime>() {
        return TimeZone::UTC.to_timestamp(naive).ok();
    }
    text.parse().ok().and_then(from_number)
}

fn from_number(number: f64) -> Option<Timestamp> {
    // In seconds this is the year 5138, in milliseconds 1973.
    let seconds = if number.abs() > 1e11 {
        number / 1000.0
    } else {
        number
    };
    if !seconds.is_finite() || seconds.abs() > 2.5e11 {
        return None;
    }
    // Microseconds of any date in that range fit into 53 bits.
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_that_was_ever_written_is_read() {
        let at: Timestamp = "2026-11-21T19:30:55Z".parse().unwrap();
        for value in [
            json!("2026-11-21T19:30:55Z"),
            json!("2026-11-21T19:30:55+00:00"),
            json!("2026-11-21T20:30:55+01:00"),
            json!("2026-11-21T19:30:55"),
            json!("2026-11-21 19:30:55"),
            json!(1_795_289_455),
            json!(1_795_289_455.0),
            json!(1_795_289_455_000_u64),
            json!("1795289455"),
        ] {
            assert_eq!(read(&value), Some(at), "{value}");
        }
        for value in [
            json!(null),
            json!("soon"),
            json!(1e300),
            json!([]),
            json!(""),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }

    #[test]
    fn written_as_upstream_writes() {
        let at: Timestamp = "2026-11-21T19:30:55.092499Z".parse().unwrap();
        assert_eq!(micros(at), "2026-11-21T19:30:55.092499+00:00");
        assert_eq!(zulu(at), "2026-11-21T19:30:55.092499Z");
        let whole: Timestamp = "2026-11-21T19:30:55Z".parse().unwrap();
        assert_eq!(micros(whole), "2026-11-21T19:30:55.000000+00:00");
    }
}
