//! Installing Debian packages without letting any service start.

use std::path::Path;

use anyhow::{Context, Result};
use tokio::process::Command;

use super::policy::NoServices;
use crate::process;
use crate::say::say;

/// Installs the packages. The lists are fetched first, and alone: an update that runs beside an
/// installation may delete the files that are being installed.
pub(super) async fn install(packages: &[&str]) -> Result<()> {
    say!("installing: {}", packages.join(" "));
    process::run(apt_get(&["update"]))
        .await
        .context("could not fetch the lists of packages")?;
    let policy = NoServices::set(Path::new("/usr/sbin/policy-rc.d"))?;
    let mut install = apt_get(&["install", "--yes", "--no-install-recommends"]);
    install.args(packages);
    let installed = process::run(install).await;
    policy.restore()?;
    installed.context("could not install the packages")
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = process::command(
        "apt-get",
        [
            "--quiet",
            "--option",
            "DPkg::Lock::Timeout=300",
            "--option",
            "Acquire::Retries=3",
        ],
    );
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}
