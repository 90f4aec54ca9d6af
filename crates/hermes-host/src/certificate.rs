//! The certificate of a gateway that speaks TLS itself, as its own host knows it.
//!
//! Commands of the host ask the gateway at an address of this machine, which is hardly ever one of the
//! names in its certificate. So they want that very certificate, and no other.

use std::sync::Arc;

use hermes_errors::Failure;
use hermes_gateway::{
    settings::{Settings, TlsFiles},
    tls::{Pair, Tls},
};
use hermes_machine::http::{BoundedClient, Fingerprint, Http};
use hermes_protocol::methods::HostStatus;
use tracing::warn;

use crate::World;

/// The files that the settings name; a relative path begins at the home.
pub fn files(settings: &Settings, world: &World) -> Option<TlsFiles> {
    let files = settings.tls.as_ref()?;
    Some(files.below(world.home.path()))
}

/// The certificate of the settings, if they name one. What is doubtful about it is logged.
///
/// # Errors
///
/// If the files are no certificate with its key.
pub fn open(settings: &Settings, world: &World) -> Result<Option<Arc<Tls>>, Failure> {
    let Some(files) = files(settings, world) else {
        return Ok(None);
    };
    let tls = Tls::open(files).map_err(|error| Failure::of(&error))?;
    for doubt in tls.doubts(world.ports.clock.now()) {
        warn!("{doubt}");
    }
    Ok(Some(Arc::new(tls)))
}

/// A client for the gateway that runs, by what it has told of its certificate.
pub fn client_of(running: &HostStatus, world: &World) -> Arc<dyn Http> {
    let certificate = running.certificate.as_ref();
    let expected = certificate.and_then(|certificate| Fingerprint::parse(&certificate.sha256));
    expecting(expected, world)
}

/// A client for a gateway of these settings, by the file of its certificate.
///
/// # Errors
///
/// If the files are no certificate with its key.
pub fn client(settings: &Settings, world: &World) -> Result<Arc<dyn Http>, Failure> {
    let pair = files(settings, world).map(|files| Pair::read(&files));
    let pair = pair.transpose().map_err(|error| Failure::of(&error))?;
    let expected = pair.map(|pair| Fingerprint::from(pair.certificate().sha256));
    Ok(expecting(expected, world))
}

fn expecting(expected: Option<Fingerprint>, world: &World) -> Arc<dyn Http> {
    match expected {
        None => Arc::clone(&world.ports.http),
        Some(expected) => {
            let clock = Arc::clone(&world.ports.clock);
            Arc::new(BoundedClient::expecting(expected, clock))
        }
    }
}
