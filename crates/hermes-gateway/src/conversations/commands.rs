//! The commands that a person types behind a slash: one table, from which the catalogue, the
//! completions and what is carried out are made.

use std::collections::BTreeMap;

use hermes_agent::Effort;
use hermes_protocol::methods::{
    CommandCategory, CommandsCatalog, SlashCompletion, SlashCompletions,
};

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Branch,
    Busy,
    Compress,
    Help,
    History,
    Model,
    /// Something that only the program can do in which it is typed.
    OfClient,
    Reasoning,
    Retry,
    Status,
    Stop,
    Title,
    Undo,
    Usage,
}

/// A command.
struct Command {
    name: &'static str,
    aliases: &'static [&'static str],
    help: &'static str,
    about: &'static str,
    /// The words that may follow it, where they are known.
    words: &'static [&'static str],
    does: Does,
}

const CONVERSATION: &str = "Conversation";
const MODEL: &str = "Model";
const HELP: &str = "Help";

/// Each effort, and the word for what the provider does by itself.
const EFFORTS: [&str; Effort::ALL.len() + 1] = {
    let mut words = ["default"; Effort::ALL.len() + 1];
    let mut index = 0;
    while index < Effort::ALL.len() {
        words[index + 1] = Effort::ALL[index].as_str();
        index += 1;
    }
    words
};

const COMMANDS: &[Command] = &[
    Command {
        name: "help",
        aliases: &["commands"],
        help: "what can be typed here",
        about: HELP,
        words: &[],
        does: Does::Help,
    },
    Command {
        name: "new",
        aliases: &["reset"],
        help: "begin another conversation",
        about: CONVERSATION,
        words: &[],
        does: Does::OfClient,
    },
    Command {
        name: "title",
        aliases: &[],
        help: "show or change what the conversation is called",
        about: CONVERSATION,
        words: &[],
        does: Does::Title,
    },
    Command {
        name: "history",
        aliases: &[],
        help: "show what was said last",
        about: CONVERSATION,
        words: &[],
        does: Does::History,
    },
    Command {
        name: "status",
        aliases: &[],
        help: "show how the conversation is set",
        about: CONVERSATION,
        words: &[],
        does: Does::Status,
    },
    Command {
        name: "usage",
        aliases: &[],
        help: "show the tokens that it took",
        about: CONVERSATION,
        words: &[],
        does: Does::Usage,
    },
    Command {
        name: "undo",
        aliases: &[],
        help: "take the last prompt and its answer back",
        about: CONVERSATION,
        words: &[],
        does: Does::Undo,
    },
    Command {
        name: "retry",
        aliases: &[],
        help: "ask the last prompt again",
        about: CONVERSATION,
        words: &[],
        does: Does::Retry,
    },
    Command {
        name: "compress",
        aliases: &[],
        help: "have the model go on with a summary: [TOPIC to keep above all]",
        about: CONVERSATION,
        words: &[],
        does: Does::Compress,
    },
    Command {
        name: "branch",
        aliases: &[],
        help: "begin another conversation with what was said: [NAME]",
        about: CONVERSATION,
        words: &[],
        does: Does::Branch,
    },
    Command {
        name: "stop",
        aliases: &["interrupt"],
        help: "want no more of the answer that is coming",
        about: CONVERSATION,
        words: &[],
        does: Does::Stop,
    },
    Command {
        name: "busy",
        aliases: &[],
        help: "show or choose what a prompt does to the turn before it",
        about: CONVERSATION,
        words: &["interrupt", "queue", "steer"],
        does: Does::Busy,
    },
    Command {
        name: "model",
        aliases: &[],
        help: "show or choose the model: NAME [--provider P]",
        about: MODEL,
        words: &[],
        does: Does::Model,
    },
    Command {
        name: "reasoning",
        aliases: &["effort"],
        help: "show or choose how much the model thinks",
        about: MODEL,
        words: &EFFORTS,
        does: Does::Reasoning,
    },
];

/// A line that names no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) String);

/// What a line means, and what follows the command in it.
pub(super) fn parse(line: &str) -> Result<(Does, &str), Unknown> {
    let line = line.trim();
    let line = line.strip_prefix('/').unwrap_or(line);
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let wanted = name.to_ascii_lowercase();
    let found = COMMANDS.iter().find(|command| command.is_called(&wanted));
    match found {
        Some(command) => Ok((command.does, rest.trim())),
        None => Err(Unknown(hermes_secret::plain(
            name,
            hermes_secret::LABEL_LIMIT,
        ))),
    }
}

/// The table as a list for people.
pub(super) fn help() -> String {
    let line = |command: &Command| format!("/{:<10} {}", command.name, command.help);
    let lines: Vec<_> = COMMANDS.iter().map(line).collect();
    lines.join("\n")
}

/// The table as clients read it.
pub(crate) fn catalog() -> CommandsCatalog {
    let mut canon = BTreeMap::new();
    let mut sub = BTreeMap::new();
    let mut categories: Vec<CommandCategory> = Vec::new();
    for command in COMMANDS {
        let name = command.typed();
        for called in command.names() {
            canon.insert(format!("/{called}"), name.clone());
        }
        if !command.words.is_empty() {
            let words = command.words.iter().map(|word| (*word).to_owned());
            sub.insert(name, words.collect());
        }
        match categories
            .iter_mut()
            .find(|category| category.name == command.about)
        {
            Some(category) => category.pairs.push(command.pair()),
            None => categories.push(CommandCategory {
                name: command.about.to_owned(),
                pairs: vec![command.pair()],
            }),
        }
    }
    CommandsCatalog {
        pairs: COMMANDS.iter().map(Command::pair).collect(),
        sub,
        canon,
        categories,
        skill_count: 0,
        warning: String::new(),
    }
}

/// What a text may become: the name of a command, or a word behind one.
pub(crate) fn complete(text: &str) -> SlashCompletions {
    let Some(typed) = text.strip_prefix('/') else {
        return SlashCompletions {
            items: Vec::new(),
            replace_from: 0,
        };
    };
    match typed.rsplit_once(char::is_whitespace) {
        None => {
            let begun = typed.to_ascii_lowercase();
            let found = COMMANDS
                .iter()
                .filter(|command| command.names().any(|name| name.starts_with(&begun)));
            SlashCompletions {
                items: found
                    .map(|command| completion(&command.typed(), command.help))
                    .collect(),
                replace_from: 1,
            }
        }
        Some((before, begun)) => {
            let name = before.trim().to_ascii_lowercase();
            let command = COMMANDS.iter().find(|command| command.is_called(&name));
            let words = command.map_or(&[][..], |command| command.words);
            let found = words.iter().filter(|word| word.starts_with(begun));
            let kept = text.chars().count() - begun.chars().count();
            SlashCompletions {
                items: found.map(|word| completion(word, "")).collect(),
                replace_from: kept as u64,
            }
        }
    }
}

fn completion(text: &str, meta: &str) -> SlashCompletion {
    SlashCompletion {
        text: text.to_owned(),
        display: text.to_owned(),
        meta: meta.to_owned(),
    }
}

impl Command {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    fn is_called(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    fn typed(&self) -> String {
        format!("/{}", self.name)
    }

    fn pair(&self) -> (String, String) {
        (self.typed(), self.help.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_3_4_a_line_is_a_command_and_what_follows() {
        let unknown = |name: &str| Err(Unknown(name.to_owned()));
        for (line, expected) in [
            ("/help", Ok((Does::Help, ""))),
            ("help", Ok((Does::Help, ""))),
            (" /TITLE  A  title ", Ok((Does::Title, "A  title"))),
            ("/title\tA", Ok((Does::Title, "A"))),
            ("/effort high", Ok((Does::Reasoning, "high"))),
            (
                "/model a/b --provider p",
                Ok((Does::Model, "a/b --provider p")),
            ),
            ("//help", unknown("/help")),
            ("/", unknown("")),
            ("", unknown("")),
            ("/he", unknown("he")),
            ("/rm\u{1b}[2J -rf", unknown("rm[2J")),
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
    }

    #[test]
    fn a_name_is_one_commands() {
        let names: Vec<_> = COMMANDS.iter().flat_map(Command::names).collect();
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn facts_3_4_a_text_is_completed_from_the_table() {
        let complete = |text: &str| {
            let SlashCompletions {
                items,
                replace_from,
            } = complete(text);
            let texts: Vec<_> = items.into_iter().map(|item| item.text).collect();
            (texts.join(" "), replace_from)
        };
        assert_eq!(complete("/st"), ("/status /stop".to_owned(), 1));
        assert_eq!(complete("/RES"), ("/new".to_owned(), 1));
        assert_eq!(complete("/busy q"), ("queue".to_owned(), 6));
        assert_eq!(complete("/reasoning "), (EFFORTS.join(" "), 11));
        assert_eq!(complete("/nothing x"), (String::new(), 9));
        assert_eq!(complete("hello"), (String::new(), 0));
        assert_eq!(complete("/title ä ö"), (String::new(), 9));
        let all = complete("/").0;
        assert_eq!(all.split(' ').count(), COMMANDS.len());
    }

    #[test]
    fn facts_3_4_the_catalogue_is_the_table() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&catalog()).unwrap());
    }
}
