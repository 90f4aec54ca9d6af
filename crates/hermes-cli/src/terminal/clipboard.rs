use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hermes_machine::Environment;

/// What is known of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copied {
    /// A program of this machine took it.
    Yes,
    /// It was sent to the terminal, which does not say what it did with it.
    SentToTerminal,
}

/// Copies the text: by the desktop's own tool where there is a desktop, else by OSC 52, which
/// reaches the clipboard of the machine the person sits at, also over SSH.
pub(crate) fn copy(text: &str, environment: &Environment) -> Copied {
    if copy_here(text, environment) {
        return Copied::Yes;
    }
    // Straight to the terminal: the colour filter would drop the sequence.
    let mut stderr = std::io::stderr().lock();
    let _ = stderr
        .write_all(sequence(text, environment).as_bytes())
        .and_then(|()| stderr.flush());
    Copied::SentToTerminal
}

/// Copies the text by the desktop's own tool, if there is one that takes it.
pub(crate) fn copy_here(text: &str, environment: &Environment) -> bool {
    let tool = if environment.has("WAYLAND_DISPLAY") {
        Some(("wl-copy", &[][..]))
    } else if environment.has("DISPLAY") {
        Some(("xclip", &["-selection", "clipboard"][..]))
    } else {
        None
    };
    tool.is_some_and(|(program, arguments)| feed(program, arguments, text))
}

/// What has a terminal copy the text, wrapped so that tmux and screen pass it on.
pub(crate) fn sequence(text: &str, environment: &Environment) -> String {
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    if environment.has("TMUX") {
        return format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"));
    }
    if !environment.has("STY") {
        return sequence;
    }
    // screen takes strings of 768 bytes at most, and puts together what it passes on.
    let mut wrapped = String::new();
    let mut rest = sequence.as_str();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(512));
        wrapped.push_str(&format!("\x1bP{piece}\x1b\\"));
        rest = after;
    }
    wrapped
}

fn feed(program: &str, arguments: &[&str], text: &str) -> bool {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    let written = child
        .stdin
        .take()
        .is_some_and(|mut pipe| pipe.write_all(text.as_bytes()).is_ok());
    written && child.wait().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_and_screen_pass_the_text_on() {
        let plain = Environment::default();
        assert_eq!(sequence("a", &plain), "\x1b]52;c;YQ==\x07");
        let tmux = Environment::default().with("TMUX", "x").with("STY", "x");
        let wrapped = "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\";
        assert_eq!(sequence("a", &tmux), wrapped);
        let screen = Environment::default().with("STY", "x");
        let long = sequence(&"a".repeat(900), &screen);
        let pieces: Vec<_> = long.split("\x1b\\").collect();
        assert_eq!(pieces.len(), 4, "three pieces and what is behind them");
        let inner: String = pieces
            .iter()
            .filter_map(|one| one.strip_prefix("\x1bP"))
            .collect();
        assert_eq!(inner, sequence(&"a".repeat(900), &plain));
    }
}
