//! `cargo xtask fuzz`: throws bytes at every parser of bytes from outside.
//!
//! The targets are libFuzzer programs. They and all that they use are built with AddressSanitizer
//! and coverage counters, apart from the ordinary build and for a named target, so that neither
//! build scripts nor macros are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

/// What is asked of rustc. The counters are in the form that libFuzzer reads.
const FLAGS: [&str; 7] = [
    "-Zsanitizer=address",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

#[derive(Args)]
pub(crate) struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    seconds: u32,
    /// Run one target only: the name of its file in `fuzz/src/bin`.
    #[arg(long, value_name = "TARGET")]
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
    let mut targets = targets(&workspace.root)?;
    if let Some(only) = &options.only {
        targets.retain(|target| target == only);
        ensure!(!targets.is_empty(), "no file `fuzz/src/bin/{only}.rs`");
    }
    let programs = build(workspace).await?;
    for target in &targets {
        say!("fuzzing {target} for {} s", options.seconds);
        let places = ["corpus", "artifacts"]
            .map(|kind| workspace.target.join("fuzz").join(kind).join(target));
        for place in &places {
            std::fs::create_dir_all(place).context("the fuzzer's folders cannot be made")?;
        }
        let [corpus, artifacts] = places;
        let mut fuzz = process::command(programs.join(format!("fuzz_{target}")), [corpus]);
        // What is found goes to the first folder; this one is only read.
        let seeds = workspace.root.join("fuzz/seeds").join(target);
        fuzz.args(seeds.is_dir().then_some(seeds));
        fuzz.arg(format!("-max_total_time={}", options.seconds));
        fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
        fuzz.args([
            "-timeout=10",
            "-rss_limit_mb=2048",
            // The search for leaks wants to trace the process, which not every machine allows.
            "-detect_leaks=0",
            // Names of new functions would be looked up by a program, which takes longer than inputs.
            "-print_funcs=0",
            "-verbosity=0",
            "-print_final_stats=1",
        ]);
        watch(fuzz, target).await?;
    }
    Ok(())
}

/// Every target there is, in order.
fn targets(root: &Path) -> Result<Vec<String>> {
    let files = std::fs::read_dir(root.join("fuzz/src/bin"))
        .context("the fuzz targets cannot be listed")?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        let name = path.file_stem().context("a fuzz target without a name")?;
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Builds all of them, and says where they are.
async fn build(workspace: &Workspace) -> Result<PathBuf> {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let folder = workspace.target.join("fuzz/build");
    let mut build = workspace.cargo(["build", "--locked", "--package", "hermes-fuzz", "--bins"]);
    build
        .args(["--target", &triple, "--target-dir"])
        .arg(&folder);
    build.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
    // The sanitizers of the stable compiler are behind the switch for unstable flags.
    build.env("RUSTC_BOOTSTRAP", "1");
    process::run(build).await?;
    Ok(folder.join(triple).join("debug"))
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
