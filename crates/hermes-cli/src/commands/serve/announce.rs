use hermes_errors::Failure;
use hermes_gateway::{gateway::Gateway, mode::Mode, settings::Settings, site::Host};
use hermes_login::{Opener as _, Place, SystemOpener, SystemProbe};
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
        let here = self.here();
        match self.gateway.mode() {
            Mode::Token => {
                output.say(&format!("  Open it   {here}"));
                output.say("            That link works once. The next one: hermes serve again.");
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
            self.open(&here, output);
        }
        Ok(())
    }

    /// The address for a browser on this machine; in token mode with the secret of a link.
    fn here(&self) -> String {
        let host = match self.settings.host.as_str() {
            "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
            name => Host::typed(name).map_or_else(|| name.to_owned(), |host| host.to_string()),
        };
        let base = format!("http://{host}:{}/", self.port);
        match self.gateway.new_link() {
            Some(secret) => format!("{base}#{}", secret.expose()),
            None => base,
        }
    }

    fn is_local(&self) -> bool {
        Host::typed(&self.settings.host).is_some_and(|host| host.is_loopback())
    }

    /// Opens the browser where a person sits before one. Elsewhere the line above is enough.
    fn open(&self, address: &str, output: Output) {
        let place = Place::detect(&self.world.environment, &SystemProbe);
        if place.graphical_browser.is_err() || !crate::output::can_ask() {
            return;
        }
        let opened = Url::parse(address)
            .map_err(|error| error.to_string())
            .and_then(|url| SystemOpener.open(&url));
        if let Err(why) = opened {
            output.say(&format!("  The browser was not opened: {why}"));
        }
    }
}
