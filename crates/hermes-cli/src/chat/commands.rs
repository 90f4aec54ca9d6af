//! What can be typed behind a slash: what this program does itself, and what the gateway offers.

use super::matching::rank;

/// What this program does itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Clear,
    Copy,
    Help,
    New,
    Quit,
    Resume,
    Retry,
    Thoughts,
}

/// The names of our own, with what they do. Where the gateway has one of them, its words stand.
const OWN: &[(&str, Own, &str)] = &[
    ("help", Own::Help, "show the keys and the commands"),
    ("new", Own::New, "begin another conversation"),
    (
        "resume",
        Own::Resume,
        "go on with a conversation: [ID or title]",
    ),
    ("sessions", Own::Resume, "choose among the conversations"),
    ("retry", Own::Retry, "ask the last prompt again"),
    (
        "copy",
        Own::Copy,
        "copy the last answer, or the one so many before: [N]",
    ),
    (
        "thoughts",
        Own::Thoughts,
        "show or hide what is thought before an answer",
    ),
    ("clear", Own::Clear, "clear the screen"),
    ("quit", Own::Quit, "leave; what runs goes on at the gateway"),
];

/// Something that can be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) name: String,
    pub(super) about: String,
}

/// What a typed line is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    /// This, with what follows the name.
    Own(Own, &'a str),
    /// The gateway is to do it.
    Gateway(&'a str),
    /// It is no command.
    Prompt,
}

/// The commands that there are.
#[derive(Debug)]
pub(super) struct Commands {
    all: Vec<Command>,
    is_retry_the_gateways: bool,
}

impl Commands {
    /// Our own, and these of the gateway.
    pub(super) fn new(gateway: &[(String, String)]) -> Self {
        let name = |name: &str| name.trim_start_matches('/').to_owned();
        // What cannot be typed as a command would be a prompt in somebody else's words.
        let gateway = gateway.iter().filter(|(one, _)| is_name(&name(one)));
        let mut all: Vec<_> = gateway
            .map(|(one, about)| Command {
                name: hermes_secret::plain(&name(one), 40),
                about: hermes_secret::plain(about, hermes_secret::LABEL_LIMIT),
            })
            .collect();
        let is_retry_the_gateways = all.iter().any(|one| one.name == "retry");
        for (name, _, about) in OWN {
            if all.iter().all(|one| one.name != *name) {
                all.push(Command {
                    name: (*name).to_owned(),
                    about: (*about).to_owned(),
                });
            }
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            all,
            is_retry_the_gateways,
        }
    }

    /// All of them, by name.
    pub(super) fn all(&self) -> &[Command] {
        &self.all
    }

    /// What fits to a name that is being typed, the best first.
    pub(super) fn fitting(&self, text: &str) -> Vec<&Command> {
        let Some(typed) = text.strip_prefix('/') else {
            return Vec::new();
        };
        if typed.contains(char::is_whitespace) {
            return Vec::new();
        }
        let ranked = self.all.iter();
        let mut ranked: Vec<_> = ranked
            .filter_map(|one| Some((rank(typed, &one.name)?, one)))
            .collect();
        ranked.sort_by_key(|(rank, one)| (*rank, one.name.len()));
        ranked.into_iter().map(|(_, one)| one).collect()
    }

    /// What a line means. A path is no command.
    pub(super) fn parse<'a>(&self, line: &'a str) -> Typed<'a> {
        let line = line.trim();
        let Some(rest) = line.strip_prefix('/') else {
            return Typed::Prompt;
        };
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !is_name(name) {
            return Typed::Prompt;
        }
        let own = OWN.iter().find(|(own, ..)| *own == name);
        match own {
            Some((_, Own::Retry, _)) if self.is_retry_the_gateways => Typed::Gateway(line),
            Some((_, own, _)) => Typed::Own(*own, argument.trim()),
            None if name == "exit" => Typed::Own(Own::Quit, ""),
            None => Typed::Gateway(line),
        }
    }
}

fn is_name(name: &str) -> bool {
    let fits = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_');
    !name.is_empty() && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands() -> Commands {
        let gateway = [
            ("/new".to_owned(), "the gateway's words".to_owned()),
            ("title".to_owned(), "name it\u{1b}[2J".to_owned()),
            ("é @/etc/passwd".to_owned(), "no command".to_owned()),
        ];
        Commands::new(&gateway)
    }

    #[test]
    fn the_gateways_words_stand_and_no_name_twice() {
        let commands = commands();
        let new: Vec<_> = commands
            .all()
            .iter()
            .filter(|one| one.name == "new")
            .collect();
        assert_eq!(new.len(), 1);
        assert_eq!(new[0].about, "the gateway's words");
        let title = commands
            .all()
            .iter()
            .find(|one| one.name == "title")
            .unwrap();
        assert_eq!(title.about, "name it[2J");
    }

    #[test]
    fn a_name_is_completed_until_its_argument_begins() {
        let commands = commands();
        let names = |text| {
            let fitting = commands.fitting(text).into_iter();
            fitting.map(|one| one.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("/re"), ["retry", "resume"]);
        assert_eq!(names("/cp"), ["copy"]);
        assert!(names("/resume a").is_empty());
        assert!(names("text").is_empty());
        assert!(names("/é").is_empty(), "what is no command is not offered");
    }

    #[test]
    fn a_path_is_no_command() {
        let commands = commands();
        assert_eq!(commands.parse("/etc/passwd holds what?"), Typed::Prompt);
        assert_eq!(commands.parse("/"), Typed::Prompt);
        assert_eq!(commands.parse("/copy 2"), Typed::Own(Own::Copy, "2"));
        assert_eq!(commands.parse("/title a b "), Typed::Gateway("/title a b"));
        assert_eq!(commands.parse("/retry"), Typed::Own(Own::Retry, ""));
        let gateways = Commands::new(&[("retry".to_owned(), String::new())]);
        assert_eq!(gateways.parse("/retry"), Typed::Gateway("/retry"));
    }
}
