use std::time::Duration;

use hermes_machine::Clock;

use super::LIMIT;
use crate::Person;

/// How long after a line the next one still counts as the same paste. A terminal delivers the
/// lines of a paste within a few milliseconds; nobody types that fast.
const PAUSE: Duration = Duration::from_millis(120);

/// The lines of one paste: an address that was copied from a wrapped terminal arrives as several.
/// They come apart, so that the caller can try them joined first and then one by one.
#[derive(Debug, Default)]
pub(crate) struct Burst {
    /// The lines.
    pub(crate) lines: Vec<String>,
    /// Whether the input ended with them.
    pub(crate) ended: bool,
}

/// Waits for a paste, or for the end of the input.
pub(crate) async fn burst(person: &dyn Person, clock: &dyn Clock) -> Burst {
    let mut burst = Burst::default();
    let mut size = 0;
    let mut next = person.line().await;
    while let Some(line) = next {
        // What is over the limit is read and dropped, or the rest would be taken for the next
        // paste; the first line over it stays, so that the whole is refused.
        if size <= LIMIT {
            size += line.len();
            burst.lines.push(line);
        }
        next = tokio::select! {
            biased;
            line = person.line() => line,
            () = clock.sleep(PAUSE) => return burst,
        };
    }
    burst.ended = true;
    burst
}
