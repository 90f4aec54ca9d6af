//! The directory of the sign-ins of one home.

use std::{
    ffi::OsStr,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hermes_machine::{Clock, FileLock, Home, LockError, Random, file};
use hermes_oauth::{Ports, Registration};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    PendingError, Standing, Waiting,
    record::{How, Kept, Record, Stage},
    standing::{PATIENCE, end, epitaph_of, lock_of},
};

/// How many sign-ins are kept for another process; the oldest gives way.
const MOST: usize = 32;
/// How many files are looked at.
const FILES: usize = 1024;
/// For how long it is known how one ended.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// When a sign-in that waits is over in any case.
pub(super) const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The sign-ins of one home that have begun and not ended.
#[derive(Clone, Debug)]
pub struct Attempts {
    home: PathBuf,
    run: PathBuf,
    directory: PathBuf,
}

/// A sign-in that begins.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// With whom.
    pub provider: &'a str,
    /// What the credential will be called. Sign-ins with different labels are different accounts,
    /// and may wait beside each other.
    pub label: Option<&'a str>,
}

/// What came of taking a place.
pub(super) struct Placed {
    pub(super) standing: Standing,
    pub(super) waiting: Waiting,
    pub(super) voided: Vec<Waiting>,
}

/// A sign-in that another process began.
pub struct Resumed {
    /// What is shown of it.
    pub waiting: Waiting,
    /// The client it was begun as.
    pub registration: Registration,
    /// Its place.
    pub standing: Arc<Standing>,
    pub(super) parked: Value,
    pub(super) record: Record,
}

impl Attempts {
    /// Those of this home; touches nothing.
    pub fn of(home: &Home) -> Self {
        Self {
            home: home.path().to_owned(),
            run: home.run(),
            directory: home.run().join("pending"),
        }
    }

    /// Takes a place for a sign-in of this process. Those that it makes void are in the answer.
    ///
    /// # Errors
    ///
    /// If the directory cannot be written.
    pub async fn enter(
        &self,
        newcomer: Newcomer<'_>,
        ports: &Ports,
    ) -> Result<(Standing, Vec<Waiting>), PendingError> {
        let process = std::process::id();
        let stage = Stage::Live { process };
        let placed = self.place(newcomer, LONGEST, stage, ports).await?;
        Ok((placed.standing, placed.voided))
    }

    pub(super) async fn place(
        &self,
        newcomer: Newcomer<'_>,
        life: Duration,
        stage: Stage,
        ports: &Ports,
    ) -> Result<Placed, PendingError> {
        let disk = |source| self.disk(source);
        for directory in [&self.home, &self.run, &self.directory] {
            file::create_private_dir(directory).map_err(disk)?;
        }
        // One at a time: of two that begin at once, one is the newer.
        let _turn = self.turn(&*ports.clock).await?;
        let now = ports.clock.now();
        self.sweep(now, &*ports.clock).await;
        let voided = self.make_void(newcomer);
        let path = self.free_path(&*ports.random);
        let waiting = Waiting {
            id: name(&path).to_owned(),
            provider: newcomer.provider.to_owned(),
            label: newcomer.label.map(str::to_owned),
            flow: stage.flow(),
            process: stage.process(),
            since: now,
            expires_at: now.checked_add(life).unwrap_or(Timestamp::MAX),
        };
        let record = Record::new(&waiting, stage);
        let lock = FileLock::acquire(&lock_of(&path), Duration::ZERO, &*ports.clock).await;
        let lock = lock.map_err(|error| self.unlocked(error))?;
        record.write(&path).map_err(disk)?;
        let standing = Standing::new(path, self.turn_path(), &record, lock);
        Ok(Placed {
            standing,
            waiting,
            voided,
        })
    }

    /// Those that another process may finish, the oldest first. No lock is taken, nothing is
    /// changed, and what cannot be read is left out.
    pub fn kept(&self, now: Timestamp) -> Vec<Waiting> {
        let mut kept: Vec<_> = self
            .records()
            .into_iter()
            .filter(|(_, record)| matches!(record.stage, Stage::Kept(_)))
            .filter_map(|(_, record)| record.waiting())
            .filter(|waiting| waiting.expires_at > now)
            .collect();
        kept.sort_by_key(|waiting| waiting.since);
        kept
    }

    /// The files of those that nobody finished in time and nobody has removed yet. Each holds a PKCE
    /// verifier or a device code. No lock is taken, and nothing is changed.
    pub fn leftovers(&self, now: Timestamp) -> Vec<PathBuf> {
        let mut leftovers: Vec<_> = self
            .records()
            .into_iter()
            .filter(|(_, record)| matches!(record.stage, Stage::Kept(_)))
            .filter(|(_, record)| record.is_over(now))
            .map(|(path, _)| path)
            .collect();
        leftovers.sort_unstable();
        leftovers
    }

    /// Ends them, as the next sign-in would. What a process works on at this moment stays.
    ///
    /// # Errors
    ///
    /// If the lock of the directory cannot be taken.
    pub async fn tidy(&self, ports: &Ports) -> Result<(), PendingError> {
        let _turn = self.turn(&*ports.clock).await?;
        self.sweep(ports.clock.now(), &*ports.clock).await;
        Ok(())
    }

    /// Takes up the sign-in of this id, or the only one.
    ///
    /// # Errors
    ///
    /// If there is none, or several and no id; if it has ended, or another process has taken it up.
    pub async fn resume(&self, id: Option<&str>, ports: &Ports) -> Result<Resumed, PendingError> {
        let now = ports.clock.now();
        if self.directory.is_dir() {
            let _turn = self.turn(&*ports.clock).await?;
            self.sweep(now, &*ports.clock).await;
        }
        let id = match (id, &self.kept(now)[..]) {
            (Some(id), _) => id.trim().to_owned(),
            (None, [only]) => only.id.clone(),
            (None, []) => return Err(PendingError::None),
            (None, several) => {
                return Err(PendingError::Several {
                    count: several.len(),
                });
            }
        };
        let path = self.path(&id)?;
        if !path.exists() {
            return Err(self.why_absent(&id, &path));
        }
        let lock = FileLock::acquire(&lock_of(&path), Duration::ZERO, &*ports.clock).await;
        let lock = lock.map_err(|error| match error {
            LockError::TimedOut { .. } => PendingError::Busy { id: id.clone() },
            error => self.unlocked(error),
        })?;
        // Looked at under the lock: whoever had it may have ended the sign-in.
        let record = match Record::read(&path) {
            Ok(Some(record)) => record,
            Ok(None) => {
                let _ = fs::remove_file(lock_of(&path));
                return Err(self.why_absent(&id, &path));
            }
            Err(_) => return Err(unreadable(&id)),
        };
        let standing = Standing::new(path, self.turn_path(), &record, lock);
        let (Stage::Kept(kept), Some(waiting)) = (&record.stage, record.waiting()) else {
            return Err(unreadable(&id));
        };
        Ok(Resumed {
            registration: kept.registration(),
            parked: kept.parked.clone(),
            standing: Arc::new(standing),
            waiting,
            record,
        })
    }

    /// Gives up the sign-in of this id, whatever its file holds, or the only one.
    ///
    /// # Errors
    ///
    /// As [`Self::resume`].
    pub async fn cancel(&self, id: Option<&str>, ports: &Ports) -> Result<String, PendingError> {
        match self.resume(id, ports).await {
            Ok(resumed) => {
                resumed.standing.cancel();
                Ok(resumed.waiting.id)
            }
            Err(PendingError::Unreadable { id, .. }) => {
                let path = self.path(&id)?;
                fs::remove_file(&path).map_err(|source| self.disk(source))?;
                let _ = fs::remove_file(lock_of(&path));
                Ok(id)
            }
            Err(error) => Err(error),
        }
    }

    /// The path of an id, which is of our own making and leads nowhere else.
    fn path(&self, id: &str) -> Result<PathBuf, PendingError> {
        let is_ours = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_ours {
            true => Ok(self.directory.join(format!("{id}.json"))),
            false => Err(PendingError::Unknown {
                id: hermes_secret::plain(id, 40),
            }),
        }
    }

    fn free_path(&self, random: &dyn Random) -> PathBuf {
        loop {
            let path = self.directory.join(format!("{}.json", random.hex(4)));
            if !path.exists() && !epitaph_of(&path).exists() {
                return path;
            }
        }
    }

    fn why_absent(&self, id: &str, path: &Path) -> PendingError {
        let id = id.to_owned();
        let ended = Record::read(&epitaph_of(path)).ok().flatten();
        let Some(Record {
            provider, stage, ..
        }) = ended
        else {
            return PendingError::Unknown { id };
        };
        match stage {
            Stage::Ended(How::Superseded) => PendingError::Superseded { id, provider },
            Stage::Ended(How::Expired) => PendingError::Expired { id, provider },
            Stage::Ended(How::Cancelled) => PendingError::Ended {
                id,
                provider,
                how: "was given up",
            },
            _ => PendingError::Ended {
                id,
                provider,
                how: "was finished already",
            },
        }
    }

    /// Takes the place of those for the same provider and label, and of the oldest if there are too
    /// many. Called under the lock of the directory.
    fn make_void(&self, newcomer: Newcomer<'_>) -> Vec<Waiting> {
        let is_same = |record: &Record| {
            record.provider == newcomer.provider && record.label.as_deref() == newcomer.label
        };
        let (mut void, mut others): (Vec<_>, Vec<_>) = self
            .records()
            .into_iter()
            .filter_map(|(path, record)| Some((path, is_same(&record), record.waiting()?)))
            .partition(|(_, is_same, _)| *is_same);
        others.retain(|(.., waiting)| waiting.flow.is_some());
        others.sort_by_key(|(.., waiting)| waiting.since);
        let excess = (others.len() + 1).saturating_sub(MOST);
        void.extend(others.drain(..excess));
        let void = void.into_iter();
        // One that has claimed its answer meanwhile is not void.
        void.filter(|(path, ..)| end(path, How::Superseded).unwrap_or(false))
            .map(|(.., waiting)| waiting)
            .collect()
    }

    /// Removes what nobody will come back for: the places of processes that were killed, sign-ins
    /// whose time is over, and the memory of those that ended long ago.
    async fn sweep(&self, now: Timestamp, clock: &dyn Clock) {
        file::sweep_in(&self.directory);
        for path in self.files("json") {
            let is_over = match Record::read(&path) {
                Ok(Some(record)) => {
                    matches!(record.stage, Stage::Live { .. }) || record.is_over(now)
                }
                // It may be a newer program's.
                _ => is_old(&path, now),
            };
            if !is_over {
                continue;
            }
            let lock = FileLock::acquire(&lock_of(&path), Duration::ZERO, clock).await;
            if lock.is_ok() {
                let _ = end(&path, How::Expired);
                let _ = fs::remove_file(lock_of(&path));
            }
        }
        for path in self.files("lock") {
            if !path.with_extension("json").exists() {
                let _ = fs::remove_file(path);
            }
        }
        for path in self.files("ended") {
            let record = Record::read(&path).ok().flatten();
            let until = record
                .and_then(|record| record.waiting())
                .and_then(|waiting| waiting.expires_at.checked_add(MEMORY).ok());
            if until.is_none_or(|until| until <= now) {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn records(&self) -> Vec<(PathBuf, Record)> {
        let files = self.files("json").into_iter();
        files
            .filter_map(|path| Some((Record::read(&path).ok()??, path)))
            .map(|(record, path)| (path, record))
            .collect()
    }

    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        entries
            .take(FILES)
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension() == Some(OsStr::new(extension)))
            .collect()
    }

    async fn turn(&self, clock: &dyn Clock) -> Result<FileLock, PendingError> {
        let lock = FileLock::acquire(&self.turn_path(), PATIENCE, clock).await;
        lock.map_err(|error| self.unlocked(error))
    }

    fn turn_path(&self) -> PathBuf {
        self.run.join("pending.lock")
    }

    fn unlocked(&self, error: LockError) -> PendingError {
        self.disk(match error {
            LockError::Io { source, .. } => source,
            error => io::Error::other(error.to_string()),
        })
    }

    fn disk(&self, source: io::Error) -> PendingError {
        PendingError::Disk {
            path: self.directory.clone(),
            source,
        }
    }
}

/// Whether nobody has written the file for longer than anything is remembered.
fn is_old(path: &Path, now: Timestamp) -> bool {
    let written = fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let written = written.and_then(|at| Timestamp::try_from(at).ok());
    written
        .and_then(|at| at.checked_add(MEMORY).ok())
        .is_some_and(|until| until <= now)
}

fn unreadable(id: &str) -> PendingError {
    PendingError::Unreadable {
        id: id.to_owned(),
        reason: hermes_oauth::ParkedError::Form,
    }
}

fn name(path: &Path) -> &str {
    let stem = path.file_stem().and_then(OsStr::to_str);
    stem.unwrap_or_default()
}

impl fmt::Debug for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resumed")
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl Resumed {
    pub(super) fn disk(&self, source: io::Error) -> PendingError {
        let path = self.standing.path();
        PendingError::Disk {
            path: path.to_owned(),
            source,
        }
    }
}

impl Kept {
    /// The stage of a sign-in that another process finishes.
    pub(super) fn stage(self) -> Stage {
        Stage::Kept(Box::new(self))
    }
}
