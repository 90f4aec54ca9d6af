use clap::{Args, Subcommand};

const LIST_EXAMPLES: &str = "\
Examples:
  hermes model list                  the models of everybody who is signed in
  hermes model list openrouter       those of one provider
  hermes model list --json           for a script

Providers are asked, ten seconds at most. `custom` is the server of `model.base_url`.";

const SET_EXAMPLES: &str = "\
Examples:
  hermes model set openrouter anthropic/claude-sonnet-5
  hermes model set xai-oauth grok-4.5
  hermes model set custom qwen3:8b   another model of the server of `model.base_url`

It writes the section [model] of $HERMES_HOME/config.toml, and asks nobody. Lines there that speak of
a server become comments where a provider is chosen; all else stays as it is.";

/// `hermes model`.
#[derive(Args, Debug)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ModelCommand>,
    /// Print JSON, and choose nothing
    #[arg(long)]
    pub(crate) json: bool,
}

/// The second word.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// List the models of everybody who is signed in, or of one provider
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// The provider
        provider: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whose model answers from now on, and which
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// The provider, by its name in `hermes auth providers`
        provider: String,
        /// The model, by the provider's name for it
        model: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl ModelArgs {
    /// Whether the person asked for JSON.
    pub(crate) const fn wants_json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(ModelCommand::List { json, .. } | ModelCommand::Set { json, .. }) => {
                *json || self.json
            }
        }
    }
}
