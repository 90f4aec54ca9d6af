use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::shape;
use crate::{
    args::TargetArgs,
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Puts a credential before the others of its provider.
pub(super) fn run(args: &TargetArgs, world: &World, output: Output) -> Done {
    let opened = super::open(&args.provider, world)?;
    let entry = super::block_on(opened.credentials.prefer(&opened.id, &args.target))?
        .map_err(|error| Stop::about(&opened.id, &error))?;
    if output.json {
        output.json(&json!({ "provider": opened.id, "credential": shape::entry(&entry) }))?;
        return Ok(());
    }
    output.say(&format!(
        "{} now uses \"{}\" first.",
        opened.id,
        plain(&entry.label, LABEL_LIMIT)
    ));
    Ok(())
}
