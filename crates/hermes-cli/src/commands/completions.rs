use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Done;
use crate::{args::Cli, output::Output};

/// Prints the completion script.
pub(crate) fn run(shell: Shell, output: Output) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "hermes", &mut script);
    output.data(&String::from_utf8_lossy(&script))?;
    Ok(())
}
