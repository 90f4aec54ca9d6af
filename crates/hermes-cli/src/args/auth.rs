use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use hermes_credentials::Tool;
use hermes_providers::Flow;
use url::Url;

const ADD_EXAMPLES: &str = "\
Examples:
  hermes auth add xai-oauth                       the flow that works where you are
  hermes auth add xai-oauth --flow device         a short code, typed on any device
  hermes auth add openrouter --type api-key       a key, asked for without showing it
  hermes auth add xai-oauth --via ada@build7      on another host, with the browser of this one
  hermes auth add work --issuer https://id.example.org --client-id hermes
                                                  any OAuth or OpenID Connect server

On a remote host the tunnel command to type on your own machine is printed. See
`hermes guide oauth-over-ssh`, and `hermes auth providers` for the names.";

const FINISH_EXAMPLES: &str = "\
Examples:
  hermes auth add xai-oauth --no-wait             the first turn: an address or a code, and an id
  hermes auth finish 3f9a21c0                     the second: wait for the approval, or paste
  hermes auth finish 3f9a21c0 --no-wait           ask once; exit status 4 means: not approved yet
  echo \"$ADDRESS\" | hermes auth finish           the only one there is, with its answer

What was begun waits for an hour, or for as long as the provider says. It is void once a newer
sign-in for the same provider begins.";

const TOKEN_EXAMPLES: &str = "\
Examples:
  curl -H \"Authorization: Bearer $(hermes auth token xai-oauth)\" https://api.x.ai/v1/models
  hermes auth token xai-oauth work                of this account, and of no other
  hermes auth token xai-oauth --json              with expiry

Refreshes first when the token is about to end. Exit status 4 means: sign in again.";

const IMPORT_EXAMPLES: &str = "\
Examples:
  hermes auth import                 what other tools are signed in to on this machine
  hermes auth import codex           say what copying would mean, then ask
  hermes auth import claude --access-only --yes
                                     a copy that shares nothing and ends by itself

The other tool's files are read, never written. See `hermes guide import`.";

const LIST_EXAMPLES: &str = "\
Examples:
  hermes auth list                   every credential
  hermes auth list openrouter        those of one provider
  hermes auth list --json            for a script; no secret is in it";

const STATUS_EXAMPLES: &str = "\
Examples:
  hermes auth status                 everybody who is signed in
  hermes auth status xai-oauth       one provider; exit status 4 when signed out
  hermes auth status nous --check    ask the provider whether it still holds

Where there are several accounts, it says which one is used and why: --account, then the variable
HERMES_ACCOUNT_<PROVIDER> or HERMES_ACCOUNT, then the first of `hermes auth list`.";

const REFRESH_EXAMPLES: &str = "\
Examples:
  hermes auth refresh xai-oauth      the credential in use
  hermes auth refresh xai-oauth 2    the second of the list
  hermes auth refresh nous --json    with the new expiry, for a script";

const USE_EXAMPLES: &str = "\
Examples:
  hermes auth use openrouter 2       the second of `hermes auth list`
  hermes auth use openrouter work    by label
  hermes auth use openrouter 8b3526  by id";

const REMOVE_EXAMPLES: &str = "\
Examples:
  hermes auth remove openrouter 2    the second of `hermes auth list`
  hermes auth remove openrouter old  by label
  hermes auth logout openrouter      all of them";

const RESET_EXAMPLES: &str = "\
Examples:
  hermes auth reset openrouter       try refused keys again now
  hermes auth reset xai-oauth --json how many there were, for a script
  hermes auth list openrouter        see which rest, and how long yet";

const LOGOUT_EXAMPLES: &str = "\
Examples:
  hermes auth logout xai-oauth       forget the account here, and revoke it there
  hermes logout                      the active provider
  hermes auth remove xai-oauth 2     one account of several";

const PROVIDERS_EXAMPLES: &str = "\
Examples:
  hermes auth providers              names, flows, and whose client id is used
  hermes auth providers --json       with hosts, variables and redirect ports
  hermes guide providers             the same with words";

const AUTH_EXAMPLES: &str = "\
Examples:
  hermes auth add xai-oauth          sign in
  hermes auth status                 who is signed in
  hermes auth                        without a command: as `hermes auth list`

The names of the providers: `hermes auth providers`.";

const SPOTIFY_EXAMPLES: &str = "\
Examples:
  hermes auth spotify                sign in; the first time it asks for the client id of your app
  hermes auth spotify status
  hermes auth spotify logout

See `hermes guide spotify`.";

#[derive(Args, Debug)]
#[command(after_help = AUTH_EXAMPLES)]
pub(crate) struct AuthArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Option<AuthCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Sign in to a provider, or add an API key
    Add(Box<AddArgs>),
    /// Finish a sign-in that `auth add --no-wait` began
    #[command(after_help = FINISH_EXAMPLES)]
    Finish(FinishArgs),
    /// Copy the login of another tool on this machine; without a name, list them
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArgs),
    /// List credentials; reads one file, asks nobody
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Say who is signed in; exit status 4 when nobody is
    #[command(after_help = STATUS_EXAMPLES)]
    Status(StatusArgs),
    /// Print a fresh access token for a script
    #[command(after_help = TOKEN_EXAMPLES)]
    Token(AccountArgs),
    /// Refresh a credential now
    #[command(after_help = REFRESH_EXAMPLES)]
    Refresh(AccountArgs),
    /// Use a credential before the others of its provider
    #[command(after_help = USE_EXAMPLES)]
    Use(TargetArgs),
    /// Remove one credential, and revoke it where the provider can
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove(TargetArgs),
    /// Clear the marks of refused credentials, so that they are tried again
    #[command(after_help = RESET_EXAMPLES)]
    Reset(ListOne),
    /// Forget every credential of a provider, and revoke them where it can
    #[command(after_help = LOGOUT_EXAMPLES)]
    Logout(ListOne),
    /// List the providers, their flows, and whose client id is used
    #[command(after_help = PROVIDERS_EXAMPLES)]
    Providers(super::JsonArgs),
    /// The host's end of --via
    #[command(hide = true)]
    Relay(Box<RelayArgs>),
    /// Sign in to Spotify (as `hermes auth add spotify`)
    #[command(after_help = SPOTIFY_EXAMPLES)]
    Spotify(SpotifyArgs),
}

#[derive(Args, Debug)]
#[command(after_help = ADD_EXAMPLES)]
pub(crate) struct AddArgs {
    /// The provider, or a name of your own with --issuer
    pub(crate) provider: String,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    /// What to add; an account unless the provider has keys alone
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    pub(crate) kind: Option<CredentialType>,
    /// The API key itself. Other users can see it in the process list: prefer --api-key-stdin
    #[arg(long, value_name = "KEY", conflicts_with_all = ["api_key_stdin", "api_key_file"])]
    pub(crate) api_key: Option<String>,
    /// Read the API key from standard input
    #[arg(long, conflicts_with = "api_key_file")]
    pub(crate) api_key_stdin: bool,
    /// Read the API key from a file
    #[arg(long, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Where the API key is used, if not at the provider's usual address
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<Url>,
    /// Save the API key without asking the provider whether it is good
    #[arg(long, visible_alias = "offline")]
    pub(crate) no_check: bool,
    /// Any OAuth 2.0 or OpenID Connect server: its issuer identifier
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    #[command(flatten)]
    pub(crate) via: ViaArgs,
}

/// The flags for a sign-in on another host.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ViaArgs {
    /// Sign in on this host, by ssh, with the browser of this machine; several with commas
    #[arg(long, value_name = "[USER@]HOST[:PORT]", conflicts_with_all = ["api_key", "api_key_stdin", "api_key_file", "base_url", "no_wait"])]
    pub(crate) via: Option<String>,
    /// Where `hermes` is on that host, if neither on its PATH nor where installers put it
    #[arg(long, value_name = "PATH", requires = "via")]
    pub(crate) remote_hermes: Option<String>,
    /// After `--`: further options for ssh
    #[arg(
        last = true,
        value_name = "SSH OPTION",
        requires = "via",
        allow_hyphen_values = true
    )]
    pub(crate) ssh_options: Vec<String>,
}

/// What the laptop's end hands to the host's.
#[derive(Args, Clone, Debug)]
pub(crate) struct RelayArgs {
    /// The version of the protocol
    #[arg(long)]
    pub(crate) protocol: u32,
    /// The provider
    pub(crate) provider: String,
    #[arg(long, value_enum)]
    flow: Option<FlowArg>,
    #[arg(long, value_parser = seconds)]
    timeout: Option<f64>,
    #[arg(long)]
    label: Option<String>,
    #[arg(long)]
    client_id: Option<String>,
    #[arg(long)]
    scope: Option<String>,
    #[arg(long)]
    redirect_uri: Option<Url>,
    #[arg(long)]
    pub(crate) issuer: Option<String>,
    #[arg(long)]
    force: bool,
}

impl RelayArgs {
    /// The same as the flags of a sign-in here.
    pub(crate) fn sign_in(&self) -> SignInArgs {
        SignInArgs {
            flow: self.flow,
            no_browser: true,
            timeout: self.timeout,
            label: self.label.clone(),
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
            redirect_uri: self.redirect_uri.clone(),
            force: self.force,
            json: true,
            ..SignInArgs::default()
        }
    }
}

/// The flags of a sign-in.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SignInArgs {
    /// The flow, instead of the one that fits this place
    #[arg(long, value_enum, value_name = "FLOW")]
    pub(crate) flow: Option<FlowArg>,
    /// Do not open a browser; print the address only. The listener stays where it is
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The same as --flow paste
    #[arg(long, conflicts_with = "flow")]
    pub(crate) manual_paste: bool,
    /// Show the address or the code and end; `hermes auth finish` does the rest
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// The port of the loopback listener
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// How long to wait for the browser
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<f64>,
    /// A name for the credential, to tell accounts apart
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
    /// The client id, instead of the table's
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The scope, instead of the table's
    #[arg(long, value_name = "TEXT")]
    pub(crate) scope: Option<String>,
    /// The redirect URI you registered, where the provider wants one of your own
    #[arg(long, value_name = "URI")]
    pub(crate) redirect_uri: Option<Url>,
    /// A PEM file of further certificate authorities to trust
    #[arg(long, value_name = "PATH")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// Show the address as a QR code too
    #[arg(long)]
    pub(crate) qr: bool,
    /// Sign in again though a usable credential is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Write one JSON object a line; a paste is read from standard input
    #[arg(long)]
    pub(crate) json: bool,
}

impl SignInArgs {
    /// The flow that was asked for, by either flag.
    pub(crate) fn wanted_flow(&self) -> Option<Flow> {
        let flow = self.flow.map(Flow::from);
        flow.or_else(|| self.manual_paste.then_some(Flow::Paste))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FlowArg {
    /// The browser comes back to a listener on this machine
    Loopback,
    /// A short code, typed on any device
    Device,
    /// You bring the answer by hand
    Paste,
}

impl From<FlowArg> for Flow {
    fn from(flow: FlowArg) -> Self {
        match flow {
            FlowArg::Loopback => Self::Loopback,
            FlowArg::Device => Self::Device,
            FlowArg::Paste => Self::Paste,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialType {
    /// An account, by signing in
    #[value(name = "oauth")]
    OAuth,
    /// An API key
    #[value(name = "api-key", alias = "api_key")]
    ApiKey,
}

#[derive(Args, Debug)]
pub(crate) struct FinishArgs {
    /// The sign-in, as `auth add --no-wait` named it; the only one by default
    pub(crate) id: Option<String>,
    /// Ask once whether a device code is approved; exit status 4 if it is not
    #[arg(long, conflicts_with = "cancel")]
    pub(crate) no_wait: bool,
    /// Give it up
    #[arg(long)]
    pub(crate) cancel: bool,
    /// A PEM file of further certificate authorities to trust
    #[arg(long, value_name = "PATH")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// Write one JSON object a line; a paste is read from standard input
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// The tool; without one, nothing is copied and every login that is found is listed
    #[arg(value_enum)]
    pub(crate) tool: Option<ToolArg>,
    /// Copy without asking
    #[arg(long, requires = "tool")]
    pub(crate) yes: bool,
    /// Copy the access token without the refresh token: nothing is shared, and it ends at its
    /// expiry
    #[arg(long, requires = "tool")]
    pub(crate) access_only: bool,
    /// A name for the credential, to tell accounts apart
    #[arg(long, value_name = "TEXT", requires = "tool")]
    pub(crate) label: Option<String>,
    /// Read this file in place of the tool's usual one
    #[arg(long, value_name = "PATH", requires = "tool")]
    pub(crate) from: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ToolArg {
    /// OpenAI's Codex CLI, `~/.codex/auth.json`
    #[value(aliases = ["openai-codex", "codex-cli"])]
    Codex,
    /// Anthropic's Claude Code, `~/.claude/.credentials.json`
    #[value(aliases = ["claude-code", "anthropic"])]
    Claude,
    /// Qwen Code, `~/.qwen/oauth_creds.json`
    #[value(aliases = ["qwen-code", "qwen-cli", "qwen-oauth"])]
    Qwen,
    /// The GitHub CLI, asked by `gh auth token`
    #[value(aliases = ["github", "github-cli", "copilot"])]
    Gh,
}

impl From<ToolArg> for Tool {
    fn from(tool: ToolArg) -> Self {
        match tool {
            ToolArg::Codex => Self::Codex,
            ToolArg::Claude => Self::Claude,
            ToolArg::Qwen => Self::Qwen,
            ToolArg::Gh => Self::Gh,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Only this provider
    pub(crate) provider: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Only this provider
    pub(crate) provider: Option<String>,
    /// The account: number, id or label
    #[arg(long, value_name = "NAME", requires = "provider")]
    pub(crate) account: Option<String>,
    /// Ask the provider whether the credential works
    #[arg(long, requires = "provider")]
    pub(crate) check: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ListOne {
    /// The provider
    pub(crate) provider: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct AccountArgs {
    /// The provider
    pub(crate) provider: String,
    /// The account: number, id or label; the one in use by default
    pub(crate) target: Option<String>,
    /// The same as the second argument
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    account: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl AccountArgs {
    /// The account that was named, in either place.
    pub(crate) fn named(&self) -> Option<&str> {
        self.target.as_deref().or(self.account.as_deref())
    }
}

#[derive(Args, Debug)]
pub(crate) struct TargetArgs {
    /// The provider
    pub(crate) provider: String,
    /// The credential: its id, label or number in `hermes auth list`
    pub(crate) target: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct SpotifyArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SpotifyCommand>,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SpotifyCommand {
    /// Sign in
    Login(Box<SignInArgs>),
    /// Say whether Spotify is signed in
    Status(super::JsonArgs),
    /// Forget the sign-in
    Logout(super::JsonArgs),
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (1.0..=600.0).contains(&value) => Ok(value),
        _ => Err("a number of seconds from 1 to 600 is needed".to_owned()),
    }
}
