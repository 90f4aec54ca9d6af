//! What text stands on: dark, light, or nobody knows. The terminal is asked, and its answer comes among
//! the keys, at once, late over a slow line, or never.

use std::mem;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use hermes_machine::Environment;

/// Asks a terminal for the colour behind its text. It ends with BEL, since the answer ends as the
/// question does, and not every terminal writes the other end whole.
const QUESTION: &str = "\x1b]11;?\x07";

/// What an answer begins with, behind what reads like Alt and a bracket.
const BEGINNING: &str = "11;";

/// The most characters of an answer. What goes on longer was none.
const LONGEST: usize = 64;

/// What is behind the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ground {
    #[default]
    Unknown,
    Dark,
    Light,
}

impl Ground {
    /// What the variables say. Some terminals set `COLORFGBG` to the numbers of their two colours.
    pub(super) fn of_environment(environment: &Environment) -> Self {
        let colours = environment.text("COLORFGBG").unwrap_or_default();
        let behind = colours.rsplit(';').next().unwrap_or_default();
        match behind.parse() {
            Ok(0..=6 | 8) => Self::Dark,
            Ok(7 | 9..=15_u8) => Self::Light,
            _ => Self::Unknown,
        }
    }

    /// What a colour is that a terminal names: `rgb:` or `rgba:`, and one to four hexadecimal digits for
    /// each part.
    fn of_colour(colour: &str) -> Option<Self> {
        let (kind, parts) = colour.split_once(':')?;
        let parts: Option<Vec<f64>> = parts.split('/').map(part).collect();
        let (("rgb", &[red, green, blue]) | ("rgba", &[red, green, blue, _])) =
            (kind, parts?.as_slice())
        else {
            return None;
        };
        // As bright as it looks: green the most, blue the least.
        let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        Some(match luminance > 0.5 {
            true => Self::Light,
            false => Self::Dark,
        })
    }
}

fn part(digits: &str) -> Option<f64> {
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !(1..=4).contains(&digits.len()) {
        return None;
    }
    let value = u16::from_str_radix(digits, 16).ok()?;
    let most = u16::MAX >> (16 - 4 * digits.len());
    Some(f64::from(value) / f64::from(most))
}

/// Takes the terminal's answer out of what is typed.
#[derive(Debug, Default)]
pub(super) struct Listener {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// No answer is to come: nothing was asked, or it was here.
    #[default]
    Deaf,
    /// One may come.
    Waiting,
    /// Its first byte may have come alone, which reads like Esc.
    Escaped,
    /// It has begun: its text, and what would have to be typed if it were none.
    Begun(String, Vec<Event>),
    /// It has ended with half an end, which reads like Esc.
    Ending,
}

/// What came of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    /// What was typed.
    pub(super) typed: Vec<Event>,
    /// What was answered.
    pub(super) ground: Option<Ground>,
}

impl Listener {
    /// What the terminal is asked, if it may be. Whoever wants no colours need not know; a console that
    /// knows no such question would show it; and screen answers late and to everybody.
    pub(super) fn question(&mut self, environment: &Environment) -> &'static str {
        let term = environment.text("TERM").unwrap_or_default();
        let is_deaf = environment.has("NO_COLOR")
            || environment.has("STY")
            || term == "linux"
            || term.starts_with("eterm");
        if is_deaf {
            return "";
        }
        self.state = State::Waiting;
        QUESTION
    }

    /// Takes in what came from the terminal.
    pub(super) fn hear(&mut self, event: Event) -> Heard {
        let key = match &event {
            Event::Key(key) => Some(*key),
            _ => None,
        };
        match mem::take(&mut self.state) {
            State::Deaf => typed(vec![event]),
            State::Begun(text, held) => self.go_on(text, held, event, key),
            // The other half of its end.
            State::Ending if key.is_some_and(|key| is(key, '\\', KeyModifiers::NONE)) => {
                Heard::default()
            }
            State::Ending => typed(vec![event]),
            before @ (State::Waiting | State::Escaped) => {
                let begins = key.is_some_and(|key| {
                    is(key, ']', KeyModifiers::ALT)
                        || matches!(before, State::Escaped) && is(key, ']', KeyModifiers::NONE)
                });
                if begins {
                    self.state = State::Begun(String::new(), vec![event]);
                    return Heard::default();
                }
                self.state = match key.map(|key| key.code) {
                    Some(KeyCode::Esc) => State::Escaped,
                    _ => State::Waiting,
                };
                typed(vec![event])
            }
        }
    }

    fn go_on(
        &mut self,
        mut text: String,
        mut held: Vec<Event>,
        event: Event,
        key: Option<KeyEvent>,
    ) -> Heard {
        let ch = match key {
            Some(KeyEvent {
                code: KeyCode::Char(ch),
                modifiers: KeyModifiers::NONE | KeyModifiers::SHIFT,
                ..
            }) => Some(ch),
            _ => None,
        };
        let has_begun = text.starts_with(BEGINNING);
        if let Some(ch) = ch
            && text.chars().count() < LONGEST
        {
            text.push(ch);
            if has_begun || BEGINNING.starts_with(&text) {
                held.push(event);
                self.state = State::Begun(text, held);
                return Heard::default();
            }
        }
        if !has_begun {
            // It was a person.
            self.state = State::Waiting;
            held.push(event);
            return typed(held);
        }
        let is_end = key.is_some_and(|key| {
            is(key, 'g', KeyModifiers::CONTROL) || is(key, '\\', KeyModifiers::ALT)
        });
        let is_half = key.is_some_and(|key| key.code == KeyCode::Esc);
        if is_half {
            self.state = State::Ending;
        }
        Heard {
            typed: match is_end || is_half {
                true => Vec::new(),
                // It broke off.
                false => vec![event],
            },
            ground: Ground::of_colour(&text[BEGINNING.len()..]),
        }
    }
}

fn is(key: KeyEvent, ch: char, modifiers: KeyModifiers) -> bool {
    key.code == KeyCode::Char(ch) && key.modifiers == modifiers
}

fn typed(typed: Vec<Event>) -> Heard {
    Heard {
        typed,
        ground: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_colour_is_light_or_dark_in_any_number_of_digits() {
        let cases = [
            ("rgb:ffff/ffff/ffff", Some(Ground::Light)),
            ("rgb:0/0/0", Some(Ground::Dark)),
            ("rgb:f/f/f", Some(Ground::Light)),
            ("rgb:fd/f6/e3", Some(Ground::Light)),
            ("rgb:000/2b0/360", Some(Ground::Dark)),
            ("rgba:ffff/ffff/dddd/8000", Some(Ground::Light)),
            ("rgb:0000/ffff/0000", Some(Ground::Light)),
            ("rgb:0000/0000/ffff", Some(Ground::Dark)),
            ("rgb:ffff/ffff", None),
            ("rgb:ffff/ffff/ffff/ffff", None),
            ("rgba:ffff/ffff/ffff", None),
            ("rgb:fffff/ffff/ffff", None),
            ("rgb:+f/ff/ff", None),
            ("rgb://", None),
            ("white", None),
            ("", None),
        ];
        for (colour, ground) in cases {
            assert_eq!(Ground::of_colour(colour), ground, "{colour}");
        }
    }

    #[test]
    fn the_variable_names_the_colour_behind_last() {
        let cases = [
            ("15;0", Ground::Dark),
            ("0;15", Ground::Light),
            ("0;default;15", Ground::Light),
            ("12;8", Ground::Dark),
            ("0;7", Ground::Light),
            ("15;default", Ground::Unknown),
            ("0;16", Ground::Unknown),
            ("", Ground::Unknown),
        ];
        for (value, ground) in cases {
            let environment = Environment::default().with("COLORFGBG", value);
            assert_eq!(Ground::of_environment(&environment), ground, "{value}");
        }
    }

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    /// What the reader of keys makes of these bytes.
    fn events(bytes: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut is_alt = false;
        for ch in bytes.chars() {
            let modifiers = match is_alt {
                true => KeyModifiers::ALT,
                false => KeyModifiers::NONE,
            };
            match ch {
                '\x1b' => {
                    is_alt = true;
                    continue;
                }
                '\x07' => events.push(key(KeyCode::Char('g'), KeyModifiers::CONTROL)),
                // An escape that comes alone.
                '␛' => events.push(key(KeyCode::Esc, KeyModifiers::NONE)),
                '\r' => events.push(key(KeyCode::Enter, KeyModifiers::NONE)),
                ch => events.push(key(KeyCode::Char(ch), modifiers)),
            }
            is_alt = false;
        }
        events
    }

    fn heard(bytes: &str) -> (Vec<Event>, Option<Ground>) {
        let mut listener = Listener::default();
        listener.question(&Environment::default());
        let (mut typed, mut ground) = (Vec::new(), None);
        for event in events(bytes) {
            let heard = listener.hear(event);
            typed.extend(heard.typed);
            ground = ground.or(heard.ground);
        }
        (typed, ground)
    }

    #[test]
    fn an_answer_is_never_typed() {
        let light = Some(Ground::Light);
        let cases = [
            ("a\x1b]11;rgb:ffff/ffff/ffff\x07b", "ab", light),
            ("a\x1b]11;rgb:ffff/ffff/ffff\x1b\\b", "ab", light),
            ("a\x1b]11;rgb:ffff/ffff/ffff␛b", "ab", light),
            ("a␛]11;rgb:ffff/ffff/ffff␛\\b", "a␛b", light),
            ("\x1b]11;nonsense\x07b", "b", None),
            ("\x1b]11;rgb:ffff/ffff/ffff\rb", "\rb", light),
            ("\x1b]11\rb", "\x1b]11\rb", None),
            ("\x1b]x␛]y\x1b]", "\x1b]x␛]y", None),
            ("␛]11 is a number", "␛]11 is a number", None),
        ];
        for (bytes, left, ground) in cases {
            assert_eq!(heard(bytes), (events(left), ground), "{bytes:?}");
        }
        let (typed, _) = heard(&format!("\x1b]11;{}", "x".repeat(100)));
        assert!(
            typed.len() > 30,
            "what does not end is no answer: {typed:?}"
        );
    }

    #[test]
    fn nobody_is_asked_who_cannot_answer_or_for_nothing() {
        for (name, value) in [
            ("NO_COLOR", "1"),
            ("STY", "1.pts"),
            ("TERM", "linux"),
            ("TERM", "eterm-color"),
        ] {
            let environment = Environment::default().with(name, value);
            let mut listener = Listener::default();
            assert_eq!(listener.question(&environment), "", "{name}");
            let bracket = key(KeyCode::Char(']'), KeyModifiers::ALT);
            assert_eq!(listener.hear(bracket.clone()).typed, [bracket]);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_typed_in_its_order_or_not_at_all(
            bytes in "(\x1b\\]11;|[\x1b\x07␛\\]\\\\1;rgb:f/a\r]){0,40}",
        ) {
            let (typed, _) = heard(&bytes);
            let all = events(&bytes);
            let mut rest = all.iter();
            prop_assert!(typed.iter().all(|one| rest.any(|other| other == one)));
        }

        #[test]
        fn any_colour_is_read(colour in "(rgba?:)?[0-9a-f/+é]{0,24}") {
            Ground::of_colour(&colour);
        }
    }
}
