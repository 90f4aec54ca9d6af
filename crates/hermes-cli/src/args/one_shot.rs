use std::path::PathBuf;

use clap::{Args, builder::PossibleValuesParser};
use hermes_agent::Effort;

const HEADING: &str = "One shot";

/// `hermes -z`.
#[derive(Args, Clone, Debug)]
pub(crate) struct OneShotArgs {
    /// Ask a model, print its answer, and end; `-` reads the prompt from standard input
    // A prompt may be a list, or a file that begins with dashes.
    #[arg(short = 'z', long = "oneshot", value_name = "PROMPT", help_heading = HEADING)]
    #[arg(required = false, allow_hyphen_values = true)]
    pub(crate) prompt: String,
    /// The model that answers [default: the one of the settings]
    #[arg(short, long, value_name = "MODEL", help_heading = HEADING, requires = "prompt")]
    pub(crate) model: Option<String>,
    /// The provider whose model it is [default: the one of the settings]
    #[arg(long, value_name = "PROVIDER", help_heading = HEADING, requires = "prompt")]
    pub(crate) provider: Option<String>,
    /// How much the model is to think
    #[arg(long, value_name = "EFFORT", help_heading = HEADING, requires = "prompt")]
    #[arg(value_parser = PossibleValuesParser::new(Effort::ALL.map(Effort::as_str)))]
    pub(crate) effort: Option<String>,
    /// A picture that goes with the prompt; may be given several times
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "prompt")]
    pub(crate) image: Vec<PathBuf>,
    /// Print one JSON object at the end
    #[arg(long, help_heading = HEADING, requires = "prompt")]
    pub(crate) json: bool,
}
