//! The end-to-end tests: `tests/e2e`, run by Node's own test runner.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::leftovers::Run;
use super::python;
use crate::process::{self, Owned};
use crate::say::say;
use crate::workspace::Workspace;

/// How the tests ended.
pub(super) struct Tally {
    pub(super) passed: u64,
    failed: u64,
    skipped: u64,
}

/// Where upstream's program cannot be had.
const OUT_OF_REACH: &str = "out of reach";

/// All of them.
pub(super) async fn run(workspace: &Workspace) -> Result<Tally> {
    run_with(workspace, &[], &[]).await
}

/// The sign-ins in a row, as many as asked for.
pub(super) async fn sign_ins(workspace: &Workspace, number: u32) -> Result<Tally> {
    let number = number.to_string();
    let variables = [("HERMES_E2E_SIGN_INS", number.as_str())];
    run_with(workspace, &["via-many.test.mjs"], &variables).await
}

/// Builds and installs what they need, runs these files or all, and looks whether anything stayed
/// behind.
async fn run_with(
    workspace: &Workspace,
    files: &[&str],
    variables: &[(&str, &str)],
) -> Result<Tally> {
    let suite = workspace.root.join("tests/e2e");
    let build = [
        "build",
        "--locked",
        "--package",
        "hermes-cli",
        "--package",
        "hermes-desktop",
    ];
    process::run(workspace.cargo(build)).await?;
    let callers = workspace.callers().await?;
    let turn = workspace.turn().await?;
    let mut npm = process::command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.current_dir(&suite);
    process::run(npm).await?;
    let folder = workspace.target.join("e2e");
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not make `{}`", folder.display()))?;
    let canaille = suite.join("requirements-canaille.txt");
    let canaille = python::environment(&folder, &canaille, "canaille").await?;
    let small_model = suite.join("requirements-small-model.txt");
    let small_model = python::environment(&folder, &small_model, "small-model").await?;
    let upstream = suite.join("requirements-upstream.txt");
    let upstream = python::reachable(&folder, &upstream, "hermes-agent").await?;
    let upstream_016 = suite.join("requirements-upstream-0.16.txt");
    let upstream_016 = python::reachable(&folder, &upstream_016, "hermes-agent-0.16").await?;
    let upstream = upstream.zip(upstream_016);
    if upstream.is_none() {
        say!("PyPI is out of reach: the tests with upstream's program are skipped");
    }

    // What was installed may be on its way to the disk for many seconds, and each commit of a gateway under
    // test would wait for all of it.
    process::run(process::command("sync", [""; 0])).await?;
    let run = Run::begin()?;
    let tally = folder.join("tally.json");
    let mut node = process::command("node", ["--test", "--test-concurrency=2"]);
    // As many as are asked for take the time that they take.
    let timeout = if files.is_empty() { 240_000 } else { 3_600_000 };
    node.arg(format!("--test-timeout={timeout}"))
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg("--test-reporter=./rig/tally.mjs")
        .arg(reporter_destination(&tally))
        .args(files)
        .current_dir(&suite)
        .env("HERMES_E2E_BINARY", workspace.program("hermes"))
        .env("HERMES_E2E_DESKTOP", workspace.program("hermes-desktop"))
        .env("HERMES_E2E_CALLERS", callers)
        .env("HERMES_E2E_TURN", turn)
        .env("HERMES_E2E_CANAILLE", canaille)
        .env("HERMES_E2E_SMALL_MODEL", small_model)
        .env("TMPDIR", run.folder())
        .env("HERMES_E2E_RUN", run.mark())
        .envs(variables.iter().copied());
    match &upstream {
        Some((upstream, upstream_016)) => node
            .env("HERMES_E2E_UPSTREAM", upstream)
            .env("HERMES_E2E_UPSTREAM_016", upstream_016),
        None => node.env("HERMES_E2E_UPSTREAM", OUT_OF_REACH),
    };
    // A tally of an earlier run must not speak for this one.
    if tally.exists() {
        fs::remove_file(&tally).context("could not remove the tally of the last run")?;
    }
    let status = Owned::start(node)?.end().await?;
    let left = run.end()?;
    let tally = read(&tally)?;
    if !status.success() || tally.failed > 0 {
        say!("{} passed, {} failed", tally.passed, tally.failed);
        bail!("the end-to-end tests failed ({status})");
    }
    let may_skip = upstream.is_none();
    if tally.skipped > 0 && may_skip {
        say!("{} skipped, since PyPI is out of reach", tally.skipped);
    }
    if (tally.skipped > 0 && !may_skip) || tally.passed == 0 {
        bail!("{} passed, {} did not run", tally.passed, tally.skipped);
    }
    if !left.is_empty() {
        bail!("left behind by the tests: {}", left.join(", "));
    }
    Ok(tally)
}

fn reporter_destination(file: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from("--test-reporter-destination=");
    argument.push(file);
    argument
}

fn read(file: &Path) -> Result<Tally> {
    let text = fs::read_to_string(file).context("the tests ended without a tally")?;
    let counts: serde_json::Value =
        serde_json::from_str(&text).context("the tally of the tests is not JSON")?;
    let count = |key: &str| {
        let value = counts.get(key).and_then(serde_json::Value::as_u64);
        value.with_context(|| format!("the tally of the tests has no `{key}`"))
    };
    Ok(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
        skipped: count("skipped")?,
    })
}
