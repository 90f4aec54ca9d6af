//! The gateway of this home while it runs, as its own host reaches it.

use std::sync::Arc;

use hermes_host::{certificate, control::asked};
use hermes_machine::http::Http;
use hermes_protocol::methods::{HostStatus, HostStatusParams};
use url::Url;

use super::auth::block_on;
use crate::world::World;

/// Where it listens, a client that knows its certificate, and how it is. It says all of it itself, since
/// port and certificate may come from flags.
pub(super) struct Reached {
    pub(super) url: Url,
    pub(super) http: Arc<dyn Http>,
    pub(super) status: HostStatus,
}

/// Asks it; `None` if none runs or it does not say, and for one that a program runs for itself: nobody
/// else is let in there.
pub(super) fn reach(world: &World) -> Option<Reached> {
    let status = block_on(asked(world, &HostStatusParams {})).flatten();
    let status = status.ok().flatten().filter(|status| !status.gives_way)?;
    Some(Reached {
        url: Url::parse(&status.address).ok()?,
        http: certificate::client_of(&status, world),
        status,
    })
}
