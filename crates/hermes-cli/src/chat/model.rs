//! What the chat knows, and what follows from a key or from what is told. Nothing here touches a
//! terminal or reads a clock: lines to print and things to do are left for whoever drives it.

mod back;
mod conversation;
mod keys;
mod paths;
mod scrolling;
mod submit;
mod told;

use std::time::Duration;

use crossterm::event::KeyEvent;
use hermes_client::{
    Needed,
    talk::{Fate, Instead, Told, Wish},
};
use hermes_errors::{Code, Failure};
use ratatui_core::{
    style::Style,
    text::{Line, Span},
};

use self::paths::Paths;
pub(super) use self::{
    back::{Back, Earlier},
    conversation::{Conversation, Turn},
    scrolling::{SCROLLING, Scroll},
    submit::table,
};
use super::{
    args::{Extent, Start},
    block::Block,
    calling::Call,
    commands::{Command, Commands},
    composer::Composer,
    files::{self, Gathered, Look},
    ink::{BOLD, DIM, ENDED, PLAIN, WAITS},
    keys::{Action, Keys},
    link::Link,
    picker::{Choice, Picker},
    prompts::Prompts,
    wrap::{self, NARROWEST},
};

/// How long the first of two Ctrl-C or Esc counts.
const TWICE: Duration = Duration::from_secs(2);

/// How many drafts are put aside.
const STASHED: usize = 16;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Input {
    Key(KeyEvent),
    Pasted(String),
    /// The terminal has this many columns and lines.
    Resized(u16, u16),
    /// Whether the person looks here.
    Focus(bool),
    Told(Told),
    /// This was not taken, since too much is on its way to the gateway already.
    Crowded(Wish),
    /// What came of the editor.
    Edited(Result<String, String>),
    /// What came of a sign-in.
    SignedIn(Result<(), Failure>),
    /// What came of a copy, in words.
    Copied(String),
    /// The paths that there are.
    Found(Look, Vec<String>),
    /// What came of reading the files that a prompt names.
    Gathered(String, Result<Gathered, String>),
}

/// Something to do that is more than to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Wish(Wish),
    SignIn(Needed),
    Edit(String),
    Copy(String),
    /// Which paths there are.
    Look(Look),
    /// The files that this prompt names.
    Gather(String),
    /// This prompt goes into the file of prompts.
    Keep(String),
    ClearScreen,
    Scroll(Scroll),
    /// Calls the person, who looks elsewhere.
    Call(Call),
    Leave,
}

/// How text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Laid out for a screen, with a region that is drawn.
    Drawn,
    /// In lines, as it was written.
    Lines,
}

/// What the keys go to.
#[derive(Debug)]
pub(super) enum Mode {
    Writing,
    Searching(Search),
    Picking(Picker<Choice>),
    GoingBack(Back),
}

/// A search among the prompts.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) words: String,
    /// The prompt that was found.
    at: Option<usize>,
    /// What was being written.
    draft: String,
}

/// What what is typed can be completed to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Offer<'a> {
    Command(&'a Command),
    Path(&'a str),
}

/// A prompt on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    id: String,
    text: String,
    /// What was typed of it.
    pub(super) words: String,
    instead: Option<Instead>,
    pub(super) fate: Option<Fate>,
}

/// What the model is made with.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) gateway: String,
    pub(super) form: Form,
    pub(super) extent: Extent,
    /// What the names of prompts begin with, which nobody else's do.
    pub(super) seed: String,
    /// The moment at which the chat began, in Unix seconds.
    pub(super) epoch: f64,
    pub(super) prompts: Vec<String>,
    pub(super) keys: Keys,
}

/// The chat.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) setting: Setting,
    pub(super) composer: Composer,
    pub(super) mode: Mode,
    pub(super) commands: Commands,
    pub(super) link: Link,
    pub(super) conversation: Conversation,
    pub(super) pending: Vec<Pending>,
    /// How many prompts wait at the gateway for the end of the turn, whoever asked them.
    pub(super) waiting: usize,
    /// Which line of the completions is chosen; none while they are put away.
    pub(super) menu: Option<usize>,
    pub(super) shows_thoughts: bool,
    pub(super) shows_keys: bool,
    /// A word about what was just done, until the next key.
    pub(super) notice: Option<String>,
    /// How many lines are below those that are shown, for whoever has scrolled.
    pub(super) below: usize,
    pub(super) now: Duration,
    pub(super) width: u16,
    pub(super) height: u16,
    /// The model that is to answer, until there is a conversation.
    wanted: Option<String>,
    prompts: Prompts,
    paths: Paths,
    stash: Vec<String>,
    /// When Ctrl-C was pressed with nothing else to do.
    leaving: Option<Duration>,
    /// When the key that stops was pressed with nothing to stop.
    escaped: Option<Duration>,
    /// What is replaced by what is being written.
    instead: Option<Instead>,
    is_focused: bool,
    count: u64,
    /// Whether the last line that was printed is blank, or there is none.
    is_blank: bool,
    printed: Vec<Block>,
    effects: Vec<Effect>,
}

impl Model {
    pub(super) fn new(setting: Setting, width: u16, height: u16) -> Self {
        Self {
            composer: Composer::default(),
            mode: Mode::Writing,
            commands: Commands::new(&[]),
            link: Link::new(),
            conversation: Conversation::default(),
            pending: Vec::new(),
            waiting: 0,
            menu: Some(0),
            shows_thoughts: false,
            shows_keys: false,
            notice: None,
            below: 0,
            now: Duration::ZERO,
            width,
            height,
            wanted: None,
            prompts: Prompts::new(setting.prompts.clone()),
            paths: Paths::default(),
            stash: Vec::new(),
            leaving: None,
            escaped: None,
            instead: None,
            is_focused: true,
            count: 0,
            is_blank: true,
            printed: Vec::new(),
            effects: Vec::new(),
            setting,
        }
    }

    /// Begins with the conversation that is wanted, or lets the person choose.
    pub(super) fn start(&mut self, start: Start) {
        self.wanted = start.model;
        match start.which {
            Some(which) => self.wish(Wish::Open(which)),
            None => self.pick(),
        }
    }

    /// Takes in what happened at this moment.
    pub(super) fn on(&mut self, input: Input, now: Duration) {
        self.now = now;
        match input {
            Input::Key(key) => {
                self.on_key(key);
                self.look();
            }
            Input::Pasted(text) => {
                self.on_pasted(&text);
                self.look();
            }
            Input::Resized(width, height) => (self.width, self.height) = (width, height),
            Input::Focus(is_focused) => {
                self.is_focused = is_focused;
                // Who looks may have opened the lid, or found another network.
                if is_focused && self.link.is_waiting() {
                    self.wish(Wish::Retry);
                }
            }
            Input::Told(told) => {
                self.on_told(told);
                self.check_instead();
            }
            Input::Crowded(wish) => self.on_crowded(wish),
            Input::Edited(Ok(text)) => {
                self.composer.set(text.trim_end_matches(['\n', '\r']));
                self.changed();
            }
            Input::Edited(Err(why)) => self.say(WAITS, &why),
            Input::SignedIn(Ok(())) => self.wish(Wish::SignedIn),
            Input::SignedIn(Err(failure)) => {
                self.fail(
                    Some(failure.code.as_str()),
                    &failure.message,
                    Some(&failure.next_step),
                );
            }
            Input::Copied(words) => self.notice = Some(words),
            Input::Found(look, all) => self.on_found(&look, all),
            Input::Gathered(text, gathered) => self.on_gathered(&text, gathered),
        }
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Duration) {
        self.now = now;
        let is_over = |since: &mut Duration| now.saturating_sub(*since) > TWICE;
        self.leaving.take_if(is_over);
        self.escaped.take_if(is_over);
    }

    /// What was written and not sent, the newest last.
    pub(super) fn drafts(&self) -> impl Iterator<Item = &str> {
        let stashed = self.stash.iter().map(String::as_str);
        stashed.chain([self.composer.text()])
    }

    /// Whether the screen changes by itself.
    pub(super) fn moves(&self) -> bool {
        let turn = self.conversation.turn.as_ref();
        let is_asked = self.is_leaving() || self.escaped.is_some();
        self.link.moves() || is_asked || turn.is_some_and(Turn::is_waiting)
    }

    /// What is to be printed.
    pub(super) fn take_printed(&mut self) -> Vec<Block> {
        std::mem::take(&mut self.printed)
    }

    /// What is to be done.
    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Lets the person choose among the conversations.
    fn pick(&mut self) {
        self.mode = Mode::Picking(Picker::default());
        self.wish(Wish::List);
    }

    /// How wide lines are laid out.
    pub(super) fn columns(&self) -> usize {
        match self.setting.form {
            Form::Drawn => usize::from(self.width).max(NARROWEST),
            Form::Lines => usize::MAX,
        }
    }

    /// The completions that are shown, and which of them is chosen.
    pub(super) fn completions(&self) -> (Vec<Offer<'_>>, usize) {
        let Some(chosen) = self.menu.filter(|_| self.setting.form == Form::Drawn) else {
            return (Vec::new(), 0);
        };
        let commands = self.commands.fitting(self.composer.text());
        let paths = self.paths.fitting().iter();
        let fitting: Vec<_> = match commands.is_empty() {
            true => paths.map(|path| Offer::Path(path)).collect(),
            false => commands.into_iter().map(Offer::Command).collect(),
        };
        let chosen = chosen.min(fitting.len().saturating_sub(1));
        (fitting, chosen)
    }

    /// Whether the next Ctrl-C leaves.
    pub(super) const fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// What the key that stops does if it is pressed once more, where it does something.
    pub(super) fn stops_next(&self) -> Option<&'static str> {
        self.escaped?;
        match self.composer.is_empty() {
            true => (self.conversation.prompts() > 0).then_some("goes back to an earlier prompt"),
            false => Some("puts the draft aside"),
        }
    }

    fn wish(&mut self, wish: Wish) {
        self.effects.push(Effect::Wish(wish));
    }

    /// Calls the person, unless they look here.
    fn call(&mut self, call: Call) {
        if !self.is_focused {
            self.effects.push(Effect::Call(call));
        }
    }

    /// Prints a block.
    fn print(&mut self, block: Block) {
        if !block.is_empty() {
            self.is_blank = block.ends_blank();
            self.printed.push(block);
        }
    }

    /// Prints a block, set off from what stands before.
    fn set_apart(&mut self, block: Block) {
        if !self.is_blank && !block.is_empty() {
            let width = self.columns();
            self.print(Block::of_lines(vec![Line::default()], width));
        }
        self.print(block);
    }

    /// Prints lines, set off from what stands before.
    fn print_apart(&mut self, lines: Vec<Line<'static>>) {
        let width = self.columns();
        self.set_apart(Block::of_lines(lines, width));
    }

    /// Prints a text that is beside the conversation.
    fn say(&mut self, style: Style, text: &str) {
        let text = hermes_secret::visible_lines(text);
        let lines = text.lines();
        let lines = lines.map(|line| Line::from(wrap::span(line.trim_end(), style)));
        self.print_apart(lines.collect());
    }

    /// Prints what somebody asked.
    fn print_prompt(&mut self, text: &str) {
        let (words, files) = files::fold(text);
        let width = self.columns();
        self.set_apart(Block::prompt(words, width));
        self.print(Block::of_lines(with(&files), width));
    }

    /// Prints why something did not work, and what helps.
    fn fail(&mut self, code: Option<&str>, message: &str, next: Option<&str>) {
        let code = code.map(|code| format!("[{}]", hermes_secret::plain(code, 80)));
        let next = next.map(str::to_owned).or_else(|| {
            let code = code.as_deref()?.trim_matches(['[', ']']);
            Some(Code::find(code)?.next_step().to_owned())
        });
        let mut lines = vec![Line::from(vec![
            Span::styled("error", ENDED),
            Span::raw(code.unwrap_or_default()),
            Span::raw(": "),
            wrap::span(message, PLAIN),
        ])];
        if let Some(next) = next.filter(|next| !next.is_empty()) {
            lines.push(Line::from(vec![
                Span::raw("  next: "),
                wrap::span(&next, BOLD),
            ]));
        }
        self.print_apart(lines);
    }

    /// Says that something that was written is put aside, and what brings it back.
    fn tell_stashed(&mut self, what: &str) {
        self.notice = Some(match self.setting.keys.name(Action::Stash) {
            Some(key) => format!("{what} put aside: {key} brings it back"),
            None => format!("{what} put aside"),
        });
    }

    /// Puts a draft aside.
    fn stash(&mut self, draft: String) {
        if draft.trim().is_empty() {
            return;
        }
        if self.stash.len() == STASHED {
            self.stash.remove(0);
        }
        self.stash.push(draft);
    }

    /// Prints a line that is dim.
    fn remark(&mut self, text: &str) {
        self.say(DIM, text);
    }
}

/// What goes along with a prompt, in the line below it.
fn with(files: &[(String, usize)]) -> Vec<Line<'static>> {
    let with = files::with(files).into_iter();
    with.map(|with| Line::from(wrap::span(&format!("  {with}"), DIM)))
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
