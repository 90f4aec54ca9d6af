use std::sync::Arc;

use hermes_errors::Failure;
use hermes_providers::{Lookup, Table};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::remove;
use crate::{
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Forgets every credential of a provider.
pub(super) fn run(name: &str, world: &World, output: Output) -> Done {
    let opened = super::open(name, world)?;
    let gone = super::block_on(opened.credentials.logout(&opened.id))?
        .map_err(|error| Stop::about(&opened.id, &error))?;
    if output.json {
        let revocations: Vec<_> = gone.revoked.iter().map(remove::revocation).collect();
        output.json(&json!({
            "provider": opened.id,
            "removed": gone.removed,
            "revocations": revocations,
            "kept": gone.kept,
        }))?;
        return remove::confirmed(&gone.revoked, &opened.id, output);
    }
    let table = world.table()?;
    let name = table
        .get(&opened.id)
        .map_or(opened.id.as_str(), |provider| &provider.name);
    if gone.removed == 0 {
        output.data(&format!("No auth state found for {name}.\n"))?;
        return Ok(());
    }
    output.data(&format!("Logged out of {name}.\n"))?;
    gone.revoked
        .iter()
        .for_each(|outcome| remove::say_outcome(outcome, output));
    for source in &gone.kept {
        let source = plain(source, LABEL_LIMIT);
        output.say(&format!(
            "  {source} is no sign-in and stays; `hermes auth remove` takes it away."
        ));
    }
    if configured(&table, world).as_deref() == Some(opened.id.as_str()) {
        let file = world.display(&world.home.config_yaml());
        output.say(&format!(
            "  {file} goes on naming {} as model.provider.",
            opened.id
        ));
    }
    remove::confirmed(&gone.revoked, &opened.id, output)
}

/// The provider that `config.yaml` names, if it is one.
fn configured(table: &Table, world: &World) -> Option<String> {
    let name = world.settings().model_provider?;
    let provider = table.find(&name, Lookup::Exact).ok()?;
    Some(provider.id.clone())
}

/// `hermes logout`: the named provider, else the active one, else the one that `config.yaml` names.
pub(in crate::commands) fn active(name: Option<&str>, world: &World, output: Output) -> Done {
    if let Some(name) = name {
        return run(name, world, output);
    }
    let table = Arc::new(world.table()?);
    let active = world.credentials(&table).active_provider();
    let active = active.map_err(|error| Failure::of(&error))?;
    match active.or_else(|| configured(&table, world)) {
        Some(provider) => run(&provider, world, output),
        None if output.json => {
            output
                .json(&json!({ "provider": null, "removed": 0, "revocations": [], "kept": [] }))?;
            Ok(())
        }
        None => {
            output.data("No provider is currently logged in.\n")?;
            Ok(())
        }
    }
}
