use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Settings;
use hermes_machine::file;
use hermes_secret::Secret;

use crate::world::World;

/// The most bytes of the file.
const LIMIT: u64 = 4096;

/// The token of token mode: the one that is set, or the one that the first start has made and
/// kept, so that a restart signs nobody out.
pub(super) fn find(settings: &Settings, world: &World) -> Result<Secret, Failure> {
    if let Some(token) = &settings.token {
        return Ok(token.clone());
    }
    let path = world.home.gateway_token();
    let problem = |reason: &dyn std::fmt::Display| {
        let path = world.display(&path);
        Failure::new(
            Code::GatewayTokenUnusable,
            format!("the gateway's token in `{path}` cannot be used: {reason}"),
        )
    };
    let mut kept = file::read_regular(&path, LIMIT).map_err(|error| problem(&error))?;
    if kept.is_none() {
        let fresh = world.ports.random.token(32);
        file::create_private(&path, fresh.expose().as_bytes()).map_err(|error| problem(&error))?;
        kept = file::read_regular(&path, LIMIT).map_err(|error| problem(&error))?;
    }
    let text = String::from_utf8(kept.unwrap_or_default()).map(Secret::new);
    let token = text.map_err(|_| problem(&"it is not UTF-8"))?;
    if token.expose().trim().len() < 16 {
        return Err(problem(&"it has less than 16 characters"));
    }
    Ok(Secret::new(token.expose().trim()))
}
