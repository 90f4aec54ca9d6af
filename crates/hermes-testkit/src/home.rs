use std::{ops::Deref, path::PathBuf};

use hermes_machine::{Environment, Home, file};
use serde_json::Value;
use tempfile::TempDir;

use crate::must;

/// More than any file a test writes.
const READ_LIMIT: u64 = 64 * 1024 * 1024;

/// A home in a temporary directory, gone when dropped. It is a [`Home`] by `Deref`.
#[derive(Debug)]
pub struct TestHome {
    directory: TempDir,
    home: Home,
}

impl Default for TestHome {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for TestHome {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

impl TestHome {
    /// An empty home at `<temporary directory>/.hermes`, the directory itself with mode 0700.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    #[track_caller]
    pub fn new() -> Self {
        let directory = must(tempfile::tempdir(), "no temporary directory");
        let path = directory.path().join(".hermes");
        must(file::create_private_dir(&path), "no home");
        Self {
            home: Home::at(path),
            directory,
        }
    }

    /// The home as a value of its own; the directory still goes with `self`.
    pub fn home(&self) -> Home {
        self.home.clone()
    }

    /// The directory that stands for the person's home directory.
    pub fn user_home(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// `HOME` and `HERMES_HOME`, nothing else.
    pub fn environment(&self) -> Environment {
        Environment::default()
            .with("HOME", self.directory.path())
            .with("HERMES_HOME", self.home.path())
    }

    /// Replaces `auth.json`; the text need not be JSON.
    #[track_caller]
    pub fn write_auth_json(&self, text: &str) {
        self.write(&self.home.auth_json(), text);
    }

    /// What `auth.json` holds.
    ///
    /// # Panics
    ///
    /// If there is none, or it is not JSON.
    #[track_caller]
    pub fn read_auth_json(&self) -> Value {
        let text = must(self.auth_json_text().ok_or("it is absent"), "auth.json");
        must(serde_json::from_str(&text), "auth.json is not JSON")
    }

    /// The text of `auth.json`, if there is one.
    #[track_caller]
    pub fn auth_json_text(&self) -> Option<String> {
        let bytes = must(
            file::read_bounded(&self.home.auth_json(), READ_LIMIT),
            "auth.json cannot be read",
        )?;
        Some(must(String::from_utf8(bytes), "auth.json is not UTF-8"))
    }

    /// Replaces `providers.toml`.
    #[track_caller]
    pub fn write_providers_toml(&self, text: &str) {
        self.write(&self.home.providers_toml(), text);
    }

    /// Replaces `.env`.
    #[track_caller]
    pub fn write_dot_env(&self, text: &str) {
        self.write(&self.home.dot_env(), text);
    }

    #[track_caller]
    fn write(&self, path: &std::path::Path, text: &str) {
        must(file::write_private(path, text.as_bytes()), "cannot write");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_written() {
        let home = TestHome::new();
        assert_eq!(home.auth_json_text(), None);
        home.write_auth_json(r#"{"version":1}"#);
        assert_eq!(home.read_auth_json()["version"], 1);
        let found = Home::locate(&home.environment(), None).unwrap();
        assert_eq!(found.path(), home.path());
    }
}
