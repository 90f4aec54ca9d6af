//! The place of one sign-in among those of its home.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use hermes_machine::{Clock, FileLock, LockError};

use super::record::{How, Record, Stage};

/// How often a process that waits looks whether it still counts.
const LOOK: Duration = Duration::from_secs(1);

/// How long to wait for another process that takes a place at this moment.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// One's own place: as long as the file is there, this sign-in counts. Dropping it leaves the place
/// if nobody else could finish the sign-in.
#[derive(Debug)]
pub struct Standing {
    path: PathBuf,
    /// The lock under which places are taken away.
    turn: PathBuf,
    is_live: bool,
    claimed: AtomicBool,
    /// Held by whoever works on the sign-in; the kernel gives it back when the process dies.
    _lock: FileLock,
}

impl Standing {
    pub(super) fn new(path: PathBuf, turn: PathBuf, record: &Record, lock: FileLock) -> Self {
        Self {
            path,
            turn,
            is_live: matches!(record.stage, Stage::Live { .. }),
            claimed: AtomicBool::new(false),
            _lock: lock,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the right to redeem an answer. `false` if a newer sign-in has it. A process that has it
    /// keeps it, for the next rung as well.
    ///
    /// It is the removal of a name, which the system grants to one process: either this sign-in is
    /// redeemed, and a newer one finds nothing to make void, or it is void.
    pub(crate) fn claim(&self) -> bool {
        self.claimed.load(Ordering::SeqCst) || self.end(How::Finished)
    }

    /// Completes when a newer sign-in has taken the place.
    pub async fn superseded(&self, clock: &dyn Clock) {
        loop {
            clock.sleep(LOOK).await;
            if !self.claimed.load(Ordering::SeqCst) && is_absent(&self.path) {
                return;
            }
        }
    }

    /// Gives the sign-in up. `false` if it has ended already.
    pub fn cancel(&self) -> bool {
        self.end(How::Cancelled)
    }

    pub(super) fn end(&self, how: How) -> bool {
        if self.claimed.swap(true, Ordering::SeqCst) {
            return false;
        }
        let ended = end(&self.path, how).unwrap_or(false);
        self.claimed.store(ended, Ordering::SeqCst);
        ended
    }

    /// Replaces what is kept, unless it is gone: a newer sign-in must not find it there again.
    pub(super) async fn update(&self, record: &Record, clock: &dyn Clock) -> io::Result<()> {
        let turn = FileLock::acquire(&self.turn, PATIENCE, clock).await;
        let _turn = turn.map_err(|error| match error {
            LockError::Io { source, .. } => source,
            error => io::Error::other(error.to_string()),
        })?;
        match is_absent(&self.path) {
            true => Ok(()),
            false => record.write(&self.path),
        }
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        if self.is_live {
            // What cannot be removed is nobody's from now on, and swept by the next sign-in.
            let _ = fs::remove_file(&self.path);
        }
        if self.is_live || is_absent(&self.path) {
            let _ = fs::remove_file(lock_of(&self.path));
        }
    }
}

/// Ends a sign-in: its file gets another name, which one process can do, and then says how it
/// ended instead of what was secret. `false` if there is none.
pub(super) fn end(path: &Path, how: How) -> io::Result<bool> {
    let record = Record::read(path).ok().flatten();
    let kept = record.filter(|record| matches!(record.stage, Stage::Kept(_)));
    let Some(record) = kept else {
        return done(fs::remove_file(path));
    };
    let epitaph = epitaph_of(path);
    let ended = done(fs::rename(path, &epitaph))?;
    if ended && record.ended(how).write(&epitaph).is_err() {
        // Better no word of it than its secrets.
        let _ = fs::remove_file(&epitaph);
    }
    Ok(ended)
}

fn done(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_absent(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// The lock of a sign-in's file.
pub(super) fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Where it stands how a sign-in ended.
pub(super) fn epitaph_of(path: &Path) -> PathBuf {
    path.with_extension("ended")
}
