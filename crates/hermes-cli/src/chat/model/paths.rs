use super::{Effect, Form, Mode, Model};
use crate::chat::{
    files::{Gathered, Look, Typing, defused, typing, written},
    matching::rank,
};

/// The most paths that are offered.
const OFFERED: usize = 100;

/// A rank from which on letters alone fit, far apart: nobody who writes a name means such a file.
const FAR: usize = 1000;

/// The paths that fit to what is typed.
#[derive(Debug, Default)]
pub(super) struct Paths {
    typing: Option<Typing>,
    /// What is known of, or is being looked for.
    look: Option<Look>,
    all: Vec<String>,
    fitting: Vec<String>,
    is_near: bool,
}

impl Paths {
    /// Those that fit, the best first.
    pub(super) fn fitting(&self) -> &[String] {
        &self.fitting
    }

    /// Whether the best is what is probably meant.
    pub(super) const fn is_near(&self) -> bool {
        self.is_near
    }

    /// Whether this path is typed to its end.
    pub(super) fn is_whole(&self, path: &str) -> bool {
        let typed = self.typing.as_ref();
        typed.is_some_and(|typing| {
            path.strip_prefix(typing.look.base.as_str()) == Some(&typing.rest)
        })
    }

    fn fit(&mut self) {
        let typing = self.typing.as_ref();
        let fits = |path: &String| {
            let typing = typing?;
            let name = path.strip_prefix(typing.look.base.as_str())?;
            Some((rank(&typing.rest, name)?, path.clone()))
        };
        let mut fitting: Vec<_> = self.all.iter().filter_map(fits).collect();
        fitting.sort_by_key(|(rank, _)| *rank);
        fitting.truncate(OFFERED);
        self.is_near = fitting.first().is_some_and(|(rank, _)| *rank < FAR);
        self.fitting = fitting.into_iter().map(|(_, path)| path).collect();
    }
}

impl Model {
    /// Sees whether a path is typed, and has it looked for. Only who sees a list needs one.
    pub(super) fn look(&mut self) {
        if self.setting.form == Form::Lines {
            return;
        }
        let typing = match self.mode {
            Mode::Writing => typing(self.composer.before()),
            Mode::Searching(_) | Mode::Picking(_) | Mode::GoingBack(_) => None,
        };
        let look = typing.as_ref().map(|typing| typing.look.clone());
        if look != self.paths.look {
            self.paths.all.clear();
            self.effects.extend(look.clone().map(Effect::Look));
            self.paths.look = look;
        }
        self.paths.typing = typing;
        self.paths.fit();
    }

    /// These paths there are.
    pub(super) fn on_found(&mut self, look: &Look, all: Vec<String>) {
        if self.paths.look.as_ref() == Some(look) {
            self.paths.all = all;
            self.paths.fit();
        }
    }

    /// Writes a path in place of what is typed of it. Within a folder it goes on.
    pub(super) fn complete_path(&mut self, path: &str) {
        let Some(typing) = &self.paths.typing else {
            return;
        };
        let at = typing.at;
        let mut text = written(path);
        if !path.ends_with('/') {
            text.push(' ');
        } else if text.ends_with('"') {
            text.pop();
        }
        self.composer.replace(at, &text);
        self.changed();
    }

    /// The files that a prompt names have been read: it is asked with them, or stays where it is.
    pub(super) fn on_gathered(&mut self, text: &str, gathered: Result<Gathered, String>) {
        match gathered {
            Ok(with) => {
                let instead = self.take_draft(text);
                self.ask(text, &with.blocks, instead);
            }
            Err(why) => {
                if self.setting.form == Form::Lines {
                    // What is typed next is another prompt.
                    self.composer.take();
                }
                let next = "`hermes guide connect` says what goes along; nothing was sent";
                self.fail(Some("cli.prompt_unusable"), &why, Some(next));
            }
        }
    }

    /// A text that the conversation had. Where it was not typed here, it names no file of this machine.
    pub(super) fn write_anew(&mut self, text: &str) {
        let foreign = (!self.prompts.has(text)).then(|| defused(text)).flatten();
        self.composer.set(foreign.as_deref().unwrap_or(text));
        if foreign.is_some() {
            let words = "an @ that was not typed here names no file: take the blank behind it away";
            self.notice = Some(words.to_owned());
        }
    }
}
