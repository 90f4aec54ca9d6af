//! The chat as lines, one after the other: for a screen reader, a terminal that cannot move its
//! cursor, and where there is none. The model is the same; nothing is drawn twice.

use std::{io::Write as _, ops::ControlFlow, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hermes_client::{
    Needed,
    talk::{Talk, Wish},
};
use hermes_errors::{Code, Failure};
use tokio::sync::mpsc::error::TrySendError;

use super::{
    About, Left,
    args::Start,
    keys::Keys,
    model::{Effect, Form, Input, Model},
    signals::{Sent, Signals},
};
use crate::{output::written, terminal::Lines};

/// The chat, and whoever types lines.
struct Reader<'a> {
    about: &'a About,
    talk: Talk,
    model: Model,
    lines: Lines,
    begun: jiff::Timestamp,
    /// Whether more may be typed.
    is_open: bool,
    left: Option<Left>,
}

/// Runs the chat until the person leaves, or no more is typed and all is answered.
pub(super) async fn run(talk: Talk, about: &About, start: Start) -> Result<Left, Failure> {
    let mut signals = Signals::new().map_err(|error| {
        Failure::new(
            Code::OutputFailed,
            format!("signals cannot be heard: {error}"),
        )
    })?;
    let mut reader = Reader {
        talk,
        model: Model::new(
            about.setting(Form::Lines, Keys::default()),
            u16::MAX,
            u16::MAX,
        ),
        lines: Lines::of_stdin(),
        begun: about.clock.now(),
        is_open: true,
        left: None,
        about,
    };
    reader.model.start(start);
    loop {
        reader.act().await;
        if reader.print()?.is_break() {
            return Ok(Left::Stopped);
        }
        if reader.is_done() {
            reader.left.get_or_insert(Left::ByPerson);
        }
        reader.check_help()?;
        if let Some(left) = reader.left {
            if left == Left::ByPerson {
                let farewell = about.farewell(&reader.model);
                farewell.iter().for_each(|line| about.output.say(line));
            }
            return Ok(left);
        }
        tokio::select! {
            told = reader.talk.told.recv() => match told {
                Some(told) => reader.on(Input::Told(told)),
                None => reader.left = Some(Left::GivenUp),
            },
            line = reader.lines.next() => match line {
                Some(line) => reader.type_in(line),
                None => reader.is_open = false,
            },
            sent = signals.next() => match sent {
                Sent::Interrupt => reader.press(KeyCode::Char('c'), KeyModifiers::CONTROL),
                Sent::End => return Ok(Left::Stopped),
            },
        }
    }
}

impl Reader<'_> {
    fn on(&mut self, input: Input) {
        let passed = self.about.clock.now().duration_since(self.begun);
        let now = Duration::try_from(passed).unwrap_or_default();
        self.model.on(input, now);
    }

    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.on(Input::Key(KeyEvent::new(code, modifiers)));
        if self.model.is_leaving() {
            self.about.output.say("Ctrl+C again leaves.");
        }
    }

    fn type_in(&mut self, line: String) {
        self.on(Input::Pasted(line));
        self.press(KeyCode::Enter, KeyModifiers::NONE);
    }

    fn wish(&mut self, wish: Wish) {
        match self.talk.wishes.try_send(wish) {
            Ok(()) => {}
            Err(TrySendError::Full(wish)) => self.on(Input::Crowded(wish)),
            Err(TrySendError::Closed(_)) => self.left = Some(Left::GivenUp),
        }
    }

    /// Does what the model wants done, and what follows from that.
    async fn act(&mut self) {
        loop {
            let effects = self.model.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.perform(effect).await;
            }
        }
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Wish(wish) => self.wish(wish),
            Effect::SignIn(needed) => self.sign_in(needed).await,
            Effect::Leave => self.left = Some(Left::ByPerson),
            Effect::Copy(_) | Effect::Edit(_) => {
                let words = "Only a chat that is drawn can do this.".to_owned();
                self.on(Input::Copied(words));
            }
            Effect::Gather(text) => {
                let gathered = self.about.place.gather(&text, &self.about.clock).await;
                self.on(Input::Gathered(text, gathered));
            }
            Effect::Look(_)
            | Effect::Keep(_)
            | Effect::ClearScreen
            | Effect::Scroll(_)
            | Effect::Call(_) => {}
        }
    }

    async fn sign_in(&mut self, needed: Needed) {
        let signed_in = self.about.sign_in.sign_in(needed).await;
        self.on(Input::SignedIn(signed_in));
    }

    /// Prints what is new; whether somebody still reads.
    fn print(&mut self) -> Result<ControlFlow<()>, Failure> {
        let mut text: String = self
            .model
            .take_printed()
            .iter()
            .flat_map(|block| block.lines().iter().map(|line| format!("{line}\n")))
            .collect();
        if let Some(notice) = self.model.notice.take() {
            text.push_str(&format!("{notice}\n"));
        }
        if text.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let mut out = std::io::stdout().lock();
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Fails where only the person could go on, and types no more.
    fn check_help(&self) -> Result<(), Failure> {
        let link = &self.model.link;
        if self.is_open || self.left.is_some() {
            return Ok(());
        }
        if link.needed().is_some() {
            let message = "the gateway wants a sign-in, and nobody is there for it";
            return Err(Failure::new(Code::NoTerminal, message));
        }
        link.refusal().map_or(Ok(()), Err)
    }

    /// Whether no more is typed, and all is answered.
    fn is_done(&self) -> bool {
        let model = &self.model;
        !self.is_open && model.conversation.turn.is_none() && model.pending.is_empty()
    }
}
