//! A Debian package that was made, as whoever installs it meets it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use super::NAME;
use crate::process;
use crate::say::say;

/// What software centres show, in `apps/desktop`.
pub(super) const METAINFO: &str = "linux/dev.hermes.desktop.metainfo.xml";

/// What has to be in it, each under `usr`.
const FILES: [&str; 8] = [
    "bin/hermes-desktop",
    "share/applications/hermes-desktop.desktop",
    "share/doc/hermes-desktop/changelog.gz",
    "share/doc/hermes-desktop/copyright",
    "share/icons/hicolor/128x128/apps/hermes-desktop.png",
    "share/icons/hicolor/32x32/apps/hermes-desktop.png",
    "share/icons/hicolor/512x512/apps/hermes-desktop.png",
    "share/metainfo/dev.hermes.desktop.metainfo.xml",
];

/// An opened one.
pub(crate) struct Package {
    file: PathBuf,
    root: TempDir,
}

impl Package {
    /// Unpacks it.
    pub(crate) async fn open(file: &Path) -> Result<Self> {
        let root = tempfile::tempdir().context("could not make a temporary folder")?;
        let mut unpack = process::command("dpkg-deb", ["--extract"]);
        unpack.arg(file).arg(root.path());
        process::run(unpack).await?;
        let file = file.to_owned();
        Ok(Self { file, root })
    }

    /// The application in it.
    pub(crate) fn program(&self) -> PathBuf {
        self.root.path().join("usr/bin").join(NAME)
    }

    /// Looks whether everything is in it, and asks the programs that know the rules, where they are there.
    pub(super) async fn check(&self) -> Result<()> {
        let usr = self.root.path().join("usr");
        for file in FILES {
            let is_there = usr.join(file).is_file();
            ensure!(is_there, "the package has no `usr/{file}`");
        }
        let mut field = process::command("dpkg-deb", ["--field"]);
        field.arg(&self.file).args(["Package", "Depends"]);
        let fields = process::output(field).await?;
        for wanted in [NAME, "libc6", "libwebkit2gtk-4.1-0"] {
            ensure!(fields.contains(wanted), "the package says no `{wanted}`");
        }
        let judges: [(&str, &[&str], PathBuf); 2] = [
            ("desktop-file-validate", &[], usr.join(FILES[1])),
            (
                "appstreamcli",
                &["validate", "--no-net"],
                usr.join(FILES[7]),
            ),
        ];
        for (program, arguments, file) in judges {
            let mut judge = process::command(program, arguments);
            judge.arg(file);
            asked(program, process::output(judge).await)?;
        }
        let mut lintian = process::command("lintian", ["--fail-on", "none", "--allow-root"]);
        lintian.args(["--display-level", "error"]).arg(&self.file);
        let said = asked("lintian", process::output(lintian).await)?;
        for line in said.lines().filter(|line| line.starts_with("E: ")) {
            say!("lintian: {line}");
        }
        Ok(())
    }
}

/// What a program said; nothing where the machine does not have it.
fn asked(program: &str, said: Result<String>) -> Result<String> {
    let Err(error) = said else { return said };
    let cause = error.root_cause().downcast_ref::<std::io::Error>();
    if cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::NotFound) {
        say!("`{program}` is not here and was not asked");
        return Ok(String::new());
    }
    Err(error)
}

/// The newest version of the C library whose functions a program names, and so the oldest that it starts with.
pub(super) fn oldest_libc(program: &[u8]) -> Option<(u32, u32)> {
    const MARK: &[u8] = b"GLIBC_";
    let places = program.windows(MARK.len()).enumerate();
    let places = places.filter_map(|(at, bytes)| (bytes == MARK).then_some(at + MARK.len()));
    let versions = places.filter_map(|at| {
        let number = program.get(at..)?;
        let is_number = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
        let number: Vec<u8> = number.iter().take_while(is_number).copied().collect();
        let number = String::from_utf8(number).ok()?;
        let mut parts = number.split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    });
    versions.max()
}

/// Version and date of the newest release that the metainfo names.
pub(super) fn release(metainfo: &Path) -> Result<(String, String)> {
    let text = fs::read_to_string(metainfo)
        .with_context(|| format!("could not read `{}`", metainfo.display()))?;
    let Some((_, release)) = text.split_once("<release ") else {
        bail!("`{METAINFO}` names no release");
    };
    let attribute = |name: &str| {
        let (_, value) = release.split_once(&format!("{name}=\""))?;
        Some(value.split('"').next()?.to_owned())
    };
    let found = attribute("version").zip(attribute("date"));
    found.with_context(|| format!("a release in `{METAINFO}` wants a version and a date"))
}
