use clap::{Args, ValueEnum};
use hermes_client::talk::Which;

const HEADING: &str = "Chat";

/// The flags of a chat, wherever its gateway is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ChatArgs {
    /// Go on with the conversation in which something happened last
    #[arg(short, long, help_heading = HEADING, conflicts_with = "resume")]
    pub(crate) r#continue: bool,
    /// Go on with this conversation; without an id or title, choose among them
    #[arg(short, long, value_name = "ID", help_heading = HEADING)]
    #[arg(num_args = 0..=1, default_missing_value = "")]
    pub(crate) resume: Option<String>,
    /// Ask this, print the answer and end; `-`, or nothing, reads the prompt from standard input
    // The short `-p` is the profile's.
    #[arg(short = 'q', long, visible_alias = "query", value_name = "PROMPT", help_heading = HEADING)]
    #[arg(num_args = 0..=1, default_missing_value = "-")]
    pub(crate) print: Option<String>,
    /// How --print writes the answer
    #[arg(long, value_name = "FORMAT", help_heading = HEADING, requires = "print")]
    #[arg(value_enum, default_value_t)]
    pub(crate) output_format: OutputFormat,
    /// Write lines alone: nothing is drawn twice, and Markdown stays as it is
    #[arg(long, help_heading = HEADING)]
    pub(crate) plain: bool,
    /// Take the whole screen, and scroll in it; the normal screen comes back at the end
    #[arg(long, help_heading = HEADING, conflicts_with_all = ["plain", "print"])]
    pub(crate) fullscreen: bool,
    /// The model that answers [default: the one of the conversation]
    #[arg(short, long, value_name = "MODEL", help_heading = HEADING)]
    pub(crate) model: Option<String>,
}

/// How an answer is written for a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// The text as it comes
    #[default]
    Text,
    /// One object at the end
    Json,
    /// An object a line for whatever happens
    StreamJson,
}

/// How much of a terminal a chat takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The last lines of the normal screen; what is finished belongs to the terminal.
    Inline,
    /// All of the alternate screen, in which the chat scrolls.
    Full,
}

/// How a chat begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// The conversation; none lets the person choose.
    pub(crate) which: Option<Which>,
    /// The model that is to answer.
    pub(crate) model: Option<String>,
}

impl ChatArgs {
    /// How much of the terminal the chat takes.
    pub(crate) const fn extent(&self) -> Extent {
        match self.fullscreen {
            true => Extent::Full,
            false => Extent::Inline,
        }
    }

    /// How the chat begins.
    pub(crate) fn start(&self) -> Start {
        let which = match self.resume.as_deref() {
            Some("") => None,
            Some(name) => Some(Which::Named(name.to_owned())),
            None if self.r#continue => Some(Which::Latest),
            None => Some(Which::New),
        };
        Start {
            which,
            model: self.model.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        /// As it is for every command.
        #[arg(short, long, global = true)]
        profile: Option<String>,
        #[command(flatten)]
        chat: ChatArgs,
    }

    fn parsed(arguments: &[&str]) -> ChatArgs {
        Line::try_parse_from([&["chat"], arguments].concat())
            .unwrap()
            .chat
    }

    #[test]
    fn the_flags_are_well_formed() {
        Line::command().debug_assert();
        let refused = Line::try_parse_from(["chat", "--output-format", "json"]);
        assert!(refused.is_err(), "a format is one of --print");
        for other in ["--plain", "--print"] {
            let refused = Line::try_parse_from(["chat", "--fullscreen", other]);
            assert!(refused.is_err(), "{other} draws no screen");
        }
    }

    #[test]
    fn a_chat_begins_where_it_was_told() {
        let which = |arguments: &[&str]| parsed(arguments).start().which;
        assert_eq!(which(&[]), Some(Which::New));
        assert_eq!(which(&["-c"]), Some(Which::Latest));
        assert_eq!(which(&["--continue", "-p", "work"]), Some(Which::Latest));
        assert_eq!(which(&["--resume"]), None);
        assert_eq!(
            which(&["--resume", "a b"]),
            Some(Which::Named("a b".to_owned()))
        );
        assert_eq!(parsed(&["--fullscreen"]).extent(), Extent::Full);
        assert_eq!(parsed(&["-q"]).print.as_deref(), Some("-"));
        assert_eq!(
            parsed(&["--print=- a list"]).print.as_deref(),
            Some("- a list")
        );
    }
}
