//! What the chat does to a terminal besides drawing lines at its end.

use super::*;

/// Has the chat take the whole screen.
const ENTER: &str = "\x1b[?1049h";

/// The question for the colour behind the text.
const QUESTION: &str = "\x1b]11;?\x07";

/// The mark of a connection: as it is on dark and where nothing is known, and on light.
const UNKNOWN: &str = "\x1b[0;32m●";
const LIGHT: &str = "\x1b[0;34m●";

/// Waits until this was sent.
fn until_sent(terminal: &mut Terminal, text: &str) {
    while !terminal.sent.contains(text) {
        assert!(terminal.read(), "no {text:?} in {:?}", terminal.sent);
    }
}

/// Leaves, and makes sure that nothing was typed.
fn leave(mut terminal: Terminal) -> String {
    let text = terminal.until("connected");
    assert!(text.contains("› Ask anything"), "{text}");
    terminal.press("\x04");
    terminal.end().0
}

/// Makes the process of the chat end.
fn send(terminal: &Terminal, signal: Signal) {
    let process = terminal.session.get_process().pid().as_raw();
    kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
}

#[test]
fn a_full_screen_comes_and_goes() {
    let mut terminal = Terminal::live("full", 40, 15);
    for prompt in ["one", "two", "three"] {
        terminal.press(&format!("{prompt}\r"));
        terminal.until(&format!("You said {prompt}.\n\nAnd that is all."));
    }
    let text = terminal.text();
    assert!(!text.contains("› one"), "it is above:\n{text}");
    terminal.press("\x1b[5~");
    insta::assert_snapshot!("full", terminal.until("5 lines below, End goes there"));
    terminal.resize(60, 12);
    terminal.until("› one");
    // What is sent is looked at.
    terminal.press("four\r");
    terminal.until("You said four.\n\nAnd that is all.");
    terminal.press("\x04");
    let (text, _) = terminal.end();
    let farewell = "To come back: hermes chat --resume c1\nleft: ByPerson";
    assert!(text.starts_with(farewell), "nothing else is left:\n{text}");
}

#[test]
fn a_full_screen_is_left_on_every_way_out() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut terminal = Terminal::live("full", 80, 24);
        terminal.press("wait\r");
        terminal.until("Esc stops");
        send(&terminal, signal);
        let (text, _) = terminal.end();
        assert!(text.starts_with("left: Stopped"), "{text}");
    }
    let mut terminal = Terminal::live("full panics", 80, 24);
    terminal.press("hello\r");
    terminal.until("3.2k tokens");
    terminal.press("\x04");
    let (text, _) = terminal.end();
    assert!(text.contains("\nthe chat panics\n"), "{text}");
    assert!(!text.contains("You said"), "{text}");
}

#[test]
fn a_full_screen_makes_room_for_an_editor_and_a_sign_in() {
    let mut terminal = Terminal::live("full", 80, 24);
    terminal.press("revoke\r");
    terminal.until("sign-in has ended");
    terminal.press("my draft\x07");
    let text = terminal.until("› my edited");
    assert!(text.contains("You said revoke."), "{text}");
    terminal.press("\r");
    terminal.until("test connected");
    terminal.until("› my edited");
    assert_eq!(terminal.sent.matches(ENTER).count(), 3);
    terminal.press("\x03\x04");
    let (text, _) = terminal.end();
    assert!(
        text.starts_with("signing in\n"),
        "on the normal screen:\n{text}"
    );
}

#[test]
fn a_light_terminal_gets_other_inks_from_the_first_letter_on() {
    for answer in [
        "\x1b]11;rgb:ffff/ffff/ffff\x07",
        "\x1b]11;rgba:fd/f6/e3/ff\x1b\\",
    ] {
        let mut terminal = Terminal::on_ground("keys", answer, &[], 80, 24);
        until_sent(&mut terminal, LIGHT);
        assert!(!terminal.sent.contains(UNKNOWN), "{:?}", terminal.sent);
        leave(terminal);
    }
}

#[test]
fn other_answers_and_none_change_nothing_and_are_not_typed() {
    for answer in [
        "\x1b]11;rgb:0000/0000/0000\x07",
        "\x1b]11;no colour\x1b\\",
        "",
    ] {
        let mut terminal = Terminal::on_ground("plain keys", answer, &[], 80, 24);
        until_sent(&mut terminal, UNKNOWN);
        leave(terminal);
    }
}

#[test]
fn the_variable_counts_where_nothing_answers() {
    let light = [("COLORFGBG", "0;15")];
    let mut terminal = Terminal::on_ground("plain keys", "", &light, 80, 24);
    until_sent(&mut terminal, LIGHT);
    leave(terminal);
    let dark = "\x1b]11;rgb:0000/0000/0000\x07";
    let mut terminal = Terminal::on_ground("plain keys", dark, &light, 80, 24);
    until_sent(&mut terminal, UNKNOWN);
    leave(terminal);
}

#[test]
fn an_answer_that_comes_late_counts_and_is_not_typed() {
    let mut terminal = Terminal::live("plain keys", 80, 24);
    until_sent(&mut terminal, UNKNOWN);
    terminal.press("\x1b]11;rgb:ffff/ffff/ffff\x07");
    until_sent(&mut terminal, LIGHT);
    leave(terminal);
}

#[test]
fn what_was_typed_before_the_answer_is_a_draft() {
    let answer = "ahead\x1b]11;rgb:ffff/ffff/ffff\x07";
    let mut terminal = Terminal::on_ground("plain keys", answer, &[], 80, 24);
    terminal.until("› ahead\n");
    terminal.press("\x03\x04");
    assert!(!terminal.end().0.contains("rgb"));
}

#[test]
fn nobody_is_asked_for_colours_who_wants_none() {
    let mut terminal = Terminal::on_ground("plain keys", "", &[("NO_COLOR", "1")], 80, 24);
    terminal.until("test connected");
    assert!(!terminal.sent.contains(QUESTION));
    leave(terminal);
}

#[test]
fn whoever_looks_elsewhere_is_called_as_their_terminal_can() {
    let words = "Hermes: you are asked for something";
    let notification = format!("\x1b]9;{words}\x07");
    for (program, call) in [("WezTerm", notification.as_str()), ("another", "\x07")] {
        let variables = [("TERM_PROGRAM", program)];
        let mut terminal = Terminal::on_ground("plain keys", "", &variables, 80, 24);
        terminal.until("test connected");
        let before = terminal.sent.len();
        terminal.press("\x1b[Orevoke\r");
        terminal.until("sign-in has ended");
        assert_eq!(
            terminal.sent[before..].matches(call).count(),
            1,
            "{program}"
        );
        assert_eq!(
            terminal.sent[before..].matches('\x07').count(),
            1,
            "{program}"
        );
        terminal.press("\x04");
        terminal.end();
    }
}
