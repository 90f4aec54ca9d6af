use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use hermes_machine::{FileLock, SystemClock};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};
use url::Url;

use crate::{FakeBrowser, FakeProvider, TestHome};

/// The account that is refreshed.
pub(super) const PROVIDER: &str = "xai-oauth";
/// What must be there after every round, unchanged.
const KEY: &str = r#"{"version":1,"providers":{},"credential_pool":{"openrouter":[
 {"id":"000001","label":"a key","auth_type":"api_key","priority":0,"source":"manual","access_token":"sk-a-key"}]}}"#;

/// A provider, a home that points at it, and the program.
pub(super) struct Stage {
    pub(super) provider: FakeProvider,
    pub(super) home: TestHome,
    hermes: PathBuf,
}

/// How a command ended.
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// How the answer of a sign-in gets to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Loopback,
    Paste,
}

impl Stage {
    /// Signed in, with an API key beside the account.
    pub(super) async fn open(hermes: &Path) -> anyhow::Result<Self> {
        let stage = Self {
            provider: FakeProvider::start().await,
            home: TestHome::new(),
            hermes: hermes.to_owned(),
        };
        let table = stage.provider.table_override(PROVIDER);
        stage.home.write_providers_toml(&table);
        stage.home.write_auth_json(KEY);
        stage.sign_in().await?;
        Ok(stage)
    }

    /// A program in this home. Everything that the machine's own environment says is left out.
    pub(super) fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home.user_home())
            .env("HERMES_HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .env("USER", "ada")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts the command.
    pub(super) fn start(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        let mut command = self.program(&self.hermes);
        command.args(arguments);
        command.spawn().context("`hermes` does not start")
    }

    /// Runs the command to its end.
    pub(super) async fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let mut child = self.start(arguments)?;
        drop(child.stdin.take());
        let output = child.wait_with_output().await?;
        Ok(Ended {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// What `auth list` says of the account.
    pub(super) async fn listed(&self) -> anyhow::Result<Value> {
        let ended = self.run(&["auth", "list", PROVIDER, "--json"]).await?;
        let said: Value = serde_json::from_str(&ended.stdout)?;
        let credential = said.pointer("/providers/0/credentials/0");
        credential.cloned().context("`auth list` names no account")
    }

    /// Starts a sign-in.
    pub(super) fn start_sign_in(&self, way: Way) -> anyhow::Result<Child> {
        let flow = match way {
            Way::Loopback => "loopback",
            Way::Paste => "paste",
        };
        self.start(&[
            "auth",
            "add",
            PROVIDER,
            "--json",
            "--force",
            "--no-browser",
            "--flow",
            flow,
        ])
    }

    /// Does what the person and the browser do, until the command has ended.
    pub(super) async fn approve(&self, child: &mut Child, way: Way) -> anyhow::Result<()> {
        let stdout = child.stdout.take().context("no standard output")?;
        let mut stdin = child.stdin.take().context("no standard input")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut url = None;
        while let Some(line) = lines.next_line().await? {
            let event: Value = serde_json::from_str(&line)?;
            let text = |key: &str| event.get(key).and_then(Value::as_str);
            match text("event") {
                Some("authorize_url") => url = text("url").and_then(|url| Url::parse(url).ok()),
                Some("waiting") => {
                    let url = url.take().context("there is nothing to open")?;
                    let back = self.provider.authorize(&url);
                    match way {
                        // The other end may be killed before it answers.
                        Way::Loopback => drop(FakeBrowser.visit(&back).await),
                        Way::Paste => stdin.write_all(format!("{back}\n").as_bytes()).await?,
                    }
                }
                _ => {}
            }
        }
        child.wait().await?;
        Ok(())
    }

    /// Signs in, to the end.
    pub(super) async fn sign_in(&self) -> anyhow::Result<()> {
        let mut child = self.start_sign_in(Way::Loopback)?;
        self.approve(&mut child, Way::Loopback).await?;
        let status = child.wait().await?;
        ensure!(status.success(), "the sign-in failed ({status})");
        Ok(())
    }

    /// The refresh token of the account, if the file is whole and everything is in it.
    pub(super) fn refresh_token(&self) -> anyhow::Result<String> {
        let text = self.home.auth_json_text().context("auth.json is gone")?;
        let file: Value = serde_json::from_str(&text).context("auth.json is no JSON")?;
        let of = |path: &str| file.pointer(path).and_then(Value::as_str);
        ensure!(
            of("/credential_pool/openrouter/0/access_token") == Some("sk-a-key"),
            "the API key is gone"
        );
        ensure!(
            file.pointer(&format!("/credential_pool/{PROVIDER}/1"))
                .is_none(),
            "the account is there twice"
        );
        of(&format!("/credential_pool/{PROVIDER}/0/refresh_token"))
            .map(ToOwned::to_owned)
            .context("the account is gone")
    }

    /// Dates the stored access token back, so that it is over.
    pub(super) fn expire(&self) -> anyhow::Result<()> {
        let mut file = self.home.read_auth_json();
        let entry = file.pointer_mut(&format!("/credential_pool/{PROVIDER}/0"));
        let entry = entry.and_then(Value::as_object_mut);
        let entry = entry.context("the account is gone")?;
        for (key, time) in [
            ("obtained_at", "2026-01-01T00:00:00+00:00"),
            ("expires_at", "2026-01-01T06:00:00+00:00"),
            ("last_refresh", "2026-01-01T00:00:00Z"),
        ] {
            entry.insert(key.to_owned(), time.into());
        }
        self.home.write_auth_json(&file.to_string());
        Ok(())
    }

    /// Whether the lock is free this moment.
    pub(super) async fn lock_is_free(&self) -> bool {
        let lock = FileLock::acquire(&self.home.auth_lock(), Duration::ZERO, &SystemClock).await;
        lock.is_ok()
    }

    /// How many files there are whose writer did not come to rename them.
    pub(super) fn unfinished(&self) -> io::Result<usize> {
        let mut count = 0;
        for directory in [self.home.path().to_owned(), self.home.run().join("refresh")] {
            let entries = match fs::read_dir(&directory) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            for entry in entries {
                let name = entry?.file_name();
                count += usize::from(name.to_string_lossy().contains(".tmp."));
            }
        }
        Ok(count)
    }
}
