//! Where the chat has the whole screen, it scrolls itself.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, Model};
use crate::chat::args::Extent;

/// The keys for that, as they are shown.
pub(in crate::chat) const SCROLLING: &[(&str, &str)] = &[
    (
        "Page Up, Page Down",
        "scroll; by lines with Shift+Up, Shift+Down",
    ),
    ("Ctrl+Home, Ctrl+End", "go to the beginning, to the end"),
];

/// Which part of what was said is looked at next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat) enum Scroll {
    LineUp,
    LineDown,
    PageUp,
    PageDown,
    Start,
    End,
}

impl Model {
    /// Scrolls, if the key is for that here.
    pub(super) fn on_scrolling(&mut self, key: KeyEvent) -> bool {
        if self.setting.extent == Extent::Inline {
            return false;
        }
        let shift = key.modifiers.contains(KeyModifiers::SHIFT);
        // Without Ctrl they move in what is written, if anything is.
        let far = key.modifiers.contains(KeyModifiers::CONTROL) || self.composer.is_empty();
        let scroll = match key.code {
            KeyCode::Up if shift => Scroll::LineUp,
            KeyCode::Down if shift => Scroll::LineDown,
            KeyCode::PageUp => Scroll::PageUp,
            KeyCode::PageDown => Scroll::PageDown,
            KeyCode::Home if far => Scroll::Start,
            KeyCode::End if far => Scroll::End,
            _ => return false,
        };
        self.effects.push(Effect::Scroll(scroll));
        true
    }

    /// How many lines are below, and the key that goes there.
    pub(in crate::chat) fn lines_below(&self) -> Option<String> {
        let lines = match self.below {
            0 => return None,
            1 => "1 line".to_owned(),
            below => format!("{below} lines"),
        };
        let key = match self.composer.is_empty() {
            true => "End",
            false => "Ctrl+End",
        };
        Some(format!("{lines} below, {key} goes there"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chat::{
        args::Extent,
        model::{
            Form, Input,
            tests::{Stage, ended},
        },
    };

    fn pressed(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        let key = KeyEvent::new(code, modifiers);
        model.on(Input::Key(key), Duration::ZERO);
        model.take_effects()
    }

    #[test]
    fn keys_scroll_where_the_chat_has_the_whole_screen() {
        let mut model = Stage::new(Form::Drawn, &["before"]).model;
        let none = KeyModifiers::NONE;
        assert_eq!(pressed(&mut model, KeyCode::PageUp, none), []);
        pressed(&mut model, KeyCode::Up, KeyModifiers::SHIFT);
        assert_eq!(model.composer.text(), "before", "as without Shift");

        model.setting.extent = Extent::Full;
        let keys = [
            (KeyCode::PageUp, none, Scroll::PageUp),
            (KeyCode::PageDown, none, Scroll::PageDown),
            (KeyCode::Up, KeyModifiers::SHIFT, Scroll::LineUp),
            (KeyCode::Down, KeyModifiers::SHIFT, Scroll::LineDown),
            (KeyCode::Home, KeyModifiers::CONTROL, Scroll::Start),
            (KeyCode::End, KeyModifiers::CONTROL, Scroll::End),
        ];
        for (code, modifiers, scroll) in keys {
            let effects = pressed(&mut model, code, modifiers);
            assert_eq!(effects, [Effect::Scroll(scroll)]);
        }
        pressed(&mut model, KeyCode::Home, none);
        assert_eq!(model.composer.before(), "", "it moves in the draft");
        model.composer.take();
        let effects = pressed(&mut model, KeyCode::Home, none);
        assert_eq!(effects, [Effect::Scroll(Scroll::Start)]);
    }

    #[test]
    fn what_is_below_is_said_with_the_key_that_goes_there() {
        let mut stage = Stage::live();
        stage.told(ended("so"));
        assert_eq!(stage.model.lines_below(), None);
        stage.model.below = 1;
        let words = |stage: &Stage| stage.model.lines_below().unwrap();
        assert_eq!(words(&stage), "1 line below, End goes there");
        stage.type_in("a draft");
        stage.model.below = 12;
        assert_eq!(words(&stage), "12 lines below, Ctrl+End goes there");
    }
}
