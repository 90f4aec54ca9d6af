use std::time::Duration;

use hermes_client::talk::Instead;

use super::{Mode, Model, TWICE};
use crate::chat::{
    keys::Action,
    picker::{Picked, Picker, Row},
};

/// A prompt of the conversation, to go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chat) struct Earlier {
    /// Which one it is, counted from 0.
    number: u32,
    pub(in crate::chat) text: String,
}

impl Row for Earlier {
    fn words(&self) -> String {
        self.text.clone()
    }
}

/// The prompts of a conversation, of which one is chosen.
#[derive(Debug)]
pub(in crate::chat) struct Back {
    pub(in crate::chat) picker: Picker<Earlier>,
    /// How many the conversation has.
    of: u32,
}

impl Model {
    /// The key that stops: closes what is open, stops the turn, keeps what was to be replaced; at the
    /// second time puts the draft aside, or goes back.
    pub(super) fn on_stop(&mut self, escaped: Option<Duration>) {
        if self.is_menu_open() {
            self.menu = None;
        } else if self.conversation.turn.is_some() {
            self.stop();
        } else if self.instead.take().is_some() {
            self.notice = Some("nothing is replaced".to_owned());
        } else if escaped.is_none_or(|since| self.now.saturating_sub(since) > TWICE) {
            self.escaped = Some(self.now);
        } else if !self.composer.is_empty() {
            self.put_aside();
        } else {
            self.go_back();
        }
    }

    /// Lets the person choose among the prompts of the conversation.
    fn go_back(&mut self) {
        if !self.pending.is_empty() {
            self.notice = Some("a prompt is on its way: go back when it is answered".to_owned());
            return;
        }
        let earlier: Vec<_> = self
            .conversation
            .asked()
            .map(|(number, text)| Earlier {
                number,
                text: text.to_owned(),
            })
            .collect();
        if earlier.is_empty() {
            self.notice = Some("nothing was asked yet".to_owned());
            return;
        }
        let of = self.conversation.prompts();
        let picker = Picker::of(earlier);
        self.mode = Mode::GoingBack(Back { picker, of });
    }

    pub(super) fn on_going_back(&mut self, key: crossterm::event::KeyEvent) {
        let Mode::GoingBack(back) = &mut self.mode else {
            return;
        };
        let of = back.of;
        match back.picker.on_key(key) {
            Picked::Nothing => {}
            Picked::Left => self.mode = Mode::Writing,
            Picked::Chosen(Earlier { number, text }) => {
                self.mode = Mode::Writing;
                self.write_anew(&text);
                self.menu = None;
                self.instead = Some(Instead { from: number, of });
            }
        }
    }

    /// Where the conversation went on, what was chosen in it is not what it was: nothing is taken back
    /// that nobody has seen.
    pub(super) fn check_instead(&mut self) {
        let now = self.conversation.prompts();
        let is_stale = |of: u32| of != now;
        if matches!(&self.mode, Mode::GoingBack(back) if is_stale(back.of)) {
            self.mode = Mode::Writing;
        }
        if self
            .instead
            .take_if(|instead| is_stale(instead.of))
            .is_some()
        {
            let words = "the conversation went on, so nothing is replaced";
            self.notice = Some(words.to_owned());
        }
    }

    /// What sending does to the conversation, if it takes something back.
    pub(in crate::chat) fn replaces(&self) -> Option<String> {
        let instead = self.instead?;
        let (prompts, them) = match instead.of.saturating_sub(instead.from) {
            1 => ("1 prompt".to_owned(), "it"),
            more => (format!("{more} prompts"), "them"),
        };
        let key = self.setting.keys.name(Action::Stop);
        let keeps = key.map(|key| format!("; {key} keeps {them}"));
        Some(format!(
            "sending replaces {prompts} from here{}",
            keeps.unwrap_or_default()
        ))
    }
}
