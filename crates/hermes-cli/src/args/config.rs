use clap::{Args, Subcommand};

use super::ServeArgs;

const SHOW_EXAMPLES: &str = "\
Examples:
  hermes config show                 every setting, its value and where it came from
  hermes config show --port 9200     the same for `hermes serve --port 9200`
  hermes config show --json          for a script; secrets are shown as \"set\"

A flag counts before the environment, that before config.toml, that before the default.";

const CHECK_EXAMPLES: &str = "\
Examples:
  hermes config check                say everything that is wrong, and what is doubtful
  hermes config check --host 0.0.0.0 --public-url https://hermes.example.com
                                     the same for `hermes serve` with these flags
  hermes config check --json         for a script

Exit status 2 means that the gateway would not start.";

const INIT_EXAMPLES: &str = "\
Examples:
  hermes config init                 write $HERMES_HOME/config.toml, if there is none
  hermes config init --print         print it instead";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  hermes config schema               every key with its meaning, kind, bounds and default
  hermes config schema > ~/.hermes/config.schema.json
                                     for an editor: hermes guide gateway-config";

/// `hermes config`.
#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// The second word.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting, its value, and where the value came from
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[command(flatten)]
        serve: ServeArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the settings without starting anything
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        #[command(flatten)]
        serve: ServeArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the file of settings: every key with its default, none of them in force
    #[command(after_help = INIT_EXAMPLES)]
    Init {
        /// Print the text instead of writing the file
        #[arg(long, conflicts_with = "json")]
        print: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the file of settings, for an editor
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
}

impl ConfigCommand {
    /// Whether the person asked for JSON.
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Show { json, .. } | Self::Check { json, .. } | Self::Init { json, .. } => *json,
            Self::Schema => false,
        }
    }
}
