//! The command line: what can be typed, and what `--help` says about it.

mod auth;
mod config;
mod connect;
mod model;
mod one_shot;
mod owner;
mod serve;
mod service;
mod sessions;
mod users;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, error::ErrorKind};
use clap_complete::Shell;
use url::Url;

use crate::chat::ChatArgs;

pub(crate) use self::auth::{
    AccountArgs, AddArgs, AuthArgs, AuthCommand, CredentialType, FinishArgs, ImportArgs, RelayArgs,
    SignInArgs, SpotifyCommand, StatusArgs, TargetArgs,
};
pub(crate) use self::config::{ConfigArgs, ConfigCommand};
pub(crate) use self::connect::{ConnectArgs, SignInAtArgs};
pub(crate) use self::model::{ModelArgs, ModelCommand};
pub(crate) use self::one_shot::OneShotArgs;
pub(crate) use self::owner::{LinkFormArgs, OwnerArgs, OwnerCommand};
pub(crate) use self::serve::{HealthArgs, LinkArgs, ServeArgs};
pub(crate) use self::service::{
    InstallArgs, ScopeArgs, ServiceArgs, ServiceCommand, UninstallArgs,
};
pub(crate) use self::sessions::{SessionsArgs, SessionsCommand};
pub(crate) use self::users::{AddUserArgs, InviteUserArgs, UserArgs, UsersArgs, UsersCommand};

const EXAMPLES: &str = "\
Examples:
  hermes auth add xai-oauth          sign in; on a remote host it prints the tunnel to open
  hermes auth status                 who is signed in, without asking anybody
  hermes auth token xai-oauth        a fresh access token for a script
  git diff | hermes -z \"Review it\"   a model's answer on standard output
  hermes doctor                      what Hermes sees of this machine, and what to do about it

Learn more:
  hermes guide                       the guide, readable offline
  hermes help exit-codes             what each exit status means
  hermes help environment            variables that Hermes reads";

/// Sign in to any AI provider from anywhere, and reach your agent from anywhere.
#[derive(Debug, Parser)]
#[command(name = "hermes", version, after_help = EXAMPLES, disable_help_subcommand = true)]
#[command(override_usage = "hermes [OPTIONS] <COMMAND>\n       hermes [OPTIONS] -z <PROMPT>")]
#[command(arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// Use the home of this profile, `<root>/profiles/NAME`
    #[arg(short, long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// Never ask; a question that is needed is an error that names the flag to give instead
    #[arg(long, global = true)]
    no_input: bool,
    #[command(flatten)]
    one_shot: Option<OneShotArgs>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What was typed, with one thing to do.
#[derive(Debug)]
pub(crate) struct Typed {
    /// The profile that was named.
    pub(crate) profile: Option<String>,
    /// Whether questions are forbidden.
    pub(crate) no_input: bool,
    /// What is to be done.
    pub(crate) task: Task,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Task {
    /// A prompt is to be answered.
    OneShot(OneShotArgs),
    /// A command is to be run.
    Run(Command),
}

impl Cli {
    /// Reads the command line of this process.
    pub(crate) fn typed() -> Result<Typed, clap::Error> {
        let cli = Self::try_parse()?;
        let task = match (cli.one_shot, cli.command) {
            (Some(args), None) => Task::OneShot(args),
            (None, Some(command)) => Task::Run(command),
            (Some(_), Some(_)) => {
                let wrong = "-z asks by itself, and takes no command";
                return Err(Self::command().error(ErrorKind::ArgumentConflict, wrong));
            }
            (None, None) => {
                let wrong = "a command is missing, or -z with a prompt";
                return Err(Self::command().error(ErrorKind::MissingSubcommand, wrong));
            }
        };
        Ok(Typed {
            profile: cli.profile,
            no_input: cli.no_input,
            task,
        })
    }
}

/// The first word.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in to providers, and look after credentials
    Auth(AuthArgs),
    /// Forget the sign-in of a provider (the active one unless named)
    #[command(
        after_help = "Examples:\n  hermes logout\n  hermes logout --provider nous\n  hermes auth logout xai-oauth"
    )]
    Logout(LogoutArgs),
    /// Show which providers are signed in, and whether the gateway runs
    #[command(
        after_help = "Examples:\n  hermes status\n  hermes status --json\n  hermes auth status xai-oauth --check"
    )]
    Status(JsonArgs),
    /// Examine this machine: where it is, what is broken, one fix for each
    #[command(
        after_help = "It needs no sign-in, no network and no valid file. The exit status is 1 if something is broken.\n\nExamples:\n  hermes doctor\n  hermes doctor --summary            what is wrong, alone\n  hermes doctor --fix --dry-run      what it would change; without --dry-run it does\n  hermes doctor --json\n  hermes doctor --url https://hermes.example.com\n                                     a gateway from outside, and which line of its proxy to change\n  hermes guide oauth-over-ssh"
    )]
    Doctor(DoctorArgs),
    /// Chat with the agent of this machine, in this terminal
    #[command(
        after_help = "Where no gateway runs, it runs one for the chat. Leaving prints the command to come back.\n\nExamples:\n  hermes chat\n  hermes chat --continue\n  hermes chat --resume\n  git diff | hermes chat -q \"Review it\"\n  hermes guide connect"
    )]
    Chat(ChatArgs),
    /// Show, check or write the settings of the gateway
    #[command(
        after_help = "Examples:\n  hermes config show\n  hermes config check\n  hermes config init\n  hermes config schema > ~/.hermes/config.schema.json\n  hermes guide gateway-config"
    )]
    Config(ConfigArgs),
    /// Choose who answers: a provider that is signed in, and its model
    #[command(
        after_help = "On a terminal it asks; elsewhere, and with --json, it says what is chosen. The gateway and\n`hermes -z` ask that model where nothing else is said.\n\nExamples:\n  hermes model\n  hermes model list\n  hermes model set openrouter anthropic/claude-sonnet-5\n  hermes guide models"
    )]
    Model(ModelArgs),
    /// Connect to a gateway on any machine; sign in there if needed
    #[command(after_help = connect::EXAMPLES)]
    Connect(ConnectArgs),
    /// Run the gateway
    #[command(after_help = serve::EXAMPLES)]
    Serve(ServeArgs),
    /// Print a link that lets one browser into the gateway of this machine, once
    #[command(
        after_help = "Where people sign in, there is no such link: open the address itself.\n\nExamples:\n  hermes link\n  hermes link --port 9120\n  hermes guide gateway"
    )]
    Link(LinkArgs),
    /// Let the gateway that runs read its settings again: all of them, or none
    #[command(
        after_help = "As SIGHUP does, and it says what came of it. If one setting is not good, those before stay in\nforce.\n\nExamples:\n  hermes config check && hermes reload\n  hermes reload --json\n  hermes guide gateway-service"
    )]
    Reload {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Run the gateway as a service of systemd: install, status, uninstall
    #[command(
        after_help = "Examples:\n  hermes service install --dry-run\n  hermes service status\n  hermes service uninstall\n  hermes guide gateway-service"
    )]
    Service(ServiceArgs),
    /// Show who is signed in at the gateway, and end their sessions
    #[command(
        after_help = "Examples:\n  hermes sessions list\n  hermes sessions revoke ID\n  hermes guide gateway-service"
    )]
    Sessions(SessionsArgs),
    /// Say who may use the gateway: invite, add, list, remove, set passwords
    #[command(
        after_help = "Examples:\n  hermes users invite bob\n  hermes users list\n  hermes users passwd ada\n  hermes guide users"
    )]
    Users(UsersArgs),
    /// Make somebody the owner of the gateway, or let the owner back in
    #[command(
        after_help = "Examples:\n  hermes owner invite\n  hermes owner reset --force\n  hermes guide claim"
    )]
    Owner(OwnerArgs),
    /// Ask whether a gateway serves: exit status 0 if it does, 1 if not
    #[command(
        after_help = "Examples:\n  hermes health\n  hermes health --url https://hermes.example.com"
    )]
    Health(HealthArgs),
    /// Say whether this version and what is on this machine fit together
    #[command(
        after_help = "It asks nobody outside of this machine, and changes nothing. Exit status 0 means that there is\nnothing to do, 1 that there is.\n\nExamples:\n  hermes upgrade --check\n  hermes upgrade --check --json\n  hermes guide upgrade"
    )]
    Upgrade(UpgradeArgs),
    /// Read the guide in the terminal
    #[command(
        after_help = "Examples:\n  hermes guide\n  hermes guide oauth-over-ssh\n  hermes guide auth.denied        the section of an error code\n  hermes guide --search tunnel"
    )]
    Guide(GuideArgs),
    /// Print the completion script of a shell
    #[command(
        after_help = "In bash, zsh and fish the names of your providers and accounts are completed too.\n\nExamples:\n  hermes completions bash > ~/.local/share/bash-completion/completions/hermes\n  hermes completions zsh > ~/.zfunc/_hermes\n  hermes completions fish > ~/.config/fish/completions/hermes.fish"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// What the completion scripts ask
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Write the manual pages into a directory
    #[command(
        after_help = "Examples:\n  hermes man ~/.local/share/man/man1\n  hermes man ./man && man ./man/hermes-auth-add.1\n  sudo hermes man /usr/local/share/man/man1"
    )]
    Man {
        /// The directory, made if absent
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Show the help of a command, or of a topic: exit-codes, environment
    #[command(
        after_help = "Examples:\n  hermes help auth add\n  hermes help exit-codes\n  hermes help environment"
    )]
    Help {
        /// A command, such as `auth add`, or a topic
        #[arg(value_name = "TOPIC")]
        topic: Vec<String>,
    },
    /// Replaced by `hermes auth add`
    #[command(hide = true)]
    Login {
        /// Flags of former versions are accepted and have no effect
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        rest: Vec<String>,
    },
}

/// Flags of a command that only reads.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Accepted for compatibility; everything is always shown
    #[arg(long, hide = true)]
    pub(crate) all: bool,
    /// Accepted for compatibility
    #[arg(long, hide = true)]
    pub(crate) deep: bool,
}

/// What a completion script hands over.
#[derive(Args, Debug)]
pub(crate) struct CompleteArgs {
    /// The form of words and answer
    #[arg(value_enum)]
    pub(crate) shell: CompletingShell,
    /// The words up to the cursor; of bash the line, and the piece that it replaces
    #[arg(last = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}

/// A shell whose script asks for names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletingShell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct DoctorArgs {
    /// Test the gateway at this address from outside, in place of this machine
    #[arg(long, value_name = "URL", conflicts_with = "fix")]
    pub(crate) url: Option<Url>,
    /// On the gateway's own host: also hold a socket for so long, signed in as the owner
    #[arg(long, value_name = "SECONDS", requires = "url", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) idle: Option<u64>,
    /// Fix what is safe to fix; credentials are not touched
    #[arg(long)]
    pub(crate) fix: bool,
    /// Say what --fix would change, and change nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    /// Show only what is broken or to know about
    #[arg(long)]
    pub(crate) summary: bool,
    /// Write words in place of marks, and nothing but ASCII
    #[arg(long)]
    pub(crate) ascii: bool,
    #[command(flatten)]
    pub(crate) flags: JsonArgs,
}

#[derive(Args, Debug)]
pub(crate) struct LogoutArgs {
    /// The provider; the active one by default
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hermes upgrade`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct UpgradeArgs {
    /// Look, and say what is to be done. It does nothing else yet, so it has to be asked for
    #[arg(long, required = true)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct GuideArgs {
    /// The page; without one, the table of contents
    pub(crate) page: Option<String>,
    /// Show every line of the guide that holds this text
    #[arg(long, value_name = "TEXT", conflicts_with = "page")]
    pub(crate) search: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_stands() {
        Cli::command().debug_assert();
    }
}
