//! `hermes` as a person would run it, shown as it runs.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;
use tokio::time::timeout;

use crate::process;
use crate::say::say;

/// Nothing in the demo waits for a person, so anything slow is stuck.
const LIMIT: Duration = Duration::from_secs(60);

/// A terminal with a home of its own.
pub(super) struct Terminal {
    hermes: PathBuf,
    home: PathBuf,
    browser: PathBuf,
}

impl Terminal {
    pub(super) fn new(hermes: PathBuf, folder: &Path, browser: &Path) -> Self {
        Self {
            hermes,
            home: folder.join("home"),
            browser: browser.to_owned(),
        }
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// A heading.
    pub(super) fn chapter(&self, title: &str) {
        say!(
            "\n--- {title} {}",
            "-".repeat(70_usize.saturating_sub(title.len()))
        );
    }

    /// Shows the command and what it says.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<()> {
        let command = self.command(arguments);
        timeout(LIMIT, process::run(command))
            .await
            .with_context(|| format!("`hermes {}` did not end", arguments.join(" ")))?
    }

    /// Shows the command, and of what it prints only how long it is.
    pub(super) async fn secret(&self, arguments: &[&str]) -> Result<String> {
        let command = self.command(arguments);
        let printed = timeout(LIMIT, process::output(command))
            .await
            .with_context(|| format!("`hermes {}` did not end", arguments.join(" ")))??;
        let secret = printed.trim().to_owned();
        say!(
            "******** ({} characters, which the demo does not show)",
            secret.len()
        );
        Ok(secret)
    }

    /// The environment is made for the demo: no ssh session, no keys and no home of the person's.
    fn command(&self, arguments: &[&str]) -> Command {
        say!("\n$ hermes {}", arguments.join(" "));
        let mut command = process::command(&self.hermes, arguments);
        command
            .env_clear()
            .env("HERMES_HOME", &self.home)
            .env("HOME", &self.home)
            .env("BROWSER", &self.browser);
        for kept in ["PATH", "LANG", "TERM", "NO_COLOR"] {
            if let Some(value) = env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }
}
