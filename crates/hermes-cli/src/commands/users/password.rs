use std::{io::Read as _, sync::Arc};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    passwords::{LONGEST, Passwords, check_policy},
    settings::Settings,
};
use hermes_secret::Secret;
use hermes_storage::LoginName;

use crate::{
    output::{self, Output},
    world::World,
};

/// The most bytes of standard input: the longest password and the end of its line.
const LIMIT: u64 = LONGEST as u64 + 2;

/// Reads a new password, from the first line of standard input or twice from the terminal.
pub(super) fn read(
    login: &LoginName,
    from_stdin: bool,
    again: &str,
    settings: &Settings,
    world: &World,
) -> Result<Secret, Failure> {
    let least = settings.password_min_length;
    let fits = |password: &Secret| {
        check_policy(password.expose(), login.as_str(), least).map_err(|error| {
            Failure::new(Code::PasswordRefused, error.to_string()).with_next_step(again)
        })
    };
    if from_stdin {
        let password = first_line()?;
        fits(&password)?;
        return Ok(password);
    }
    if world.no_input || !output::can_ask() {
        let message = "a password has to be asked for, and there is no terminal to ask on";
        let next = format!("{again} --password-stdin");
        return Err(Failure::new(Code::NoTerminal, message).with_next_step(next));
    }
    Output::new(false).say(&format!(
        "{least} characters or more; a phrase of a few words is good."
    ));
    let password = ask("Password: ")?;
    fits(&password)?;
    if ask("Again:    ")?.same(&password) {
        Ok(password)
    } else {
        let message = "the two entries differ; nothing was changed";
        Err(Failure::new(Code::PasswordMismatch, message).with_next_step(again))
    }
}

/// The hash of a new password.
pub(super) async fn hash(password: Secret, world: &World) -> Result<Secret, Failure> {
    let pool = Passwords::new(1, Arc::clone(&world.ports.random));
    let hash = pool.hash(password).await;
    hash.map_err(|error| Failure::new(Code::PasswordRefused, error.to_string()))
}

fn first_line() -> Result<Secret, Failure> {
    let unreadable = |reason: &dyn std::fmt::Display| {
        let message = format!("standard input cannot be read: {reason}");
        Failure::new(Code::InputUnreadable, message)
    };
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LIMIT).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8"))?;
    let text = Secret::new(text);
    let line = text.expose().split('\n').next().unwrap_or_default();
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
}

/// Asks on the terminal; every character is shown as `*`.
fn ask(question: &str) -> Result<Secret, Failure> {
    let config = rpassword::ConfigBuilder::new()
        .password_feedback_mask('*')
        .build();
    let typed = rpassword::prompt_password_with_config(question, config);
    typed.map(Secret::new).map_err(|error| {
        let message = format!("no password was read from the terminal: {error}");
        Failure::new(Code::Cancelled, message)
    })
}
