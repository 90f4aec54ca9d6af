//! Where words go: data to standard output, talk to standard error, colour only where a person
//! looks at it.

use std::io::{self, IsTerminal as _, Write as _};

use hermes_errors::{Code, Failure};
use serde_json::Value;

/// The two streams of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// Whether results are JSON.
    pub(crate) json: bool,
}

impl Output {
    /// Output in the form that was asked for.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes data. A reader that has gone away is no error: it has what it wanted.
    //
    // Nor is a standard output that was closed (`>&-`): before `main`, Rust's runtime opens
    // /dev/null in place of a closed one, read and write, which is just how a service manager
    // gives /dev/null on purpose. From here the two cannot be told apart.
    pub(crate) fn data(self, text: &str) -> Result<(), Failure> {
        let mut stream = anstream::stdout().lock();
        finish(
            stream
                .write_all(text.as_bytes())
                .and_then(|()| stream.flush()),
        )
    }

    /// Writes data as one line of JSON.
    pub(crate) fn json(self, value: &Value) -> Result<(), Failure> {
        self.data(&format!("{value}\n"))
    }

    /// Says a line to the person. Standard error that is closed is no reason to fail.
    pub(crate) fn say(self, line: &str) {
        let mut stream = anstream::stderr().lock();
        let _ = writeln!(stream, "{line}");
    }

    /// Shows a failure: as a JSON object on standard output if that was asked for, else (or if
    /// standard output cannot be written) as two lines on standard error.
    pub(crate) fn failure(self, failure: &Failure) {
        let event = serde_json::json!({
            "event": "error",
            "code": failure.code.as_str(),
            "message": failure.message,
            "hint": failure.next_step,
        });
        if self.json && self.json(&event).is_ok() {
            return;
        }
        if failure.code == Code::Interrupted && io::stderr().is_terminal() {
            // Off the line on which the terminal shows the key.
            self.say("");
        }
        let (red, bold, reset) = ("\x1b[31m", "\x1b[1m", "\x1b[0m");
        self.say(&format!(
            "{red}error{reset}[{}]: {}",
            failure.code, failure.message
        ));
        self.say(&format!("  next: {bold}{}{reset}", failure.next_step));
    }
}

fn finish(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(
            Code::OutputFailed,
            format!("cannot write the output: {error}"),
        )),
        Ok(()) => Ok(()),
    }
}

/// Whether a person can be asked: both the question and the answer go through a terminal.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
