//! `hermes sessions`: who is signed in at the gateway. A gateway that runs is asked, so that sockets
//! close at once; without one, its database is.

mod list;
mod revoke;

use hermes_errors::Failure;
use hermes_storage::Storage;
use hermes_storage_sqlite::SqliteStorage;

use super::Done;
use crate::{
    args::{SessionsArgs, SessionsCommand},
    output::Output,
    world::World,
};

/// Runs the command that was typed.
pub(crate) fn run(args: &SessionsArgs, world: &World, output: Output) -> Done {
    match &args.command {
        SessionsCommand::List { .. } => list::run(world, output),
        SessionsCommand::Revoke { id, .. } => revoke::run(id, world, output),
    }
}

/// Works on the database, and closes it.
async fn with_storage<T>(
    world: &World,
    work: impl AsyncFnOnce(&dyn Storage) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let opened = SqliteStorage::open(&world.home.gateway_db()).await;
    let storage = opened.map_err(|error| Failure::of(&error))?;
    let done = work(&storage).await;
    storage.close().await;
    done
}
