use clap::{Args, Subcommand};

use super::LinkFormArgs;

const ADD_EXAMPLES: &str = "\
Examples:
  hermes users add ada               asks for the password twice
  pass show gw/ada | hermes users add ada --password-stdin

The first user becomes the owner, unless the settings say who that is.";

const REMOVE_EXAMPLES: &str = "\
Examples:
  hermes users remove bob
  hermes users disable bob           shuts bob out and keeps everything";

/// `hermes users`.
#[derive(Args, Debug)]
pub(crate) struct UsersArgs {
    #[command(subcommand)]
    pub(crate) command: UsersCommand,
}

/// The second word.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Add a user who signs in by password
    #[command(after_help = ADD_EXAMPLES)]
    Add(AddUserArgs),
    /// Print a link by which somebody chooses how to sign in
    #[command(
        after_help = "Who is a user already gets another way in; anybody else becomes one by the link.\n\nExamples:\n  hermes users invite bob\n  hermes users invite bob --json"
    )]
    Invite(InviteUserArgs),
    /// Let somebody in whom no list of the settings names
    #[command(
        after_help = "What to type is on the page that tells a stranger to ask the owner.\n\nExample:\n  hermes users allow https://login.example.com#248289761001"
    )]
    Allow {
        /// The identity, `ISSUER#SUBJECT`
        #[arg(value_name = "IDENTITY")]
        identity: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set a user's password, and end their sessions
    #[command(
        after_help = "Examples:\n  hermes users passwd ada\n  hermes users passwd ada --password-stdin < file"
    )]
    Passwd {
        /// The login name, or the id
        name: String,
        /// Read the password from standard input: its first line
        #[arg(long)]
        password_stdin: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show who may use the gateway
    #[command(after_help = "Examples:\n  hermes users list\n  hermes users list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a user with everything of theirs
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove(UserArgs),
    /// Shut a user out and end their sessions; everything of theirs is kept
    #[command(after_help = "Examples:\n  hermes users disable bob\n  hermes users enable bob")]
    Disable(UserArgs),
    /// Let a user in again
    #[command(after_help = "Example:\n  hermes users enable bob")]
    Enable {
        /// The login name, or the id
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// `hermes users add`.
#[derive(Args, Debug)]
pub(crate) struct AddUserArgs {
    /// The login name: letters, digits, `.`, `_`, `-`, `+` and `@`; case does not count
    pub(crate) name: String,
    /// How the user is addressed; the login name by default
    #[arg(long, value_name = "TEXT")]
    pub(crate) display_name: Option<String>,
    /// Make this user the owner
    #[arg(long, conflicts_with = "member")]
    pub(crate) owner: bool,
    /// Do not make this user the owner, even if there is none
    #[arg(long)]
    pub(crate) member: bool,
    /// Read the password from standard input: its first line
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `hermes users invite`.
#[derive(Args, Debug)]
pub(crate) struct InviteUserArgs {
    /// The login name or the id of a user, or what a new one is called
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) form: LinkFormArgs,
}

/// A user to be shut out.
#[derive(Args, Debug)]
pub(crate) struct UserArgs {
    /// The login name, or the id
    pub(crate) name: String,
    /// Even if it is the owner
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl UsersCommand {
    /// Whether the person asked for JSON.
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Add(args) => args.json,
            Self::Invite(args) => args.form.json,
            Self::Remove(args) | Self::Disable(args) => args.json,
            Self::Passwd { json, .. }
            | Self::List { json }
            | Self::Allow { json, .. }
            | Self::Enable { json, .. } => *json,
        }
    }
}
