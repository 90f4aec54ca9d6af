//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::process;

/// The workspace's root and its target directory, wherever that has been put.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) async fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut ask = cargo([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ]);
        ask.arg("--manifest-path").arg(manifest);
        let metadata: serde_json::Value = serde_json::from_str(&process::output(ask).await?)
            .context("`cargo metadata` did not print JSON")?;
        let folder = |key: &str| {
            let path = metadata.get(key).and_then(serde_json::Value::as_str);
            path.map(PathBuf::from)
                .with_context(|| format!("`cargo metadata` names no `{key}`"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// A program of a development build.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// The program of many callers, which is an example of `hermes-credentials`; builds it.
    pub(crate) async fn callers(&self) -> Result<PathBuf> {
        self.example("hermes-credentials", "callers").await
    }

    /// The program of one turn with a model, which is an example of `hermes-agent`; builds it.
    pub(crate) async fn turn(&self) -> Result<PathBuf> {
        self.example("hermes-agent", "turn").await
    }

    async fn example(&self, package: &str, name: &str) -> Result<PathBuf> {
        let mut build = self.cargo(["build", "--locked", "--quiet"]);
        build.args(["--package", package, "--example", name]);
        process::run(build).await?;
        Ok(self.program("examples").join(name))
    }

    /// `cargo` with arguments, in the root.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = cargo(arguments);
        command.current_dir(&self.root);
        command
    }
}

/// The cargo that runs us, so that its version is the same throughout.
fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    process::command(program, arguments)
}
