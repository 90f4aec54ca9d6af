use clap::{Args, Subcommand};

const LIST_EXAMPLES: &str = "\
Examples:
  hermes sessions list
  hermes sessions list --json | jq -r '.sessions[].id'";

const REVOKE_EXAMPLES: &str = "\
It takes the id from `hermes sessions list`. The browser or program has to sign in again; its sockets
close within a second. To shut a person out for good: hermes users disable NAME

Examples:
  hermes sessions revoke 3p0Zk2mXyq1vB7tC9dE5fA
  hermes sessions revoke 3p0Zk2mXyq1vB7tC9dE5fA --json";

/// `hermes sessions`.
#[derive(Args, Debug)]
pub(crate) struct SessionsArgs {
    #[command(subcommand)]
    pub(crate) command: SessionsCommand,
}

/// The second word.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// Show everybody who is signed in, the last used first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End a session, whoever's it is
    #[command(after_help = REVOKE_EXAMPLES)]
    Revoke {
        /// The id of the session
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl SessionsCommand {
    /// Whether the person asked for JSON.
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::List { json } | Self::Revoke { json, .. } => *json,
        }
    }
}
