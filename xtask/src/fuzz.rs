//! `cargo xtask fuzz`: throws bytes at every parser of bytes from outside.
//!
//! The targets are libFuzzer programs. Coverage counters are put into our own crates alone, so that
//! the dependencies of an ordinary build are used as they are: cargo asks a wrapper to compile the
//! workspace's crates, and this program is that wrapper.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

/// The targets, by the names of their files in `fuzz/src/bin`.
const TARGETS: [&str; 13] = [
    "auth_file",
    "callback_query",
    "callback_request",
    "cookie_header",
    "foreign_login",
    "forwarded_headers",
    "landing",
    "pasted_text",
    "provider_table",
    "relay_frame",
    "rpc_frame",
    "settings",
    "terminal_text",
];

/// What makes rustc count which code runs, in the form that libFuzzer reads.
const COUNTERS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Ccodegen-units=1",
];

#[derive(Args)]
pub(crate) struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    seconds: u32,
    /// Run one target only.
    #[arg(long, value_name = "TARGET", value_parser = TARGETS)]
    only: Option<String>,
}

impl Options {
    /// A short look at every target, for the test command.
    pub(crate) const fn smoke() -> Self {
        Self {
            seconds: 5,
            only: None,
        }
    }
}

/// Builds and runs the targets.
pub(crate) async fn run(options: &Options, workspace: &Workspace) -> Result<()> {
    ensure_complete(&workspace.root)?;
    let mut build = workspace.cargo(["build", "--locked", "--package", "hermes-fuzz", "--bins"]);
    // Named by its place: the file that runs now may have been replaced by a later build.
    build.env("RUSTC_WORKSPACE_WRAPPER", workspace.program("xtask"));
    process::run(build).await?;
    let chosen = |target: &&str| options.only.as_deref().is_none_or(|only| only == *target);
    for target in TARGETS.into_iter().filter(chosen) {
        say!("fuzzing {target} for {} s", options.seconds);
        let places = ["corpus", "artifacts"]
            .map(|kind| workspace.target.join("fuzz").join(kind).join(target));
        for place in &places {
            std::fs::create_dir_all(place).context("the fuzzer's folders cannot be made")?;
        }
        let [corpus, artifacts] = places;
        let mut fuzz = process::command(workspace.program(&format!("fuzz_{target}")), [corpus]);
        fuzz.arg(format!("-max_total_time={}", options.seconds));
        fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
        fuzz.args([
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-verbosity=0",
            "-print_final_stats=1",
        ]);
        watch(fuzz, target).await?;
    }
    Ok(())
}

/// Runs a target; what it prints is shown if it finds something.
async fn watch(mut fuzz: tokio::process::Command, target: &str) -> Result<()> {
    let output = fuzz.kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{target} found something:\n{said}");
    let mut counts = said
        .lines()
        .filter_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let count = counts
        .next()
        .context("the fuzzer did not say how much it tried")?;
    say!("  {} inputs, nothing found", count.trim());
    Ok(())
}

/// A target that is not in the list would never run.
fn ensure_complete(root: &Path) -> Result<()> {
    let folder = root.join("fuzz/src/bin");
    let files = std::fs::read_dir(&folder).context("the fuzz targets cannot be listed")?;
    for file in files {
        let path = file?.path();
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        ensure!(
            TARGETS.contains(&name),
            "{} is not in the list of targets",
            path.display()
        );
    }
    Ok(())
}

/// Whether cargo has called this program in place of rustc: its first argument is rustc then.
pub(crate) fn is_wrapper(arguments: &[OsString]) -> bool {
    let program = arguments.get(1).map(Path::new);
    program
        .and_then(Path::file_stem)
        .is_some_and(|name| name == "rustc")
}

/// Compiles what cargo asks for, with the counters.
pub(crate) fn compile(arguments: &[OsString]) -> ExitCode {
    let Some((rustc, rest)) = arguments.get(1..).and_then(<[_]>::split_first) else {
        return ExitCode::FAILURE;
    };
    let mut command = std::process::Command::new(rustc);
    command.args(rest);
    // Cargo also asks for the compiler's version and settings, which have no counters.
    if rest.iter().any(|argument| argument == "--crate-name") {
        command.args(COUNTERS);
    }
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}
