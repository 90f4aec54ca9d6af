//! A gateway without an address, for a chat on a host where none runs: it is there for the control
//! socket alone, and gives way to one that is there for others.

use std::{sync::Arc, time::Duration};

use hermes_errors::Failure;
use hermes_gateway::{gateway::Gateway, settings::Flags};
use tokio::task::JoinHandle;

use crate::{
    World,
    config::Found,
    own::{Own, take},
};

/// A gateway of this process. To be ended, so that what was said last is kept.
pub struct Hosted {
    gateway: Arc<Gateway>,
    running: JoinHandle<()>,
}

impl Hosted {
    /// Runs one, unless one runs: then `None`.
    ///
    /// # Errors
    ///
    /// If the settings are not good, or something of the home cannot be opened.
    pub async fn begin(world: &World) -> Result<Option<Self>, Failure> {
        let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
        let Some(place) = take(world, Duration::ZERO).await? else {
            return Ok(None);
        };
        let port = settings.port;
        // Nobody asks it over the network, so it has no token to guard itself with.
        let own = Own::open(settings, port, None, world).await?;
        let gateway = Arc::clone(&own.gateway);
        let keeping = Arc::clone(&gateway);
        let running = own.run(place, None, async move { keeping.keep_up().await });
        Ok(Some(Self {
            gateway,
            running: tokio::spawn(running),
        }))
    }

    /// Stops it. A turn that runs is interrupted, and what there is of its answer is kept.
    pub async fn end(self) {
        self.gateway.stop();
        // It ends within the grace of its connections; nothing else can come of it.
        let _ = self.running.await;
    }
}
