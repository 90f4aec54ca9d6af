use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use hermes_client::talk::{Which, Wish};

use super::{Effect, Mode, Model, Offer, Search, TWICE};
use crate::chat::{composer::Motion, keys::Action, picker::Picked};

impl Model {
    pub(super) fn on_key(&mut self, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        if self.on_scrolling(key) {
            return;
        }
        self.notice = None;
        if std::mem::take(&mut self.shows_keys)
            && matches!(key.code, KeyCode::Esc | KeyCode::Char('?'))
        {
            return;
        }
        let (leaving, escaped) = (self.leaving.take(), self.escaped.take());
        match self.mode {
            Mode::Writing => self.on_writing(key, leaving, escaped),
            Mode::Searching(_) => self.on_searching(key),
            Mode::Picking(_) => self.on_picking(key),
            Mode::GoingBack(_) => self.on_going_back(key),
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
            Mode::GoingBack(back) => back.picker.push(text.lines().next().unwrap_or_default()),
        }
    }

    /// Whoever changes a prompt that was asked before writes another one.
    pub(super) fn changed(&mut self) {
        self.menu = Some(0);
        if let Some(draft) = self.prompts.leave() {
            self.stash(draft);
            self.tell_stashed("your draft is");
        }
    }

    fn on_writing(&mut self, key: KeyEvent, leaving: Option<Duration>, escaped: Option<Duration>) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match (key.code, self.setting.keys.action(key)) {
            (KeyCode::Char('c' | 'C'), _) if control && !alt => self.on_interrupt(leaving),
            (_, Some(action)) => self.act(action, escaped),
            (KeyCode::Enter, None) if key.modifiers.is_empty() => self.on_enter(),
            (KeyCode::Backspace, None) => self.delete(Motion::Left),
            (KeyCode::Char('?'), None) if self.composer.is_empty() => self.shows_keys = true,
            (KeyCode::Char(ch), None) if !alt && !control => {
                self.type_in(ch.encode_utf8(&mut [0; 4]));
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, escaped: Option<Duration>) {
        match action {
            Action::NewLine => self.type_in("\n"),
            Action::Stop => self.on_stop(escaped),
            Action::Leave if self.composer.is_empty() => self.effects.push(Effect::Leave),
            // As shells have it.
            Action::Leave => self.delete(Motion::Right),
            Action::Older => self.on_up(),
            Action::Newer => self.on_down(),
            Action::Search => {
                self.mode = Mode::Searching(Search {
                    draft: self.composer.text().to_owned(),
                    ..Search::default()
                });
            }
            Action::Stash => self.swap_draft(),
            Action::Editor => {
                let draft = self.composer.text().to_owned();
                self.effects.push(Effect::Edit(draft));
            }
            Action::Thoughts => self.show_thoughts(),
            Action::Complete => self.complete(),
            Action::Clear => self.effects.push(Effect::ClearScreen),
            Action::Go(motion) => self.composer.go(motion),
            Action::Delete(motion) => self.delete(motion),
            Action::Paste => {
                self.composer.paste_cut();
                self.changed();
            }
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
        let is_whole = fitting.iter().any(|one| match one {
            Offer::Command(one) => self.composer.text().strip_prefix('/') == Some(&one.name),
            Offer::Path(path) => self.paths.is_whole(path),
        });
        // People write names too: what hardly fits is taken only by who has chosen it.
        let is_meant = match fitting.get(chosen) {
            Some(Offer::Path(_)) => self.paths.is_near() || chosen > 0,
            Some(Offer::Command(_)) => true,
            None => false,
        };
        match is_meant && !is_whole {
            true => self.complete(),
            false => self.submit(),
        }
    }

    pub(super) fn is_menu_open(&self) -> bool {
        !self.completions().0.is_empty()
    }

    fn complete(&mut self) {
        let (fitting, chosen) = self.completions();
        match fitting.get(chosen) {
            Some(Offer::Command(command)) => {
                let text = format!("/{}", command.name);
                self.composer.set(&text);
                self.changed();
            }
            Some(Offer::Path(path)) => {
                let path = (*path).to_owned();
                self.complete_path(&path);
            }
            None => {}
        }
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
            self.instead = None;
            self.prompts.add(&draft);
            self.notice = Some("cleared: Up brings it back".to_owned());
        } else if leaving.is_some_and(|since| self.now.saturating_sub(since) <= TWICE) {
            self.effects.push(Effect::Leave);
        } else {
            self.leaving = Some(self.now);
        }
    }

    pub(super) fn stop(&mut self) {
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
        self.put_aside();
    }

    /// Puts the draft aside, and what sending it would have replaced stays.
    pub(super) fn put_aside(&mut self) {
        self.prompts.leave();
        let draft = self.composer.take();
        self.instead = None;
        self.stash(draft);
        self.tell_stashed("your draft is");
    }

    fn on_searching(&mut self, key: KeyEvent) {
        let action = self.setting.keys.action(key);
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
            _ if action == Some(Action::Search) => {
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
        match picker.on_key(key) {
            Picked::Nothing => {}
            Picked::Left => self.mode = Mode::Writing,
            Picked::Chosen(choice) => {
                self.mode = Mode::Writing;
                self.wish(Wish::Open(Which::Named(choice.id)));
            }
        }
    }

    /// How wide the text of the composer is laid out.
    pub(in crate::chat) fn room(&self) -> usize {
        self.columns().saturating_sub(2)
    }
}
