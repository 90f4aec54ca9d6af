//! The chat in a process of its own, under a real terminal.
//!
//! The process is this test program once more, which is told by a variable to be the chat: what is at
//! the other end of its line is a script.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::Command,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use clap::ValueEnum as _;
use expectrl::session::OsSession;
use futures_util::future::LocalBoxFuture;
use hermes_client::{
    Needed, State, Trouble,
    talk::{Backstage, Fate, Problem, Told, Which, Wish, line},
};
use hermes_errors::{Code, Failure};
use hermes_machine::{Environment, SystemClock, SystemRandom};
use hermes_protocol::{
    methods::{Speaker, TurnStatus},
    rpc::TurnError,
};
use hermes_testkit::MovedClock;
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{Termios, tcgetattr},
};
use tokio::runtime::Runtime;

use super::{
    About, Left, PROMPTS, Place, SignInAgain,
    args::{Extent, OutputFormat, Start},
    chat,
    model::tests::{ended, opened, said},
    once::once,
    prompts,
};
use crate::output::Output;

mod programs;
mod screens;

/// What tells the program that it is the chat.
const ROLE: &str = "HERMES_TEST_CHAT";

/// What the chat's terminal shows before it.
const READY: &str = "ready to chat";

/// What a frame ends with.
const FRAME_END: &str = "\x1b[?2026l";

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the program is run for that. More than one thread keeps it from naming the test before it.
const THE_CHAT: [&str; 4] = [
    "chat::tests::the_chat",
    "--exact",
    "--nocapture",
    "--test-threads=2",
];

struct Nobody;

impl SignInAgain for Nobody {
    fn sign_in(&self, _needed: Needed) -> LocalBoxFuture<'_, Result<(), Failure>> {
        Box::pin(async {
            println!("signing in");
            Ok(())
        })
    }
}

/// Not a test of its own: the chat of the others.
#[test]
fn the_chat() {
    let environment = Environment::of_process();
    let Some(role) = environment.text(ROLE).map(str::to_owned) else {
        return;
    };
    println!("{READY}");
    if let Some(asked) = role.strip_prefix("once ") {
        return ask_once(asked, environment.clone());
    }
    let mut line_end = [0];
    // In small bites: what is typed behind it is the chat's.
    File::open("/dev/tty")
        .unwrap()
        .read_exact(&mut line_end)
        .unwrap();
    let panics = role.ends_with("panics");
    let mut about = about(environment);
    about.plain = role == "plain";
    if role.starts_with("full") {
        about.extent = Extent::Full;
    }
    about.back = Box::new(move |id| {
        assert!(!panics, "the chat panics");
        format!("hermes chat --resume {id}")
    });
    let runtime = runtime();
    let left = runtime.block_on(async {
        let (talk, backstage) = line();
        tokio::select! {
            left = chat(talk, about, start()) => left.unwrap(),
            () = script(backstage) => Left::GivenUp,
        }
    });
    println!("left: {left:?}");
    runtime.shutdown_background();
}

/// The chat of a program: the format, and the prompt.
fn ask_once(asked: &str, environment: Environment) {
    let (format, prompt) = asked.split_once(' ').unwrap();
    let format = OutputFormat::from_str(format, false).unwrap();
    let about = about(environment);
    let runtime = runtime();
    let done = runtime.block_on(async {
        let (talk, backstage) = line();
        tokio::select! {
            done = once(talk, &about, start(), prompt.to_owned(), format) => done,
            () = script(backstage) => panic!("the script ended"),
        }
    });
    let stop = done.err();
    let status = stop.as_ref().map_or(0, |stop| stop.outcome().exit_status());
    let code = stop.as_ref().and_then(|stop| stop.failure());
    let code = code.map_or("", |failure| failure.code.as_str());
    println!("ended: {status} {code}");
    runtime.shutdown_background();
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn start() -> Start {
    Start {
        which: Some(Which::New),
        model: None,
    }
}

fn about(environment: Environment) -> About {
    About {
        gateway: "test".to_owned(),
        back: Box::new(|id| format!("hermes chat --resume {id}")),
        folder: environment.path("FOLDER").unwrap_or_default(),
        place: Place::of(&environment.path("FOLDER").unwrap_or_default()),
        plain: false,
        extent: Extent::Inline,
        sign_in: Box::new(Nobody),
        environment,
        output: Output::new(false),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    }
}

/// What the other end says to each wish.
async fn script(mut backstage: Backstage) {
    while let Some(wish) = backstage.wishes.recv().await {
        let told = match wish {
            Wish::Open(_) => vec![Told::State(State::Live), opened(Vec::new())],
            Wish::Say(prompt) if prompt.text == "refuse" => {
                let problem = Problem {
                    code: Some("cli.prompt_unusable".to_owned()),
                    message: "it is too long".to_owned(),
                };
                vec![Told::Prompt(prompt.id, Fate::Refused(problem))]
            }
            Wish::Say(prompt) => {
                let answer = format!("You said **{}**.\n\nAnd that is", prompt.text);
                let mut told = vec![
                    Told::Began {
                        text: prompt.text.clone(),
                        prompts: vec![prompt.id],
                    },
                    Told::Said(answer.clone()),
                ];
                match prompt.text.as_str() {
                    "wait" => {}
                    "break" => told.extend([
                        Told::State(State::Waiting(PATIENCE, Trouble::Network)),
                        Told::State(State::Live),
                        opened(vec![
                            said(Speaker::User, &prompt.text),
                            said(Speaker::Assistant, &format!("{answer} all.")),
                        ]),
                    ]),
                    "fail" => told.push(failed(&answer)),
                    _ => told.push(ended(&format!("{answer} all."))),
                }
                if prompt.text == "revoke" {
                    told.push(Told::State(State::NeedsSignIn(Needed::SignIn)));
                }
                told
            }
            Wish::SignedIn => vec![Told::State(State::Live)],
            Wish::Stop => vec![ended("You said **wait**.\n\nAnd that is it.")],
            _ => Vec::new(),
        };
        for told in told {
            if backstage.told.send(told).await.is_err() {
                return;
            }
        }
    }
    std::future::pending::<()>().await;
}

fn failed(answer: &str) -> Told {
    let Told::Ended(mut ended) = ended(answer) else {
        panic!("an end is one");
    };
    ended.status = TurnStatus::Error;
    ended.error = Some(TurnError {
        code: "model.rate_limited".to_owned(),
        message: "no more for now".to_owned(),
        hint: "wait".to_owned(),
        retryable: true,
    });
    Told::Ended(ended)
}

/// A terminal, and the chat in it.
struct Terminal {
    session: OsSession,
    input: File,
    output: mpsc::Receiver<Vec<u8>>,
    screen: avt::Vt,
    /// What was sent, and the bytes of a character that is not there yet.
    sent: String,
    rest: Vec<u8>,
    before: Termios,
    tells_keys: bool,
    /// What it says when it is asked for the colour behind its text, with what is typed before.
    ground: String,
    folder: tempfile::TempDir,
}

impl Terminal {
    fn new(role: &str, columns: u16, rows: u16) -> Self {
        Self::on_ground(role, "", &[], columns, rows)
    }

    /// A terminal with this answer about its colour, and these variables.
    fn on_ground(
        role: &str,
        ground: &str,
        variables: &[(&str, &str)],
        columns: u16,
        rows: u16,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(THE_CHAT)
            .env_clear()
            .env("TERM", "xterm-256color")
            .env("PATH", "/usr/bin:/bin")
            .env("EDITOR", "sed -i s/draft/edited/")
            .env("FOLDER", folder.path())
            .env(ROLE, role)
            .envs(variables.iter().copied());
        let mut session = OsSession::spawn(command).unwrap();
        let process = session.get_process_mut();
        process.set_window_size(columns, rows).unwrap();
        let input = process.get_raw_handle().unwrap();
        let mut output = process.get_raw_handle().unwrap();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // It ends with the terminal.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let mut terminal = Self {
            before: tcgetattr(&input).unwrap(),
            session,
            input,
            output: receiver,
            screen: avt::Vt::new(columns.into(), rows.into()),
            sent: String::new(),
            rest: Vec::new(),
            tells_keys: role == "keys",
            ground: ground.to_owned(),
            folder,
        };
        terminal.until(READY);
        terminal.before = tcgetattr(&terminal.input).unwrap();
        terminal.press("\n");
        terminal
    }

    /// A chat that is connected.
    fn live(role: &str, columns: u16, rows: u16) -> Self {
        let mut terminal = Self::new(role, columns, rows);
        terminal.until("test connected");
        terminal
    }

    fn press(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen shows this.
    fn until(&mut self, text: &str) -> String {
        loop {
            let screen = self.text();
            if screen.contains(text) {
                return screen;
            }
            assert!(self.read(), "no `{text}` in:\n{screen}");
        }
    }

    /// Takes in what the chat sends; `false` once it has ended.
    fn read(&mut self) -> bool {
        let received = self.output.recv_timeout(PATIENCE);
        let Ok(bytes) = received else {
            return false;
        };
        self.rest.extend(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.rest.split_off(whole);
        let text = String::from_utf8(std::mem::replace(&mut self.rest, rest)).unwrap();
        // As terminals do: what is behind the text, what it can, and what it is.
        if text.contains("\x1b]11;?\x07") {
            self.press(&self.ground.clone());
        }
        if text.contains("\x1b[?u") && self.tells_keys {
            self.press("\x1b[?0u");
        }
        if text.contains("\x1b[c") {
            self.press("\x1b[?62c");
        }
        self.screen.feed_str(&text);
        self.sent.push_str(&text);
        true
    }

    /// Makes the terminal another size, at a moment in which nothing is drawn, and waits for what is
    /// drawn then.
    fn resize(&mut self, columns: u16, rows: u16) {
        while !self.sent.ends_with(FRAME_END) {
            assert!(self.read(), "half a frame");
        }
        let before = self.sent.len();
        self.screen.resize(columns.into(), rows.into());
        self.session
            .get_process_mut()
            .set_window_size(columns, rows)
            .unwrap();
        while !self.sent[before..].contains(FRAME_END) {
            assert!(self.read(), "nothing is drawn");
        }
    }

    /// What is on the screen, from where the chat began.
    fn text(&self) -> String {
        let lines = self
            .screen
            .lines()
            .map(|line| line.text().trim_end().to_owned());
        let text = lines.collect::<Vec<_>>().join("\n");
        let chat = text
            .split_once(READY)
            .filter(|(_, chat)| !chat.trim().is_empty());
        chat.map_or_else(|| text.clone(), |(_, chat)| chat.trim().to_owned())
    }

    /// Reads to the end, and makes sure that the terminal is as it was.
    fn end(mut self) -> (String, tempfile::TempDir) {
        let now = loop {
            // While somebody has it open, it says how it is.
            let now = tcgetattr(&self.input);
            if !self.read() {
                break now;
            }
        };
        if let Ok(now) = now {
            assert_eq!(now.local_modes, self.before.local_modes);
            assert_eq!(now.input_modes, self.before.input_modes);
            assert_eq!(now.output_modes, self.before.output_modes);
        }
        assert!(self.screen.cursor().visible);
        let last = |on: &str, off: &str| {
            let (on, off) = (self.sent.rfind(on), self.sent.rfind(off));
            assert!(off > on, "{on:?} {off:?} in {:?}", self.sent);
        };
        last("\x1b[?2004h", "\x1b[?2004l");
        last("\x1b[?1004h", "\x1b[?1004l");
        last("\x1b[?2026h", "\x1b[?2026l");
        for (on, off) in [("\x1b[>1u", "\x1b[<1u"), ("\x1b[?1049h", "\x1b[?1049l")] {
            if self.sent.contains(on) {
                last(on, off);
            }
        }
        (self.text(), self.folder)
    }
}

#[test]
fn a_chat_leaves_its_words_and_nothing_else() {
    let mut terminal = Terminal::live("keys", 80, 24);
    terminal.press("hello\x1b[13;2uworld");
    terminal.until("world");
    terminal.press("\r");
    terminal.until("that is all.");
    insta::assert_snapshot!("after_an_answer", terminal.until("3.2k tokens"));
    terminal.press("\x04");
    let (text, _) = terminal.end();
    assert!(!text.contains("connected"), "{text}");
    let farewell = "And that is all.\nTo come back: hermes chat --resume c1\nleft: ByPerson";
    assert!(text.contains(farewell), "{text}");
}

#[test]
fn a_terminal_is_made_narrow_in_mid_answer() {
    let mut terminal = Terminal::live("plain keys", 80, 24);
    terminal.press("wait\r");
    terminal.until("And that is");
    terminal.resize(40, 12);
    terminal.press("\x1b[200~pasted\nlines\x1b[201~");
    terminal.until("lines");
    terminal.press("\x1b");
    insta::assert_snapshot!("narrow", terminal.until("context 12%"));
    terminal.press("\x03\x03\x03");
    terminal.end();
}

#[test]
fn a_draft_outlives_an_editor_and_a_sign_in() {
    let mut terminal = Terminal::live("plain keys", 80, 24);
    terminal.press("revoke\r");
    terminal.until("sign-in has ended");
    terminal.press("my draft\x07");
    terminal.until("› my edited");
    terminal.press("\r");
    terminal.until("signing in");
    terminal.until("› my edited");
    let text = terminal.until("test connected");
    assert!(!text.contains("You said my edited"), "{text}");
    terminal.press("\r");
    terminal.until("You said my edited.");
    terminal.press("\x04");
    terminal.end();
}

#[test]
fn a_chat_that_is_ended_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut terminal = Terminal::live("keys", 80, 24);
        terminal.press("wait\r");
        terminal.until("Esc stops");
        terminal.press("a draft");
        terminal.until("› a draft");
        let process = terminal.session.get_process().pid().as_raw();
        kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
        let prompts = terminal.folder.path().join(PROMPTS);
        let (text, _folder) = terminal.end();
        let what_came = "› wait\n\nYou said wait.\n\nAnd that is\nleft: Stopped";
        assert!(text.contains(what_came), "{text}");
        assert_eq!(
            prompts::read(&prompts),
            ["wait", "a draft"],
            "it is found with Up"
        );
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_can_be_read() {
    let mut terminal = Terminal::live("panics", 80, 24);
    terminal.press("hello\r");
    terminal.until("3.2k tokens");
    terminal.press("\x04");
    let (text, _) = terminal.end();
    assert!(text.contains("\nthe chat panics\n"), "{text}");
}

#[test]
fn a_plain_chat_moves_no_cursor() {
    let mut terminal = Terminal::new("plain", 80, 24);
    terminal.press("hello\n");
    terminal.until("And that is all.");
    terminal.press("/quit\n");
    terminal.until("left: ByPerson");
    assert!(!terminal.sent.contains('\x1b'), "{:?}", terminal.sent);
    assert!(
        terminal.text().contains("You said **hello**."),
        "as it was written"
    );
}

#[tokio::test]
async fn a_gateway_that_is_out_of_reach_is_given_up() {
    let clock = MovedClock::at("2026-11-23T00:00:00Z");
    clock.set_automatic();
    let mut about = about(Environment::default());
    about.clock = clock;
    let (talk, _backstage) = line();
    let prompt = "hello".to_owned();
    let done = once(talk, &about, start(), prompt, OutputFormat::Text).await;
    assert!(done.unwrap_err().is(Code::ConnectUnreachable));
}
