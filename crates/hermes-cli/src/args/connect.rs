use clap::{Args, ValueEnum};
use hermes_client::sign_in::Method;

use crate::chat::ChatArgs;

pub(super) const EXAMPLES: &str = "\
The first time, it signs you in by what works where it runs: your browser, a code that you approve
in any browser, a password, or the gateway's token. What opens the gateway is kept in the keychain
of your desktop, or in a file that only you can read.

Examples:
  hermes connect https://hermes.example.com
  hermes connect                     the gateway that was used last
  hermes connect hermes.example.com --flow password --user ada
  hermes connect --list              the gateways that are remembered
  hermes connect --forget hermes.example.com
                                     sign out there, and forget it";

/// `hermes connect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConnectArgs {
    /// The gateway, by its address or the name it is remembered by; the one used last by default
    #[arg(value_name = "URL|NAME")]
    pub(crate) gateway: Option<String>,
    /// Show the gateways that are remembered
    #[arg(long, conflicts_with_all = ["gateway", "forget", "SignInAtArgs"])]
    pub(crate) list: bool,
    /// Print JSON
    #[arg(long, requires = "list")]
    pub(crate) json: bool,
    /// Sign out at this gateway and forget it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["gateway", "SignInAtArgs"])]
    pub(crate) forget: Option<String>,
    #[command(flatten)]
    pub(crate) sign_in: SignInAtArgs,
    #[command(flatten)]
    pub(crate) chat: ChatArgs,
}

/// How to sign in at a gateway.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SignInAtArgs {
    /// What to remember the gateway by; its host by default
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Sign in this way, and in no other
    #[arg(long, value_enum)]
    pub(crate) flow: Option<Flow>,
    /// The user name, for a sign-in by password
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long, requires = "user", conflicts_with = "token_stdin")]
    pub(crate) password_stdin: bool,
    /// Read the gateway's token from the first line of standard input
    #[arg(long)]
    pub(crate) token_stdin: bool,
    /// Sign in, keep it, and end
    #[arg(long)]
    pub(crate) sign_in_only: bool,
    /// Open no browser; the address is printed in any case
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Show the address as a QR code too
    #[arg(long)]
    pub(crate) qr: bool,
    /// Agree to an address on another machine that is not encrypted
    #[arg(long)]
    pub(crate) allow_plain_http: bool,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flow {
    /// The browser of this machine
    Browser,
    /// A code that is approved in any browser
    Device,
    /// A user name and a password
    Password,
    /// The token of a gateway where nobody signs in
    Token,
}

impl SignInAtArgs {
    /// The way that was asked for, by name or by what was given for it.
    pub(crate) fn wanted(&self) -> Option<Method> {
        match self.flow {
            Some(Flow::Browser) => Some(Method::Browser),
            Some(Flow::Device) => Some(Method::Device),
            Some(Flow::Password) => Some(Method::Password),
            Some(Flow::Token) => Some(Method::Token),
            None if self.token_stdin => Some(Method::Token),
            None if self.password_stdin || self.user.is_some() => Some(Method::Password),
            None => None,
        }
    }
}
