//! The `hermes` command.

mod args;
mod chat;
mod commands;
mod last_sign_in;
mod output;
mod terminal;
mod via;
mod world;

use std::process::ExitCode;

use hermes_machine::Environment;

use self::{args::Cli, output::Output};

fn main() -> ExitCode {
    let typed = match Cli::typed() {
        Ok(typed) => typed,
        Err(error) => {
            // Help and version come this way too, with status 0; usage errors have status 2.
            let status = u8::try_from(error.exit_code()).unwrap_or(2);
            return match error.print() {
                Ok(()) => ExitCode::from(status),
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    let output = Output::new(typed.task.wants_json());
    match commands::run(typed, &Environment::of_process(), output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            if let Some(failure) = stop.failure() {
                output.failure(failure);
            }
            ExitCode::from(stop.outcome().exit_status())
        }
    }
}
