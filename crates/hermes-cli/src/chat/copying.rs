//! An answer on the clipboard, or at least in a file.

use std::path::Path;

use hermes_machine::{Environment, file};

use crate::terminal::clipboard::{copy_here, sequence};

/// What terminals take of a text at most, before it is encoded. Some take more, and none says so.
const LIMIT: usize = 56 * 1024;

/// What became of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// It is where it should be, or a file is: in these words.
    Done(String),
    /// This has to be sent to the terminal, which does not say what it did with it.
    Send(String),
}

/// Copies the text: by the desktop's tool, else by the terminal, else into a file.
pub(super) fn copy(text: &str, folder: &Path, environment: &Environment) -> Copied {
    if copy_here(text, environment) {
        return Copied::Done("copied".to_owned());
    }
    let is_console = environment.text("TERM") == Some("linux");
    if text.len() <= LIMIT && !is_console {
        return Copied::Send(sequence(text, environment));
    }
    let path = folder.join("copied.md");
    let written =
        file::create_private_dir(folder).and_then(|()| file::write_private(&path, text.as_bytes()));
    let shown = path.to_string_lossy();
    Copied::Done(match written {
        Ok(()) => format!("the terminal takes no copy; it is in {shown}"),
        Err(error) => format!("{shown} cannot be written: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_terminal_takes_is_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::default();
        let long = "x".repeat(LIMIT + 1);
        let Copied::Done(words) = copy(&long, folder.path(), &environment) else {
            panic!("too long for a terminal");
        };
        let path = folder.path().join("copied.md");
        assert!(
            words.ends_with(&path.to_string_lossy().into_owned()),
            "{words}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), long);
        let console = Environment::default().with("TERM", "linux");
        assert!(matches!(
            copy("a", folder.path(), &console),
            Copied::Done(_)
        ));
        assert!(matches!(
            copy("a", folder.path(), &environment),
            Copied::Send(_)
        ));
    }
}
