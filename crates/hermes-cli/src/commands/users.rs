//! `hermes users`: who may use the gateway. It works on the gateway's database, whether or not a
//! gateway runs; one that runs is told at its control socket, so that a change holds when the command
//! ends.

mod add;
mod allow;
mod invite;
mod list;
mod passwd;
mod password;
mod shape;
mod shut_out;

use hermes_errors::{Code, Failure};
use hermes_gateway::audit::{self, Audit, Event, Line};
use hermes_host::control::asked;
use hermes_protocol::methods::LookParams;
use hermes_storage::{LoginName, Storage, StorageError, User, UserId, Users};
use hermes_storage_sqlite::SqliteStorage;

pub(super) use self::shape::role;
use super::{Done, auth::block_on};
use crate::{
    args::{UsersArgs, UsersCommand},
    output::Output,
    world::World,
};

/// Runs the command that was typed.
pub(crate) fn run(args: &UsersArgs, world: &World, output: Output) -> Done {
    match &args.command {
        UsersCommand::Add(args) => add::run(args, world, output),
        UsersCommand::Invite(args) => invite::run(args, world, output),
        UsersCommand::Allow { identity, .. } => allow::run(identity, world, output),
        UsersCommand::Passwd {
            name,
            password_stdin,
            ..
        } => passwd::run(name, *password_stdin, world, output),
        UsersCommand::List { .. } => list::run(world, output),
        UsersCommand::Remove(args) => shut_out::remove(args, world, output),
        UsersCommand::Disable(args) => shut_out::disable(args, world, output),
        UsersCommand::Enable { name, .. } => shut_out::enable(name, world, output),
    }
}

/// Works on the database, and closes it.
pub(super) fn with_storage<T>(
    world: &World,
    work: impl AsyncFnOnce(&dyn Storage) -> Result<T, Failure>,
) -> Result<T, Failure> {
    block_on(async {
        let opened = SqliteStorage::open(&world.home.gateway_db()).await;
        let storage = opened.map_err(|error| explain(&error))?;
        let done = work(&storage).await;
        storage.close().await;
        done
    })?
}

/// Works on the users alone.
fn with_users<T>(
    world: &World,
    work: impl AsyncFnOnce(&dyn Users) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_storage(world, async |storage| work(storage.users()).await)
}

/// Fails for a user who has to be let in first.
pub(super) fn is_not_shut_out(user: &User) -> Result<(), Failure> {
    if !user.disabled {
        return Ok(());
    }
    let name = shape::name(user);
    let failure = Failure::new(Code::UserDisabled, format!("{name} is shut out"));
    Err(failure.with_next_step(format!("hermes users enable {name}")))
}

pub(super) fn explain(error: &StorageError) -> Failure {
    Failure::of(error)
}

/// The user of this login name, or else of this id.
async fn find(users: &dyn Users, name: &str) -> Result<User, Failure> {
    if let Ok(login) = name.parse::<LoginName>() {
        let found = users.by_login(&login).await;
        if let Some((user, _)) = found.map_err(|error| explain(&error))? {
            return Ok(user);
        }
    }
    let found = match name.parse::<UserId>() {
        Ok(id) => users.find(id).await.map_err(|error| explain(&error))?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        let name = hermes_secret::plain(name, LoginName::LIMIT);
        let message = format!("the gateway has no user `{name}`");
        Failure::new(Code::UserUnknown, message)
    })
}

/// The audit log, opened before anything changes: a change that nobody can look up is not made.
pub(super) fn audit(world: &World) -> Result<Audit, Failure> {
    let clock = std::sync::Arc::clone(&world.ports.clock);
    Audit::open(world.home.path(), clock).map_err(|error| {
        let path = world.display(&world.home.path().join(audit::FILE));
        let message = format!("the audit log `{path}` cannot be written: {error}");
        Failure::new(Code::AuditUnwritable, message)
    })
}

/// Notes what has changed, and has the gateway that runs look at it. One that cannot be told, or is
/// older than this command, notices by itself within a second.
pub(super) fn note(audit: &Audit, user: UserId, what: &str, world: &World) {
    let line = Line::new(Event::UserChanged, None);
    audit.record(line.user(user.as_str(), None).reason(what));
    let _ = block_on(asked(world, &LookParams {}));
}

/// `and 2 sessions of theirs have ended`, or nothing.
fn and_sessions(ended: usize) -> String {
    match ended {
        0 => String::new(),
        1 => "; 1 session has ended".to_owned(),
        more => format!("; {more} sessions have ended"),
    }
}
