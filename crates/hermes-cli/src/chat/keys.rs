//! What the keys do: one table, from which the chat works, `?` shows, and the guide tells. A person
//! may change it in a file.

mod file;
mod key;

use crossterm::event::{KeyEvent, KeyModifiers};

pub(super) use self::{file::read, key::Key};
use super::composer::Motion;

/// What a key can do while a prompt is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    NewLine,
    Stop,
    Leave,
    Older,
    Newer,
    Search,
    Stash,
    Editor,
    Thoughts,
    Complete,
    Clear,
    Go(Motion),
    Delete(Motion),
    Paste,
}

/// An action, as people meet it.
struct Row {
    action: Action,
    /// What it is called in the file.
    name: &'static str,
    /// What it does.
    words: &'static str,
    /// Its keys as they ship.
    keys: &'static [&'static str],
    /// Whether `?` shows it. What every line editor does needs no showing.
    is_shown: bool,
}

const fn row(
    action: Action,
    name: &'static str,
    words: &'static str,
    keys: &'static [&'static str],
) -> Row {
    Row {
        action,
        name,
        words,
        keys,
        is_shown: true,
    }
}

const fn editing(
    action: Action,
    name: &'static str,
    words: &'static str,
    keys: &'static [&'static str],
) -> Row {
    Row {
        is_shown: false,
        ..row(action, name, words, keys)
    }
}

/// All actions, in the order in which they are shown.
const TABLE: &[Row] = &[
    row(
        Action::NewLine,
        "new-line",
        "new line, as does \\ before Enter",
        &["ctrl+j", "alt+enter", "shift+enter"],
    ),
    row(
        Action::Stop,
        "stop",
        "stop the answer; twice, go back",
        &["esc"],
    ),
    row(
        Action::Leave,
        "leave",
        "leave; what runs goes on",
        &["ctrl+d"],
    ),
    row(
        Action::Older,
        "older",
        "line above, earlier prompt",
        &["up", "ctrl+p"],
    ),
    row(
        Action::Newer,
        "newer",
        "line below, later prompt",
        &["down", "ctrl+n"],
    ),
    row(
        Action::Search,
        "search",
        "search earlier prompts",
        &["ctrl+r"],
    ),
    row(
        Action::Stash,
        "stash",
        "put the draft aside, or take it back",
        &["ctrl+s"],
    ),
    row(Action::Editor, "editor", "write in an editor", &["ctrl+g"]),
    row(
        Action::Thoughts,
        "thoughts",
        "show or hide thoughts",
        &["ctrl+t"],
    ),
    row(
        Action::Complete,
        "complete",
        "complete what is listed",
        &["tab"],
    ),
    row(Action::Clear, "clear", "clear the screen", &["ctrl+l"]),
    editing(
        Action::Go(Motion::Left),
        "left",
        "a character back",
        &["left", "ctrl+b"],
    ),
    editing(
        Action::Go(Motion::Right),
        "right",
        "a character on",
        &["right", "ctrl+f"],
    ),
    editing(
        Action::Go(Motion::WordLeft),
        "word-left",
        "a word back",
        &["ctrl+left", "alt+left", "alt+b"],
    ),
    editing(
        Action::Go(Motion::WordRight),
        "word-right",
        "a word on",
        &["ctrl+right", "alt+right", "alt+f"],
    ),
    editing(
        Action::Go(Motion::LineStart),
        "line-start",
        "to the start of the line",
        &["home", "ctrl+a"],
    ),
    editing(
        Action::Go(Motion::LineEnd),
        "line-end",
        "to the end of the line",
        &["end", "ctrl+e"],
    ),
    editing(
        Action::Go(Motion::Start),
        "start",
        "to the start of the draft",
        &["ctrl+home"],
    ),
    editing(
        Action::Go(Motion::End),
        "end",
        "to the end of the draft",
        &["ctrl+end"],
    ),
    editing(
        Action::Delete(Motion::Left),
        "delete-left",
        "delete the character before, as Backspace does",
        &["ctrl+h"],
    ),
    editing(
        Action::Delete(Motion::Right),
        "delete-right",
        "delete the character behind",
        &["delete"],
    ),
    editing(
        Action::Delete(Motion::WordLeft),
        "delete-word-left",
        "cut the word before",
        &["ctrl+w", "ctrl+backspace", "alt+backspace"],
    ),
    editing(
        Action::Delete(Motion::WordRight),
        "delete-word-right",
        "cut the word behind",
        &["alt+d", "ctrl+delete", "alt+delete"],
    ),
    editing(
        Action::Delete(Motion::LineStart),
        "delete-line-start",
        "cut to the start of the line",
        &["ctrl+u"],
    ),
    editing(
        Action::Delete(Motion::LineEnd),
        "delete-line-end",
        "cut to the end of the line",
        &["ctrl+k"],
    ),
    editing(
        Action::Paste,
        "paste",
        "write what was cut last",
        &["ctrl+y"],
    ),
];

/// What is no action, since nobody may be without it: before the actions, and behind them.
const FIXED: [&[(&str, &str)]; 2] = [
    &[
        ("Enter", "send"),
        ("Ctrl+C", "stop, clear the draft; twice: leave"),
    ],
    &[("/", "commands"), ("@", "send a file along")],
];

/// Which key does what.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// In the order of the table.
    all: Vec<(&'static str, Action, Vec<Key>)>,
}

impl Default for Keys {
    fn default() -> Self {
        let keys = |row: &Row| {
            let keys = row.keys.iter().filter_map(|key| Key::parse(key).ok());
            (row.name, row.action, keys.collect())
        };
        Self {
            all: TABLE.iter().map(keys).collect(),
        }
    }
}

impl Keys {
    /// What this key does.
    pub(super) fn action(&self, event: KeyEvent) -> Option<Action> {
        let find = |event: KeyEvent| {
            let key = Key::of(event);
            let mut all = self.all.iter();
            all.find(|(.., keys)| keys.contains(&key))
                .map(|(_, action, _)| *action)
        };
        // Where Shift with a key means nothing of its own, it means the key.
        let without = event.modifiers.difference(KeyModifiers::SHIFT);
        find(event).or_else(|| find(KeyEvent::new(event.code, without)))
    }

    /// The first key that does this, as it is written.
    pub(super) fn name(&self, of: Action) -> Option<String> {
        let mut all = self.all.iter();
        let (.., keys) = all.find(|(_, action, _)| *action == of)?;
        keys.first().map(ToString::to_string)
    }

    /// The keys with what they do, for whoever asks by `?`.
    pub(super) fn shown(&self) -> Vec<(String, &'static str)> {
        self.rows(|row| row.is_shown)
    }

    /// All of them.
    pub(super) fn whole(&self) -> Vec<(String, &'static str)> {
        self.rows(|_| true)
    }

    fn rows(&self, is: impl Fn(&Row) -> bool) -> Vec<(String, &'static str)> {
        let [before, behind] = FIXED.map(|rows| {
            let rows = rows.iter().map(|(key, words)| ((*key).to_owned(), *words));
            rows.collect::<Vec<_>>()
        });
        let rows = TABLE.iter().zip(&self.all).filter(|(row, _)| is(row));
        let rows = rows.map(|(row, (.., keys))| (names(keys), row.words));
        before.into_iter().chain(rows).chain(behind).collect()
    }

    /// The action of this name.
    fn find(name: &str) -> Option<Action> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.action)
    }

    /// Gives an action these keys alone. Whatever had one of them before has it no more.
    fn give(&mut self, to: Action, given: Vec<Key>) {
        for (_, action, keys) in &mut self.all {
            if *action != to {
                keys.retain(|key| !given.contains(key));
            }
        }
        if let Some((.., keys)) = self.all.iter_mut().find(|(_, action, _)| *action == to) {
            *keys = given;
        }
    }
}

fn names(keys: &[Key]) -> String {
    let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
    match names.is_empty() {
        true => "(no key)".to_owned(),
        false => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_that_ships_does_one_thing() {
        let mut seen = HashSet::new();
        for row in TABLE {
            for key in row.keys {
                let key = Key::parse(key).unwrap();
                assert!(seen.insert(key), "{key} of {}", row.name);
            }
        }
        let keys = Keys::default();
        let shipped: usize = keys.all.iter().map(|(.., keys)| keys.len()).sum();
        assert_eq!(shipped, seen.len());
    }

    #[test]
    fn the_guide_has_the_table() {
        let guide = include_str!("../../../../docs/src/guides/connect.md");
        let mut table = String::from("| action | keys | does |\n|---|---|---|\n");
        for row in TABLE {
            let keys: Vec<_> = row
                .keys
                .iter()
                .map(|key| Key::parse(key).unwrap())
                .collect();
            let words = row.words.replace('\\', "`\\`");
            table.push_str(&format!(
                "| `{}` | {} | {words} |\n",
                row.name,
                names(&keys)
            ));
        }
        assert!(guide.contains(&table), "connect.md has not:\n{table}");
    }
}
