//! The one entry point for work on Hermes: `cargo xtask test`, `cargo xtask demo` and the runs that
//! measure or last long.
//!
//! Every process that a task starts is owned by it and ended by pid, on success, on failure and on
//! Ctrl-C alike.

mod bench;
mod client;
mod codegen;
mod demo;
mod dist;
mod fuzz;
mod long;
mod picture;
mod process;
mod say;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::say::complain;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Work on Hermes", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check formatting, lints and documentation, and run every test.
    ///
    /// The end-to-end tests need root (network namespaces, sshd), Node 20, Python 3 and some Debian
    /// packages; what is missing is named. Nothing is skipped but, with a message, the tests with upstream's
    /// program where PyPI is out of reach.
    Test(test::Options),
    /// Show a whole sign-in without any account, against an authorization server started for it.
    Demo,
    /// Build the page of the gateway into `ui/dist`, from where the next build takes it into the program.
    ///
    /// It needs Node 20.19 or newer.
    Ui,
    /// Write the TypeScript of the gateway's wire into `ui/src/protocol`.
    Codegen,
    /// Build what is handed to people, and make the desktop's packages: `target/dist` has them.
    ///
    /// It needs Node 20.19 or newer, `dpkg-deb`, and minutes.
    Dist(dist::Options),
    /// Look whether a gateway and a desktop may be released: discovery, sign-in, tickets, `gateway.ready`, and the
    /// two modes without a sign-in.
    ///
    /// It needs what the end-to-end tests need.
    ReleaseCheck(test::ReleaseCheck),
    /// Measure commands as whole processes, or the gateway, against programs that do nothing else.
    Bench(bench::Options),
    /// Let many callers in many processes want a token that is over: the provider sees one request.
    Storm(long::Storm),
    /// Kill refreshes and sign-ins with `kill -9` at any moment, and look at what they left.
    Crash(long::Crash),
    /// Sign in through `--via` many times in a row, and look whether anything leaks.
    ///
    /// It needs what the end-to-end tests need.
    Via(test::Via),
    /// Throw bytes at every parser of bytes from outside.
    Fuzz(fuzz::Options),
    /// Draw the recording that README begins with, from what the quick start shows.
    Picture,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(Err(error.into())),
    };
    runtime.block_on(async {
        tokio::select! {
            outcome = run(cli.task) => report(outcome),
            // What the task holds is dropped with it: processes, folders, policies.
            () = interrupted() => {
                complain!("\ninterrupted");
                ExitCode::from(130)
            }
        }
    })
}

async fn run(task: Task) -> Result<()> {
    match task {
        Task::Test(options) => test::run(options).await,
        Task::Demo => demo::run().await,
        Task::Ui => ui::build(&workspace::Workspace::find().await?).await,
        Task::Codegen => codegen::run(&workspace::Workspace::find().await?).await,
        Task::Dist(options) => dist::run(&options).await,
        Task::ReleaseCheck(options) => test::release_check(&options).await,
        Task::Bench(options) => bench::run(&options).await,
        Task::Storm(options) => long::storm(&options).await,
        Task::Crash(options) => long::crash(&options).await,
        Task::Picture => picture::run().await,
        Task::Via(options) => test::via(&options).await,
        Task::Fuzz(options) => fuzz::run(&options, &workspace::Workspace::find().await?).await,
    }
}

fn report(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn interrupted() {
    let (Ok(mut terminate), Ok(mut hang_up)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}
