//! `hermes service`: the gateway as a service of systemd. What it writes is one file, and what it runs
//! is `systemctl`; `--dry-run` says both.

mod install;
mod manager;
mod show;
mod uninstall;
mod unit;

use std::path::PathBuf;

use hermes_errors::{Code, Failure};
use hermes_machine::file;

use self::manager::Manager;
use super::Done;
use crate::{
    args::{ScopeArgs, ServiceArgs, ServiceCommand},
    output::Output,
    world::World,
};

/// The most bytes of a unit that are looked at.
const LIMIT: u64 = 64 * 1024;

/// Runs the command that was typed.
pub(crate) fn run(args: &ServiceArgs, world: &World, output: Output) -> Done {
    match &args.command {
        ServiceCommand::Install(args) => install::run(args, world, output),
        ServiceCommand::Status { scope, .. } => show::run(*scope, world, output),
        ServiceCommand::Uninstall(args) => uninstall::run(args, world, output),
    }
}

/// Whose systemd runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    System,
    User,
}

impl Scope {
    fn of(args: ScopeArgs) -> Self {
        let by_default = !args.user && rustix::process::geteuid().is_root();
        match args.system || by_default {
            true => Self::System,
            false => Self::User,
        }
    }

    const fn flag(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::User => Some("--user"),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// The unit of a profile, as a file.
struct Place<'a> {
    manager: Manager<'a>,
    name: String,
    path: PathBuf,
}

/// What is at its place.
enum Found {
    Nothing,
    Ours(String),
    Foreign,
}

impl<'a> Place<'a> {
    fn of(scope: Scope, world: &'a World) -> Result<Self, Failure> {
        let name = match &world.profile {
            Some(profile) => format!("hermes-{profile}.service"),
            None => "hermes.service".to_owned(),
        };
        let folder = match scope {
            Scope::System => PathBuf::from("/etc/systemd/system"),
            Scope::User => {
                let environment = &world.environment;
                let home = environment.path("HOME").map(|home| home.join(".config"));
                let config = environment.path("XDG_CONFIG_HOME").or(home);
                let none = || Failure::new(Code::HomeMissing, "`HOME` is not set");
                config.ok_or_else(none)?.join("systemd/user")
            }
        };
        Ok(Self {
            manager: Manager { scope, world },
            path: folder.join(&name),
            name,
        })
    }

    fn find(&self) -> Result<Found, Failure> {
        let read = file::read_regular(&self.path, LIMIT);
        Ok(match read.map_err(|error| self.failed(&error))? {
            None => Found::Nothing,
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) if text.starts_with(unit::MARK) => Found::Ours(text),
                _ => Found::Foreign,
            },
        })
    }

    fn shown(&self) -> String {
        self.manager.world.display(&self.path)
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        let message = format!("the unit `{}`: {error}", self.shown());
        let failure = Failure::new(Code::ServiceFailed, message);
        match (error.kind(), self.manager.scope) {
            (std::io::ErrorKind::PermissionDenied, Scope::System) => {
                failure.with_next_step("the same with sudo, or with --user")
            }
            _ => failure,
        }
    }

    fn not_ours(&self, what: &str, next: &str) -> Failure {
        let message = format!("the unit `{}` {what}", self.shown());
        Failure::new(Code::ServiceNotOurs, message).with_next_step(next)
    }
}
