//! Programs that a task starts: each in a process group of its own, ended with all that it started.

use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// How long a process may take to end by itself once asked; the end-to-end tests take down sshd,
/// browsers and network namespaces in this time.
const GRACE: Duration = Duration::from_secs(20);

/// A running program. When it is dropped, its group is asked to end and then forced.
pub(crate) struct Owned {
    child: Child,
    name: String,
}

impl Owned {
    /// Starts `command` with nothing on stdin.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let name = describe(&command);
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("could not start `{name}`"))?;
        Ok(Self { child, name })
    }

    /// Its stdout, if that was piped; once.
    pub(crate) fn stdout(&mut self) -> Option<tokio::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Its stderr, if that was piped; once.
    pub(crate) fn stderr(&mut self) -> Option<tokio::process::ChildStderr> {
        self.child.stderr.take()
    }

    /// Its pid, until it has been waited for.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().await;
        status.with_context(|| format!("could not wait for `{}`", self.name))
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()?).ok()?)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Without an id it has been waited for, and its pid may be somebody else's by now.
        let Some(group) = self.group() else { return };
        let _gone = kill_process_group(group, Signal::TERM);
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if asked.elapsed() > GRACE {
                let _gone = kill_process_group(group, Signal::KILL);
                let _status = self.child.start_kill();
            }
            sleep(Duration::from_millis(20));
        }
    }
}

/// Runs `command` to its end, its output going where ours goes; fails unless it succeeds.
pub(crate) async fn run(command: Command) -> Result<()> {
    let name = describe(&command);
    let status = Owned::start(command)?.end().await?;
    if !status.success() {
        bail!("`{name}` failed ({status})");
    }
    Ok(())
}

/// Runs `command` to its end and returns its stdout; fails unless it succeeds.
pub(crate) async fn output(mut command: Command) -> Result<String> {
    let name = describe(&command);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command
        .output()
        .await
        .with_context(|| format!("could not start `{name}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{name}` failed ({}): {}", output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{name}` did not print text"))
}

/// A command with arguments.
pub(crate) fn command(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The command as a person would type it, with the program's name alone.
fn describe(command: &Command) -> String {
    let command = command.as_std();
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or_else(|| command.get_program());
    typed(std::iter::once(name).chain(command.get_args()))
}

/// A command as a person would type it, so that the line can be pasted into a shell.
pub(crate) fn typed(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let words = words.into_iter();
    let words = words.map(|word| quoted(&word.as_ref().to_string_lossy()));
    words.collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it for one, and for nothing else.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:,=+@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_typed_line_says_the_same_words_to_a_shell() {
        let words = [
            "hermes",
            "-z",
            "Where does the agent run?",
            "it's",
            "",
            "$HOME `id` \"x\" \\ ; * ~ # !",
            "http://127.0.0.1:40999/v1",
            "two\nlines",
        ];
        let line = typed(words);
        assert!(
            line.starts_with("hermes -z 'Where does the agent run?' "),
            "{line}"
        );
        let script = format!("for word in {line}; do printf '%s\\0' \"$word\"; done");
        let said = output(command("/bin/sh", ["-c", &script])).await.unwrap();
        assert_eq!(said.split_terminator('\0').collect::<Vec<_>>(), words);
    }
}
