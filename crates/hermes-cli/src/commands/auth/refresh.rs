use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::shape;
use crate::{
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Refreshes a credential now, due or not.
pub(super) fn run(name: &str, target: Option<&str>, world: &World, output: Output) -> Done {
    let opened = super::open(name, world)?;
    let entry = super::block_on(opened.credentials.refresh(&opened.id, target))?
        .map_err(|error| Stop::about(&opened.id, &error))?;
    if output.json {
        output.json(&json!({ "provider": opened.id, "credential": shape::entry(&entry) }))?;
        return Ok(());
    }
    let until = entry
        .expires_at
        .map(|at| format!(", good until {}", shape::time(at)));
    let label = plain(&entry.label, LABEL_LIMIT);
    output.say(&format!(
        "Refreshed {} \"{label}\"{}.",
        opened.id,
        until.unwrap_or_default()
    ));
    Ok(())
}
