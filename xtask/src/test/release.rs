//! `cargo xtask release-check`: what must be true of the programs that are to be released.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::leftovers::Run;
use super::tools;
use crate::dist::Package;
use crate::process::{self, Owned};
use crate::say::say;
use crate::workspace::Workspace;

/// The five checks.
const CHECKS: &str = "release-check.test.mjs";
const NUMBER: usize = 5;

#[derive(Args)]
pub(crate) struct Options {
    /// The program of the gateway, if it is not that of the release build.
    #[arg(long, value_name = "PATH")]
    hermes: Option<PathBuf>,
    /// The program of the desktop, if it is not that of the release build.
    #[arg(long, value_name = "PATH", conflicts_with = "deb")]
    desktop: Option<PathBuf>,
    /// The desktop as this Debian package has it.
    #[arg(long, value_name = "FILE")]
    deb: Option<PathBuf>,
    /// Take the programs of the development build.
    #[arg(long)]
    debug: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Break one thing on purpose, to see that its check fails.
    #[arg(long, value_name = "NAME", value_parser = ["discovery", "sign-in", "ticket", "ready", "modes"])]
    fault: Option<String>,
}

/// Runs the checks; fails unless each of them has passed.
pub(super) async fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find().await?;
    let profile = if options.debug { "debug" } else { "release" };
    let built = |name: &str| workspace.target.join(profile).join(name);
    let hermes = options.hermes.clone().unwrap_or_else(|| built("hermes"));
    // It is unpacked for as long as it is looked at.
    let package = match &options.deb {
        Some(file) => Some(Package::open(file).await?),
        None => None,
    };
    let desktop = match &package {
        Some(package) => package.program(),
        None => options
            .desktop
            .clone()
            .unwrap_or_else(|| built("hermes-desktop")),
    };
    let mut programs = Vec::new();
    for program in [hermes, desktop] {
        let found = program.canonicalize();
        programs.push(found.with_context(|| {
            format!(
                "there is no `{}`: `cargo xtask dist` builds it",
                program.display()
            )
        })?);
    }
    tools::check_quietly()?;
    let checks = of_programs(&workspace, &programs, options).await?;

    let failed = checks.iter().filter(|check| !passed(check)).count();
    if options.json {
        let all = json!({ "passed": failed == 0 && checks.len() == NUMBER, "checks": checks });
        say!("{}", serde_json::to_string_pretty(&all)?);
    }
    ensure!(
        checks.len() == NUMBER,
        "{} of {NUMBER} checks were made",
        checks.len()
    );
    ensure!(
        failed == 0,
        "{failed} of {NUMBER} checks failed: this is not to be released"
    );
    if !options.json {
        say!("all {NUMBER} checks passed");
    }
    Ok(())
}

fn passed(check: &Value) -> bool {
    check.get("passed") == Some(&Value::Bool(true))
}

/// Makes the checks with the gateway's and the desktop's program, and says each as soon as it is made.
async fn of_programs(
    workspace: &Workspace,
    programs: &[PathBuf],
    options: &Options,
) -> Result<Vec<Value>> {
    let suite = workspace.root.join("tests/e2e");
    let mut npm = process::command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.args(["--silent"]).current_dir(&suite);
    process::run(npm).await?;
    let run = Run::begin()?;
    let mut node = process::command("node", ["--test", "--test-timeout=240000"]);
    node.args([
        "--test-reporter=./rig/checks.mjs",
        "--test-reporter-destination=stdout",
        CHECKS,
    ])
    .current_dir(&suite)
    .stdout(Stdio::piped())
    .env("TMPDIR", run.folder())
    .env("HERMES_E2E_RUN", run.mark())
    .env(
        "HERMES_E2E_FAULT",
        options.fault.as_deref().unwrap_or_default(),
    );
    for (name, program) in ["HERMES_E2E_BINARY", "HERMES_E2E_DESKTOP"]
        .iter()
        .zip(programs)
    {
        node.env(name, program);
    }
    let mut node = Owned::start(node)?;
    let stdout = node.stdout().context("the checks have no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let mut checks = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let check: Value =
            serde_json::from_str(&line).with_context(|| format!("the checks said `{line}`"))?;
        if !options.json {
            shown(&check);
        }
        checks.push(check);
    }
    node.end().await?;
    let left = run.end()?;
    if !left.is_empty() {
        bail!("left behind by the checks: {}", left.join(", "));
    }
    Ok(checks)
}

fn shown(check: &Value) {
    let text = |key: &str| check.get(key).and_then(Value::as_str).unwrap_or_default();
    let mark = if passed(check) { "ok    " } else { "FAILED" };
    say!("{mark}  {}", text("check"));
    for line in text("reason")
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        say!("          {line}");
    }
}
