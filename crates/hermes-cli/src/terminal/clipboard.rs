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
    let tool = if environment.has("WAYLAND_DISPLAY") {
        Some(("wl-copy", &[][..]))
    } else if environment.has("DISPLAY") {
        Some(("xclip", &["-selection", "clipboard"][..]))
    } else {
        None
    };
    if let Some((program, arguments)) = tool
        && feed(program, arguments, text)
    {
        return Copied::Yes;
    }
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let sequence = if environment.has("TMUX") {
        format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
    } else {
        sequence
    };
    // Straight to the terminal: the colour filter would drop the sequence.
    let mut stderr = std::io::stderr().lock();
    let _ = stderr
        .write_all(sequence.as_bytes())
        .and_then(|()| stderr.flush());
    Copied::SentToTerminal
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
