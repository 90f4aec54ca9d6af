//! Files of the person's own machine that go with a prompt: those that `@path` names in what is typed
//! here. What a gateway says names none.

mod block;
mod find;
mod mention;
mod read;

use std::{path::PathBuf, sync::Arc, time::Duration};

use hermes_machine::{Clock, Environment};

pub(crate) use self::read::Gathered;
pub(super) use self::{
    block::fold,
    mention::{Typing, defused, names_any, typing, written},
};

/// How long a person waits for a list while they type.
const AT_ONCE: Duration = Duration::from_millis(150);

/// How long the files may take that are sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where paths begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The folder in which the chat was started.
    folder: PathBuf,
    /// What `~` stands for.
    home: Option<PathBuf>,
}

/// What is looked for while a path is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The folder, as it is typed: empty, or with a slash at its end.
    pub(super) base: String,
    /// Whether names that begin with a dot are wanted.
    pub(super) hidden: bool,
}

impl Place {
    /// The folder in which this process was started.
    pub(crate) fn of_process(environment: &Environment) -> Self {
        Self {
            folder: std::env::current_dir().unwrap_or_default(),
            home: environment.path("HOME"),
        }
    }

    #[cfg(test)]
    pub(super) fn of(folder: &std::path::Path) -> Self {
        Self {
            folder: folder.to_owned(),
            home: None,
        }
    }

    /// The path that is written so.
    fn at(&self, written: &str) -> PathBuf {
        match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.folder.join(written),
        }
    }

    /// The paths that there are. What takes too long has none: it is for whoever types.
    pub(super) async fn look(&self, look: &Look, clock: &Arc<dyn Clock>) -> Vec<String> {
        let (place, look) = (self.clone(), look.clone());
        let found = tokio::task::spawn_blocking(move || find::paths(&place, &look));
        tokio::select! {
            found = found => found.unwrap_or_default(),
            () = clock.sleep(AT_ONCE) => Vec::new(),
        }
    }

    /// The files that a text names; in words, why it cannot be sent.
    pub(crate) async fn gather(
        &self,
        text: &str,
        clock: &Arc<dyn Clock>,
    ) -> Result<Gathered, String> {
        if !names_any(text) {
            return Ok(Gathered::default());
        }
        let (place, text) = (self.clone(), text.to_owned());
        let gathered = tokio::task::spawn_blocking(move || read::gathered(&place, &text));
        let late = || Err("the files that it names cannot be read just now".to_owned());
        tokio::select! {
            gathered = gathered => gathered.unwrap_or_else(|_| late()),
            () = clock.sleep(PATIENCE) => late(),
        }
    }
}

/// Files and their sizes, for people.
pub(crate) fn with(files: &[(String, usize)]) -> Option<String> {
    let names: Vec<_> = files
        .iter()
        .map(|(name, bytes)| format!("{}, {}", hermes_secret::plain(name, 200), size(*bytes)))
        .collect();
    (!names.is_empty()).then(|| format!("with {}", names.join("; ")))
}

/// A size for people.
fn size(bytes: usize) -> String {
    let tenths = |unit: usize| {
        let tenths = bytes.saturating_mul(10) / unit;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}
