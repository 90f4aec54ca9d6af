//! Numbers for Prometheus, in its text format (version 0.0.4).
//!
//! The set is closed: every label is a word of this program, so nobody from outside can make the
//! answer grow, and no number is about one person.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use hermes_protocol::{close::Close, routes};
use http::StatusCode;

/// How often each of a few words was said. For what is rare: it takes a lock.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<&'static str, u64>>);

impl Tally {
    /// Once more.
    pub(crate) fn add(&self, word: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(word).or_default() += 1;
    }

    fn rows(&self) -> Vec<(&'static str, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(word, count)| (*word, *count)).collect()
    }
}

const KINDS: [&str; 3] = ["api", "socket", "page"];
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What a gateway counts since its start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: [[AtomicU64; STATUSES.len()]; KINDS.len()],
    refusals: Tally,
    closes: Tally,
}

/// What is so just now, and what others count.
pub(crate) struct Now<'a> {
    /// Open sockets.
    pub(crate) sockets: usize,
    /// Sessions that are in use.
    pub(crate) sessions: usize,
    /// Password hashes that were computed.
    pub(crate) hashes: u64,
    /// The events of the audit log.
    pub(crate) events: &'a Tally,
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn answered(&self, path: &str, status: StatusCode) {
        let kind = if path == routes::SOCKET.path {
            1
        } else if path.starts_with(routes::API_PREFIX) {
            0
        } else {
            2
        };
        // A status has three digits; the first is 1 to 5 for all that we send.
        let class = usize::from(status.as_u16() / 100).clamp(1, STATUSES.len()) - 1;
        self.requests[kind][class].fetch_add(1, Ordering::Relaxed);
    }

    /// A request was refused.
    pub(crate) fn refused(&self, word: &'static str) {
        self.refusals.add(word);
    }

    /// The gateway closed a socket.
    pub(crate) fn closed(&self, why: Close) {
        self.closes.add(why.reason());
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self, now: &Now<'_>) -> String {
        let mut text = String::new();
        let version = env!("CARGO_PKG_VERSION");
        family(
            &mut text,
            ("hermes_build_info", "gauge", "The version that runs."),
            [(format!("{{version=\"{version}\"}}"), 1)],
        );
        let requests = KINDS.iter().zip(&self.requests).flat_map(|(kind, row)| {
            STATUSES.iter().zip(row).map(move |(status, count)| {
                let labels = format!("{{class=\"{kind}\",status=\"{status}\"}}");
                (labels, count.load(Ordering::Relaxed))
            })
        });
        family(
            &mut text,
            ("hermes_requests_total", "counter", "Requests answered."),
            requests,
        );
        for (name, about, label, tally) in [
            (
                "hermes_refusals_total",
                "Requests refused.",
                "reason",
                &self.refusals,
            ),
            (
                "hermes_socket_closes_total",
                "Sockets that the gateway refused or closed.",
                "reason",
                &self.closes,
            ),
            (
                "hermes_events_total",
                "Sign-ins, tickets and all else that the audit log has, by its words.",
                "event",
                now.events,
            ),
        ] {
            let rows = tally.rows().into_iter();
            let rows = rows.map(|(word, count)| (format!("{{{label}=\"{word}\"}}"), count));
            family(&mut text, (name, "counter", about), rows);
        }
        family(
            &mut text,
            (
                "hermes_password_hashes_total",
                "counter",
                "Password hashes computed, which is what a sign-in by password costs.",
            ),
            [(String::new(), now.hashes)],
        );
        for (name, kind, about, value) in [
            ("hermes_sockets", "gauge", "Open sockets.", now.sockets),
            (
                "hermes_sessions_cached",
                "gauge",
                "Sessions that requests or sockets have used of late.",
                now.sessions,
            ),
        ] {
            family(
                &mut text,
                (name, kind, about),
                [(String::new(), value as u64)],
            );
        }
        text
    }
}

/// One name with its rows.
fn family(
    text: &mut String,
    (name, kind, about): (&str, &str, &str),
    rows: impl IntoIterator<Item = (String, u64)>,
) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}");
    for (labels, value) in rows {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_counted_by_class_and_status() {
        let metrics = Metrics::default();
        for (path, status) in [
            ("/api/status", 200),
            ("/api/status", 200),
            ("/api/ws", 101),
            ("/api/auth/me", 401),
            ("/", 302),
            ("/readyz", 503),
        ] {
            metrics.answered(path, StatusCode::from_u16(status).unwrap());
        }
        metrics.refused("no_cookie");
        metrics.closed(Close::TicketInvalid);
        let events = Tally::default();
        events.add("login_success");
        let text = metrics.text(&Now {
            sockets: 3,
            sessions: 2,
            hashes: 4,
            events: &events,
        });
        for line in [
            "hermes_requests_total{class=\"api\",status=\"2xx\"} 2",
            "hermes_requests_total{class=\"api\",status=\"4xx\"} 1",
            "hermes_requests_total{class=\"socket\",status=\"1xx\"} 1",
            "hermes_requests_total{class=\"page\",status=\"3xx\"} 1",
            "hermes_requests_total{class=\"page\",status=\"5xx\"} 1",
            "hermes_requests_total{class=\"page\",status=\"4xx\"} 0",
            "hermes_refusals_total{reason=\"no_cookie\"} 1",
            "hermes_socket_closes_total{reason=\"ticket unknown, used or expired\"} 1",
            "hermes_events_total{event=\"login_success\"} 1",
            "hermes_password_hashes_total 4",
            "hermes_sockets 3",
            "hermes_sessions_cached 2",
        ] {
            assert!(text.lines().any(|have| have == line), "{line}\n{text}");
        }
    }

    #[test]
    fn no_word_needs_escaping() {
        let words = Close::ALL.iter().map(|close| close.reason());
        for word in words {
            let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
            assert!(
                word.bytes().all(plain) && !word.contains(['"', '\\']),
                "{word}"
            );
        }
    }
}
