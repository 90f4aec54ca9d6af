//! `hermes config`: the settings of the gateway, before anything is started with them.

mod check;
mod init;
mod schema;
mod show;

use super::Done;
use crate::{
    args::{ConfigArgs, ConfigCommand},
    output::Output,
    world::World,
};

/// Runs the command that was typed.
pub(crate) fn run(args: &ConfigArgs, world: &World, output: Output) -> Done {
    match &args.command {
        ConfigCommand::Show { serve, .. } => show::run(&serve.flags(), world, output),
        ConfigCommand::Check { serve, .. } => check::run(&serve.flags(), world, output),
        ConfigCommand::Init { print, .. } => init::run(*print, world, output),
        ConfigCommand::Schema => schema::run(output),
    }
}
