//! A gateway that a program runs for itself, beside what else it does, until one that is there for others
//! takes its place.

use std::{sync::Arc, time::Duration};

use hermes_errors::{Code, Failure};
use hermes_gateway::{
    control::{self, About, Place, PlaceError},
    gateway::Gateway,
    settings::{Flags, Settings},
    token::TokenGate,
};
use hermes_storage::Storage;
use tokio::sync::mpsc;

use crate::{
    World, assembly,
    models::Models,
    reload::{self, Running},
};

/// The place of this home's gateway; `None` if another one has it for so long.
pub(crate) async fn take(world: &World, patience: Duration) -> Result<Option<Place>, Failure> {
    match Place::take(&world.home, patience, &*world.ports.clock).await {
        Ok(place) => Ok(Some(place)),
        Err(PlaceError::Taken) => Ok(None),
        Err(error) => {
            let path = world.display(&world.home.gateway_sock());
            let message = format!("the control socket `{path}` cannot be made: {error}");
            Err(Failure::new(Code::ControlRefused, message))
        }
    }
}

/// The gateway, with all that it runs on.
pub(crate) struct Own {
    pub(crate) settings: Settings,
    pub(crate) port: u16,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) models: Models,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) world: World,
}

impl Own {
    /// Puts the gateway of a home together, guarded by this token, if by any.
    pub(crate) async fn open(
        settings: Settings,
        port: u16,
        token: Option<TokenGate>,
        world: &World,
    ) -> Result<Self, Failure> {
        let storage = assembly::storage(world).await?;
        let models = Models::open(settings.model.as_ref(), world)?;
        let kept = Arc::clone(&storage);
        let gateway = assembly::open(&settings, port, token, kept, &models, world).await?;
        Ok(Self {
            settings,
            port,
            gateway,
            models,
            storage,
            world: world.clone(),
        })
    }

    /// Answers at the control socket, and reads the settings again, for as long as it serves. The place
    /// is given up last of all: the next gateway comes when nothing more is written.
    pub(crate) async fn run(
        self,
        place: Place,
        address: Option<String>,
        serving: impl Future<Output = ()>,
    ) {
        let (reloads, asked_to_reload) = mpsc::channel(1);
        let about = About {
            address,
            everywhere: false,
            gives_way: true,
            tls: None,
            reloads,
        };
        let running = Running {
            started: &self.settings,
            port: self.port,
            flags: &Flags::default(),
            gateway: &self.gateway,
            models: &self.models,
            tls: None,
        };
        let answering = control::serve(place, Arc::clone(&self.gateway), about);
        let served = async { tokio::join!(answering, serving) };
        let reloading = async {
            reload::at_each(asked_to_reload, &running, &self.world, |_| ()).await;
            std::future::pending::<()>().await;
        };
        let _place = tokio::select! {
            (place, ()) = served => Some(place),
            () = reloading => None,
        };
        self.storage.close().await;
    }
}
