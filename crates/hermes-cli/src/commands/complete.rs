//! `hermes complete`: what the completion scripts ask while a person types. It reads files and
//! nothing else, says nothing when something is wrong, and shows names, never secrets.

mod line;
mod names;

use std::{ffi::OsString, sync::Arc};

use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate};
use hermes_machine::Environment;
use hermes_secret::{LABEL_LIMIT, plain};

use self::{line::Line, names::Names};
use super::Done;
use crate::{
    args::{Cli, CompleteArgs, CompletingShell},
    output::Output,
    world::World,
};

/// Prints what the last word may become, one a line, in the form that the shell's script wants.
pub(super) fn run(args: &CompleteArgs, environment: &Environment, output: Output) -> Done {
    let line = match args.shell {
        CompletingShell::Bash => Line::of_bash(&args.words),
        CompletingShell::Zsh | CompletingShell::Fish => Line::of_words(&args.words),
    };
    let text: String = candidates(&line, args.shell, environment)
        .iter()
        .filter_map(|candidate| shown(candidate, &line, args.shell))
        .collect();
    output.data(&text)?;
    Ok(())
}

fn candidates(
    line: &Line,
    shell: CompletingShell,
    environment: &Environment,
) -> Vec<CompletionCandidate> {
    let world = World::new(environment.clone(), line.profile(), true).ok();
    let names = Arc::new(Names::read(world.as_ref(), line));
    let mut command = with_names(Cli::command(), &names, shell);
    let words: Vec<OsString> = line.words.iter().map(OsString::from).collect();
    let Some(last) = words.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut found = engine::complete(&mut command, words, last, None).unwrap_or_default();
    // Flags are offered to who has typed a dash, and where there is nothing else.
    let is_flag = |candidate: &CompletionCandidate| {
        candidate.get_value().as_encoded_bytes().starts_with(b"-")
    };
    if !line.current().starts_with('-') && found.iter().any(|candidate| !is_flag(candidate)) {
        found.retain(|candidate| !is_flag(candidate));
    }
    found
}

/// The command with the names of providers and accounts where they may stand, in every
/// subcommand.
fn with_names(command: Command, names: &Arc<Names>, shell: CompletingShell) -> Command {
    let adds = matches!(command.get_name(), "add");
    let command = command.mut_args(|arg| named(arg, adds, names, shell));
    command.mut_subcommands(|subcommand| with_names(subcommand, names, shell))
}

fn named(arg: Arg, adds: bool, names: &Arc<Names>, shell: CompletingShell) -> Arg {
    let names = Arc::clone(names);
    match arg.get_id().as_str() {
        "provider" => arg.add(ArgValueCompleter::new(move |word: &std::ffi::OsStr| {
            names.providers(&word.to_string_lossy(), adds)
        })),
        "gateway" | "forget" => arg.add(ArgValueCompleter::new(move |word: &std::ffi::OsStr| {
            names.gateways(&word.to_string_lossy())
        })),
        "target" => arg.add(ArgValueCompleter::new(move |word: &std::ffi::OsStr| {
            names.accounts(&word.to_string_lossy())
        })),
        // bash and zsh complete paths better themselves, where there is nothing from here.
        _ if shell != CompletingShell::Fish && arg.get_num_args().is_some() => {
            arg.value_hint(ValueHint::Other)
        }
        _ => arg,
    }
}

/// A line for the shell's script.
fn shown(candidate: &CompletionCandidate, line: &Line, shell: CompletingShell) -> Option<String> {
    let value = candidate.get_value().to_str()?;
    let help = candidate.get_help().map(ToString::to_string);
    let help = plain(help.as_deref().unwrap_or_default(), LABEL_LIMIT);
    Some(match shell {
        CompletingShell::Bash => format!("{}\n", line.replacement(value)),
        CompletingShell::Zsh => format!(
            "{}:{help}\n",
            value.replace('\\', "\\\\").replace(':', "\\:")
        ),
        CompletingShell::Fish => format!("{value}\t{help}\n"),
    })
}
