use clap::Args;
use url::Url;

pub(super) const EXAMPLES: &str = "\
Examples:
  hermes serve                       on this machine alone; prints the link to open
  hermes serve --port 0              on any free port
  hermes serve --host 0.0.0.0 --public-url https://hermes.example.com
                                     behind a proxy with TLS; people sign in
  hermes serve --host 0.0.0.0 --public-url https://hermes.example.com:9119 \
    --tls-cert hermes.crt --tls-key hermes.key
                                     with a certificate of its own, and no proxy

Stops at Ctrl-C. Settings are in $HERMES_HOME/config.toml too: see `hermes config show`,
and `hermes guide gateway` for which way suits you.";

/// `hermes serve`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServeArgs {
    /// The address or name to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// The port; 0 takes a free one [default: 9119]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// The address under which people reach it, with a proxy in between
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// The file of a certificate of its own, with --tls-key: it then speaks TLS itself
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<String>,
    /// The file of the private key of that certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,
    /// Do not open the browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// How log lines are written: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
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
    /// The port of the gateway [default: that of its settings]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
}
