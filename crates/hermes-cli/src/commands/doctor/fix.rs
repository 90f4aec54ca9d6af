//! What `hermes doctor --fix` may do by itself: what takes nothing away that anybody could miss, and
//! gives nobody a right. Credentials are not touched.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use hermes_credentials::{Left, Leftover};
use hermes_errors::Failure;
use hermes_login::turns::Attempts;
use hermes_machine::file;
use serde_json::{Value, json};

use crate::{commands::auth, world::World};

/// A fix that is safe.
#[derive(Clone, Debug)]
pub(super) enum Fix {
    /// Make the home, for its owner alone.
    MakeHome(PathBuf),
    /// Take away the rights of others.
    Close {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Remove a file on which nothing depends.
    Remove(PathBuf),
    /// Remove what is of no use any more, under the lock of the credential file.
    Tidy(Vec<Leftover>),
    /// Remove the files of sign-ins that nobody finished in time, under the lock of their
    /// directory.
    EndSignIns(Vec<PathBuf>),
}

/// One change to one file.
pub(super) struct Change {
    action: &'static str,
    path: PathBuf,
    detail: String,
    /// What came of it; before it is tried, nothing.
    result: Option<Result<(), String>>,
}

impl Fix {
    /// The way to close a file or directory to others, if it is open to them, and closing it is
    /// ours to do.
    pub(super) fn close(path: &Path, world: &World) -> Option<Self> {
        let meta = fs::metadata(path).ok()?;
        let mode = meta.mode() & 0o7777;
        let is_mine = meta.uid() == rustix::process::geteuid().as_raw();
        // Upstream's variables for homes that several users share on purpose.
        let shared = ["HERMES_HOME_MODE", "HERMES_SKIP_CHMOD"];
        let is_shared = shared.iter().any(|name| world.environment.has(name));
        let closes = mode & 0o077 != 0 && is_mine && !is_shared && !is_of_more(path, world);
        closes.then(|| Self::Close {
            path: path.to_owned(),
            mode,
        })
    }

    /// What it would change.
    pub(super) fn changes(&self) -> Vec<Change> {
        let change = |action, path: &Path, detail: String| Change {
            action,
            path: path.to_owned(),
            detail,
            result: None,
        };
        match self {
            Self::MakeHome(path) => vec![change("make_directory", path, "mode 0700".to_owned())],
            Self::Close { path, mode } => {
                let detail = format!("mode {mode:04o} becomes {:04o}", mode & !0o077);
                vec![change("set_mode", path, detail)]
            }
            Self::Remove(path) => {
                vec![change(
                    "remove",
                    path,
                    "it cannot be read, and nothing depends on it".to_owned(),
                )]
            }
            Self::Tidy(leftovers) => leftovers
                .iter()
                .map(|leftover| change("remove", &leftover.path, described(leftover)))
                .collect(),
            Self::EndSignIns(paths) => {
                let detail = "nobody finished its sign-in in time";
                let paths = paths.iter();
                paths
                    .map(|path| change("remove", path, detail.to_owned()))
                    .collect()
            }
        }
    }

    /// Changes it, and says what came of each change.
    pub(super) fn apply(&self, world: &World) -> Vec<Change> {
        let done = match self {
            Self::MakeHome(path) => file::create_private_dir(path),
            Self::Close { path, mode } => {
                fs::set_permissions(path, fs::Permissions::from_mode(mode & !0o077))
            }
            Self::Remove(path) => fs::remove_file(path),
            Self::Tidy(leftovers) => return tidy(leftovers, world),
            Self::EndSignIns(_) => return self.end_sign_ins(world),
        };
        self.changed(&done.map_err(|error| error.to_string()))
    }

    /// All of it with one result.
    fn changed(&self, result: &Result<(), String>) -> Vec<Change> {
        let mut changes = self.changes();
        for change in &mut changes {
            change.result = Some(result.clone());
        }
        changes
    }

    /// Leaves those that a process works on at this moment, and says so.
    fn end_sign_ins(&self, world: &World) -> Vec<Change> {
        let attempts = Attempts::of(&world.home);
        let ended = auth::block_on(attempts.tidy(&world.ports))
            .and_then(|ended| ended.map_err(|error| Failure::of(&error)));
        let mut changes = self.changed(&ended.map_err(|failure| told(&failure)));
        for change in changes.iter_mut().filter(|change| !change.has_failed()) {
            if change.path.exists() {
                change.result = Some(Err("another process is finishing it".to_owned()));
            }
        }
        changes
    }
}

/// Whether a directory holds more than a home of Hermes, so that closing it would shut others out.
fn is_of_more(path: &Path, world: &World) -> bool {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_top = path.parent().is_none_or(|parent| parent.parent().is_none());
    let own = world
        .environment
        .path("HOME")
        .and_then(|home| fs::canonicalize(home).ok());
    path.is_dir() && (is_top || own.is_some_and(|home| home.starts_with(&path)))
}

/// Looks again under the lock: only what is of no use then is removed.
fn tidy(leftovers: &[Leftover], world: &World) -> Vec<Change> {
    let removed = || {
        let table = std::sync::Arc::new(world.table()?);
        let credentials = world.credentials(&table);
        auth::block_on(credentials.tidy())?.map_err(|error| Failure::of(&error))
    };
    let change = |leftover: &Leftover, result| Change {
        action: "remove",
        path: leftover.path.clone(),
        detail: described(leftover),
        result: Some(result),
    };
    match removed() {
        Ok(removed) => removed
            .iter()
            .map(|(leftover, problem)| change(leftover, problem.clone().map_or(Ok(()), Err)))
            .collect(),
        Err(failure) => leftovers
            .iter()
            .map(|leftover| change(leftover, Err(told(&failure))))
            .collect(),
    }
}

fn told(failure: &Failure) -> String {
    format!("{failure} ({})", failure.code)
}

fn described(leftover: &Leftover) -> String {
    match leftover.left {
        Left::Unfinished => "its writer was killed",
        Left::Record => "it speaks of a token that no credential holds",
    }
    .to_owned()
}

impl Change {
    /// Whether it was tried and did not work.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.result, Some(Err(_)))
    }

    /// As a person reads it.
    pub(super) fn line(&self, world: &World) -> String {
        let path = world.display(&self.path);
        let (mark, rest) = match &self.result {
            None => ("would", String::new()),
            Some(Ok(())) => ("done", String::new()),
            Some(Err(problem)) => ("failed", format!(": {problem}")),
        };
        let action = self.action.replace('_', " ");
        format!("{mark:<6} {action} {path} ({}){rest}\n", self.detail)
    }

    /// The same for a script.
    pub(super) fn shape(&self) -> Value {
        let error = self
            .result
            .as_ref()
            .and_then(|result| result.as_ref().err());
        json!({
            "action": self.action,
            "path": self.path,
            "detail": self.detail,
            "done": matches!(self.result, Some(Ok(()))),
            "error": error,
        })
    }
}
