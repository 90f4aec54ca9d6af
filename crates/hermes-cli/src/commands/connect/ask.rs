//! What is asked for at the terminal, or read from standard input.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use hermes_errors::{Code, Failure};
use hermes_secret::Secret;

use crate::{
    output::{self, Output},
    world::World,
};

/// The most bytes of a line.
const LIMIT: u64 = 16 * 1024;

/// Whether a question may be asked.
pub(super) fn can_ask(world: &World) -> bool {
    !world.no_input && output::can_ask()
}

/// A line that is typed, and seen while it is.
pub(super) fn line(question: &str) -> Result<String, Failure> {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(question.as_bytes());
    let _ = stderr.flush();
    let mut typed = String::new();
    let read = std::io::stdin().lock().take(LIMIT).read_line(&mut typed);
    match read {
        Ok(0) => Err(Failure::new(Code::Cancelled, "nothing was typed")),
        Ok(_) => Ok(typed.trim().to_owned()),
        Err(error) => Err(unreadable(&error)),
    }
}

/// A secret that is typed; every character is shown as `*`.
pub(super) fn secret(question: &str) -> Result<Secret, Failure> {
    let config = rpassword::ConfigBuilder::new()
        .password_feedback_mask('*')
        .build();
    let typed = rpassword::prompt_password_with_config(question, config);
    typed.map(Secret::new).map_err(|error| {
        let message = format!("nothing was read from the terminal: {error}");
        Failure::new(Code::Cancelled, message)
    })
}

/// The first line of standard input, which is a secret.
pub(super) fn secret_from_stdin(what: &str, output: Output) -> Result<Secret, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        output.say(&format!(
            "Type or paste the {what}, then press Enter. It is shown as you type."
        ));
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(LIMIT).read_until(b'\n', &mut bytes);
    read.map_err(|error| unreadable(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8"))?;
    let text = Secret::new(text);
    match text.expose().trim_end_matches(['\r', '\n']) {
        "" => Err(unreadable(&format!("it has no {what}"))),
        line => Ok(Secret::new(line)),
    }
}

fn unreadable(reason: &dyn std::fmt::Display) -> Failure {
    let message = format!("standard input cannot be read: {reason}");
    Failure::new(Code::InputUnreadable, message).with_next_step("hermes help connect")
}
