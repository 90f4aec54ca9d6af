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

use crate::{
    commands::{destination::Destination, invitation::Way},
    output::Output,
    world::World,
};

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
    pub(super) async fn make(&self, output: Output) -> Result<(), Failure> {
        output.data(&format!("HERMES_BACKEND_READY port={}\n", self.port))?;
        output.say(&format!("Hermes {} is running.", env!("CARGO_PKG_VERSION")));
        let destination = Destination::of_settings(self.settings, self.port)?;
        let here = &destination.here;
        let mut link = here.clone();
        link.set_fragment(self.gateway.new_link().as_ref().map(Secret::expose));
        match self.gateway.mode() {
            Mode::Token => {
                let command = self.with_port("hermes link");
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
                output.say("  It has no owner yet, and serves nobody until it has one.");
                self.claim(&destination, output).await?;
            }
        }
        let public = self.settings.proxy.public_url.as_ref();
        if let Some(public) = public {
            output.say(&format!("  Public    {}", public.join("/")));
        }
        for url in destination.network(super::outside()) {
            output.say(&format!("  Network   {url}"));
        }
        if public.is_none() && !self.is_local() && here.scheme() == "http" {
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

    /// How somebody becomes the owner.
    async fn claim(&self, destination: &Destination, output: Output) -> Result<(), Failure> {
        let secret = match self.shows_secrets() {
            true => self.gateway.invite_owner().await,
            false => Ok(None),
        };
        let Some(secret) = secret.map_err(|error| Failure::of(&error))? else {
            let command = self.with_port("hermes owner invite");
            output.say(&format!(
                "  Claim it  by the link of this command: {command}"
            ));
            return Ok(());
        };
        let way = Way::to(destination, self.world)?;
        let link = way.link(&secret);
        let code = way.code(&link);
        let command = self.with_port("hermes owner invite");
        let mut lines = way.first;
        lines.push(format!("  Claim it  {link}"));
        lines.extend(code);
        lines.push("            That link works once, within an hour. Another one:".to_owned());
        lines.push(format!("            {command}"));
        // At once, so that no line of the log comes between the link and its code.
        output.say(&lines.join("\n"));
        Ok(())
    }

    /// Whether a secret may be said. Where no person reads, the lines are kept: by the journal of
    /// systemd, as a container's log, in a file.
    fn shows_secrets(&self) -> bool {
        self.settings.log_format == LogFormat::Text && std::io::stderr().is_terminal()
    }

    /// The command, for the port that is in use.
    fn with_port(&self, command: &str) -> String {
        match self.settings.port == self.port {
            true => command.to_owned(),
            false => format!("{command} --port {}", self.port),
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
