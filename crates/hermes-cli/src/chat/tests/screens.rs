//! What the chat does to a terminal besides drawing lines at its end.

use super::*;

/// Has the chat take the whole screen.
const ENTER: &str = "\x1b[?1049h";

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
