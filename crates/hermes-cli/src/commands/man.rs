use std::path::Path;

use clap::CommandFactory as _;
use hermes_errors::{Code, Failure};

use super::Done;
use crate::{args::Cli, output::Output};

/// Writes one manual page a command.
pub(crate) fn run(directory: &Path, output: Output) -> Done {
    let written = std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), directory));
    written.map_err(|error| {
        let message = format!(
            "cannot write manual pages to `{}`: {error}",
            directory.display()
        );
        Failure::new(Code::OutputFailed, message)
            .with_next_step("hermes man ~/.local/share/man/man1")
    })?;
    output.say(&format!("Manual pages are in `{}`.", directory.display()));
    output.say(&format!(
        "  Read one:  man {}/hermes-auth-add.1",
        directory.display()
    ));
    Ok(())
}
