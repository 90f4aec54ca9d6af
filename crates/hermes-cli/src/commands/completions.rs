use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Done;
use crate::{args::Cli, output::Output};

/// Prints the completion script: for three shells one that asks `hermes complete`, and so knows the
/// names of providers and accounts; for others one that knows commands and flags.
pub(crate) fn run(shell: Shell, output: Output) -> Done {
    let script = match shell {
        Shell::Bash => include_str!("completions/hermes.bash").to_owned(),
        Shell::Zsh => include_str!("completions/hermes.zsh").to_owned(),
        Shell::Fish => include_str!("completions/hermes.fish").to_owned(),
        other => {
            let mut script = Vec::new();
            clap_complete::generate(other, &mut Cli::command(), "hermes", &mut script);
            String::from_utf8_lossy(&script).into_owned()
        }
    };
    output.data(&script)?;
    Ok(())
}
