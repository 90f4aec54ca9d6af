use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hermes_machine::Environment;

use super::through;

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
    through(&sequence, environment)
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
