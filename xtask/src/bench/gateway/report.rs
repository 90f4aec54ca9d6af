//! What was measured, beside the floor and beside the aims of DESIGN section 8.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

/// Who was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::bench) enum Side {
    /// A bare server of the same routes.
    Floor,
    /// The gateway.
    Hermes,
    /// Upstream's gateway.
    Upstream,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::bench) enum Measure {
    Requests,
    RequestClock,
    RequestServer,
    RequestLoad,
    AppRequests,
    AppRequestServer,
    Tickets,
    TicketClock,
    TicketServer,
    TokenTickets,
    TokenTicketClock,
    TokenTicketServer,
    Ready,
    Socket,
    ColdStart,
    Idle,
    SignedIn,
}

/// What a measure should come to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    None,
    /// At least this part of the floor's.
    OfFloorAtLeast(f64),
    /// At most so many times the floor's.
    OfFloorAtMost(f64),
    AtMost(f64),
}

impl Measure {
    const ALL: [Self; 17] = [
        Self::Requests,
        Self::RequestClock,
        Self::RequestServer,
        Self::RequestLoad,
        Self::AppRequests,
        Self::AppRequestServer,
        Self::Tickets,
        Self::TicketClock,
        Self::TicketServer,
        Self::TokenTickets,
        Self::TokenTicketClock,
        Self::TokenTicketServer,
        Self::Ready,
        Self::Socket,
        Self::ColdStart,
        Self::Idle,
        Self::SignedIn,
    ];

    /// Its name for programs, for people, and its aim.
    const fn about(self) -> (&'static str, &'static str, Aim) {
        match self {
            Self::Requests => (
                "requests_per_core_second",
                "requests of a session, a second of the core",
                Aim::OfFloorAtLeast(0.8),
            ),
            Self::RequestClock => ("requests_per_second", "… a second of the clock", Aim::None),
            Self::RequestServer => (
                "request_server_us",
                "… the server's core for each, µs",
                Aim::None,
            ),
            Self::RequestLoad => (
                "request_load_us",
                "… the load's core for each, µs",
                Aim::None,
            ),
            Self::AppRequests => (
                "app_requests_per_core_second",
                "requests of an app by its token, a second of the core",
                Aim::OfFloorAtLeast(0.8),
            ),
            Self::AppRequestServer => (
                "app_request_server_us",
                "… the server's core for each, µs",
                Aim::None,
            ),
            Self::Tickets => (
                "tickets_per_core_second",
                "tickets of a session, a second of the core",
                Aim::OfFloorAtLeast(0.8),
            ),
            Self::TicketClock => ("tickets_per_second", "… a second of the clock", Aim::None),
            Self::TicketServer => (
                "ticket_server_us",
                "… the server's core for each, µs",
                Aim::None,
            ),
            Self::TokenTickets => (
                "token_tickets_per_core_second",
                "tickets in token mode, a second of the core",
                Aim::OfFloorAtLeast(0.8),
            ),
            Self::TokenTicketClock => (
                "token_tickets_per_second",
                "… a second of the clock",
                Aim::None,
            ),
            Self::TokenTicketServer => (
                "token_ticket_server_us",
                "… the server's core for each, µs",
                Aim::None,
            ),
            Self::Ready => (
                "ready_ms",
                "ticket to `gateway.ready`, ms",
                Aim::OfFloorAtMost(1.5),
            ),
            Self::Socket => ("socket_kib", "a held socket, KiB", Aim::AtMost(12.0)),
            Self::ColdStart => ("cold_start_ms", "cold start, ms", Aim::AtMost(30.0)),
            Self::Idle => ("idle_mib", "memory after the start, MiB", Aim::AtMost(16.0)),
            Self::SignedIn => (
                "signed_in_mib",
                "memory with everybody signed in, MiB",
                Aim::None,
            ),
        }
    }
}

/// The numbers so far: of each measure and side one a round.
#[derive(Debug, Default)]
pub(in crate::bench) struct Report {
    samples: BTreeMap<(Measure, Side), Vec<f64>>,
}

impl Report {
    /// Notes what a round has shown.
    pub(in crate::bench) fn note(&mut self, measure: Measure, side: Side, value: f64) {
        self.samples.entry((measure, side)).or_default().push(value);
    }

    fn of(&self, measure: Measure, side: Side) -> &[f64] {
        self.samples
            .get(&(measure, side))
            .map_or(&[], Vec::as_slice)
    }

    /// How many times the floor's ours is. Each round is compared with itself, so that a machine
    /// that slows down for a while slows both.
    fn of_floor(&self, measure: Measure) -> Option<f64> {
        let floor = self.of(measure, Side::Floor);
        let ours = self.of(measure, Side::Hermes);
        let ratios: Vec<_> = ours
            .iter()
            .zip(floor)
            .map(|(ours, floor)| ours / floor)
            .collect();
        median(&ratios)
    }

    fn meets(&self, measure: Measure) -> Option<bool> {
        let ours = median(self.of(measure, Side::Hermes))?;
        match measure.about().2 {
            Aim::None => None,
            Aim::OfFloorAtLeast(part) => Some(self.of_floor(measure)? >= part),
            Aim::OfFloorAtMost(times) => Some(self.of_floor(measure)? <= times),
            Aim::AtMost(most) => Some(ours <= most),
        }
    }

    /// The table for people, in Markdown.
    pub(in crate::bench) fn table(&self) -> String {
        let mut table = String::from(
            "| what | floor | hermes | of the floor | aim | met | upstream |\n|---|---|---|---|---|---|---|\n",
        );
        for measure in Measure::ALL {
            let number = |side| median(self.of(measure, side)).map_or_else(String::new, shown);
            let [floor, ours, upstream] = [Side::Floor, Side::Hermes, Side::Upstream].map(number);
            let (_, what, aim) = measure.about();
            let ratio = self.of_floor(measure);
            let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2} x"));
            let aim = match aim {
                Aim::None => String::new(),
                Aim::OfFloorAtLeast(part) => format!("≥ {part} x"),
                Aim::OfFloorAtMost(times) => format!("≤ {times} x"),
                Aim::AtMost(most) => format!("≤ {most}"),
            };
            let met = match self.meets(measure) {
                None => "",
                Some(true) => "yes",
                Some(false) => "no",
            };
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                table,
                "| {what} | {floor} | {ours} | {ratio} | {aim} | {met} | {upstream} |"
            );
        }
        table
    }

    /// The same for programs, with every number that was taken.
    pub(in crate::bench) fn json(&self) -> Value {
        let measures = Measure::ALL.map(|measure| {
            let (name, _, aim) = measure.about();
            let side = |side| {
                let samples = self.of(measure, side);
                let median = median(samples);
                median.map(|median| json!({ "median": median, "samples": samples }))
            };
            let aim = match aim {
                Aim::None => Value::Null,
                Aim::OfFloorAtLeast(part) => json!({ "of_floor_at_least": part }),
                Aim::OfFloorAtMost(times) => json!({ "of_floor_at_most": times }),
                Aim::AtMost(most) => json!({ "at_most": most }),
            };
            json!({
                "name": name,
                "floor": side(Side::Floor),
                "hermes": side(Side::Hermes),
                "upstream": side(Side::Upstream),
                "of_floor": self.of_floor(measure),
                "aim": aim,
                "met": self.meets(measure),
            })
        });
        json!({ "measures": measures })
    }
}

/// The middle one, or the mean of the middle two.
pub(in crate::bench) fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(middle - 1)?;
    Some(f64::midpoint(lower, upper))
}

/// With as many digits as a person compares.
pub(in crate::bench) fn shown(value: f64) -> String {
    let digits = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(numbers: &[(Measure, Side, &[f64])]) -> Report {
        let mut report = Report::default();
        for (measure, side, values) in numbers {
            for value in *values {
                report.note(*measure, *side, *value);
            }
        }
        report
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn a_round_is_compared_with_itself() {
        // The machine had half of its speed in the second round, and a tenth in the third.
        let report = report(&[
            (Measure::Requests, Side::Floor, &[100.0, 50.0, 10.0]),
            (Measure::Requests, Side::Hermes, &[90.0, 45.0, 9.0]),
        ]);
        let ratio = report.of_floor(Measure::Requests).unwrap();
        assert!((ratio - 0.9).abs() < 1e-9, "{ratio}");
        assert_eq!(report.meets(Measure::Requests), Some(true));
    }

    #[test]
    fn aims_are_met_or_missed_and_nothing_is_claimed_of_what_was_not_measured() {
        use Measure::{ColdStart, Idle, Ready, Requests, SignedIn, Socket};
        let floor_and_ours = |measure, ours: f64| {
            let report = report(&[
                (measure, Side::Floor, &[10.0]),
                (measure, Side::Hermes, &[ours]),
            ]);
            report.meets(measure)
        };
        for (measure, ours, met) in [
            (Requests, 8.1, Some(true)),
            (Requests, 7.9, Some(false)),
            (Ready, 14.9, Some(true)),
            (Ready, 15.1, Some(false)),
            (Socket, 12.0, Some(true)),
            (Socket, 12.1, Some(false)),
            (ColdStart, 30.1, Some(false)),
            (Idle, 15.9, Some(true)),
            (SignedIn, 99.0, None),
        ] {
            assert_eq!(floor_and_ours(measure, ours), met, "{measure:?} {ours}");
        }
        let alone = report(&[(Requests, Side::Floor, &[10.0])]);
        assert_eq!(alone.meets(Requests), None);
    }

    #[test]
    fn the_table_and_the_json_say_the_same() {
        let report = report(&[
            (Measure::Ready, Side::Floor, &[0.3, 0.5, 0.4]),
            (Measure::Ready, Side::Hermes, &[0.6, 1.0, 0.8]),
            (Measure::Ready, Side::Upstream, &[6.8]),
        ]);
        let line = "| ticket to `gateway.ready`, ms | 0.40 | 0.80 | 2.00 x | ≤ 1.5 x | no | 6.80 |";
        let table = report.table();
        assert!(table.lines().any(|have| have == line), "{table}");
        let widths = table.lines().map(|line| line.matches('|').count());
        assert!(widths.min() == Some(8) && table.lines().count() == 2 + Measure::ALL.len());
        let json = report.json();
        let measures = json["measures"].as_array().unwrap();
        let ready = measures
            .iter()
            .find(|measure| measure["name"] == "ready_ms");
        assert_eq!(
            ready.unwrap(),
            &json!({
                "name": "ready_ms",
                "floor": { "median": 0.4, "samples": [0.3, 0.5, 0.4] },
                "hermes": { "median": 0.8, "samples": [0.6, 1.0, 0.8] },
                "upstream": { "median": 6.8, "samples": [6.8] },
                "of_floor": 2.0,
                "aim": { "of_floor_at_most": 1.5 },
                "met": false,
            })
        );
    }
}
