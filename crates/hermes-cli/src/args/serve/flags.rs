//! The flags that the settings make.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use hermes_gateway::settings::{Flag, Flags, Takes};

/// Those that many need, and what stands after each. They are in the short help too, and before all
/// others.
const COMMON: [(&str, &str); 6] = [
    ("--host", "HOST"),
    ("--port", "PORT"),
    ("--public-url", "URL"),
    ("--tls-cert", "FILE"),
    ("--tls-key", "FILE"),
    ("--log-format", "FORMAT"),
];

const HEADING: &str = "Every other setting, as in config.toml";

/// What was typed of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettingFlags(Vec<(&'static Flag, String)>);

impl SettingFlags {
    /// What was typed, and that no page is to be opened.
    pub(super) fn with(&self, no_open: bool) -> Flags {
        let open = Flag::all().find(|flag| flag.name() == "--open");
        let closed = open.filter(|_| no_open).map(|it| (it, "false".to_owned()));
        self.0.iter().cloned().chain(closed).collect()
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let said = Flag::all().filter_map(|flag| {
            let texts = matches.get_many::<String>(id(flag))?;
            let texts: Vec<_> = texts.map(String::as_str).collect();
            Some((flag, texts.join(",")))
        });
        Ok(Self(said.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        Flag::all().fold(command, |command, flag| {
            let common = COMMON.iter().find(|(name, _)| *name == flag.name());
            command.arg(match common {
                Some((_, value)) => arg(flag).value_name(*value),
                None => arg(flag).help_heading(HEADING).hide_short_help(true),
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn arg(flag: &'static Flag) -> Arg {
    let about = flag.about().trim_end_matches('.');
    let about = match (flag.default(), flag.takes()) {
        (None, _) | (_, Takes::List) => about.to_owned(),
        (Some(default), _) => format!("{about} [default: {}]", default.trim_matches('"')),
    };
    let arg = Arg::new(id(flag)).long(id(flag)).help(about);
    match flag.takes() {
        Takes::Text => arg.value_name("TEXT"),
        Takes::Whole => arg.value_name("NUMBER"),
        Takes::Span => arg.value_name("TIME"),
        Takes::SecretFile => arg.value_name("FILE"),
        Takes::List => arg.value_name("ITEM,…").action(ArgAction::Append),
        Takes::Switch => arg
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

fn id(flag: &'static Flag) -> &'static str {
    flag.name().trim_start_matches('-')
}
