//! The token of token mode, where a home keeps one.

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Settings;
use hermes_machine::file;
use hermes_secret::Secret;

use crate::World;

/// The most bytes of the file.
const LIMIT: u64 = 4096;

/// The token of token mode: the one that is set, or the one that the first start has made and
/// kept, so that a restart signs nobody out.
///
/// # Errors
///
/// If the file of it cannot be used or written.
pub fn find(settings: &Settings, world: &World) -> Result<Secret, Failure> {
    if let Some(token) = known(settings, world)? {
        return Ok(token);
    }
    let fresh = world.ports.random.token(32);
    let path = world.home.gateway_token();
    let made = file::create_private(&path, fresh.expose().as_bytes());
    made.map_err(|error| unusable(world, &error))?;
    // Another start may have been first, and its token counts.
    let kept = known(settings, world)?;
    kept.ok_or_else(|| unusable(world, &"it is gone again"))
}

/// The token, if there is one yet.
///
/// # Errors
///
/// If the file of it cannot be used.
pub fn known(settings: &Settings, world: &World) -> Result<Option<Secret>, Failure> {
    if settings.token.is_some() {
        return Ok(settings.token.clone());
    }
    let kept = file::read_regular(&world.home.gateway_token(), LIMIT);
    let Some(kept) = kept.map_err(|error| unusable(world, &error))? else {
        return Ok(None);
    };
    let text = String::from_utf8(kept).map(Secret::new);
    let token = text.map_err(|_| unusable(world, &"it is not UTF-8"))?;
    if token.expose().trim().len() < 16 {
        return Err(unusable(world, &"it has less than 16 characters"));
    }
    Ok(Some(Secret::new(token.expose().trim())))
}

fn unusable(world: &World, reason: &dyn std::fmt::Display) -> Failure {
    let path = world.display(&world.home.gateway_token());
    Failure::new(
        Code::GatewayTokenUnusable,
        format!("the gateway's token in `{path}` cannot be used: {reason}"),
    )
}
