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
    file: File,
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
                Ok(()) => return Ok(Self { file }),
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

impl Drop for FileLock {
    /// Closing the file would give the lock back only with its last descriptor, and a process that is being started
    /// has a copy of each until it runs its program.
    fn drop(&mut self) {
        // What cannot be unlocked is closed all the same.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::{error::Error, time::Duration};

    use super::FileLock;
    use crate::SystemClock;

    #[tokio::test]
    async fn is_given_back_while_a_process_that_is_being_started_has_a_copy_of_the_file()
    -> Result<(), Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        let path = home.path().join("auth.lock");
        let lock = FileLock::acquire(&path, Duration::ZERO, &SystemClock).await?;
        let _copy = lock.file.try_clone()?;
        FileLock::acquire(&path, Duration::ZERO, &SystemClock)
            .await
            .unwrap_err();
        drop(lock);
        FileLock::acquire(&path, Duration::ZERO, &SystemClock).await?;
        Ok(())
    }
}
