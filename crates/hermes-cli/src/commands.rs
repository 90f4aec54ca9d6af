//! What each command does. One file a command, grouped as on the command line.

pub(crate) mod auth;
mod chat;
mod complete;
mod completions;
mod config;
pub(crate) mod connect;
mod destination;
mod doctor;
pub(crate) mod elsewhere;
mod guide;
mod health;
mod help;
mod invitation;
mod lasting;
mod link;
mod man;
mod model;
mod one_shot;
mod owner;
mod reload;
mod running;
mod serve;
mod service;
mod sessions;
mod status;
mod talk;
mod upgrade;
mod users;
mod whose;

use hermes_errors::{Code, Explain, Failure, Outcome};
use hermes_machine::Environment;

use crate::{
    args::{Command, Task, Typed},
    output::Output,
    world::World,
};

/// How a command ends when it is not simply done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed, and the failure is still to be shown.
    Failed(Failure),
    /// Everything has been said; only the exit status is left.
    Said(Outcome),
}

impl Stop {
    /// What is still to be shown.
    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Said(_) => None,
        }
    }

    /// Whether it failed for this reason.
    pub(crate) fn is(&self, code: Code) -> bool {
        self.failure().is_some_and(|failure| failure.code == code)
    }

    /// The class of outcome.
    pub(crate) const fn outcome(&self) -> Outcome {
        match self {
            Self::Failed(failure) => failure.code.outcome(),
            Self::Said(outcome) => *outcome,
        }
    }

    /// The failure that a library's error explains, about this provider.
    pub(crate) fn about(provider: &str, error: &impl Explain) -> Self {
        Self::Failed(Failure::of(error).for_provider(provider))
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The result of a command.
pub(crate) type Done = Result<(), Stop>;

/// Does what was typed.
pub(crate) fn run(typed: Typed, environment: &Environment, output: Output) -> Done {
    let profile = typed.profile.as_deref();
    let world = || World::new(environment.clone(), profile, typed.no_input);
    let command = match typed.task {
        Task::OneShot(args) => return one_shot::run(&args, world, output),
        Task::Run(command) => command,
    };
    match command {
        Command::Auth(args) => auth::run(args, world()?, output),
        Command::Logout(args) => auth::logout::active(args.provider.as_deref(), &world()?, output),
        Command::Status(_) => status::run(&world()?, output),
        Command::Doctor(args) => doctor::run(&args, environment, profile, output),
        Command::Config(args) => config::run(&args, &world()?, output),
        Command::Chat(args) => chat::run(&args, &world()?, output),
        Command::Model(args) => model::run(&args, &world()?, output),
        Command::Connect(args) => connect::run(&args, &world()?, output),
        Command::Serve(args) => serve::run(&args, &world()?, output),
        Command::Link(args) => link::run(&args, &world()?, output),
        Command::Reload { .. } => reload::run(&world()?, output),
        Command::Service(args) => service::run(&args, &world()?, output),
        Command::Sessions(args) => sessions::run(&args, &world()?, output),
        Command::Users(args) => users::run(&args, &world()?, output),
        Command::Owner(args) => owner::run(&args, &world()?, output),
        Command::Health(args) => health::run(&args, &world()?, output),
        Command::Upgrade(_) => upgrade::run(&world()?, output),
        Command::Guide(args) => guide::run(&args, output),
        Command::Complete(args) => complete::run(&args, environment, output),
        Command::Completions { shell } => completions::run(shell, output),
        Command::Man { directory } => man::run(&directory, output),
        Command::Help { topic } => help::run(&topic, output),
        Command::Login { .. } => {
            output.say("`hermes login` is now `hermes auth add <provider>`.");
            output.say("  List the providers:  hermes auth providers");
            output.say("  For example:         hermes auth add xai-oauth");
            Ok(())
        }
    }
}

impl Task {
    /// Whether the person asked for JSON, and so gets errors as JSON too.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::OneShot(args) => args.json,
            Self::Run(command) => command.wants_json(),
        }
    }
}

impl Command {
    fn wants_json(&self) -> bool {
        match self {
            Self::Auth(args) => args.json || args.command.as_ref().is_some_and(auth::wants_json),
            Self::Status(args) => args.json,
            Self::Doctor(args) => args.flags.json,
            Self::Logout(args) => args.json,
            Self::Config(args) => args.command.wants_json(),
            Self::Model(args) => args.wants_json(),
            Self::Connect(args) => args.json,
            Self::Reload { json } => *json,
            Self::Service(args) => args.command.wants_json(),
            Self::Sessions(args) => args.command.wants_json(),
            Self::Users(args) => args.command.wants_json(),
            Self::Owner(args) => args.command.wants_json(),
            Self::Upgrade(args) => args.json,
            _ => false,
        }
    }
}
