//! `cargo xtask dist`: what is handed to people: `hermes`, and the desktop application as packages.
//!
//! What a package says of itself is in `apps/desktop`: `tauri.conf.json`, and `linux` beside it. Tauri's own
//! bundler makes the packages, in the version that `package-lock.json` names there.

mod package;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::process::Command;

pub(crate) use self::package::Package;
use crate::say::say;
use crate::workspace::Workspace;
use crate::{process, ui};

/// The name of the application among the packages and programs of a Linux system; elsewhere it is the product's.
const NAME: &str = "hermes-desktop";

/// The oldest WebKit that has all that the page uses: `URL.parse` came last.
const WEBKIT: &str = "libwebkit2gtk-4.1-0 (>= 2.46)";

#[derive(Args)]
pub(crate) struct Options {
    /// Take the programs of the target directory as they are, and build nothing.
    #[arg(long)]
    built: bool,
    /// Take those of the development build. Nothing is built, and what comes of it is for trying.
    #[arg(long)]
    debug: bool,
    /// Which packages are made.
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        default_value = "deb"
    )]
    bundles: Vec<Bundle>,
    /// Whom people write to about the package.
    #[arg(long, value_name = "NAME <ADDRESS>")]
    maintainer: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bundle {
    /// For Debian and what comes of it.
    Deb,
    /// One file that runs on most Linux systems. Its tools are fetched from GitHub the first time.
    Appimage,
}

impl Bundle {
    /// What the bundler calls it, and the end of the name of its files.
    const fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Appimage => "appimage",
        }
    }
}

/// Builds everything, makes the packages, looks at them, and puts all of it into `target/dist`.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find().await?;
    if !options.built && !options.debug {
        build(&workspace).await?;
    }
    let profile = if options.debug { "debug" } else { "release" };
    let programs = workspace.target.join(profile);
    for name in ["hermes", NAME] {
        let is_there = programs.join(name).is_file();
        ensure!(
            is_there,
            "`{name}` has not been built in `{}`",
            programs.display()
        );
    }
    if options.maintainer.is_none() {
        say!("the package names nobody to write to: `--maintainer 'NAME <ADDRESS>'` does");
    }
    bundle(&workspace, options, &programs).await?;

    let dist = workspace.target.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).context("could not empty `target/dist`")?;
    }
    fs::create_dir_all(&dist).context("could not make `target/dist`")?;
    let mut files = vec![copy(&programs.join("hermes"), &dist)?];
    for kind in &options.bundles {
        let made = newest(&programs.join("bundle").join(kind.name()))?;
        if *kind == Bundle::Deb {
            Package::open(&made).await?.check().await?;
        }
        files.push(copy(&made, &dist)?);
    }
    let sums = process::output({
        let mut sums = process::command("sha256sum", &files);
        sums.current_dir(&dist);
        sums
    });
    fs::write(dist.join("SHA256SUMS"), sums.await?).context("could not write the sums")?;
    say!("\n{} holds:", dist.display());
    for name in files.iter().map(String::as_str).chain(["SHA256SUMS"]) {
        let bytes = fs::metadata(dist.join(name))?.len();
        say!("  {name:<40} {:>9.1} MB", megabytes(bytes));
    }
    say!("next: cargo xtask release-check, as docs/release.md says");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded to a tenth")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The page, and each program by itself: together they would share what either wants of a library.
async fn build(workspace: &Workspace) -> Result<()> {
    ui::build(workspace).await?;
    for package in ["hermes-cli", NAME] {
        let build = ["build", "--release", "--locked", "--package", package];
        process::run(workspace.cargo(build)).await?;
    }
    Ok(())
}

/// Has Tauri's bundler make the packages.
async fn bundle(workspace: &Workspace, options: &Options, programs: &Path) -> Result<()> {
    let desktop = workspace.root.join("apps/desktop");
    let mut npm = process::command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.current_dir(&desktop);
    process::run(npm).await?;

    let program = fs::read(programs.join(NAME)).context("could not read the program")?;
    let changelog = workspace.target.join("changelog");
    let maintainer = options.maintainer.as_deref().unwrap_or("Hermes");
    fs::write(&changelog, debian_changelog(&desktop, maintainer).await?)
        .context("could not write the package's changelog")?;
    let libc = package::oldest_libc(&program);
    let libc = libc.map(|(major, minor)| format!("libc6 (>= {major}.{minor})"));
    let depends: Vec<_> = libc.into_iter().chain([WEBKIT.to_owned()]).collect();
    let deb = json!({ "changelog": changelog, "depends": depends });
    let says = json!({
        "productName": NAME,
        "bundle": { "publisher": maintainer, "linux": { "deb": deb } },
    });
    let kinds: Vec<_> = options.bundles.iter().map(|kind| kind.name()).collect();
    // Without a page for updates there is nothing to be written into the program for them.
    let how = [
        "bundle",
        "--ci",
        "--no-sign",
        "--no-binary-patching",
        "--bundles",
    ];
    let mut tauri = Command::new(desktop.join("node_modules/.bin/tauri"));
    tauri
        .args(how)
        .args([&kinds.join(","), "--config", &says.to_string()])
        .args(options.debug.then_some("--debug"))
        .current_dir(&desktop);
    process::run(tauri).await
}

/// The changes as Debian wants them: one line that leads to ours, dated as the release is.
async fn debian_changelog(desktop: &Path, maintainer: &str) -> Result<String> {
    let (version, date) = package::release(&desktop.join(package::METAINFO))?;
    let dated = process::command("date", ["--utc", "--rfc-email", "--date", &date]);
    let dated = process::output(dated).await?;
    Ok(format!(
        "{NAME} ({version}) unstable; urgency=medium\n\n  * As CHANGELOG.md of Hermes {version} says.\n\n \
         -- {maintainer}  {}\n",
        dated.trim(),
    ))
}

/// The file that was made last in a folder of the bundler, which keeps those of other versions.
fn newest(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("the bundler has made no `{}`", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.is_file());
    let made = |path: &PathBuf| fs::metadata(path).and_then(|about| about.modified()).ok();
    let newest = files.max_by_key(made);
    newest.with_context(|| format!("there is no package in `{}`", folder.display()))
}

/// Copies a file, and says its name.
fn copy(file: &Path, folder: &Path) -> Result<String> {
    let name = file.file_name().context("a program has a name")?;
    fs::copy(file, folder.join(name))
        .with_context(|| format!("could not copy `{}`", file.display()))?;
    Ok(name.to_string_lossy().into_owned())
}
