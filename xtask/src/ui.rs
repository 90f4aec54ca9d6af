//! `cargo xtask ui`: checks and builds the page. Nothing else runs npm for it.

use anyhow::Result;
use tokio::process::Command;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

/// Installs what the page is built with, and builds it into `ui/dist`.
pub(crate) async fn build(workspace: &Workspace) -> Result<()> {
    install(workspace).await?;
    for name in ["build", "build:desktop"] {
        process::run(script(workspace, name)).await?;
    }
    say!("ui/dist holds the page; `cargo build` builds it into the gateway and the desktop");
    Ok(())
}

/// The same with every check that there is of the page without a gateway.
pub(crate) async fn check(workspace: &Workspace) -> Result<()> {
    install(workspace).await?;
    for name in ["check", "lint", "test", "build", "build:desktop"] {
        process::run(script(workspace, name)).await?;
    }
    Ok(())
}

async fn install(workspace: &Workspace) -> Result<()> {
    let mut npm = process::command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.current_dir(workspace.root.join("ui"));
    process::run(npm).await
}

fn script(workspace: &Workspace, name: &str) -> Command {
    let mut npm = process::command("npm", ["run", "--silent", name]);
    npm.current_dir(workspace.root.join("ui"));
    npm
}
