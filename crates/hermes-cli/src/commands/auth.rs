//! `hermes auth`: sign in to providers and look after credentials.

pub(crate) mod account;
pub(crate) mod add;
pub(crate) mod client;
mod finish;
mod import;
pub(crate) mod issuer;
mod key;
mod list;
pub(super) mod logout;
mod providers;
mod refresh;
mod remove;
pub(crate) mod report;
mod reset;
pub(crate) mod shape;
pub(super) mod status;
mod token;
pub(crate) mod turns;
mod use_first;

use std::sync::Arc;

use hermes_credentials::Credentials;
use hermes_errors::Failure;
use hermes_providers::{Lookup, Table};

use super::Done;
use crate::{
    args::{AuthArgs, AuthCommand, SpotifyCommand},
    output::Output,
    world::World,
};

/// Runs the subcommand.
pub(crate) fn run(args: AuthArgs, world: World, output: Output) -> Done {
    match args.command {
        None => list::all(&world, output),
        Some(AuthCommand::Add(args)) => add::run(&args, world, output),
        Some(AuthCommand::Finish(args)) => finish::run(&args, world, output),
        Some(AuthCommand::Import(args)) => import::run(&args, &world, output),
        Some(AuthCommand::List(args)) => list::run(args.provider.as_deref(), &world, output),
        Some(AuthCommand::Status(args)) => status::run(&args, &world, output),
        Some(AuthCommand::Token(args)) => token::run(&args, &world, output),
        Some(AuthCommand::Refresh(args)) => refresh::run(&args, &world, output),
        Some(AuthCommand::Use(args)) => use_first::run(&args, &world, output),
        Some(AuthCommand::Remove(args)) => remove::run(&args, &world, output),
        Some(AuthCommand::Reset(args)) => reset::run(&args.provider, &world, output),
        Some(AuthCommand::Logout(args)) => logout::run(&args.provider, &world, output),
        Some(AuthCommand::Providers(_)) => providers::run(&world, output),
        Some(AuthCommand::Relay(args)) => crate::via::serve(&args, &world),
        Some(AuthCommand::Spotify(args)) => match args.command {
            None => add::spotify(&args.sign_in, world, output),
            Some(SpotifyCommand::Login(sign_in)) => add::spotify(&sign_in, world, output),
            Some(SpotifyCommand::Status(_)) => status::one("spotify", None, false, &world, output),
            Some(SpotifyCommand::Logout(_)) => logout::run("spotify", &world, output),
        },
    }
}

/// Whether JSON was asked for.
pub(super) fn wants_json(command: &AuthCommand) -> bool {
    match command {
        AuthCommand::Add(args) => args.sign_in.json,
        AuthCommand::Finish(args) => args.json,
        AuthCommand::Import(args) => args.json,
        AuthCommand::List(args) => args.json,
        AuthCommand::Status(args) => args.json,
        AuthCommand::Reset(args) | AuthCommand::Logout(args) => args.json,
        AuthCommand::Token(args) | AuthCommand::Refresh(args) => args.json,
        AuthCommand::Use(args) | AuthCommand::Remove(args) => args.json,
        AuthCommand::Providers(args) => args.json,
        AuthCommand::Relay(_) => false,
        AuthCommand::Spotify(args) => match &args.command {
            None => args.sign_in.json,
            Some(SpotifyCommand::Login(sign_in)) => sign_in.json,
            Some(SpotifyCommand::Status(args) | SpotifyCommand::Logout(args)) => args.json,
        },
    }
}

/// The table and the credentials, and the id that a name on the command line stands for.
struct Opened {
    id: String,
    credentials: Credentials,
}

/// Finds the provider that a reading or changing command names. `minimax` may mean the account or
/// the key; the one that has credentials is meant.
fn open(name: &str, world: &World) -> Result<Opened, Failure> {
    let table = Arc::new(world.table()?);
    let credentials = world.credentials(&table);
    let id = pick(name, &table, &credentials)?;
    Ok(Opened { id, credentials })
}

/// The id that a name on the command line stands for.
pub(super) fn pick(
    name: &str,
    table: &Table,
    credentials: &Credentials,
) -> Result<String, Failure> {
    if let Some(custom) = custom_pool(name, credentials) {
        return Ok(custom);
    }
    let exact = table
        .find(name, Lookup::Exact)
        .map_err(|error| Failure::of(&error))?;
    let account = table
        .find(name, Lookup::SignIn)
        .map_err(|error| Failure::of(&error))?;
    if exact.id == account.id {
        return Ok(exact.id.clone());
    }
    let of_key = credentials
        .list(Some(&exact.id))
        .map_err(|error| Failure::of(&error))?;
    let chosen = if of_key.iter().any(|pool| !pool.entries.is_empty()) {
        exact
    } else {
        account
    };
    Ok(chosen.id.clone())
}

/// Pools that upstream keeps for servers of the person's own are named `custom:<name>`.
fn custom_pool(name: &str, credentials: &Credentials) -> Option<String> {
    let id = name.trim().to_ascii_lowercase();
    let known = credentials
        .list(Some(&id))
        .ok()?
        .iter()
        .any(|pool| !pool.entries.is_empty());
    (id.starts_with("custom:") && known).then_some(id)
}

/// Runs what has to wait for files or the network. Only commands that need it pay for it.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| {
        Failure::new(
            hermes_errors::Code::OutputFailed,
            format!("cannot start: {error}"),
        )
    })?;
    Ok(runtime.block_on(future))
}
