use std::sync::Arc;

use hermes_errors::Failure;
use hermes_gateway::{settings::Settings, tls::Tls};
use tracing::warn;

use crate::{commands::certificate, world::World};

/// The certificate of the settings, if they name one. What is doubtful about it is logged.
pub(super) fn open(settings: &Settings, world: &World) -> Result<Option<Arc<Tls>>, Failure> {
    let Some(files) = certificate::files(settings, world) else {
        return Ok(None);
    };
    let tls = Tls::open(files.clone()).map_err(|error| Failure::of(&error))?;
    for doubt in tls.doubts(world.ports.clock.now()) {
        warn!("{doubt}");
    }
    Ok(Some(Arc::new(tls)))
}
