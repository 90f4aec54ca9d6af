use serde_json::json;

use crate::{
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Clears the marks of refused credentials.
pub(super) fn run(name: &str, world: &World, output: Output) -> Done {
    let opened = super::open(name, world)?;
    let count = super::block_on(opened.credentials.reset(&opened.id))?
        .map_err(|error| Stop::about(&opened.id, &error))?;
    if output.json {
        output.json(&json!({ "provider": opened.id, "reset": count }))?;
    } else {
        output.data(&format!(
            "Reset status on {count} {} credentials\n",
            opened.id
        ))?;
    }
    Ok(())
}
