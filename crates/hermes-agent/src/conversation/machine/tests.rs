use super::{super::queue::joined, *};

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
        let asks = joined(machine.queue().asks()).unwrap();
        assert_eq!(asks.text, "Two\n\nThree");
        assert!(machine.step(Step::End(End::Interrupted), at(2)).is_break());
        assert_eq!(machine.queue().asks(), []);
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
fn what_waits_may_be_taken_back_or_asked_at_once() {
    let mut machine = Machine::default();
    let id = |name: &str| name.parse().unwrap();
    let named = |name: &str| Ask {
        ids: vec![id(name)],
        ..ask(name)
    };
    machine.submit(named("a"), Busy::Queue, at(0)).unwrap();
    for name in ["b", "c", "d"] {
        machine.submit(named(name), Busy::Queue, at(1)).unwrap();
    }
    for (name, became) in [
        ("c", Withdrawn::Withdrawn),
        ("c", Withdrawn::Withdrawn),
        ("a", Withdrawn::Asked),
        ("z", Withdrawn::Unknown),
    ] {
        assert_eq!(machine.withdraw(&id(name), at(1)), became, "{name}");
    }
    assert_eq!(machine.queue().asks(), [named("b"), named("d")]);

    let cancel = machine.cancellation().unwrap();
    let known = Ok(Submitted::Known);
    for (name, busy) in [("b", Busy::Queue), ("a", Busy::Interrupt)] {
        assert_eq!(machine.submit(named(name), busy, at(2)), known);
        assert!(!cancel.is_cancelled(), "{name}");
    }
    assert_eq!(machine.submit(named("d"), Busy::Interrupt, at(2)), known);
    assert!(cancel.is_cancelled());
    let _ = machine.step(Step::End(End::Interrupted), at(3));
    assert_eq!(machine.transcript().turns()[1].ask.text, "b\n\nd");
    assert_eq!(machine.withdraw(&id("d"), at(4)), Withdrawn::Asked);
}

#[test]
fn what_was_taken_back_is_not_asked_whenever_it_comes_again() {
    let mut machine = Machine::default();
    let id = |name: &str| name.parse().unwrap();
    let submit = |machine: &mut Machine, busy| machine.submit(named("b", "two"), busy, at(2));
    machine
        .submit(named("a", "one"), Busy::Queue, at(0))
        .unwrap();
    assert_eq!(submit(&mut machine, Busy::Queue), Ok(Submitted::Queued));
    new(&mut machine);
    machine.withdraw(&id("b"), at(1));
    machine.withdraw(&id("b"), at(1));
    let recorded = new(&mut machine);
    assert_eq!(recorded, [r#"2 1 Withdrawn([AskId("b")])"#], "once");

    let withdrawn = Ok(Submitted::Withdrawn);
    let cancel = machine.cancellation().unwrap();
    assert_eq!(submit(&mut machine, Busy::Interrupt), withdrawn);
    assert!(!cancel.is_cancelled(), "nothing is to be asked");
    let _ = machine.step(Step::End(End::Complete), at(3));
    assert!(machine.cancellation().is_none());
    assert_eq!(submit(&mut machine, Busy::Queue), withdrawn);
    let instead = machine.ask_instead(0.into(), named("b", "two"), at(3));
    assert_eq!(instead, withdrawn);
    assert_eq!(machine.transcript().turns().len(), 1);
    // The next program knows it from what was kept.
    let mut again = Machine::new(machine.transcript().clone(), at(4));
    assert_eq!(submit(&mut again, Busy::Queue), withdrawn);
    assert_eq!(again.withdraw(&id("b"), at(4)), Withdrawn::Withdrawn);
}

#[test]
fn what_went_with_a_stopped_turn_is_not_asked_whenever_it_comes_again() {
    let id = |name: &str| name.parse().unwrap();
    let waiting = || {
        let mut machine = Machine::default();
        for name in ["a", "b", "c"] {
            let submitted = machine.submit(named(name, name), Busy::Queue, at(0));
            submitted.unwrap();
        }
        new(&mut machine);
        machine
    };
    let mut machine = waiting();
    let cancel = machine.cancellation().unwrap();
    machine.stop(at(1));
    machine.stop(at(1));
    assert!(cancel.is_cancelled() && machine.queue().asks().is_empty());
    let recorded = [r#"2 1 Dropped([AskId("b"), AskId("c")])"#];
    assert_eq!(new(&mut machine), recorded, "once");
    let _ = machine.step(Step::End(End::Interrupted), at(2));
    assert!(machine.cancellation().is_none());
    // The next program knows it from what was kept.
    let mut again = Machine::new(machine.transcript().clone(), at(3));
    for machine in [&mut machine, &mut again] {
        let mut submit = |ids: &[&str]| {
            let ids = ids.iter().map(|name| id(name)).collect();
            let text = "again".to_owned();
            let images = Vec::new();
            machine.submit(Ask { ids, text, images }, Busy::Interrupt, at(4))
        };
        assert_eq!(submit(&["b"]), Ok(Submitted::Dropped));
        assert_eq!(submit(&["b", "c"]), Ok(Submitted::Dropped));
        assert_eq!(submit(&["a", "c"]), Ok(Submitted::Known));
        assert_eq!(machine.withdraw(&id("b"), at(4)), Withdrawn::Withdrawn);
        assert!(machine.cancellation().is_none(), "nothing is to be asked");
    }
    // Where nothing goes on, nobody has stopped it, and what waited is asked when it comes again.
    let mut machine = waiting();
    machine.interrupt();
    assert_eq!(new(&mut machine), [""; 0]);
    let _ = machine.step(Step::End(End::Interrupted), at(2));
    let submitted = machine.submit(named("b", "b"), Busy::Queue, at(3));
    assert_eq!(submitted, Ok(Submitted::Running));
}

#[test]
fn only_so_many_prompts_wait() {
    let mut machine = Machine::default();
    for number in 0..=64 {
        let name = number.to_string();
        let submitted = machine.submit(named(&name, &name), Busy::Queue, at(0));
        submitted.unwrap();
    }
    let one_more =
        |machine: &mut Machine, name| machine.submit(named(name, "x"), Busy::Queue, at(1));
    assert_eq!(one_more(&mut machine, "y"), Err(Refused::TooManyWait));
    assert_eq!(one_more(&mut machine, "64"), Ok(Submitted::Known));
    machine.withdraw(&"7".parse().unwrap(), at(1));
    assert_eq!(one_more(&mut machine, "y"), Ok(Submitted::Queued));
}

#[test]
fn what_waits_counts_its_changes() {
    let mut machine = Machine::default();
    let mut counted = vec![machine.queue().changes()];
    let mut count = |machine: &Machine| counted.push(machine.queue().changes());
    machine
        .submit(named("a", "one"), Busy::Queue, at(0))
        .unwrap();
    count(&machine);
    for name in ["b", "c", "b"] {
        machine
            .submit(named(name, name), Busy::Queue, at(0))
            .unwrap();
        count(&machine);
    }
    let long = ask(&"x".repeat(ASK_LIMIT));
    let refused = machine.submit(long, Busy::Queue, at(0));
    assert_eq!(refused, Err(Refused::TooLong));
    count(&machine);
    for name in ["b", "b", "z"] {
        machine.withdraw(&name.parse().unwrap(), at(0));
        count(&machine);
    }
    let _ = machine.step(Step::End(End::Complete), at(1));
    count(&machine);
    machine.interrupt();
    count(&machine);
    assert_eq!(counted, [0, 0, 1, 2, 2, 2, 3, 3, 3, 4, 4]);
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
    assert_eq!(machine.queue().asks(), [long]);
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
