//! `hermes` as a person would run it, shown as it runs.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::process::{self, Owned};
use crate::say::{complain, say};

/// Nothing in the demo waits for a person, so anything slow is stuck.
const LIMIT: Duration = Duration::from_secs(60);

/// A terminal with a home of its own.
pub(super) struct Terminal {
    hermes: PathBuf,
    browser: PathBuf,
    home: PathBuf,
}

impl Terminal {
    pub(super) fn new(hermes: PathBuf, browser: PathBuf, folder: &Path) -> Self {
        Self {
            hermes,
            browser,
            home: folder.join("home"),
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
            .with_context(|| format!("`{}` did not end", line(arguments)))?
    }

    /// Shows the command and what it says, and visits the address that it prints.
    pub(super) async fn sign_in(&self, arguments: &[&str]) -> Result<()> {
        timeout(LIMIT, self.visiting(arguments))
            .await
            .context("the sign-in did not end")?
    }

    async fn visiting(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(arguments);
        command.stderr(Stdio::piped());
        let mut hermes = Owned::start(command)?;
        let stderr = hermes.stderr().context("`hermes` has no stderr")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut visit: Option<JoinHandle<Result<()>>> = None;
        while let Some(line) = lines.next_line().await? {
            complain!("{line}");
            // The address stands alone on its line.
            if visit.is_none() && line.starts_with("http://") {
                let browser = process::command(&self.browser, [line]);
                visit = Some(tokio::spawn(process::run(browser)));
            }
        }
        let status = hermes.end().await?;
        ensure!(status.success(), "the sign-in failed ({status})");
        let visit = visit.context("`hermes` printed no address to visit")?;
        visit.await?.context("the stand-in browser got stuck")
    }

    /// Shows the command, and of what it prints only how long it is.
    pub(super) async fn secret(&self, arguments: &[&str]) -> Result<String> {
        let command = self.command(arguments);
        let printed = timeout(LIMIT, process::output(command))
            .await
            .with_context(|| format!("`{}` did not end", line(arguments)))??;
        let secret = printed.trim().to_owned();
        say!(
            "******** ({} characters, which the demo does not show)",
            secret.len()
        );
        Ok(secret)
    }

    /// The one line that the command prints, for a person alone.
    pub(super) async fn line(&self, arguments: &[&str]) -> Result<String> {
        let command = self.quiet(arguments);
        let printed = timeout(LIMIT, process::output(command))
            .await
            .with_context(|| format!("`{}` did not end", line(arguments)))??;
        Ok(printed.trim().to_owned())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        show(arguments);
        self.quiet(arguments)
    }

    /// Only the home is the demo's own; the rest of the environment is what the person has, and
    /// so is what `hermes` says about this machine.
    fn quiet(&self, arguments: &[&str]) -> Command {
        let mut command = process::command(&self.hermes, arguments);
        command.env("HERMES_HOME", &self.home);
        command
    }
}

/// Shows a command of `hermes` as it is typed.
pub(super) fn show(arguments: &[&str]) {
    say!("\n$ {}", line(arguments));
}

fn line(arguments: &[&str]) -> String {
    process::typed(["hermes"].iter().chain(arguments))
}
