use std::{
    borrow::Cow,
    io::{self, IsTerminal as _},
    ops::ControlFlow,
    sync::Arc,
};

use hermes_agent::conversation::{Event, Live, Seen};
use hermes_errors::Failure;
use tokio::io::{AsyncWriteExt as _, Stdout};

use super::lost;
use crate::{
    output::{Output, written},
    terminal::Spinner,
};

/// The most characters of a model's name on the waiting line.
const NAME_LIMIT: usize = 40;

/// Where an answer goes while it comes: the text to standard output, what is in its way to standard
/// error. Thoughts go nowhere.
pub(super) struct Printer {
    output: Output,
    model: String,
    spinner: Spinner,
    stdout: Stdout,
    is_terminal: bool,
    /// Whether a line has begun.
    in_line: bool,
}

/// How the answer was followed.
#[derive(Debug)]
pub(super) enum Followed {
    /// To its end.
    ToTheEnd,
    /// Until nobody read it any more.
    Alone,
}

impl Printer {
    /// A printer of what this model answers. Until it does, a terminal says what is waited for.
    pub(super) fn new(model: Option<&str>, output: Output) -> Self {
        let model = hermes_secret::plain(model.unwrap_or("the model"), NAME_LIMIT);
        Self {
            output,
            spinner: Spinner::counting(format!("Waiting for {model}")),
            model,
            stdout: tokio::io::stdout(),
            is_terminal: io::stdout().is_terminal(),
            in_line: false,
        }
    }

    /// Prints what happens in the conversation until its turn ends.
    pub(super) async fn follow(&mut self, live: &Arc<Live>) -> Result<Followed, Failure> {
        let mut watcher = live.watch(0);
        loop {
            let seen = watcher.next().await.map_err(|error| lost(&error))?;
            // What is in memory is kept as long as it has to be.
            let Seen::Records(records) = seen else {
                continue;
            };
            for record in records {
                match record.event {
                    Event::Reasoning(_) => self.spinner.say(format!("{} thinks", self.model)),
                    Event::Text(text) => match self.print(&text).await? {
                        ControlFlow::Continue(()) => {}
                        ControlFlow::Break(()) => return Ok(Followed::Alone),
                    },
                    Event::Notice(text) => {
                        let text = hermes_secret::visible(&text);
                        self.spinner.above(|| self.output.say(&text));
                    }
                    Event::Ended { .. } => {
                        self.spinner.stop();
                        self.end_line().await?;
                        return Ok(Followed::ToTheEnd);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Leaves the line, where somebody wanted no more.
    pub(super) async fn break_off(&mut self) {
        self.spinner.stop();
        // What comes of it is of no interest any more.
        let _ = self.end_line().await;
    }

    async fn print(&mut self, text: &str) -> Result<ControlFlow<()>, Failure> {
        if self.output.json {
            self.spinner.say(format!("{} answers", self.model));
            return Ok(ControlFlow::Continue(()));
        }
        self.spinner.stop();
        let text = match self.is_terminal {
            true => hermes_secret::visible_lines(text),
            // A program gets what was answered.
            false => Cow::Borrowed(text),
        };
        if let Some(last) = text.chars().last() {
            self.in_line = last != '\n';
        }
        self.write(&text).await
    }

    async fn end_line(&mut self) -> Result<(), Failure> {
        if std::mem::take(&mut self.in_line) {
            // The answer is over; whether somebody reads on makes no difference.
            self.write("\n").await.map(|_| ())?;
        }
        Ok(())
    }

    async fn write(&mut self, text: &str) -> Result<ControlFlow<()>, Failure> {
        let sent = self.stdout.write_all(text.as_bytes()).await;
        written(match sent {
            Ok(()) => self.stdout.flush().await,
            Err(error) => Err(error),
        })
    }
}
