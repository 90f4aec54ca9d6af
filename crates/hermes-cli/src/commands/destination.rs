//! The gateway that a link leads to: the one that runs, which alone knows the flags that it was given,
//! or else the one that the settings would make.

use std::net::IpAddr;

use hermes_errors::Failure;
use hermes_gateway::{
    mode::Mode,
    settings::{Flags, Settings},
    site::Host,
};
use hermes_host::{assembly::here, config::Found};
use hermes_protocol::methods::{GatewayMode, HostStatus};
use url::Url;

use super::running;
use crate::world::World;

/// The most addresses that are shown: a machine with containers has many.
const SHOWN: usize = 4;

/// What a link to a gateway hangs on.
pub(super) struct Destination {
    /// Where this machine reaches it.
    pub(super) here: Url,
    /// The address that people type, if it was told one.
    pub(super) public: Option<Url>,
    /// Whether it listens on all addresses of this machine.
    pub(super) everywhere: bool,
    /// Whether it was told who its owner is.
    pub(super) names_owner: bool,
    /// Whether people sign in there, also before it has users.
    pub(super) signs_in: bool,
    /// Whether it runs.
    pub(super) runs: bool,
}

impl Destination {
    /// The gateway of this home: the one that runs, unless another port is asked for.
    pub(super) fn of_home(port: Option<&str>, world: &World) -> Result<Self, Failure> {
        let running = running::reach(world)
            .and_then(|reached| Self::of_running(reached.url, &reached.status))
            .filter(|running| port.is_none_or(|port| running.listens_at(port)));
        match running {
            Some(running) => Ok(running),
            None => {
                let settings = Found::read(world, &Flags::of_port(port))?.into_settings(world)?;
                Self::of_settings(&settings, settings.port)
            }
        }
    }

    /// A gateway of these settings, which listens at this port.
    pub(super) fn of_settings(settings: &Settings, port: u16) -> Result<Self, Failure> {
        let public = settings.proxy.public_url.as_ref();
        Ok(Self {
            here: here(settings, port)?,
            public: public.and_then(|public| Url::parse(&public.join("/")).ok()),
            everywhere: settings.is_everywhere(),
            names_owner: settings.names_owner(),
            signs_in: settings.mode(false) != Mode::Token,
            runs: false,
        })
    }

    /// The gateway that says this of itself; `None` if it names an address that is none.
    pub(super) fn of_running(here: Url, status: &HostStatus) -> Option<Self> {
        let public = status.public_url.as_deref().map(Url::parse);
        Some(Self {
            here,
            public: public.transpose().ok()?,
            everywhere: status.everywhere,
            names_owner: status.names_owner,
            signs_in: status.mode != GatewayMode::Token,
            runs: true,
        })
    }

    /// Where others of the same networks reach it, of whom these addresses are, and what the way lacks.
    pub(super) fn network(&self, outside: impl IntoIterator<Item = IpAddr>) -> Vec<String> {
        let (scheme, port) = (self.here.scheme(), self.here.port_or_known_default());
        let lacks = match scheme {
            "https" => "",
            _ => "   not encrypted",
        };
        let outside = outside.into_iter().filter(|_| self.everywhere);
        let urls = outside.take(SHOWN).map(|address| {
            let (host, port) = (Host::Address(address), port.unwrap_or_default());
            format!("{scheme}://{host}:{port}/{lacks}")
        });
        urls.collect()
    }

    fn listens_at(&self, port: &str) -> bool {
        port.parse().ok() == self.here.port_or_known_default()
    }
}
