//! The audit log of a home.

use std::sync::Arc;

use hermes_errors::{Code, Failure};
use hermes_gateway::audit::{self, Audit};

use crate::World;

/// Opens the audit log of the home, before anything changes: a change that nobody can look up is not
/// made.
///
/// # Errors
///
/// If it cannot be written.
pub fn open(world: &World) -> Result<Audit, Failure> {
    let clock = Arc::clone(&world.ports.clock);
    Audit::open(world.home.path(), clock).map_err(|error| {
        let path = world.display(&world.home.path().join(audit::FILE));
        Failure::new(
            Code::AuditUnwritable,
            format!("the audit log `{path}` cannot be written: {error}"),
        )
    })
}
