use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use hermes_client::talk::{Which, Wish};

use super::{Effect, Mode, Model, Search, TWICE};
use crate::chat::composer::Motion;

/// The keys, as they are shown.
pub(in crate::chat) const KEYS: &[(&str, &str)] = &[
    ("Enter", "send"),
    ("Ctrl+J, Alt+Enter, \\ Enter", "new line"),
    ("Esc, Ctrl+C", "stop the answer"),
    ("Ctrl+C twice, Ctrl+D", "leave; what runs goes on"),
    ("Up, Down", "earlier prompts"),
    ("Ctrl+R", "search earlier prompts"),
    ("Ctrl+S", "put the draft aside, or take it back"),
    ("Ctrl+G", "write in an editor"),
    ("Ctrl+T", "show or hide thoughts"),
    ("/", "commands"),
];

impl Model {
    pub(super) fn on_key(&mut self, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        self.notice = None;
        if std::mem::take(&mut self.shows_keys)
            && matches!(key.code, KeyCode::Esc | KeyCode::Char('?'))
        {
            return;
        }
        let leaving = self.leaving.take();
        match self.mode {
            Mode::Writing => self.on_writing(key, leaving),
            Mode::Searching(_) => self.on_searching(key),
            Mode::Picking(_) => self.on_picking(key),
        }
    }

    pub(super) fn on_pasted(&mut self, text: &str) {
        match &mut self.mode {
            Mode::Writing => {
                self.composer.insert(text);
                self.changed();
            }
            Mode::Searching(search) => {
                search
                    .words
                    .push_str(text.lines().next().unwrap_or_default());
                self.search(None);
            }
            Mode::Picking(picker) => picker.push(text.lines().next().unwrap_or_default()),
        }
    }

    /// Whoever changes a prompt that was asked before writes another one.
    pub(super) fn changed(&mut self) {
        self.menu = Some(0);
        if let Some(draft) = self.prompts.leave() {
            self.stash(draft);
            self.notice = Some("your draft is put aside: Ctrl+S brings it back".to_owned());
        }
    }

    fn on_writing(&mut self, key: KeyEvent, leaving: Option<Duration>) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(ch) if control => self.on_control(ch.to_ascii_lowercase(), leaving),
            KeyCode::Enter if key.modifiers.is_empty() => self.on_enter(),
            KeyCode::Enter => self.type_in("\n"),
            KeyCode::Tab => self.complete(),
            KeyCode::Esc if self.is_menu_open() => self.menu = None,
            KeyCode::Esc => self.stop(),
            KeyCode::Up => self.on_up(),
            KeyCode::Down => self.on_down(),
            KeyCode::Left if control || alt => self.composer.go(Motion::WordLeft),
            KeyCode::Right if control || alt => self.composer.go(Motion::WordRight),
            KeyCode::Left => self.composer.go(Motion::Left),
            KeyCode::Right => self.composer.go(Motion::Right),
            KeyCode::Home if control => self.composer.go(Motion::Start),
            KeyCode::End if control => self.composer.go(Motion::End),
            KeyCode::Home => self.composer.go(Motion::LineStart),
            KeyCode::End => self.composer.go(Motion::LineEnd),
            KeyCode::Backspace if control || alt => self.delete(Motion::WordLeft),
            KeyCode::Backspace => self.delete(Motion::Left),
            KeyCode::Delete if control || alt => self.delete(Motion::WordRight),
            KeyCode::Delete => self.delete(Motion::Right),
            KeyCode::Char('b') if alt => self.composer.go(Motion::WordLeft),
            KeyCode::Char('f') if alt => self.composer.go(Motion::WordRight),
            KeyCode::Char('d') if alt => self.delete(Motion::WordRight),
            KeyCode::Char('?') if self.composer.is_empty() => self.shows_keys = true,
            KeyCode::Char(ch) if !alt => self.type_in(ch.encode_utf8(&mut [0; 4])),
            _ => {}
        }
    }

    fn on_control(&mut self, ch: char, leaving: Option<Duration>) {
        match ch {
            'a' => self.composer.go(Motion::LineStart),
            'b' => self.composer.go(Motion::Left),
            'c' => self.on_interrupt(leaving),
            'd' if self.composer.is_empty() => self.effects.push(Effect::Leave),
            'd' => self.delete(Motion::Right),
            'e' => self.composer.go(Motion::LineEnd),
            'f' => self.composer.go(Motion::Right),
            'g' => self
                .effects
                .push(Effect::Edit(self.composer.text().to_owned())),
            'h' => self.delete(Motion::Left),
            'j' => self.type_in("\n"),
            'k' => self.delete(Motion::LineEnd),
            'l' => self.effects.push(Effect::ClearScreen),
            'n' => self.on_down(),
            'p' => self.on_up(),
            'r' => {
                self.mode = Mode::Searching(Search {
                    draft: self.composer.text().to_owned(),
                    ..Search::default()
                });
            }
            's' => self.swap_draft(),
            't' => self.show_thoughts(),
            'u' => self.delete(Motion::LineStart),
            'w' => self.delete(Motion::WordLeft),
            'y' => {
                self.composer.paste_cut();
                self.changed();
            }
            _ => {}
        }
    }

    fn type_in(&mut self, text: &str) {
        self.composer.insert(text);
        self.changed();
    }

    fn delete(&mut self, motion: Motion) {
        self.composer.delete(motion);
        self.changed();
    }

    fn on_enter(&mut self) {
        // For terminals that tell no Enter from another.
        if self.composer.before().ends_with('\\') {
            self.composer.delete(Motion::Left);
            self.type_in("\n");
            return;
        }
        let (fitting, chosen) = self.completions();
        let is_whole = fitting
            .iter()
            .any(|one| self.composer.text().strip_prefix('/') == Some(&one.name));
        match fitting.get(chosen) {
            Some(_) if !is_whole => self.complete(),
            _ => self.submit(),
        }
    }

    fn is_menu_open(&self) -> bool {
        !self.completions().0.is_empty()
    }

    fn complete(&mut self) {
        let (fitting, chosen) = self.completions();
        let Some(command) = fitting.get(chosen) else {
            return;
        };
        let text = format!("/{}", command.name);
        self.composer.set(&text);
        self.changed();
    }

    fn on_up(&mut self) {
        if self.is_menu_open() {
            self.menu = Some(self.completions().1.saturating_sub(1));
            return;
        }
        if self.composer.up(self.room()) {
            return;
        }
        if let Some(prompt) = self.prompts.older(self.composer.text()) {
            self.composer.set(&prompt);
            self.menu = None;
        }
    }

    fn on_down(&mut self) {
        let (fitting, chosen) = self.completions();
        if !fitting.is_empty() {
            self.menu = Some((chosen + 1).min(fitting.len() - 1));
            return;
        }
        if self.composer.down(self.room()) {
            return;
        }
        if let Some(prompt) = self.prompts.newer() {
            self.composer.set(&prompt);
            self.menu = None;
        }
    }

    /// Ctrl-C: stops what runs; if nothing does, clears the draft; if there is none, leaves at the
    /// second time.
    fn on_interrupt(&mut self, leaving: Option<Duration>) {
        let turn = self.conversation.turn.as_ref();
        if turn.is_some_and(|turn| !turn.is_stopping) {
            self.stop();
        } else if !self.composer.is_empty() {
            self.prompts.leave();
            let draft = self.composer.take();
            self.prompts.add(&draft);
            self.notice = Some("cleared: Up brings it back".to_owned());
        } else if leaving.is_some_and(|since| self.now.saturating_sub(since) <= TWICE) {
            self.effects.push(Effect::Leave);
        } else {
            self.leaving = Some(self.now);
        }
    }

    fn stop(&mut self) {
        if let Some(turn) = &mut self.conversation.turn
            && !turn.is_stopping
        {
            turn.is_stopping = true;
            self.wish(Wish::Stop);
        }
    }

    fn swap_draft(&mut self) {
        if self.composer.is_empty() {
            match self.stash.pop() {
                Some(draft) => self.composer.set(&draft),
                None => self.notice = Some("nothing is put aside".to_owned()),
            }
            return;
        }
        self.prompts.leave();
        let draft = self.composer.take();
        self.stash(draft);
        self.notice = Some("put aside: Ctrl+S brings it back".to_owned());
    }

    fn on_searching(&mut self, key: KeyEvent) {
        let Mode::Searching(search) = &mut self.mode else {
            return;
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc | KeyCode::Char('c' | 'g') if control || key.code == KeyCode::Esc => {
                let draft = std::mem::take(&mut search.draft);
                self.composer.set(&draft);
                self.mode = Mode::Writing;
            }
            KeyCode::Char('r') if control => {
                let before = search.at;
                self.search(before);
            }
            KeyCode::Backspace => {
                search.words.pop();
                self.search(None);
            }
            KeyCode::Char(ch) if !control => {
                search.words.push(ch);
                self.search(None);
            }
            // Any other key takes what was found, and does no more: it is not sent yet.
            _ => {
                let draft = std::mem::take(&mut search.draft);
                let found = search.at.is_some();
                self.mode = Mode::Writing;
                if found && draft != self.composer.text() {
                    self.stash(draft);
                }
            }
        }
    }

    /// Shows the newest prompt with the words, before this one.
    fn search(&mut self, before: Option<usize>) {
        let Mode::Searching(search) = &mut self.mode else {
            return;
        };
        if search.words.is_empty() {
            search.at = None;
            self.composer.set(&search.draft);
            return;
        }
        if let Some((at, prompt)) = self.prompts.find(&search.words, before) {
            search.at = Some(at);
            self.composer.set(prompt);
        }
    }

    fn on_picking(&mut self, key: KeyEvent) {
        let Mode::Picking(picker) = &mut self.mode else {
            return;
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c' | 'd') if control => self.mode = Mode::Writing,
            KeyCode::Esc => self.mode = Mode::Writing,
            KeyCode::Up => picker.up(),
            KeyCode::Down => picker.down(),
            KeyCode::Char('p') if control => picker.up(),
            KeyCode::Char('n') if control => picker.down(),
            KeyCode::Backspace => picker.pop(),
            KeyCode::Char(ch) if !control => picker.push(ch.encode_utf8(&mut [0; 4])),
            KeyCode::Enter => {
                if let Some(choice) = picker.chosen() {
                    let which = Which::Named(choice.id.clone());
                    self.mode = Mode::Writing;
                    self.wish(Wish::Open(which));
                }
            }
            _ => {}
        }
    }

    /// How wide the text of the composer is laid out.
    pub(in crate::chat) fn room(&self) -> usize {
        self.columns().saturating_sub(2)
    }
}
