use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

use crate::Clock;

/// How often a waiting process tries again; upstream's writer uses the same.
const RETRY: Duration = Duration::from_millis(50);

/// An exclusive `flock` on a file, given back when dropped (and by the kernel when the process
/// dies). The file itself stays.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file could not be opened or locked at all.
    #[error("cannot lock `{}`", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else held it for the whole time.
    #[error("`{}` was held by another process for {} s", path.display(), waited.as_secs())]
    TimedOut {
        /// The lock file.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
}

impl FileLock {
    /// Takes the lock, waiting up to `patience`. The file is made with mode 0600 if absent; a
    /// symbolic link in its place is refused.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or the lock is not free in time.
    pub async fn acquire(
        path: &Path,
        patience: Duration,
        clock: &dyn Clock,
    ) -> Result<Self, LockError> {
        let io = |source| LockError::Io {
            path: path.to_owned(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)
            .map_err(io)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if waited < patience => {
                    clock.sleep(RETRY).await;
                    waited += RETRY;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(LockError::TimedOut {
                        path: path.to_owned(),
                        waited,
                    });
                }
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
        }
    }
}
