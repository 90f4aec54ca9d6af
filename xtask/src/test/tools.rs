//! What the tests need from the machine.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::debian;
use crate::process;
use crate::say::say;

/// A thing that must be there, and the Debian package that has it.
struct Need {
    what: Thing,
    package: &'static str,
}

enum Thing {
    /// A program in `PATH` or one of the places that are missing there for some users.
    Program(&'static str),
    File(&'static str),
}

const NEEDS: &[Need] = &[
    // A C compiler is what Rust itself needs to link; ring and the fuzzer's runtime are compiled.
    program("cc", "gcc"),
    program("c++", "g++"),
    program("chromium", "chromium"),
    file(
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "fonts-dejavu-core",
    ),
    file("/usr/sbin/sshd", "openssh-server"),
    file("/usr/bin/ssh", "openssh-client"),
    file("/usr/bin/ssh-keygen", "openssh-client"),
    file("/usr/sbin/ip", "iproute2"),
    file("/usr/bin/ss", "iproute2"),
    file("/usr/bin/ps", "procps"),
    file("/usr/bin/openssl", "openssl"),
    file("/usr/bin/unshare", "util-linux"),
    file("/usr/bin/python3", "python3"),
    program("faketime", "faketime"),
    program("tmux", "tmux"),
    // A desktop's keychain, in a session of its own.
    program("dbus-run-session", "dbus"),
    program("gnome-keyring-daemon", "gnome-keyring"),
    program("curl", "curl"),
    program("lsof", "lsof"),
    // The lines that tell whom to sign in as begin with it.
    file("/usr/bin/sudo", "sudo"),
    // The units that are written are shown to it, and another user of the machine is played.
    file("/usr/bin/systemd-analyze", "systemd"),
    file("/usr/bin/setpriv", "util-linux"),
    // The completion scripts are run by the shells that they are for.
    program("zsh", "zsh"),
    program("fish", "fish"),
    // The desktop application is built with WebKit, and driven by its driver on a display of its own.
    file(
        "/usr/lib/x86_64-linux-gnu/pkgconfig/webkit2gtk-4.1.pc",
        "libwebkit2gtk-4.1-dev",
    ),
    file("/usr/bin/WebKitWebDriver", "webkit2gtk-driver"),
    file("/usr/bin/Xvfb", "xvfb"),
    file("/usr/bin/xdotool", "xdotool"),
    // What is around an application on a desktop: frames, notifications, a tray, and another program.
    file("/usr/bin/openbox", "openbox"),
    file("/usr/bin/wmctrl", "wmctrl"),
    file("/usr/bin/dunst", "dunst"),
    file(
        "/usr/bin/status-notifier-watcher",
        "haskell-status-notifier-item-utils",
    ),
    file(
        "/usr/bin/gtk-sni-tray-standalone",
        "haskell-gtk-sni-tray-utils",
    ),
    file("/usr/bin/xmessage", "x11-utils"),
    file("/usr/bin/gdbus", "libglib2.0-bin"),
    file("/usr/sbin/nginx", "nginx-light"),
    file("/usr/bin/caddy", "caddy"),
    file("/usr/sbin/haproxy", "haproxy"),
];

const fn program(name: &'static str, package: &'static str) -> Need {
    Need {
        what: Thing::Program(name),
        package,
    }
}

const fn file(path: &'static str, package: &'static str) -> Need {
    Need {
        what: Thing::File(path),
        package,
    }
}

impl Thing {
    fn is_there(&self) -> bool {
        match self {
            Self::Program(name) => find(name).is_some(),
            Self::File(path) => Path::new(path).exists(),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Program(name) | Self::File(name) => name,
        }
    }
}

/// The same without a word where everything is there, for what is read by a program.
pub(super) fn check_quietly() -> Result<()> {
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    bail!(
        "Debian packages are missing: `apt-get install --no-install-recommends {}`",
        packages.join(" ")
    );
}

/// Fails with the names of all that is missing; with `install`, installs it instead.
pub(super) async fn check(install: bool) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!(
            "the tests need root: they make network namespaces and run sshd in them. \
             Run them as root, on a machine or in a container made for that"
        );
    }
    node().await?;
    let mut packages = missing();
    if !python_makes_environments().await {
        packages.push("python3-venv");
    }
    packages.dedup();
    if packages.is_empty() {
        say!("everything is there");
        return Ok(());
    }
    if !install {
        bail!(
            "Debian packages are missing: {list}. Run `cargo xtask test --install`, or \
             `apt-get install --no-install-recommends {list}`",
            list = packages.join(" ")
        );
    }
    debian::install(&packages).await?;
    let still: Vec<_> = missing();
    if !still.is_empty() || !python_makes_environments().await {
        bail!(
            "still missing after the installation: {}",
            packages.join(" ")
        );
    }
    Ok(())
}

fn missing() -> Vec<&'static str> {
    let mut packages = Vec::new();
    for need in NEEDS.iter().filter(|need| !need.what.is_there()) {
        say!(
            "missing: {} (Debian package {})",
            need.what.name(),
            need.package
        );
        packages.push(need.package);
    }
    packages
}

/// Debian 12 has an older Node, so this one is not installed from there.
async fn node() -> Result<()> {
    const ADVICE: &str = "install Node 20 or newer, with npm, from https://nodejs.org";
    let version = process::output(process::command("node", ["--version"]))
        .await
        .context(ADVICE)?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    let major: u32 = major.and_then(|text| text.parse().ok()).unwrap_or_default();
    if major < 20 {
        bail!("Node {} is too old: {ADVICE}", version.trim());
    }
    if find("npm").is_none() {
        bail!("npm is missing: {ADVICE}");
    }
    Ok(())
}

async fn python_makes_environments() -> bool {
    let ask = process::command("python3", ["-c", "import ensurepip, venv"]);
    process::output(ask).await.is_ok()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
