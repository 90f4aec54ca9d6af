use clap::{Args, Subcommand};

const INSTALL_EXAMPLES: &str = "\
For the system it runs as whoever called sudo, or as --run-as says, and starts with the machine. For a
user it needs no rights, and ends with their last session unless they linger.

Examples:
  hermes service install --dry-run   shows the unit and what would be run
  hermes service install             for you alone; as root, for the system
  sudo hermes service install --run-as hermes
  hermes guide gateway-service";

const UNINSTALL_EXAMPLES: &str = "\
It stops the gateway and removes the unit. Everything in the home stays.

Examples:
  hermes service uninstall --dry-run
  sudo hermes service uninstall";

/// `hermes service`.
#[derive(Args, Debug)]
pub(crate) struct ServiceArgs {
    #[command(subcommand)]
    pub(crate) command: ServiceCommand,
}

/// The second word.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Write a unit for systemd, and start the gateway by it
    #[command(after_help = INSTALL_EXAMPLES)]
    Install(InstallArgs),
    /// Show whether there is a unit, and what systemd says of it
    #[command(
        after_help = "Examples:\n  hermes service status\n  hermes service status --system --json"
    )]
    Status {
        #[command(flatten)]
        scope: ScopeArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Stop the gateway, and remove its unit
    #[command(after_help = UNINSTALL_EXAMPLES)]
    Uninstall(UninstallArgs),
}

/// Whose systemd.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ScopeArgs {
    /// The one of the system; root's default
    #[arg(long, conflicts_with = "user")]
    pub(crate) system: bool,
    /// Your own; everybody else's default
    #[arg(long)]
    pub(crate) user: bool,
}

/// `hermes service install`.
#[derive(Args, Debug)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Who runs the gateway, for the system [default: whoever called sudo]
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(crate) run_as: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace a unit that is not ours, or is another home's
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hermes service uninstall`.
#[derive(Args, Debug)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove a unit that is not ours, too
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl ServiceCommand {
    /// Whether the person asked for JSON.
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Install(args) => args.json,
            Self::Status { json, .. } => *json,
            Self::Uninstall(args) => args.json,
        }
    }
}
