mod onlooker;

use std::{
    io::IsTerminal as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_login::{BrowserOutcome, Event, Opener, Person, PlaceKind};
use hermes_machine::{BoxFuture, Environment};
use hermes_providers::Flow;
use tokio::sync::mpsc;
use url::Url;

use super::{
    clipboard::{self, Copied},
    input::Lines,
    keys::{Ladder, Step},
    qr::{self, Ink},
    spinner::Spinner,
};
use crate::output::Output;

/// A person who reads standard error and types lines.
///
/// Input is by whole lines, never raw: it then works in tmux, web shells and on a pipe, and what a
/// person pastes is seen as they paste it. A line of one letter is a key (`c`, `q`, `o`, `?`, and
/// those of the ladder), every other line is an answer.
pub(crate) struct Human<'a> {
    output: Output,
    lines: Lines,
    environment: &'a Environment,
    opener: &'a dyn Opener,
    show_qr: bool,
    shown: Mutex<Shown>,
    choose: mpsc::UnboundedSender<Flow>,
    chosen: tokio::sync::Mutex<mpsc::UnboundedReceiver<Flow>>,
}

#[derive(Default)]
struct Shown {
    /// The address that the keys act on.
    address: Option<Url>,
    /// How the listener is reached, as it was printed.
    tunnel: Vec<String>,
    ladder: Ladder,
    /// Whether the provider's page may show a code.
    shows_code: bool,
    /// The host on which the sign-in happens, as it goes on in a sentence; nothing for this one.
    there: String,
    /// How often it will be asked whether the code is approved.
    polling: Option<Duration>,
    spinner: Spinner,
}

impl<'a> Human<'a> {
    /// A person who types these lines.
    pub(crate) fn new(
        output: Output,
        lines: Lines,
        environment: &'a Environment,
        opener: &'a dyn Opener,
        show_qr: bool,
    ) -> Self {
        let (choose, chosen) = mpsc::unbounded_channel();
        let shown = Shown {
            ladder: Ladder::new(lines.are_typed() && std::io::stderr().is_terminal()),
            ..Shown::default()
        };
        Self {
            output,
            lines,
            environment,
            opener,
            show_qr,
            shown: Mutex::new(shown),
            choose,
            chosen: tokio::sync::Mutex::new(chosen),
        }
    }

    /// Takes the waiting line away, before last words are said.
    pub(crate) fn settle(&self) {
        self.shown().spinner.stop();
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, line: &str) {
        self.shown().spinner.above(|| self.output.say(line));
    }

    fn show_address(&self, url: &Url) {
        // Alone on its line and whole, so that it can be copied; a terminal wraps it by itself,
        // and as a hyperlink it can be clicked though it is wrapped.
        match supports_hyperlinks::on(supports_hyperlinks::Stream::Stderr) {
            true => self.say(&format!("\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\")),
            false => self.say(url.as_str()),
        }
        self.shown().address = Some(url.clone());
        if self.show_qr {
            self.show_code(url);
        }
    }

    fn show_code(&self, url: &Url) {
        match qr::render(url.as_str(), Ink::of_terminal()) {
            Some(code) if std::io::stderr().is_terminal() => self.say(&format!("\n{code}")),
            Some(_) => {}
            None => self.say("The address is too long for a QR code; `c` copies it."),
        }
    }

    /// Acts on a key; `false` if the line is an answer.
    fn key(&self, line: &str) -> bool {
        let (address, step, others) = {
            let shown = self.shown();
            let ladder = &shown.ladder;
            (
                shown.address.clone(),
                ladder.step(line.trim()),
                ladder.help(),
            )
        };
        if let Some(step) = step {
            self.step(step);
            return true;
        }
        match (line.trim(), address) {
            // Somebody pressed Enter.
            ("", _) => {}
            ("?", _) => {
                self.say("c copy the address   q QR code   o open a browser here   Ctrl-C cancel");
                if let Some(others) = others {
                    self.say(&others);
                }
            }
            ("c", Some(url)) => match clipboard::copy(url.as_str(), self.environment) {
                Copied::Yes => self.say("Copied."),
                Copied::SentToTerminal => {
                    self.say("Sent to the terminal's clipboard; not every terminal takes it.");
                }
            },
            ("q", Some(url)) => self.show_code(&url),
            ("o", Some(url)) => match self.opener.open(&url) {
                Ok(()) => self.say("Asked the browser to open it."),
                Err(reason) => self.say(&format!("No browser could be opened: {reason}")),
            },
            _ => {
                self.shown().ladder.answered();
                return false;
            }
        }
        true
    }

    fn step(&self, step: Step) {
        match step {
            Step::Take(flow) => {
                // Whoever takes the rungs is there as long as lines are read.
                let _ = self.choose.send(flow);
            }
            Step::Paste => self.ask_for_paste(),
            Step::Tunnel => {
                let lines = self.shown().tunnel.clone();
                lines.iter().for_each(|line| self.say(line));
            }
        }
    }

    /// The keys that lead on from here, if there are any.
    fn offer(&self) {
        let offer = self.shown().ladder.offer();
        if let Some(line) = offer {
            self.say(&line);
        }
    }

    fn ask_for_paste(&self) {
        let code = match self.shown().shows_code {
            true => " (or the code it shows)",
            false => "",
        };
        self.say(&format!(
            "Paste the address of the page you end up on{code}, then Enter:"
        ));
    }

    fn wait(&self, flow: Flow, redirect_uri: Option<&Url>, limit: Duration) {
        if let (Flow::Loopback, Some(uri)) = (flow, redirect_uri) {
            self.say("");
            self.say(&format!("Waiting for callback on {uri}"));
        }
        let polling = self.shown().polling.take();
        if let Some(interval) = polling.filter(|_| flow == Flow::Device) {
            self.say(&format!(
                "Waiting for approval (polling every {}s)...",
                interval.as_secs()
            ));
        }
        if flow == Flow::Paste {
            self.say("");
            self.ask_for_paste();
        }
        if std::io::stderr().is_terminal() {
            let keys = "c copy  q QR  ? keys  Ctrl-C cancel";
            let words = match flow {
                Flow::Loopback => "Waiting for the browser",
                Flow::Device => "Waiting for approval",
                Flow::Paste => "Waiting for your paste",
            };
            let mut shown = self.shown();
            shown.spinner.stop();
            shown.spinner = Spinner::start(words, keys, limit);
        }
    }
}

impl Person for Human<'_> {
    fn tell(&self, event: Event<'_>) {
        match event {
            Event::Starting { provider, place } => {
                let whose = match place.kind {
                    PlaceKind::Desktop => String::new(),
                    _ => format!(
                        " This is {}, so your own browser does it.",
                        place.describe()
                    ),
                };
                self.shown().shows_code = provider.shows_code;
                self.say(&format!("Signing in to {}.{whose}", provider.short_name()));
            }
            Event::Via(hello) => {
                self.say(&format!(
                    "{}@{} answered (hermes {}, home {}).",
                    hello.user, hello.host, hello.hermes, hello.home
                ));
                self.shown().there = format!(" on {}", hello.host);
            }
            Event::Voided { id, process, since } => {
                let there = self.shown().there.clone();
                let which = match process {
                    Some(process) => format!("process {process}{there} has waited for"),
                    None => format!("waited{there} as `{id}`"),
                };
                self.say(&format!(
                    "The sign-in that {which} since {since:.0} is void now; only this one counts."
                ));
            }
            Event::Terms(terms) => self.say(&format!("Before you start: {terms}.")),
            Event::Rung { flow, why, left } => {
                let beside = self.shown().ladder.is_waiting();
                self.shown().ladder.taken(flow, left);
                self.say(&format!("Using the {flow} flow: {why}."));
                if beside {
                    self.say("What waited before goes on beside it.");
                }
            }
            Event::AuthorizeUrl { url, provider, .. } => {
                self.say(&format!(
                    "Open this URL to authorize Hermes with {}:",
                    provider.short_name()
                ));
                self.show_address(url);
            }
            Event::DeviceCode(device) => {
                let address = device
                    .verification_uri_complete
                    .as_ref()
                    .unwrap_or(&device.verification_uri);
                self.say("To continue:");
                self.say("  1. Open:");
                self.show_address(address);
                self.say(&format!(
                    "  2. If prompted, enter code: {}",
                    device.user_code
                ));
                if std::io::stderr().is_terminal() && !self.show_qr {
                    self.show_code(address);
                }
                self.shown().polling = Some(device.interval);
            }
            Event::Waiting {
                flow,
                redirect_uri,
                limit,
            } => self.wait(flow, redirect_uri, limit),
            Event::Hint(hint) => {
                for line in &hint.lines {
                    self.say(line);
                }
                let mut shown = self.shown();
                shown.tunnel.clone_from(&hint.lines);
                shown.ladder.tunnel_shown();
            }
            Event::Browser(BrowserOutcome::Opened) => self.say("Browser opened."),
            Event::Browser(BrowserOutcome::Failed(reason)) => {
                self.say(&format!(
                    "Could not open the browser automatically; use the URL above ({reason})."
                ));
                self.offer();
            }
            // Whoever asked for no browser knows; elsewhere the first line has said why.
            Event::Browser(BrowserOutcome::NotHere(_)) => {}
            Event::PasteRejected { reason } if self.shown().ladder.reads_pastes() => {
                self.say(&format!(
                    "That is not the answer: {reason}. Paste again, or press Ctrl-C."
                ));
            }
            Event::PasteRejected { reason } => {
                self.say(&format!("That is no key, and {reason}."));
                self.offer();
            }
            Event::Stray { what } => {
                self.say(&format!("Ignored a request that is not ours: {what}."));
            }
            // Counted elsewhere.
            Event::Arrived(_) => {}
            Event::Exchanging => self.shown().spinner.stop(),
            Event::Stalled {
                reason, instead, ..
            } => {
                let mut letters = reason.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                let reason: String = first.into_iter().chain(letters).collect();
                self.say(&format!("{reason}; it goes on waiting."));
                match instead {
                    Some(command) => self.say(&format!("  Ctrl-C, then: {command}")),
                    None => self.offer(),
                }
            }
            Event::RungFailed {
                flow,
                reason,
                next,
                left,
            } => {
                self.shown().spinner.stop();
                self.shown().ladder.fell(flow, left);
                let next_words =
                    next.map_or_else(String::new, |next| format!(" Trying the {next} flow."));
                self.say(&format!(
                    "The {flow} flow did not work: {reason}.{next_words}"
                ));
                if next.is_none() {
                    self.offer();
                }
            }
        }
    }

    fn line(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async {
            loop {
                match self.lines.next().await {
                    Some(line) if self.key(&line) => {}
                    other => return other,
                }
            }
        })
    }

    fn confirm(&self, question: &str) -> BoxFuture<'_, bool> {
        self.shown().spinner.stop();
        self.say(&format!("{question} [y/N]"));
        Box::pin(async {
            let answer = self.lines.answer().await;
            answer.is_some_and(|line| matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
        })
    }

    fn can_choose(&self) -> bool {
        std::io::stderr().is_terminal() && self.lines.are_typed()
    }

    fn choice(&self) -> BoxFuture<'_, Flow> {
        Box::pin(async {
            match self.chosen.lock().await.recv().await {
                Some(flow) => flow,
                // It cannot end: the sender is ours.
                None => std::future::pending().await,
            }
        })
    }
}
