//! `cargo xtask codegen`: writes the TypeScript of the gateway's wire and of the error codes.
//!
//! The generators are tests of `hermes-protocol` and `hermes-errors`, so that the crates themselves need
//! no part of them; in an ordinary run the same tests compare.

use anyhow::Result;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

/// Writes `ui/src/protocol` and `ui/src/codes.ts`.
pub(crate) async fn run(workspace: &Workspace) -> Result<()> {
    let mut generator = workspace.cargo(["test", "--locked", "--quiet", "--lib"]);
    generator.args(["--package", "hermes-protocol", "--package", "hermes-errors"]);
    generator.args(["--", "typescript_in"]);
    generator.env("HERMES_CODEGEN", "write");
    process::run(generator).await?;
    say!("ui/src holds what hermes-protocol and hermes-errors say");
    Ok(())
}
