use std::io::IsTerminal as _;

use hermes_errors::Failure;
use hermes_gateway::{
    gateway::Gateway,
    mode::Mode,
    settings::{LogFormat, Settings},
    site::Host,
};
use hermes_login::{Opener as _, Place, SystemOpener, SystemProbe};
use hermes_secret::Secret;
use url::Url;

use crate::{output::Output, world::World};

/// What a start says: a line for whoever started the program, and where to go for a person.
pub(super) struct Announcement<'a> {
    pub(super) settings: &'a Settings,
    pub(super) gateway: &'a Gateway,
    pub(super) port: u16,
    pub(super) world: &'a World,
}

impl Announcement<'_> {
    /// Says it. The line on standard output is the one that programs which start a gateway wait
    /// for; it comes first, when connections are taken already.
    pub(super) fn make(&self, output: Output) -> Result<(), Failure> {
        output.data(&format!("HERMES_BACKEND_READY port={}\n", self.port))?;
        output.say(&format!("Hermes {} is running.", env!("CARGO_PKG_VERSION")));
        let here = super::here(self.settings, self.port)?;
        let mut link = here.clone();
        link.set_fragment(self.gateway.new_link().as_ref().map(Secret::expose));
        match self.gateway.mode() {
            Mode::Token => {
                let command = self.link_command();
                if self.shows_secrets() {
                    output.say(&format!("  Open it   {link}"));
                    output.say(&format!(
                        "            That link works once. The next one: {command}"
                    ));
                } else {
                    output.say(&format!(
                        "  Open it   by the link of this command: {command}"
                    ));
                }
                if self.settings.token_in_page {
                    output.say("warning: the page holds the token, for whoever can reach the port");
                    output.say("         (`gateway.token_in_page`).");
                }
            }
            Mode::Gated => output.say(&format!("  Sign in   {here}")),
            Mode::Unclaimed => {
                output.say("  It has no owner yet, and serves nobody until it has one:");
                output.say("            hermes users add NAME");
                output.say(&format!("  Then      {here}"));
            }
        }
        if let Some(public) = &self.settings.proxy.public_url {
            output.say(&format!("  Public    {}", public.join("/")));
        } else if !self.is_local() {
            output.say("            Not encrypted. For a way with TLS: hermes guide gateway-proxy");
        }
        let config = self.world.display(&self.world.home.config_toml());
        let data = self.world.display(self.world.home.path());
        output.say(&format!(
            "  Settings  {config}    Data  {data}    Health  /healthz"
        ));
        if self.settings.open {
            self.open(&link, output);
        }
        Ok(())
    }

    /// Whether a secret may be said. Where no person reads, the lines are kept: by the journal of
    /// systemd, as a container's log, in a file.
    fn shows_secrets(&self) -> bool {
        self.settings.log_format == LogFormat::Text && std::io::stderr().is_terminal()
    }

    /// The command for a link to this gateway.
    fn link_command(&self) -> String {
        match self.settings.port == self.port {
            true => "hermes link".to_owned(),
            false => format!("hermes link --port {}", self.port),
        }
    }

    fn is_local(&self) -> bool {
        Host::typed(&self.settings.host).is_some_and(|host| host.is_loopback())
    }

    /// Opens the browser where a person sits before one. Elsewhere the line above is enough.
    fn open(&self, address: &Url, output: Output) {
        let place = Place::detect(&self.world.environment, &SystemProbe);
        if place.graphical_browser.is_err() || !crate::output::can_ask() {
            return;
        }
        if let Err(why) = SystemOpener.open(address) {
            output.say(&format!("  The browser was not opened: {why}"));
        }
    }
}
