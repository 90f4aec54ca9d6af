//! `cargo xtask storm` and `cargo xtask crash`: the long forms of what the tests do in short.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Storm {
    /// How many processes call.
    #[arg(long, default_value_t = 16, value_name = "N")]
    processes: u32,
    /// How many callers there are in all of them.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    callers: u32,
    /// How often, each time with a fresh home and server.
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: u32,
}

#[derive(Args)]
pub(crate) struct Crash {
    /// How many times to kill.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    kills: u32,
    /// Stop after this time, whatever the number.
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
    /// Where the moments come from; the same ones for the same seed.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u32,
}

/// Many callers in many processes, and one token that is over.
pub(crate) async fn storm(options: &Storm) -> Result<()> {
    let workspace = Workspace::find().await?;
    let callers = workspace.callers().await?;
    run(
        &workspace,
        json!({
            "run": "storm",
            "callers": callers,
            "processes": options.processes,
            "callers_in_all": options.callers,
            "rounds": options.rounds,
        }),
    )
    .await
}

/// Commands that are killed at any moment.
pub(crate) async fn crash(options: &Crash) -> Result<()> {
    let workspace = Workspace::find().await?;
    run(
        &workspace,
        json!({
            "run": "crash",
            "kills": options.kills,
            "seconds": options.seconds,
            "seed": options.seed,
        }),
    )
    .await
}

async fn run(workspace: &Workspace, mut order: Value) -> Result<()> {
    let mut build = workspace.cargo(["build", "--locked", "--quiet", "--bins"]);
    build.args(["--package", "hermes-cli", "--package", "hermes-testkit"]);
    process::run(build).await?;
    if let Some(order) = order.as_object_mut() {
        order.insert("hermes".to_owned(), json!(workspace.program("hermes")));
    }
    say!("");
    let program = workspace.program("hermes-long-run");
    process::run(process::command(program, [order.to_string()])).await
}
