use std::{
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use hermes_agent::Image;
use hermes_errors::{Code, Failure};
use hermes_machine::file;

use crate::{output::Output, world::World};

/// More than a prompt may have, by one byte: who takes it refuses it.
const TEXT_LIMIT: u64 = 1024 * 1024 + 1;

/// More than a picture may have; what is too large is told apart from what is none.
const IMAGE_LIMIT: u64 = 64 * 1024 * 1024;

/// How long standard input may stay open before it is said what is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The word for a prompt that comes by standard input.
pub(in crate::commands) const STDIN: &str = "-";

/// What is asked: what was typed, and what was piped in behind it.
pub(in crate::commands) async fn text(
    typed: &str,
    world: &World,
    output: Output,
) -> Result<String, Failure> {
    let is_terminal = io::stdin().is_terminal();
    match (typed, is_terminal) {
        (STDIN, true) if world.no_input => {
            let message = "the prompt would have to be typed, and --no-input forbids to ask for it";
            let failure = Failure::new(Code::NoTerminal, message);
            Err(failure.with_next_step("hermes -z PROMPT"))
        }
        (STDIN, true) => {
            output.say("Type the prompt, then press Enter and Ctrl-D.");
            read().await
        }
        (STDIN, false) => piped(world, output).await,
        (typed, true) => Ok(typed.to_owned()),
        (typed, false) => {
            let piped = piped(world, output).await?;
            Ok(match piped.trim().is_empty() {
                true => typed.to_owned(),
                false => format!("{typed}\n\n{piped}"),
            })
        }
    }
}

/// The pictures in these files.
pub(super) fn images(paths: &[PathBuf]) -> Result<Vec<Image>, Failure> {
    paths.iter().map(|path| image(path)).collect()
}

fn image(path: &Path) -> Result<Image, Failure> {
    let shown = path.to_string_lossy();
    let shown = hermes_secret::visible(&shown);
    let unreadable = |reason: &dyn std::fmt::Display| {
        let message = format!("the picture `{shown}` cannot be read: {reason}");
        Failure::new(Code::InputUnreadable, message).with_next_step(format!("ls -l {shown}"))
    };
    let bytes = file::read_regular(path, IMAGE_LIMIT).map_err(|error| unreadable(&error))?;
    let bytes = bytes.ok_or_else(|| unreadable(&"there is no such file"))?;
    Image::new(bytes)
        .map_err(|error| Failure::new(Code::PromptUnusable, format!("`{shown}`: {error}")))
}

/// Standard input to its end. A program that never ends it is waited for, and the person is told.
async fn piped(world: &World, output: Output) -> Result<String, Failure> {
    let mut reading = std::pin::pin!(read());
    tokio::select! {
        text = &mut reading => return text,
        () = world.ports.clock.sleep(PATIENCE) => {}
    }
    output.say("Waiting for the end of standard input; where there is none, give `< /dev/null`.");
    reading.await
}

async fn read() -> Result<String, Failure> {
    let unreadable = |reason: &dyn std::fmt::Display| {
        let message = format!("standard input cannot be read: {reason}");
        Failure::new(Code::InputUnreadable, message).with_next_step("hermes guide one-shot")
    };
    // A read cannot be given up, and the runtime does not wait for this one at the end.
    let read = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        let stdin = io::stdin().lock();
        stdin
            .take(TEXT_LIMIT)
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    });
    let bytes = read.await.map_err(|error| unreadable(&error))?;
    let bytes = bytes.map_err(|error| unreadable(&error))?;
    if bytes.contains(&0) {
        return Err(unreadable(
            &"it is no text; a picture is given by --image FILE",
        ));
    }
    // One line in another encoding is no reason not to show a model the others.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
