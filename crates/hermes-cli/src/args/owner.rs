use clap::{Args, Subcommand};

/// `hermes owner`.
#[derive(Args, Debug)]
pub(crate) struct OwnerArgs {
    #[command(subcommand)]
    pub(crate) command: OwnerCommand,
}

/// The second word.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnerCommand {
    /// Print a link by which the owner claims the gateway, or gets another way in
    #[command(
        after_help = "The link works once, within an hour; one from before opens nothing any more.\n\nExamples:\n  hermes owner invite\n  hermes owner invite --json\n  hermes guide claim"
    )]
    Invite(LinkFormArgs),
    /// Take all ways in of the owner away, end their sessions, and print a link to begin anew
    #[command(
        after_help = "For whoever is locked out, or fears that somebody else is in. What the owner has stays theirs.\n\nExamples:\n  hermes owner reset --force\n  hermes owner reset --force --json\n  hermes guide claim"
    )]
    Reset {
        /// Do it; without, it says what it would do
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        form: LinkFormArgs,
    },
}

/// How a link is printed.
#[derive(Args, Clone, Debug)]
pub(crate) struct LinkFormArgs {
    /// The port of the gateway [default: where the one of this home listens]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl OwnerCommand {
    /// Whether the person asked for JSON.
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Invite(form) | Self::Reset { form, .. } => form.json,
        }
    }
}
