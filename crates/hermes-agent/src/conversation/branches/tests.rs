use jiff::Timestamp;
use proptest::prelude::*;

use super::super::{
    Ask, Busy, Event, Instead, Record, Refused, Transcript, Wanted, machine::Machine,
};
use super::*;
use crate::{End, Step};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn ask(text: &str) -> Ask {
    Ask {
        ids: Vec::new(),
        text: text.to_owned(),
        images: Vec::new(),
    }
}

fn answered(machine: &mut Machine) {
    let _ = machine.step(Step::End(End::Complete), NOW);
}

fn says(machine: &mut Machine, text: &str) {
    machine.submit(ask(text), Busy::Queue, NOW).unwrap();
    answered(machine);
}

fn says_instead(machine: &mut Machine, from: usize, text: &str) {
    machine.ask_instead(from.into(), ask(text), NOW).unwrap();
    answered(machine);
}

fn show(machine: &mut Machine, turn: usize, version: usize) -> Result<(), Refused> {
    let of = None;
    machine.show(Wanted { turn, version, of }, NOW)
}

/// What is shown, each prompt with its version.
fn shown(transcript: &Transcript) -> String {
    let line = transcript.turns().iter().map(|turn| {
        let text = &turn.ask.text;
        match transcript.version(turn) {
            Some(Version { number, of }) => format!("{text} {number}/{of}"),
            None => text.clone(),
        }
    });
    line.collect::<Vec<_>>().join(", ")
}

#[test]
fn another_version_brings_back_what_was_shown_after_it() {
    let mut machine = Machine::default();
    for text in ["a", "b", "c"] {
        says(&mut machine, text);
    }
    says_instead(&mut machine, 1, "B");
    assert_eq!(shown(machine.transcript()), "a, B 2/2");
    says(&mut machine, "d");
    show(&mut machine, 1, 1).unwrap();
    assert_eq!(shown(machine.transcript()), "a, b 1/2, c");
    says_instead(&mut machine, 2, "C");
    show(&mut machine, 1, 2).unwrap();
    assert_eq!(shown(machine.transcript()), "a, B 2/2, d");
    show(&mut machine, 1, 1).unwrap();
    assert_eq!(shown(machine.transcript()), "a, b 1/2, C 2/2");
    says_instead(&mut machine, 0, "A");
    assert_eq!(shown(machine.transcript()), "A 2/2");
    show(&mut machine, 0, 1).unwrap();
    assert_eq!(shown(machine.transcript()), "a 1/2, b 1/2, C 2/2");
    assert_eq!(machine.transcript().summary().preview, "a");
    // What was taken back is a version too, as soon as there is something to tell it from.
    machine.cut(2, NOW).unwrap();
    assert_eq!(shown(machine.transcript()), "a 1/2, b 1/2");
    says(&mut machine, "e");
    assert_eq!(shown(machine.transcript()), "a 1/2, b 1/2, e 3/3");
}

#[test]
fn what_cannot_be_shown_changes_nothing() {
    let mut machine = Machine::default();
    says(&mut machine, "a");
    says_instead(&mut machine, 0, "b");
    machine.take();
    for (turn, version, of, why) in [
        (1, 1, None, Refused::NoSuchTurn),
        (0, 0, None, Refused::NoSuchVersion),
        (0, 3, None, Refused::NoSuchVersion),
        (0, 1, Some(2), Refused::Changed),
    ] {
        let wanted = Wanted { turn, version, of };
        assert_eq!(machine.show(wanted, NOW), Err(why), "{wanted:?}");
    }
    assert_eq!(show(&mut machine, 0, 2), Ok(()), "it is shown");
    assert_eq!(machine.take(), []);
    machine.submit(ask("c"), Busy::Queue, NOW).unwrap();
    assert_eq!(show(&mut machine, 0, 1), Err(Refused::Busy));
    // A log that says what is not so.
    let mut transcript = machine.transcript().clone();
    for since in [0, 1, 999] {
        let seq = transcript.last() + 1;
        let event = Event::Shown { from: 5, since };
        assert!(transcript.add(&Record {
            seq,
            at: NOW,
            event
        }));
    }
    assert_eq!(transcript.turns()[0].ask.text, "a");
}

#[test]
fn ds4_a_prompt_has_a_hundred_versions_at_most() {
    let mut machine = Machine::default();
    says(&mut machine, "0");
    says(&mut machine, "follows the first");
    for number in 1..=VERSIONS_LIMIT {
        says_instead(&mut machine, 0, &number.to_string());
    }
    assert_eq!(shown(machine.transcript()), "100 100/100");
    show(&mut machine, 0, 1).unwrap();
    assert_eq!(shown(machine.transcript()), "1 1/100");
    let Branches { forks, left } = &machine.transcript().branches;
    assert_eq!((forks.len(), left.len()), (1, VERSIONS_LIMIT - 1));
}

/// Something that a person does. What is not possible is refused.
#[derive(Clone, Debug)]
enum Does {
    Asks,
    AsksInstead(usize),
    Cuts(usize),
    Shows(usize, usize),
    Summarises(usize),
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        3 => Just(Does::Asks),
        2 => (0usize..5).prop_map(Does::AsksInstead),
        1 => (0usize..5).prop_map(Does::Cuts),
        3 => (0usize..5, 1usize..4).prop_map(|(turn, version)| Does::Shows(turn, version)),
        1 => (1usize..5).prop_map(Does::Summarises),
    ]
}

fn way(transcript: &Transcript) -> Vec<u64> {
    transcript.turns().iter().map(|turn| turn.since).collect()
}

/// Does it, and says what is to be shown then by all that was shown before, the newest last.
fn expected(machine: &mut Machine, does: &Does, before: &[Vec<u64>]) -> Vec<u64> {
    let now = way(machine.transcript());
    let asked = |machine: &Machine, from: usize| {
        let new = machine.transcript().running().unwrap().since;
        now.iter().take(from).copied().chain([new]).collect()
    };
    match *does {
        Does::Asks => {
            machine.submit(ask("x"), Busy::Queue, NOW).unwrap();
            asked(machine, now.len())
        }
        Does::AsksInstead(from) => {
            let instead = Instead { from, of: None };
            match machine.ask_instead(instead, ask("x"), NOW) {
                Ok(_) => asked(machine, from),
                Err(_) => now,
            }
        }
        Does::Cuts(from) => {
            let _ = machine.cut(from, NOW);
            now.into_iter().take(from).collect()
        }
        Does::Shows(turn, version) => {
            let to = machine.transcript().turns().get(turn);
            let to = to.and_then(|turn| machine.transcript().version_named(turn, version));
            assert_eq!(show(machine, turn, version).is_ok(), to.is_some());
            let Some(to) = to else {
                return now;
            };
            // As it was when it was shown last.
            let last = before.iter().rev().find(|way| way.contains(&to)).unwrap();
            let after = last.iter().skip_while(|since| **since != to);
            now.iter().take(turn).chain(after).copied().collect()
        }
        Does::Summarises(turns) => {
            if let Some(last) = now.get(turns - 1) {
                let text = format!("{:?}", &now[..turns]);
                machine.summarised(turns, *last, &text, 1, NOW).unwrap();
            }
            now
        }
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_one_way_down_and_the_log_knows_it(
        all in prop::collection::vec(does(), 1..60),
    ) {
        let mut machine = Machine::default();
        let (mut before, mut log) = (Vec::new(), Transcript::default());
        for does in all {
            let expected = expected(&mut machine, &does, &before);
            answered(&mut machine);
            let transcript = machine.transcript();
            prop_assert_eq!(way(transcript), expected.clone());
            let mut follows = None;
            for turn in transcript.turns() {
                prop_assert_eq!(turn.follows, follows);
                follows = Some(turn.since);
                let Version { number, of } =
                    transcript.version(turn).unwrap_or(Version { number: 1, of: 1 });
                let versions: Vec<_> =
                    (1..=of).map_while(|one| transcript.version_named(turn, one)).collect();
                prop_assert_eq!(versions.len(), of);
                prop_assert!(versions.is_sorted());
                prop_assert_eq!(versions[number - 1], turn.since);
                prop_assert_eq!(transcript.began(turn.since), Some(turn));
            }
            if let Some(told) = transcript.compressed() {
                prop_assert_eq!(told.summary, format!("{:?}", &expected[..told.turns]));
            }
            for record in machine.take() {
                prop_assert!(log.add(&record));
            }
            prop_assert_eq!(&log, machine.transcript());
            before.push(expected);
        }
    }
}
