//! What a provider said when it refused a credential, as it can be shown to others. Programs write into
//! the file what they were answered, and some servers repeat the key that they refuse, or both ends of it.

use hermes_secret::{Secret, plain};
use serde_json::Value;

use crate::{State, record::Record};

/// The most characters that are shown.
const SHOWN: usize = 300;
/// The most characters that are looked at.
const LOOKED_AT: usize = 4096;
/// So many characters of a secret in a row are a part of it, wherever in it they stand.
const PART: usize = 6;
/// So many at either end are, too: a server that masks a key shows these.
const END: usize = 4;

/// The words of the first record that has some, if its credential rests or is dead.
pub(crate) fn of(
    state: &State,
    records: [Record<'_>; 2],
    secrets: [Option<&Secret>; 2],
) -> Option<String> {
    match state {
        State::CoolingDown { .. } | State::Dead { .. } => {
            let said = records.into_iter().find_map(message)?;
            Some(without(said, secrets)).filter(|said| !said.is_empty())
        }
        State::Ready | State::Expired | State::Missing => None,
    }
}

fn message(record: Record<'_>) -> Option<&str> {
    let error = || record.get("last_auth_error").and_then(Value::as_object);
    record
        .text("last_error_message")
        .or_else(|| Record::new(error()?).text("message"))
}

/// The text as one line, with an ellipsis for each word that has a part of a secret in it.
fn without(text: &str, secrets: [Option<&Secret>; 2]) -> String {
    let text = plain(text, LOOKED_AT);
    let words = text.split(' ').map(|word| {
        let tells = secrets
            .iter()
            .flatten()
            .any(|secret| tells(word, secret.expose()));
        if tells || word.contains("**") {
            "…"
        } else {
            word
        }
    });
    let words: Vec<&str> = words.collect();
    plain(&words.join(" "), SHOWN)
}

fn tells(word: &str, secret: &str) -> bool {
    let (word, secret) = (word.as_bytes(), secret.as_bytes());
    let has = |part: &[u8]| word.windows(part.len()).any(|window| window == part);
    let ends = [secret.first_chunk::<END>(), secret.last_chunk::<END>()];
    ends.into_iter().flatten().any(|end| has(end)) || secret.windows(PART).any(has)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let secret = Secret::new("sk-proj-canary0123456789wxyz");
        without(text, [Some(&secret), None])
    }

    #[test]
    fn words_of_a_provider_are_shown_without_the_key_that_they_repeat() {
        for (said, told) in [
            ("Too many requests.", "Too many requests."),
            (
                "Incorrect API key provided: sk-proj-canary0123456789wxyz. Find yours at https://example.org",
                "Incorrect API key provided: … Find yours at https://example.org",
            ),
            ("Bad key sk-p***********wxyz!", "Bad key …"),
            ("Bad key sk-p...wxyz", "Bad key …"),
            ("ends in wxyz", "ends in …"),
            ("has 'canary0' in it", "has … in it"),
            ("masked to ****", "masked to …"),
            ("one\x1b[2J\ntwo", "one[2J two"),
            ("", ""),
        ] {
            assert_eq!(shown(said), told, "{said}");
        }
        assert_eq!(shown(&"word ".repeat(2000)).chars().count(), SHOWN);
    }

    proptest! {
        #[test]
        fn no_part_of_a_secret_comes_through(
            secret in "[A-Za-z0-9_-]{8,60}",
            from in 0_usize..50,
            before in "[ -~]{0,30}",
            after in "[ -~]{0,30}",
        ) {
            let from = from.min(secret.len() - PART);
            let part = &secret[from..from + PART];
            let said = format!("{before}{part}{after}");
            let told = without(&said, [None, Some(&Secret::new(secret.as_str()))]);
            prop_assert!(!told.contains(part), "{told}");
        }
    }
}
