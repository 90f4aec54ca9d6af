use super::*;

const START: &str = "2026-11-22T10:00:00Z";

fn at(milliseconds: i64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    start + SignedDuration::from_millis(milliseconds)
}

fn ask(text: &str) -> Ask {
    Ask {
        ids: Vec::new(),
        text: text.to_owned(),
        images: Vec::new(),
    }
}

fn named(id: &str, text: &str) -> Ask {
    Ask {
        ids: vec![id.parse().unwrap()],
        ..ask(text)
    }
}

fn text(text: &str) -> Step {
    Step::Text(text.to_owned())
}

/// The new records, a line each, with when they happened.
fn new(machine: &mut Machine) -> Vec<String> {
    let records = machine.take().into_iter();
    let line = |record: Record| {
        let since = record.at.duration_since(at(0)).as_millis();
        format!("{} {since} {:?}", record.seq, record.event)
    };
    records.map(line).collect()
}

fn texts(machine: &mut Machine) -> Vec<String> {
    let records = machine.take().into_iter();
    let text = |record: Record| match record.event {
        Event::Text(text) => Some(text),
        _ => None,
    };
    records.filter_map(text).collect()
}

#[test]
fn a_turn_is_asked_answered_and_ended() {
    let mut machine = Machine::default();
    let submitted = machine.submit(ask("Hi"), Busy::default(), at(0));
    assert_eq!(submitted, Ok(Submitted::Running));
    let usage = Usage {
        input: 3,
        calls: 1,
        ..Usage::default()
    };
    for step in [
        Step::Model("small".to_owned()),
        Step::Reasoning("hm".to_owned()),
        text("Hel"),
        Step::Notice("slow".to_owned()),
        text("lo"),
        Step::Used(usage),
    ] {
        assert!(machine.step(step, at(100)).is_continue());
    }
    assert!(machine.step(Step::End(End::Complete), at(101)).is_break());
    insta::assert_snapshot!(new(&mut machine).join("\n"), @r#"
    1 0 Asked(Ask { ids: [], text: "Hi", images: [] })
    2 100 Reasoning("hm")
    3 100 Text("Hel")
    4 100 Notice("slow")
    5 101 Text("lo")
    6 101 Ended { end: Complete, answer: "Hello", reasoning: "hm", usage: Usage { input: 3, cached: 0, output: 0, reasoning: 0, calls: 1, context: 0 }, model: Some("small") }
    "#);
    assert!(machine.cancellation().is_none());
}

#[test]
fn pieces_are_gathered_but_for_the_first() {
    let mut machine = Machine::default();
    machine.submit(ask("Hi"), Busy::default(), at(0)).unwrap();
    let step = |machine: &mut Machine, piece, now| {
        assert!(machine.step(text(piece), at(now)).is_continue());
    };
    step(&mut machine, "a", 50);
    assert_eq!(texts(&mut machine), ["a"]);
    step(&mut machine, "b", 51);
    step(&mut machine, "c", 60);
    assert_eq!(machine.wait(at(60)), Some(Duration::from_millis(23)));
    assert!(texts(&mut machine).is_empty());
    machine.flush(at(83));
    assert_eq!(texts(&mut machine), ["bc"]);
    assert_eq!(machine.wait(at(83)), None);
    step(&mut machine, "d", 116);
    assert_eq!(texts(&mut machine), ["d"], "its time had come");
    step(&mut machine, "e", 117);
    let _ = machine.step(Step::Reasoning("f".to_owned()), at(118));
    assert_eq!(texts(&mut machine), ["e"], "another kind does not join it");
}

#[test]
fn who_asks_while_a_turn_runs_interrupts_it_or_waits() {
    for (busy, interrupts) in [(Busy::Interrupt, true), (Busy::Queue, false)] {
        let mut machine = Machine::default();
        machine.submit(ask("One"), busy, at(0)).unwrap();
        let cancel = machine.cancellation().unwrap();
        for text in ["Two", "Three"] {
            let submitted = machine.submit(ask(text), busy, at(1));
            assert_eq!(submitted, Ok(Submitted::Queued));
        }
        assert_eq!(cancel.is_cancelled(), interrupts);
        assert_eq!(machine.queued().unwrap().text, "Two\n\nThree");
        assert!(machine.step(Step::End(End::Interrupted), at(2)).is_break());
        assert_eq!(machine.queued(), None);
        assert!(!machine.cancellation().unwrap().is_cancelled());
        let turns = machine.transcript().turns();
        assert_eq!(
            (turns.len(), turns[1].ask.text.as_str()),
            (2, "Two\n\nThree")
        );
    }
}

#[test]
fn an_interrupt_drops_what_waits() {
    let mut machine = Machine::default();
    machine.interrupt();
    machine.submit(ask("One"), Busy::Queue, at(0)).unwrap();
    machine.submit(ask("Two"), Busy::Queue, at(0)).unwrap();
    machine.interrupt();
    let _ = machine.step(Step::End(End::Interrupted), at(1));
    assert!(machine.cancellation().is_none());
    assert_eq!(machine.transcript().turns().len(), 1);
}

#[test]
fn the_same_prompt_is_asked_once() {
    let mut machine = Machine::default();
    let submit =
        |machine: &mut Machine, id| machine.submit(named(id, id), Busy::Queue, at(0)).unwrap();
    assert_eq!(submit(&mut machine, "a"), Submitted::Running);
    assert_eq!(submit(&mut machine, "a"), Submitted::Known);
    assert_eq!(submit(&mut machine, "b"), Submitted::Queued);
    assert_eq!(submit(&mut machine, "c"), Submitted::Queued);
    assert_eq!(submit(&mut machine, "b"), Submitted::Known);
    let _ = machine.step(Step::End(End::Complete), at(1));
    assert_eq!(submit(&mut machine, "c"), Submitted::Known);
    let _ = machine.step(Step::End(End::Complete), at(1));
    for id in ["a", "b", "c"] {
        assert_eq!(submit(&mut machine, id), Submitted::Known);
    }
    // Also once it has been taken back, and after it was kept.
    machine.cut(0, at(2)).unwrap();
    let mut again = Machine::new(machine.transcript().clone(), at(3));
    assert_eq!(submit(&mut again, "c"), Submitted::Known);
}

#[test]
fn what_cannot_be_asked_changes_nothing() {
    let mut machine = Machine::default();
    let many = (0..=IMAGES_LIMIT).map(|_| super::super::ImageId(String::new()));
    let refused = [
        (ask(" \n"), Refused::Empty),
        (ask(&"x".repeat(ASK_LIMIT + 1)), Refused::TooLong),
        (
            Ask {
                images: many.collect(),
                ..ask("x")
            },
            Refused::TooManyImages,
        ),
    ];
    for (ask, why) in refused {
        assert_eq!(machine.submit(ask, Busy::Queue, at(0)), Err(why));
    }
    machine.submit(ask("x"), Busy::Queue, at(0)).unwrap();
    let long = ask(&"x".repeat(ASK_LIMIT));
    assert_eq!(
        machine.submit(long.clone(), Busy::Queue, at(0)),
        Ok(Submitted::Queued)
    );
    assert_eq!(
        machine.submit(ask("x"), Busy::Queue, at(0)),
        Err(Refused::TooLong)
    );
    assert_eq!(machine.queued(), Some(&long));
    assert_eq!(machine.cut(0, at(0)), Err(Refused::Busy));
    machine.interrupt();
    let _ = machine.step(Step::End(End::Interrupted), at(1));
    assert_eq!(machine.cut(1, at(1)), Err(Refused::NoSuchTurn));
    assert_eq!(
        machine.ask_instead(0.into(), ask(""), at(1)),
        Err(Refused::Empty)
    );
    assert_eq!(machine.transcript().turns().len(), 1, "it is still there");
    let instead = machine.ask_instead(0.into(), ask("y"), at(1));
    assert_eq!(instead, Ok(Submitted::Running));
    assert_eq!(machine.transcript().turns()[0].ask.text, "y");
}

#[test]
fn what_was_not_seen_is_not_taken_back() {
    let mut machine = Machine::default();
    for text in ["one", "two", "three"] {
        machine.submit(ask(text), Busy::Queue, at(0)).unwrap();
        let _ = machine.step(Step::End(End::Complete), at(1));
    }
    let instead = |from, of| Instead { from, of: Some(of) };
    for of in [2, 4] {
        let refused = machine.ask_instead(instead(1, of), named("a", "a"), at(2));
        assert_eq!(refused, Err(Refused::Changed));
    }
    assert_eq!(machine.transcript().turns().len(), 3);
    let asked = machine.ask_instead(instead(1, 3), named("a", "a"), at(2));
    assert_eq!(asked, Ok(Submitted::Running));
    let _ = machine.step(Step::End(End::Complete), at(3));
    // Sent once more, since its answer was lost: nothing is taken back again.
    let again = machine.ask_instead(instead(1, 3), named("a", "a"), at(4));
    assert_eq!(again, Ok(Submitted::Known));
    let texts = machine.transcript().turns().iter();
    let texts: Vec<_> = texts.map(|turn| turn.ask.text.as_str()).collect();
    assert_eq!(texts, ["one", "a"]);
}

#[test]
fn ds4_an_answer_without_end_is_cut() {
    let mut machine = Machine::default();
    machine.submit(ask("x"), Busy::Queue, at(0)).unwrap();
    let piece = "x".repeat(64 * 1024);
    let most = ANSWER_LIMIT / piece.len();
    for _ in 0..most {
        assert!(machine.step(text(&piece), at(0)).is_continue());
    }
    assert!(machine.step(text("x"), at(0)).is_break());
    let turn = machine.transcript().turns().last().unwrap();
    assert_eq!(turn.end, Some(End::Cut));
    assert_eq!(turn.answer.len(), ANSWER_LIMIT + 1);
}

#[test]
fn a_turn_that_ran_when_the_program_ended_is_interrupted() {
    let mut machine = Machine::default();
    machine.submit(ask("x"), Busy::Queue, at(0)).unwrap();
    let _ = machine.step(text("so far"), at(0));
    let mut again = Machine::new(machine.transcript().clone(), at(9));
    assert!(again.cancellation().is_none());
    let turn = &again.transcript().turns()[0];
    assert_eq!(
        (turn.answer.as_str(), &turn.end),
        ("so far", &Some(End::Interrupted))
    );
    assert_eq!(again.take().len(), 1);
}
