use std::{ops::Range, path::Path};

use hermes_errors::{Code, Failure};
use hermes_machine::file;
use toml_edit::{Document, Item, Value};

use super::{Key, Keys};

/// The most bytes of the file.
const LIMIT: u64 = 64 * 1024;

/// The keys with what this file changes. Without a file they are as they ship.
pub(in crate::chat) fn read(path: &Path) -> Result<Keys, Failure> {
    let shown = path.to_string_lossy();
    let shown = hermes_secret::visible(&shown);
    let unreadable = |reason: &dyn std::fmt::Display| {
        let message = format!("`{shown}` cannot be read: {reason}");
        Failure::new(Code::ChatKeysInvalid, message)
    };
    let Some(bytes) = file::read_regular(path, LIMIT).map_err(|error| unreadable(&error))? else {
        return Ok(Keys::default());
    };
    let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is no text"))?;
    parse(&text).map_err(|wrong| {
        let before = wrong.at.and_then(|at| text.get(..at.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        let message = format!("`{shown}`, line {line}: {}", wrong.why);
        Failure::new(Code::ChatKeysInvalid, message)
    })
}

/// Why a file cannot be used, and where in it.
struct Wrong {
    at: Option<Range<usize>>,
    why: String,
}

fn parse(text: &str) -> Result<Keys, Wrong> {
    let document = Document::parse(text).map_err(|error| Wrong {
        at: error.span(),
        why: format!(
            "it is no TOML: {}",
            hermes_secret::plain(error.message(), 200)
        ),
    })?;
    let mut keys = Keys::default();
    let mut given: Vec<(Key, String)> = Vec::new();
    for (name, item) in document.iter() {
        let place = document.key(name).and_then(toml_edit::Key::span);
        let place = place.or_else(|| item.span());
        let shown = hermes_secret::plain(name, 40);
        let Some(action) = Keys::find(name) else {
            let why = format!("`{shown}` is no action; `hermes guide connect` has those that are");
            return Err(Wrong { at: place, why });
        };
        let mut wanted = Vec::new();
        for value in values(item).ok_or_else(|| Wrong {
            at: place,
            why: format!("`{shown}` wants a key, as \"ctrl+g\", or a list of keys"),
        })? {
            let at = value.span();
            let written = value.as_str().unwrap_or_default();
            let key = Key::parse(written).map_err(|why| Wrong {
                at: at.clone(),
                why,
            })?;
            if let Some((_, other)) = given.iter().find(|(one, _)| *one == key) {
                let why = format!("`{key}` is given twice, to `{other}` and to `{shown}`");
                return Err(Wrong { at, why });
            }
            given.push((key, shown.clone()));
            wanted.push(key);
        }
        keys.give(action, wanted);
    }
    Ok(keys)
}

/// The texts that stand for keys; `None` if there is something else.
fn values(item: &Item) -> Option<Vec<&Value>> {
    let values: Vec<_> = match item.as_value()? {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    values.iter().all(|value| value.is_str()).then_some(values)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::{super::Action, *};

    fn of(text: &str) -> Result<Keys, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        file::write_private(&path, text.as_bytes()).unwrap();
        read(&path)
    }

    fn control(keys: &Keys, ch: char) -> Option<Action> {
        keys.action(KeyEvent::new(KeyCode::Char(ch), KeyModifiers::CONTROL))
    }

    #[test]
    fn without_a_file_the_keys_are_as_they_ship() {
        let folder = tempfile::tempdir().unwrap();
        let keys = read(&folder.path().join("keys.toml")).unwrap();
        assert_eq!(control(&keys, 'g'), Some(Action::Editor));
        assert_eq!(control(&keys, 'G'), Some(Action::Editor));
        let shifted = KeyEvent::new(KeyCode::Up, KeyModifiers::SHIFT);
        assert_eq!(keys.action(shifted), Some(Action::Older));
    }

    #[test]
    fn a_key_that_is_given_away_is_taken_from_what_had_it() {
        let keys = of("# mine\nstash = [\"ctrl+g\", \"f2\"]\nstop = []\n").unwrap();
        assert_eq!(control(&keys, 'g'), Some(Action::Stash));
        assert_eq!(control(&keys, 's'), None, "it has these keys alone");
        assert_eq!(keys.name(Action::Editor), None);
        assert_eq!(keys.name(Action::Stop), None);
        assert_eq!(keys.name(Action::Stash).as_deref(), Some("Ctrl+G"));
        let shown = keys.shown();
        let row = |words: &str| shown.iter().find(|(_, about)| *about == words).unwrap();
        assert_eq!(row("write in an editor").0, "(no key)");
        assert_eq!(row("put the draft aside, or take it back").0, "Ctrl+G, F2");
        // Whatever order they stand in.
        let swapped = of("editor = \"ctrl+s\"\nstash = \"ctrl+g\"").unwrap();
        assert_eq!(control(&swapped, 's'), Some(Action::Editor));
        assert_eq!(control(&swapped, 'g'), Some(Action::Stash));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, line, why) in [
            ("stop = \"esc\"\nsotp = \"f2\"", 2, "`sotp` is no action"),
            ("stop = [\n  \"esc\",\n  \"x\",\n]", 3, "`X` is typed"),
            ("\neditor = \"ctrl+c\"", 2, "`Ctrl+C` always interrupts"),
            (
                "stop = \"f2\"\nstash = \"F2\"",
                2,
                "given twice, to `stop` and to `stash`",
            ),
            ("stop = [\"f2\", \"f2\"]", 1, "given twice"),
            ("\n\nstop = 3", 3, "wants a key"),
            ("[stop]\nkey = \"f2\"", 1, "wants a key"),
            ("stop = \"esc\"\nstop = \"f2\"", 2, "it is no TOML"),
            ("stop = ", 1, "it is no TOML"),
        ] {
            let failure = of(text).unwrap_err();
            assert_eq!(failure.code, Code::ChatKeysInvalid);
            let place = format!("keys.toml`, line {line}: ");
            assert!(failure.message.contains(&place), "{}", failure.message);
            assert!(failure.message.contains(why), "{}", failure.message);
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let failure = read(folder.path()).unwrap_err();
        assert!(
            failure.message.contains("not a regular file"),
            "{failure:?}"
        );
        let path = folder.path().join("keys.toml");
        file::write_private(&path, b"stop = \"\xff\"").unwrap();
        let failure = read(&path).unwrap_err();
        assert!(failure.message.contains("it is no text"), "{failure:?}");
    }
}
