//! `hermes reload`: the gateway that runs reads its settings again, and says what came of it.

use hermes_host::control::{asked, not_running};
use hermes_protocol::methods::{ReloadParams, Reloaded};
use serde_json::json;

use super::{Done, auth::block_on};
use crate::{output::Output, world::World};

/// Asks it to.
pub(crate) fn run(world: &World, output: Output) -> Done {
    let reloaded = block_on(asked(world, &ReloadParams {}))??;
    let Reloaded { waiting } = reloaded.ok_or_else(|| not_running(world))?;
    if output.json {
        output.json(&json!({ "event": "reloaded", "waiting": waiting }))?;
        return Ok(());
    }
    output.data("Settings read again\n")?;
    if !waiting.is_empty() {
        output.say(&format!("  Waiting for a restart: {}", waiting.join(", ")));
    }
    Ok(())
}
