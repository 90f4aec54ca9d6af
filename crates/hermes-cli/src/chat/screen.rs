//! The chat on a screen: keys and what is told go into the model, and what it shows goes out.

use std::{
    future::Future,
    io::{self, Stdout},
    pin::pin,
    time::Duration,
};

use crossterm::{
    event::{self, Event, EventStream, KeyCode, KeyEvent, KeyModifiers},
    terminal,
};
use futures_util::StreamExt as _;
use hermes_client::{
    Needed,
    talk::{Talk, Told, Wish},
};
use hermes_errors::{Code, Failure};
use tokio::sync::mpsc::error::TrySendError;

use super::{
    About, Left,
    args::Start,
    calling,
    copying::{self, Copied},
    draw, editor,
    ground::{Ground, Listener},
    guard::{Guard, Keyboard},
    ink::Colours,
    keys::Keys,
    model::{Effect, Form, Input, Model, Scroll},
    prompts,
    region::{Narrowing, Region},
    signals::{Sent, Signals},
    surface::Surface,
};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(33);

/// How often a line that counts seconds is looked at.
const TICK: Duration = Duration::from_millis(250);

/// How much that was told or typed is taken in before the next frame.
const AT_ONCE: usize = 256;

/// A terminal that does not say how large it is.
const SIZE: (u16, u16) = (80, 24);

/// The chat and the terminal that it has.
struct Screen<'a> {
    about: &'a About,
    talk: Talk,
    model: Model,
    surface: Surface<Stdout>,
    listener: Listener,
    keyboard: Option<Keyboard>,
    /// None while something else has the terminal.
    ours: Option<Ours>,
    signals: Signals,
    begun: jiff::Timestamp,
    drawn: Duration,
    is_stale: bool,
    left: Option<Left>,
}

/// The terminal and its keys. The keys end first.
struct Ours {
    events: EventStream,
    _guard: Guard,
}

/// What is waited for.
enum Next {
    Told(Option<Told>),
    Event(Option<io::Result<Event>>),
    Sent(Sent),
    Time,
}

/// Runs the chat until the person leaves.
pub(super) async fn run(
    talk: Talk,
    about: &About,
    keys: Keys,
    start: Start,
) -> Result<Left, Failure> {
    let mut screen = Screen::open(talk, about, keys, start).map_err(|error| unusable(&error))?;
    let left = screen.run().await.map_err(|error| unusable(&error));
    let farewell = about.farewell(&screen.model);
    let cleared = screen.finish().map_err(|error| unusable(&error));
    // What was not sent is found with Up the next time.
    screen
        .model
        .drafts()
        .for_each(|draft| drop(about.keep(draft)));
    drop(screen);
    let left = left?;
    // A terminal that has gone takes no farewell.
    if left == Left::ByPerson {
        cleared?;
        farewell.iter().for_each(|line| about.output.say(line));
    }
    Ok(left)
}

impl<'a> Screen<'a> {
    fn open(talk: Talk, about: &'a About, keys: Keys, start: Start) -> io::Result<Self> {
        let (width, height) = size();
        let begun = about.clock.now();
        let setting = about.setting(Form::Drawn, keys);
        let environment = &about.environment;
        let colours = match environment.has("NO_COLOR") {
            true => Colours::None,
            false => Colours::Sixteen(Ground::of_environment(environment)),
        };
        let cuts = environment.has("XTERM_VERSION")
            || environment.has("STY")
            || environment.text("TERM") == Some("linux");
        let narrowing = match cuts {
            true => Narrowing::Cuts,
            false => Narrowing::Breaks,
        };
        let region = Region::new(io::stdout(), colours, narrowing, width);
        let signals = Signals::new()?;
        let mut screen = Self {
            about,
            talk,
            model: Model::new(setting, width, height),
            surface: Surface::new(about.extent, region, (width, height)),
            listener: Listener::default(),
            keyboard: None,
            ours: None,
            signals,
            begun,
            drawn: Duration::ZERO,
            is_stale: true,
            left: None,
        };
        screen.model.start(start);
        let question = screen.listener.question(&about.environment);
        screen.take_terminal(question)?;
        // What is answered in time counts for the first frame, and what was typed meanwhile is not lost.
        for _ in 0..AT_ONCE {
            if !event::poll(Duration::ZERO)? {
                break;
            }
            screen.on_event(event::read()?)?;
        }
        Ok(screen)
    }

    async fn run(&mut self) -> io::Result<Left> {
        loop {
            self.act().await?;
            if let Some(left) = self.left {
                return Ok(left);
            }
            self.draw()?;
            match self.next().await {
                Next::Told(Some(told)) => self.on_told(told),
                Next::Told(None) => return Ok(Left::GivenUp),
                Next::Event(Some(Ok(event))) => self.on_event(event)?,
                // The terminal has gone.
                Next::Event(Some(Err(_)) | None) | Next::Sent(Sent::End) => {
                    return Ok(Left::Stopped);
                }
                Next::Sent(Sent::Interrupt) => {
                    let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
                    self.on(Input::Key(key));
                }
                Next::Time => {
                    let now = self.now();
                    self.model.tick(now);
                    self.is_stale = true;
                }
            }
        }
    }

    async fn next(&mut self) -> Next {
        let since = self.now().saturating_sub(self.drawn);
        let pause = match (self.is_stale, self.model.moves()) {
            (true, _) => Some(FRAME.saturating_sub(since)),
            (false, true) => Some(TICK),
            (false, false) => None,
        };
        let clock = &self.about.clock;
        let time = async {
            match pause {
                Some(pause) => clock.sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        let events = self.ours.as_mut().map(|ours| &mut ours.events);
        let event = async {
            match events {
                Some(events) => events.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            told = self.talk.told.recv() => Next::Told(told),
            event = event => Next::Event(event),
            sent = self.signals.next() => Next::Sent(sent),
            () = time => Next::Time,
        }
    }

    fn on(&mut self, input: Input) {
        let now = self.now();
        self.model.on(input, now);
        self.is_stale = true;
    }

    fn on_told(&mut self, told: Told) {
        self.on(Input::Told(told));
        for _ in 0..AT_ONCE {
            let Ok(told) = self.talk.told.try_recv() else {
                return;
            };
            self.on(Input::Told(told));
        }
    }

    fn on_event(&mut self, event: Event) -> io::Result<()> {
        let heard = self.listener.hear(event);
        if let Some(ground) = heard.ground {
            self.surface.set_ground(ground)?;
            self.is_stale = true;
        }
        heard
            .typed
            .into_iter()
            .try_for_each(|event| self.on_typed(event))
    }

    fn on_typed(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Key(key) => self.on(Input::Key(key)),
            Event::Paste(text) => self.on(Input::Pasted(text)),
            Event::Resize(width, height) => {
                self.surface.resize(width, height)?;
                self.on(Input::Resized(width, height));
            }
            Event::FocusGained => self.on(Input::Focus(true)),
            Event::FocusLost => self.on(Input::Focus(false)),
            Event::Mouse(_) => {}
        }
        Ok(())
    }

    /// Does what the model wants done, and what follows from that.
    async fn act(&mut self) -> io::Result<()> {
        loop {
            let effects = self.model.take_effects();
            if effects.is_empty() {
                return Ok(());
            }
            for effect in effects {
                self.perform(effect).await?;
            }
        }
    }

    async fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Wish(wish) => self.wish(wish),
            Effect::SignIn(needed) => self.sign_in(needed).await?,
            Effect::Edit(draft) => self.edit(&draft).await?,
            Effect::Copy(text) => self.copy(&text)?,
            Effect::Look(look) => {
                let found = self.about.place.look(&look, &self.about.clock).await;
                self.on(Input::Found(look, found));
            }
            Effect::Gather(text) => {
                let gathered = self.about.place.gather(&text, &self.about.clock).await;
                self.on(Input::Gathered(text, gathered));
            }
            // A prompt that cannot be kept is still asked.
            Effect::Keep(prompt) => {
                drop(self.about.keep(&prompt));
                // Whoever sends something waits for what comes.
                self.surface.scroll(Scroll::End);
            }
            Effect::Scroll(scroll) => self.surface.scroll(scroll),
            Effect::ClearScreen => {
                self.surface.clear()?;
                self.is_stale = true;
            }
            Effect::Call(call) => {
                let words = call.words(&self.model.conversation.title);
                let sequence = calling::sequence(&words, &self.about.environment);
                self.surface.send(&sequence)?;
            }
            Effect::Leave => self.left = Some(Left::ByPerson),
        }
        Ok(())
    }

    fn wish(&mut self, wish: Wish) {
        match self.talk.wishes.try_send(wish) {
            Ok(()) => {}
            Err(TrySendError::Full(wish)) => self.on(Input::Crowded(wish)),
            Err(TrySendError::Closed(_)) => self.left = Some(Left::GivenUp),
        }
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let words = match copying::copy(text, &self.about.folder, &self.about.environment) {
            Copied::Done(words) => words,
            Copied::Send(sequence) => {
                self.surface.send(&sequence)?;
                "sent to the terminal".to_owned()
            }
        };
        self.on(Input::Copied(words));
        Ok(())
    }

    async fn sign_in(&mut self, needed: Needed) -> io::Result<()> {
        let about = self.about;
        let signed_in = self.aside(about.sign_in.sign_in(needed)).await?;
        self.on(Input::SignedIn(signed_in));
        Ok(())
    }

    async fn edit(&mut self, draft: &str) -> io::Result<()> {
        let about = self.about;
        let name = about.random.hex(4);
        let edited = editor::edit(draft, &about.folder, &name, &about.environment);
        let edited = self.aside(edited).await?;
        self.on(Input::Edited(edited));
        Ok(())
    }

    /// Lets something else have the terminal until it is done. What is told meanwhile is taken in, and
    /// shown afterwards.
    async fn aside<T>(&mut self, other: impl Future<Output = T>) -> io::Result<T> {
        self.surface.withdraw(Vec::new())?;
        self.ours = None;
        let mut other = pin!(other);
        let mut is_open = true;
        let done = loop {
            tokio::select! {
                done = &mut other => break done,
                told = self.talk.told.recv(), if is_open => match told {
                    Some(told) => self.on(Input::Told(told)),
                    None => is_open = false,
                },
            }
        };
        // A signal that was for the other one is none for us.
        self.signals = Signals::new()?;
        self.take_terminal("")?;
        let (width, height) = size();
        self.surface.resize(width, height)?;
        self.on(Input::Resized(width, height));
        Ok(done)
    }

    fn take_terminal(&mut self, question: &str) -> io::Result<()> {
        let guard = Guard::take(self.about.extent, &mut self.keyboard, question)?;
        self.surface.begin()?;
        self.ours = Some(Ours {
            events: EventStream::new(),
            _guard: guard,
        });
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let now = self.now();
        let is_first = self.drawn == Duration::ZERO;
        if !self.is_stale || (now.saturating_sub(self.drawn) < FRAME && !is_first) {
            return Ok(());
        }
        let printed = self.model.take_printed();
        let model = &mut self.model;
        self.surface.draw(printed, |below| {
            model.below = below;
            draw::frame(model)
        })?;
        self.drawn = now.max(Duration::from_nanos(1));
        self.is_stale = false;
        Ok(())
    }

    /// Prints what is there, and takes the region away.
    fn finish(&mut self) -> io::Result<()> {
        self.model.leave();
        let printed = self.model.take_printed();
        self.surface.withdraw(printed)
    }

    fn now(&self) -> Duration {
        let passed = self.about.clock.now().duration_since(self.begun);
        Duration::try_from(passed).unwrap_or_default()
    }
}

fn size() -> (u16, u16) {
    let size = terminal::size().unwrap_or(SIZE);
    match size {
        (0, _) | (_, 0) => SIZE,
        size => size,
    }
}

fn unusable(error: &io::Error) -> Failure {
    let message = format!("the terminal cannot be used: {error}");
    Failure::new(Code::OutputFailed, message).with_next_step("hermes chat --plain")
}

impl About {
    /// Keeps a prompt in the file of prompts.
    fn keep(&self, prompt: &str) -> io::Result<()> {
        if prompt.trim().is_empty() {
            return Ok(());
        }
        hermes_machine::file::create_private_dir(&self.folder)?;
        prompts::keep(&self.folder.join(super::PROMPTS), prompt)
    }
}
