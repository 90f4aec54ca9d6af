//! `cargo xtask codegen`: writes the TypeScript of the gateway's wire.
//!
//! The generator is a test of `hermes-protocol`, so that the crate itself needs no part of it; in an
//! ordinary run the same test compares.

use anyhow::Result;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

/// Writes `ui/src/protocol`.
pub(crate) async fn run(workspace: &Workspace) -> Result<()> {
    let mut generator = workspace.cargo(["test", "--locked", "--quiet", "--lib"]);
    generator.args(["--package", "hermes-protocol", "--", "typescript"]);
    generator.env("HERMES_CODEGEN", "write");
    process::run(generator).await?;
    say!("ui/src/protocol holds what hermes-protocol says");
    Ok(())
}
