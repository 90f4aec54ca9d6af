mod flags;

use clap::Args;
use hermes_gateway::settings::Flags;
use url::Url;

use self::flags::SettingFlags;

pub(super) const EXAMPLES: &str = "\
Examples:
  hermes serve                       on this machine alone; prints the link to open
  hermes serve --port 0              on any free port
  hermes serve --host 0.0.0.0 --public-url https://hermes.example.com
                                     behind a proxy with TLS; people sign in
  hermes serve --host 0.0.0.0 --public-url https://hermes.example.com:9119 \
    --tls-cert hermes.crt --tls-key hermes.key
                                     with a certificate of its own, and no proxy

Stops at Ctrl-C. Every setting of $HERMES_HOME/config.toml is a flag too: `hermes serve --help`
lists them all, `hermes config show` takes the same flags and says what holds and from where, and
`hermes guide gateway` which way suits you.";

/// The flags of `hermes serve`, and of the commands that show what they come to.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    settings: SettingFlags,
    /// Do not open the browser
    #[arg(long, conflicts_with = "open")]
    no_open: bool,
}

impl ServeArgs {
    /// What the flags say of the settings.
    pub(crate) fn flags(&self) -> Flags {
        self.settings.with(self.no_open)
    }
}

/// `hermes health`.
#[derive(Args, Clone, Debug)]
pub(crate) struct HealthArgs {
    /// Where the gateway is [default: where the one of this home listens]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<Url>,
}

/// `hermes link`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LinkArgs {
    /// The port of the gateway [default: where the one of this home listens]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
}
