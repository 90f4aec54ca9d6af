//! When a provider says that it answers again: in a field, or in a sentence.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

/// No limit that a provider has lasts longer; a later date is a mistake.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);
/// Numbers from here on are milliseconds since the epoch.
const MILLISECONDS: i64 = 100_000_000_000;
/// What stands before a length of time.
const BEFORE: [&str; 5] = [
    "retry after ",
    "try again in ",
    "resets in ",
    "reset in ",
    "quotaresetdelay\": \"",
];

/// A moment, or a length of time from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    At(Timestamp),
    In(Duration),
}

impl Reset {
    /// What the fields of an error say, else its sentence.
    pub(super) fn of(error: &Value, message: &str) -> Option<Self> {
        let fields = ["reset_at", "resets_at", "retry_until"].into_iter();
        let moment = fields.filter_map(|name| error.get(name)).find_map(moment);
        let seconds = error.get("resets_in_seconds").and_then(Value::as_u64);
        moment
            .map(Self::At)
            .or_else(|| seconds.map(Duration::from_secs).map(Self::In))
            .or_else(|| sentence(message).map(Self::In))
    }

    /// The moment, if it is one that can be waited for.
    pub(super) fn at(self, now: Timestamp) -> Option<Timestamp> {
        let at = match self {
            Self::At(at) => at,
            Self::In(length) => now.checked_add(length.min(LONGEST)).ok()?,
        };
        let last = now.checked_add(LONGEST).ok()?;
        (at > now).then_some(at.min(last))
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    if let Some(text) = value.as_str() {
        let number = text.parse::<i64>().ok();
        return number.map_or_else(|| text.parse().ok(), number_at);
    }
    #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    let number = value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))?;
    number_at(number)
}

fn number_at(number: i64) -> Option<Timestamp> {
    match number {
        ..MILLISECONDS => Timestamp::from_second(number).ok(),
        _ => Timestamp::from_millisecond(number).ok(),
    }
}

fn sentence(message: &str) -> Option<Duration> {
    let message = message.to_lowercase();
    BEFORE.into_iter().find_map(|before| {
        let (_, rest) = message.split_once(before)?;
        length(rest)
    })
}

/// Reads `12s`, `1.5 seconds`, `4hr 5min`, `6m0s`, `300ms`: numbers with units, until something
/// else comes.
fn length(text: &str) -> Option<Duration> {
    let mut rest = text.trim_start();
    let mut whole = None;
    loop {
        let end = rest.find(|ch: char| !ch.is_ascii_digit() && ch != '.');
        let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
        let Ok(number) = number.trim_end_matches('.').parse::<f64>() else {
            return whole;
        };
        let after = after.trim_start();
        let end = after.find(|ch: char| !ch.is_ascii_alphabetic());
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let seconds = match unit {
            "ms" | "milliseconds" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return whole,
        };
        let part = Duration::try_from_secs_f64(number * seconds).unwrap_or(LONGEST);
        whole = Some(whole.unwrap_or(Duration::ZERO).saturating_add(part));
        rest = after.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_sentences_say_when() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |error: Value, message: &str| {
            let reset = Reset::of(&error, message)?;
            reset.at(now).map(|at| at.to_string())
        };
        let one = Some("2026-11-22T13:00:00Z".to_owned());
        let second = now.as_second() + 3600;
        for error in [
            json!({"resets_at": second}),
            json!({"resets_at": second as f64 + 0.5}),
            json!({"reset_at": second * 1000}),
            json!({"retry_until": "2026-11-22T13:00:00Z"}),
            json!({"reset_at": second.to_string()}),
            json!({"resets_in_seconds": 3600}),
        ] {
            assert_eq!(at(error.clone(), ""), one, "{error}");
        }
        for (message, seconds) in [
            ("Please try again in 20s.", 20),
            ("Rate limit, retry after 30 seconds", 30),
            ("Usage limit: resets in 4hr 5min", 14_700),
            ("try again in 6m0s. Visit", 360),
            ("Try again in 1.5s", 1),
            (r#"{"quotaResetDelay": "12s"}"#, 12),
        ] {
            let expected = Duration::from_secs(seconds);
            match Reset::of(&json!({}), message) {
                Some(Reset::In(length)) => assert_eq!(length.as_secs(), expected.as_secs()),
                other => panic!("{message}: {other:?}"),
            }
        }
        for message in [
            "",
            "try again in a while",
            "try again in 5 parsecs",
            "in 5s",
        ] {
            assert_eq!(Reset::of(&json!({}), message), None, "{message}");
        }
    }

    #[test]
    fn the_past_counts_as_nothing_and_the_far_future_as_a_month() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let past = now.checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!(Reset::At(past).at(now), None);
        let most = now.checked_add(LONGEST).ok();
        assert_eq!(Reset::At(Timestamp::MAX).at(now), most);
        assert_eq!(Reset::In(Duration::MAX).at(now), most);
    }
}
