use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys that have a name, as they are written in the file and shown.
const NAMED: &[(&str, &str, KeyCode)] = &[
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("tab", "Tab", KeyCode::Tab),
    ("backspace", "Backspace", KeyCode::Backspace),
    ("delete", "Delete", KeyCode::Delete),
    ("insert", "Insert", KeyCode::Insert),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("pageup", "PageUp", KeyCode::PageUp),
    ("pagedown", "PageDown", KeyCode::PageDown),
    ("up", "Up", KeyCode::Up),
    ("down", "Down", KeyCode::Down),
    ("left", "Left", KeyCode::Left),
    ("right", "Right", KeyCode::Right),
    ("space", "Space", KeyCode::Char(' ')),
];

const MODIFIERS: [(&str, &str, KeyModifiers); 3] = [
    ("ctrl", "Ctrl", KeyModifiers::CONTROL),
    ("alt", "Alt", KeyModifiers::ALT),
    ("shift", "Shift", KeyModifiers::SHIFT),
];

/// A key, with what is held beside it. A letter is the same with and without Shift: terminals do not
/// tell one from the other beside Ctrl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::chat) struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Key {
    /// The key that was pressed.
    pub(super) fn of(event: KeyEvent) -> Self {
        let held = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let modifiers = event.modifiers & held;
        match event.code {
            KeyCode::Char(ch) => Self {
                code: KeyCode::Char(ch.to_ascii_lowercase()),
                modifiers: modifiers.difference(KeyModifiers::SHIFT),
            },
            KeyCode::BackTab => Self {
                code: KeyCode::Tab,
                modifiers: modifiers | KeyModifiers::SHIFT,
            },
            code => Self { code, modifiers },
        }
    }

    /// The key of this name, as `ctrl+g`; in words, why there is none that can be given away.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let unknown = || {
            let name = hermes_secret::plain(name, 40);
            format!("`{name}` is no key; one is written as `esc`, `f2`, `ctrl+g` or `alt+enter`")
        };
        let lower = name.trim().to_ascii_lowercase();
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = lower.as_str();
        while let Some((held, behind)) = rest
            .split_once('+')
            .filter(|(_, behind)| !behind.is_empty())
        {
            let held = MODIFIERS.iter().find(|(name, ..)| *name == held);
            modifiers |= held.ok_or_else(unknown)?.2;
            rest = behind;
        }
        let code = code(rest).ok_or_else(unknown)?;
        let key = Self::of(KeyEvent::new(code, modifiers));
        match key.taken() {
            Some(why) => Err(format!("`{key}` {why}")),
            None => Ok(key),
        }
    }

    /// Why a key cannot be given to an action: nobody may be locked out of writing, sending and
    /// stopping.
    fn taken(self) -> Option<&'static str> {
        let is_typed = self.modifiers.is_empty();
        match self.code {
            KeyCode::Char('c') if self.modifiers == KeyModifiers::CONTROL => {
                Some("always interrupts, and can be given to nothing else")
            }
            KeyCode::Enter if is_typed => Some("always sends, and can be given to nothing else"),
            KeyCode::Backspace if is_typed => {
                Some("always deletes, and can be given to nothing else")
            }
            KeyCode::Char(_) if is_typed => Some("is typed, and can be given to nothing else"),
            KeyCode::Char('i') if self.modifiers == KeyModifiers::CONTROL => {
                Some("is the same as Tab in most terminals: write `tab`")
            }
            KeyCode::Char('m') if self.modifiers == KeyModifiers::CONTROL => {
                Some("is the same as Enter in most terminals, which always sends")
            }
            KeyCode::Char('[') if self.modifiers == KeyModifiers::CONTROL => {
                Some("is the same as Esc in most terminals: write `esc`")
            }
            _ => None,
        }
    }
}

fn code(name: &str) -> Option<KeyCode> {
    if let Some((.., code)) = NAMED.iter().find(|(named, ..)| *named == name) {
        return Some(*code);
    }
    if let Some(number) = name
        .strip_prefix('f')
        .and_then(|number| number.parse().ok())
    {
        return (1..=12).contains(&number).then_some(KeyCode::F(number));
    }
    let mut letters = name.chars();
    let letter = letters.next().filter(char::is_ascii_graphic);
    letter
        .filter(|_| letters.next().is_none())
        .map(KeyCode::Char)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (_, shown, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                write!(f, "{shown}+")?;
            }
        }
        let named = NAMED.iter().find(|(.., code)| *code == self.code);
        match (named, self.code) {
            (Some((_, shown, _)), _) => f.write_str(shown),
            (None, KeyCode::F(number)) => write!(f, "F{number}"),
            (None, KeyCode::Char(ch)) => write!(f, "{}", ch.to_ascii_uppercase()),
            (None, code) => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_as_it_is_known() {
        let shown = |name: &str| Key::parse(name).unwrap().to_string();
        assert_eq!(shown("ctrl+g"), "Ctrl+G");
        assert_eq!(shown("Alt+Ctrl+Enter"), "Ctrl+Alt+Enter");
        assert_eq!(shown("f12"), "F12");
        assert_eq!(shown("shift+tab"), "Shift+Tab");
        assert_eq!(shown("ctrl++"), "Ctrl++");
        assert_eq!(
            shown("ctrl+shift+g"),
            "Ctrl+G",
            "the same to most terminals"
        );
        assert_eq!(shown("alt+space"), "Alt+Space");
    }

    #[test]
    fn what_is_typed_sends_and_interrupts_stays() {
        for (name, why) in [
            ("x", "is typed"),
            ("shift+x", "is typed"),
            ("?", "is typed"),
            ("space", "is typed"),
            ("enter", "always sends"),
            ("ctrl+m", "always sends"),
            ("backspace", "always deletes"),
            ("ctrl+c", "always interrupts"),
            ("ctrl+shift+C", "always interrupts"),
            ("ctrl+i", "write `tab`"),
            ("ctrl+[", "write `esc`"),
            ("", "is no key"),
            ("ctrl+", "is no key"),
            ("hyper+x", "is no key"),
            ("f13", "is no key"),
            ("f0", "is no key"),
            ("ctrl+ä", "is no key"),
            ("escape\u{1b}[2J", "is no key"),
        ] {
            let refused = Key::parse(name).unwrap_err();
            assert!(refused.contains(why), "{name}: {refused}");
            assert!(!refused.contains('\u{1b}'));
        }
    }
}
