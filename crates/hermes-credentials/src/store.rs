//! The file as a transaction: under the lock it is read, changed, and replaced as a whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hermes_machine::{Clock, FileLock, Home, LockError, file};

use crate::{AuthFile, ShapeError, StoreError};

mod owner;
mod proc_locks;

/// No credential file is larger.
const LIMIT: u64 = 16 * 1024 * 1024;
/// How long a writer waits for the lock; upstream waits as long.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than a sign-in adds to the file.
const ROOM: usize = 16 * 1024;

/// Where credentials are kept. Reading never waits; writing goes through a transaction, and only a
/// transaction can save. Another engine (a database, later) holds an advisory lock instead.
pub trait CredentialStore: Send + Sync {
    /// The transaction of this engine.
    type Transaction: Transaction;

    /// The content as it is now; a store that does not exist yet is empty.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read or understood.
    fn read(&self) -> Result<AuthFile, StoreError>;

    /// Waits for the lock and reads the content under it.
    ///
    /// # Errors
    ///
    /// If the lock is not to be had, or the content may not be changed.
    fn begin(&self) -> impl Future<Output = Result<Self::Transaction, StoreError>> + Send;

    /// A transaction around a change that waits for nothing: saved if the change succeeds.
    ///
    /// # Errors
    ///
    /// Those of the store, and the change's own.
    fn update<T, E>(
        &self,
        change: impl FnOnce(&mut AuthFile) -> Result<T, E> + Send,
    ) -> impl Future<Output = Result<T, E>> + Send
    where
        T: Send,
        E: From<StoreError> + Send,
    {
        async move {
            let mut transaction = self.begin().await?;
            let result = change(transaction.file_mut())?;
            transaction.save().await?;
            Ok(result)
        }
    }
}

/// The content under the lock. Dropping it gives the lock back and changes nothing.
pub trait Transaction: Send {
    /// The content.
    fn file(&self) -> &AuthFile;

    /// The content, to be changed.
    fn file_mut(&mut self) -> &mut AuthFile;

    /// Makes the content durable; the lock is still held afterwards.
    ///
    /// # Errors
    ///
    /// If that is not possible; the old content is then still there.
    fn save(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// `auth.json` under the `flock` on `auth.lock`, as upstream keeps it.
#[derive(Clone)]
pub struct FileStore {
    home: Home,
    clock: Arc<dyn Clock>,
    user: u32,
}

impl FileStore {
    /// The file of a home; touches nothing.
    pub fn new(home: Home, clock: Arc<dyn Clock>) -> Self {
        Self {
            home,
            clock,
            user: rustix::process::geteuid().as_raw(),
        }
    }

    /// The same as if another user ran this program.
    #[must_use]
    pub fn as_user(self, user: u32) -> Self {
        Self { user, ..self }
    }

    /// The home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Takes a lock beside the credential file's own.
    pub(crate) async fn lock(&self, path: &Path) -> Result<FileLock, StoreError> {
        FileLock::acquire(path, PATIENCE, &*self.clock)
            .await
            .map_err(|error| match error {
                LockError::TimedOut { path, waited } => StoreError::Locked {
                    holder: proc_locks::holder(&path),
                    waited: waited.as_secs(),
                    path,
                },
                LockError::Io { path, source } => unwritten(&path, source),
                other => unwritten(path, io::Error::other(other)),
            })
    }

    /// Whether something could be saved now. Asked before a person is sent to a browser, so that
    /// nobody approves what is then lost; the save itself checks again.
    pub(crate) fn check_can_save(&self) -> Result<(), StoreError> {
        owner::check(&self.home, self.user)?;
        file::create_private_dir(self.home.path())
            .map_err(|error| unwritten(self.home.path(), error))?;
        self.check_writable()?;
        let content = self.read()?;
        if let Some(version) = content.newer_version() {
            let path = self.home.auth_json();
            return Err(StoreError::NewerFormat { path, version });
        }
        let room = content.text().expose().len() + ROOM;
        file::check_room(self.home.path(), room)
            .map_err(|error| unwritten(&self.home.auth_json(), error))
    }

    /// Everything that can be checked quickly before something is spent that only a write can save:
    /// whether the directory admits the temporary file that replaces `auth.json`.
    pub(crate) fn check_writable(&self) -> Result<(), StoreError> {
        let path = self.home.auth_json();
        let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let directory = target.parent().unwrap_or_else(|| self.home.path());
        let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        rustix::fs::access(directory, access).map_err(|errno| unwritten(&path, errno.into()))
    }
}

impl CredentialStore for FileStore {
    type Transaction = FileTransaction;

    fn read(&self) -> Result<AuthFile, StoreError> {
        let path = self.home.auth_json();
        let unreadable = |reason: String| StoreError::Unreadable {
            path: path.clone(),
            reason,
        };
        // Looked at before it is opened: opening a pipe would wait for its other end.
        match fs::metadata(&path) {
            Ok(meta) if !meta.is_file() => {
                return Err(unreadable("it is not a regular file".to_owned()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(AuthFile::default());
            }
            Err(error) => return Err(unreadable(error.to_string())),
        }
        let corrupt = |source| StoreError::Corrupt {
            path: path.clone(),
            source,
        };
        match file::read_bounded(&path, LIMIT) {
            Ok(Some(bytes)) => AuthFile::parse(&bytes).map_err(corrupt),
            Ok(None) => Ok(AuthFile::default()),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(corrupt(ShapeError::TooLarge))
            }
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    async fn begin(&self) -> Result<FileTransaction, StoreError> {
        owner::check(&self.home, self.user)?;
        file::create_private_dir(self.home.path())
            .map_err(|error| unwritten(self.home.path(), error))?;
        let lock = self.lock(&self.home.auth_lock()).await?;
        let content = self.read()?;
        if let Some(version) = content.newer_version() {
            return Err(StoreError::NewerFormat {
                path: self.home.auth_json(),
                version,
            });
        }
        Ok(FileTransaction {
            path: self.home.auth_json(),
            clock: Arc::clone(&self.clock),
            content,
            _lock: lock,
        })
    }
}

/// A transaction over `auth.json`.
pub struct FileTransaction {
    content: AuthFile,
    path: PathBuf,
    clock: Arc<dyn Clock>,
    _lock: FileLock,
}

impl FileTransaction {
    /// [`Transaction::save`] without a point at which a task could be dropped: between a
    /// provider's answer and the disk there must be none.
    pub(crate) fn save_now(&mut self) -> Result<(), StoreError> {
        self.content.stamp(self.clock.now());
        let text = self.content.text();
        file::sweep_beside(&self.path);
        file::write_private(&self.path, text.expose().as_bytes())
            .map_err(|error| unwritten(&self.path, error))
    }
}

impl Transaction for FileTransaction {
    fn file(&self) -> &AuthFile {
        &self.content
    }

    fn file_mut(&mut self) -> &mut AuthFile {
        &mut self.content
    }

    async fn save(&mut self) -> Result<(), StoreError> {
        self.save_now()
    }
}

/// What a failed writing means.
pub(crate) fn unwritten(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path, source }
        }
        _ => StoreError::Write { path, source },
    }
}

#[cfg(test)]
mod tests;
