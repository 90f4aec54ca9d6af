//! Python environments with pinned packages, in the target directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process;
use crate::say::say;

/// The environment `name` with exactly the packages that `requirements` pins. It is made anew when
/// the pins or the Python changed, and reused otherwise.
pub(super) async fn environment(folder: &Path, requirements: &Path, name: &str) -> Result<PathBuf> {
    let pins = fs::read_to_string(requirements)
        .with_context(|| format!("could not read `{}`", requirements.display()))?;
    let version = process::output(process::command("python3", ["--version"])).await?;
    let environment = folder.join(name);
    // Scripts in an environment name its path, so a moved target directory needs a new one.
    let wanted = format!("{version}{}\n{pins}", environment.display());
    let stamp = environment.join("made-from");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(environment);
    }
    say!("installing {name} from PyPI");
    let mut create = process::command("python3", ["-m", "venv", "--clear"]);
    create.arg(&environment);
    process::run(create).await?;
    let mut install = process::command(
        environment.join("bin/python"),
        [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
        ],
    );
    // Everything is pinned, so nothing else may come with it.
    install
        .args(["--no-deps", "--requirement"])
        .arg(requirements);
    process::run(install).await?;
    fs::write(&stamp, wanted).with_context(|| format!("could not write `{}`", stamp.display()))?;
    Ok(environment)
}

/// The [`environment`] of packages that tests may do without; none where PyPI is out of reach.
pub(super) async fn reachable(
    folder: &Path,
    requirements: &Path,
    name: &str,
) -> Result<Option<PathBuf>> {
    let made = environment(folder, requirements, name).await;
    match made {
        Ok(environment) => Ok(Some(environment)),
        // If pip can ask for anything else, something is wrong with these packages.
        Err(error) if reaches_pypi(&folder.join(name)).await => Err(error),
        Err(_) => Ok(None),
    }
}

/// Whether the pip of this environment finds a package that there always is.
async fn reaches_pypi(environment: &Path) -> bool {
    let mut ask = process::command(environment.join("bin/python"), ["-m", "pip"]);
    ask.args(["--retries", "1", "--timeout", "15", "--no-input"])
        .args(["index", "versions", "pip"]);
    process::output(ask).await.is_ok()
}
