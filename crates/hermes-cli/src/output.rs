//! Where words go: data to standard output, talk to standard error, colour only where a person
//! looks at it.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    ops::ControlFlow,
};

use hermes_errors::{Code, Failure};
use hermes_secret::is_hostile;
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
        let sent = stream.write_all(text.as_bytes());
        written(sent.and_then(|()| stream.flush())).map(|_| ())
    }

    /// Writes data as one line of JSON.
    pub(crate) fn json(self, value: &Value) -> Result<(), Failure> {
        self.data(&harmless(&format!("{value}\n")))
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

/// What a write to standard output came to: whether somebody still reads.
pub(crate) fn written(result: io::Result<()>) -> Result<ControlFlow<()>, Failure> {
    match result {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(Failure::new(
            Code::OutputFailed,
            format!("cannot write the output: {error}"),
        )),
    }
}

/// The same JSON, with escapes for what a terminal would act on. serde_json writes them for the
/// control characters of ASCII alone.
fn harmless(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for ch in line.chars() {
        if ch == '\n' || !is_hostile(ch) {
            text.push(ch);
            continue;
        }
        for unit in ch.encode_utf16(&mut [0; 2]) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

/// Whether a person can be asked: both the question and the answer go through a terminal.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wb9_json_moves_no_cursor_and_reads_as_the_same() {
        let value = json!({ "answer": "a\u{9b}2J\u{1b}\u{202e}\u{e0041}ä\n" });
        let line = harmless(&value.to_string());
        assert_eq!(line, r#"{"answer":"a\u009b2J\u001b\u202e\udb40\udc41ä\n"}"#);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}
