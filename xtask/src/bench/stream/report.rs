//! What was measured, beside the floor and beside the aims of DESIGN section 8.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

pub(super) use crate::bench::gateway::Side;
use crate::bench::gateway::{median, shown};

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    First1,
    First8,
    Delay8,
    Relay1,
    RelayCore1,
    Relay32,
    RelayCore32,
    Relay256,
    RelayCore256,
    Conversation,
}

/// What a measure should come to.
#[derive(Clone, Copy)]
enum Aim {
    None,
    /// At least this part of the floor's.
    OfFloorAtLeast(f64),
    AtMost(f64),
}

impl Measure {
    const ALL: [Self; 10] = [
        Self::First1,
        Self::First8,
        Self::Delay8,
        Self::Relay1,
        Self::RelayCore1,
        Self::Relay32,
        Self::RelayCore32,
        Self::Relay256,
        Self::RelayCore256,
        Self::Conversation,
    ];

    /// Its name for programs, for people, and its aim.
    const fn about(self) -> (&'static str, &'static str, Aim) {
        match self {
            Self::First1 => ("first_token_1_ms", "first token, ms", Aim::AtMost(2.0)),
            Self::First8 => (
                "first_token_8_ms",
                "first token with 8 conversations, ms",
                Aim::AtMost(3.0),
            ),
            Self::Delay8 => (
                "token_delay_8_ms",
                "each further token, 50 a second in 8 conversations, ms",
                Aim::None,
            ),
            Self::Relay1 => ("relay_1", "tokens a second, 1 conversation", Aim::None),
            Self::Relay32 => ("relay_32", "tokens a second, 32 conversations", Aim::None),
            Self::Relay256 => ("relay_256", "tokens a second, 256 conversations", Aim::None),
            Self::RelayCore1 => (
                "relay_core_1",
                "… a second of the server's core",
                Aim::OfFloorAtLeast(0.4),
            ),
            Self::RelayCore32 => (
                "relay_core_32",
                "… a second of the server's core",
                Aim::OfFloorAtLeast(0.4),
            ),
            Self::RelayCore256 => (
                "relay_core_256",
                "… a second of the server's core",
                Aim::OfFloorAtLeast(0.4),
            ),
            Self::Conversation => (
                "conversation_kib",
                "an open conversation with its socket, KiB",
                Aim::AtMost(100.0),
            ),
        }
    }
}

/// The numbers so far: of each measure and side one a round.
#[derive(Debug, Default)]
pub(super) struct Report {
    samples: BTreeMap<(Measure, Side), Vec<f64>>,
}

impl Report {
    /// Notes what a round has shown.
    pub(super) fn note(&mut self, measure: Measure, side: Side, value: f64) {
        self.samples.entry((measure, side)).or_default().push(value);
    }

    fn of(&self, measure: Measure, side: Side) -> &[f64] {
        let samples = self.samples.get(&(measure, side));
        samples.map_or(&[], Vec::as_slice)
    }

    /// How many times the floor's ours is, each round compared with itself.
    fn of_floor(&self, measure: Measure) -> Option<f64> {
        let floor = self.of(measure, Side::Floor);
        let ours = self.of(measure, Side::Hermes);
        let ratios = ours.iter().zip(floor).map(|(ours, floor)| ours / floor);
        median(&ratios.collect::<Vec<_>>())
    }

    fn meets(&self, measure: Measure) -> Option<bool> {
        let ours = median(self.of(measure, Side::Hermes))?;
        match measure.about().2 {
            Aim::None => None,
            Aim::OfFloorAtLeast(part) => Some(self.of_floor(measure)? >= part),
            Aim::AtMost(most) => Some(ours <= most),
        }
    }

    /// The table for people, in Markdown.
    pub(super) fn table(&self) -> String {
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
    pub(super) fn json(&self) -> Value {
        let measures = Measure::ALL.map(|measure| {
            json!({
                "name": measure.about().0,
                "floor": self.of(measure, Side::Floor),
                "hermes": self.of(measure, Side::Hermes),
                "upstream": self.of(measure, Side::Upstream),
                "of_floor": self.of_floor(measure),
                "met": self.meets(measure),
            })
        });
        json!({ "measures": measures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_are_met_or_missed_in_the_table() {
        let mut report = Report::default();
        for (measure, floor, ours) in [
            (Measure::First1, 0.7, 1.9),
            (Measure::First8, 1.0, 3.1),
            (Measure::RelayCore1, 100.0, 41.0),
            (Measure::RelayCore32, 100.0, 39.0),
        ] {
            report.note(measure, Side::Floor, floor);
            report.note(measure, Side::Hermes, ours);
        }
        let met = |measure| report.meets(measure);
        assert_eq!(met(Measure::First1), Some(true));
        assert_eq!(met(Measure::First8), Some(false));
        assert_eq!(met(Measure::RelayCore1), Some(true));
        assert_eq!(met(Measure::RelayCore32), Some(false));
        assert_eq!(met(Measure::Conversation), None);
        report.note(Measure::First1, Side::Upstream, 210.0);
        let line = "| first token, ms | 0.70 | 1.90 | 2.71 x | ≤ 2 | yes | 210 |";
        let table = report.table();
        assert!(table.lines().any(|have| have == line), "{table}");
        assert_eq!(table.lines().count(), 2 + Measure::ALL.len());
    }
}
