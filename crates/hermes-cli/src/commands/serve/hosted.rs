//! A gateway without an address, for a chat on a host where none runs: it is there for the control
//! socket alone, and gives way to one that is there for others.

use std::{sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    control::{self, About, Place, PlaceError},
    gateway::Gateway,
    settings::Flags,
};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{open, open_storage, reload};
use crate::{commands::config::Found, models::Models, world::World};

/// A gateway of this process. To be ended, so that what was said last is kept.
pub(in crate::commands) struct Hosted {
    gateway: Arc<Gateway>,
    running: JoinHandle<()>,
}

impl Hosted {
    /// Runs one, unless one runs: then `None`.
    pub(in crate::commands) async fn begin(world: &World) -> Result<Option<Self>, Failure> {
        let flags = Flags::default();
        let settings = Found::read(world, &flags)?.into_settings(world)?;
        let taken = Place::take(&world.home, Duration::ZERO, &*world.ports.clock).await;
        let place = match taken {
            Ok(place) => place,
            Err(PlaceError::Taken) => return Ok(None),
            Err(error) => {
                let path = world.display(&world.home.gateway_sock());
                let message = format!("the control socket `{path}` cannot be made: {error}");
                return Err(Failure::new(Code::ControlRefused, message));
            }
        };
        let storage = open_storage(world).await?;
        let models = Models::open(settings.model.as_ref(), world)?;
        let port = settings.port;
        // Nobody asks it over the network, so it has no token to guard itself with.
        let gateway = open(&settings, port, None, Arc::clone(&storage), &models, world).await?;
        let (reloads, asked_to_reload) = mpsc::channel(1);
        let about = About {
            address: None,
            everywhere: false,
            tls: None,
            reloads,
        };
        let (world, serving) = (world.clone(), Arc::clone(&gateway));
        let running = tokio::spawn(async move {
            let asked = reload::Asked {
                signal: None,
                socket: asked_to_reload,
            };
            let run = reload::Running {
                started: &settings,
                port,
                flags: &flags,
                gateway: &serving,
                models: &models,
                tls: None,
            };
            let served = async {
                tokio::join!(
                    control::serve(place, Arc::clone(&serving), about),
                    serving.keep_up()
                )
            };
            let reloading = async {
                reload::at_each(asked, &run, &world).await;
                std::future::pending::<()>().await;
            };
            // The place is given up last of all: the next gateway comes when nothing more is written.
            let _place = tokio::select! {
                (place, ()) = served => Some(place),
                () = reloading => None,
            };
            storage.close().await;
        });
        Ok(Some(Self { gateway, running }))
    }

    /// Stops it. A turn that runs is interrupted, and what there is of its answer is kept.
    pub(in crate::commands) async fn end(self) {
        self.gateway.stop();
        // It ends within the grace of its connections; nothing else can come of it.
        let _ = self.running.await;
    }
}
