//! `policy-rc.d`: the machine's word on whether an installed service may start.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::say::complain;

/// Exit code 101 means "do not". The second line is how we know our own file again.
const DENY: &str =
    "#!/bin/sh\n# put here by `cargo xtask test --install` while it installs packages\nexit 101\n";

/// While this lives, no service starts itself. The policy of before comes back at the end, also
/// when the installation fails or is interrupted; and the next run repairs what a killed one left.
pub(super) struct NoServices {
    path: PathBuf,
    restored: bool,
}

impl NoServices {
    pub(super) fn set(path: &Path) -> Result<Self> {
        let policy = Self {
            path: path.to_owned(),
            restored: false,
        };
        policy
            .put_back()
            .context("could not repair what an earlier run left")?;
        // Renamed, not copied: it comes back with its mode, owner and times.
        match fs::rename(path, policy.saved()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error)
                    .with_context(|| format!("could not set aside `{}`", path.display()));
            }
            _ => {}
        }
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(path)
            .and_then(|mut file| file.write_all(DENY.as_bytes()))
            .with_context(|| format!("could not write `{}`", path.display()))?;
        Ok(policy)
    }

    /// Puts the policy of before back; unlike a drop, it can say that this failed.
    pub(super) fn restore(mut self) -> Result<()> {
        self.restored = true;
        self.put_back()
            .with_context(|| format!("could not put `{}` back as it was", self.path.display()))
    }

    fn saved(&self) -> PathBuf {
        let mut name = OsString::from(self.path.as_os_str());
        name.push(".before-hermes-xtask");
        name.into()
    }

    fn put_back(&self) -> std::io::Result<()> {
        if fs::read_to_string(&self.path).is_ok_and(|text| text == DENY) {
            fs::remove_file(&self.path)?;
        }
        match fs::rename(self.saved(), &self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if !self.restored
            && let Err(error) = self.put_back()
        {
            complain!(
                "could not put `{}` back as it was: {error}",
                self.path.display()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy-rc.d");
        (folder, path)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn no_policy_stays_no_policy() {
        let (folder, path) = folder();
        let policy = NoServices::set(&path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("exit 101"));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o755
        );
        policy.restore().unwrap();
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_policy_comes_back_as_it_was_also_on_failure() {
        let (folder, path) = folder();
        fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        drop(NoServices::set(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "#!/bin/sh\nexit 0\n");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o750
        );
        assert_eq!(names(folder.path()), ["policy-rc.d"]);
    }

    #[test]
    fn what_a_killed_run_left_is_repaired() {
        let (folder, path) = folder();
        fs::write(&path, "the machine's own").unwrap();
        std::mem::forget(NoServices::set(&path).unwrap());
        NoServices::set(&path).unwrap().restore().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the machine's own");
        assert_eq!(names(folder.path()), ["policy-rc.d"]);
    }
}
