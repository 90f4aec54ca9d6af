//! `cargo xtask test`: every check there is, in order, stopping at the first that fails.

mod debian;
mod e2e;
mod leftovers;
mod policy;
mod python;
mod release;
mod tools;

use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

pub(crate) use self::release::Options as ReleaseCheck;
use crate::say::say;
use crate::workspace::Workspace;
use crate::{fuzz, process, ui};

#[derive(Args)]
pub(crate) struct Options {
    /// Install the Debian packages that are missing (as root). No service is started, and the
    /// machine's policy about that is left as it was.
    #[arg(long)]
    install: bool,
    /// Run one group only.
    #[arg(long, value_name = "GROUP")]
    only: Option<Group>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// The tools that the other groups need.
    Tools,
    /// The page: types, lints, tests, and the build that the gateway serves.
    Page,
    /// `cargo fmt --check`.
    Format,
    /// Clippy, on everything, with warnings denied.
    Lint,
    /// The crates' documentation, with warnings denied.
    Docs,
    /// `cargo test`.
    Unit,
    /// A short look by the fuzzer at every parser of bytes from outside.
    Fuzz,
    /// Real providers, a real browser, real ssh.
    E2e,
}

impl Group {
    const fn title(self) -> &'static str {
        match self {
            Self::Tools => "required tools",
            Self::Page => "the page",
            Self::Format => "formatting",
            Self::Lint => "lints",
            Self::Docs => "documentation of the crates",
            Self::Unit => "tests of the crates",
            Self::Fuzz => "fuzz targets",
            Self::E2e => "end-to-end tests",
        }
    }

    /// The groups to run when this one is asked for: the end-to-end tests say what they miss first, and
    /// open the page that is built.
    fn with_needs(self) -> Vec<Self> {
        match self {
            Self::E2e => vec![Self::Tools, Self::Page, Self::E2e],
            other => vec![other],
        }
    }
}

/// Runs the groups; prints a heading and the time taken for each.
pub(crate) async fn run(options: Options) -> Result<()> {
    let groups = options
        .only
        .map_or_else(|| Group::value_variants().to_vec(), Group::with_needs);
    let workspace = Workspace::find().await?;
    let mut summary = None;
    let begin = Instant::now();
    for (index, group) in groups.iter().enumerate() {
        let title = group.title();
        say!("\n== {} of {}: {title}", index + 1, groups.len());
        let begin = Instant::now();
        match group {
            Group::Tools => tools::check(options.install).await?,
            Group::Page => ui::check(&workspace).await?,
            Group::Format => {
                process::run(workspace.cargo(["fmt", "--all", "--check"])).await?;
            }
            Group::Lint => lint(&workspace).await?,
            Group::Docs => document(&workspace).await?,
            Group::Unit => {
                process::run(workspace.cargo(["test", "--workspace", "--locked"])).await?;
            }
            Group::Fuzz => fuzz::run(&fuzz::Options::smoke(), &workspace).await?,
            Group::E2e => summary = Some(e2e::run(&workspace).await?),
        }
        say!("-- {title}: {:.1} s", begin.elapsed().as_secs_f64());
    }
    say!(
        "\neverything passed in {:.0} s",
        begin.elapsed().as_secs_f64()
    );
    if let Some(tally) = summary {
        // Alone on its line, and the last one, for programs that read it.
        say!("{} passed, 0 failed", tally.passed);
    }
    Ok(())
}

#[derive(Args)]
pub(crate) struct Via {
    /// How many sign-ins, one after another.
    #[arg(long, default_value_t = 200, value_name = "N")]
    sign_ins: u32,
}

/// Signs in through `--via` again and again, and compares what is there before and after.
pub(crate) async fn via(options: &Via) -> Result<()> {
    let workspace = Workspace::find().await?;
    tools::check(false).await?;
    e2e::sign_ins(&workspace, options.sign_ins).await?;
    Ok(())
}

/// Looks whether the programs that are to be released may be.
pub(crate) async fn release_check(options: &ReleaseCheck) -> Result<()> {
    release::run(options).await
}

async fn lint(workspace: &Workspace) -> Result<()> {
    let clippy = workspace.cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]);
    process::run(clippy).await
}

async fn document(workspace: &Workspace) -> Result<()> {
    let mut doc = workspace.cargo(["doc", "--workspace", "--no-deps", "--locked", "--quiet"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    process::run(doc)
        .await
        .context("the documentation has warnings")
}
