use serde_json::json;

use super::shape;
use crate::{
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Prints an access token, refreshed if it is about to end. The one command that prints a secret:
/// its standard output is the program that asked for it.
pub(super) fn run(name: &str, world: &World, output: Output) -> Done {
    let opened = super::open(name, world)?;
    let token = super::block_on(opened.credentials.access_token(&opened.id))?
        .map_err(|error| Stop::about(&opened.id, &error))?;
    if output.json {
        output.json(&json!({
            "provider": opened.id,
            "access_token": token.token.expose(),
            "expires_at": token.expires_at.map(shape::time),
            "credential": shape::entry(&token.entry),
        }))?;
    } else {
        output.data(&format!("{}\n", token.token.expose()))?;
    }
    Ok(())
}
