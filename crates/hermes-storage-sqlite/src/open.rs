use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use hermes_machine::file;
use hermes_storage::{Storage as _, StorageError};
use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{SqliteStorage, fault::Fault, form};

/// How long one waits for another process that writes, or for a connection to come free.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that read. Each is a thread, and is made when it is first needed.
const READERS: u32 = 4;

impl SqliteStorage {
    /// Opens the database, and makes it with mode 0600 if there is none. An older form becomes the
    /// newest, and is copied before.
    ///
    /// # Errors
    ///
    /// [`StorageError::Newer`], [`StorageError::Corrupt`], [`StorageError::ReadOnly`],
    /// [`StorageError::Full`], [`StorageError::Busy`] or [`StorageError::Unusable`]. Nothing of an
    /// existing database has changed then.
    pub async fn open(place: &Path) -> Result<Self, StorageError> {
        Self::open_patiently(place, PATIENCE).await
    }

    pub(crate) async fn open_patiently(
        place: &Path,
        patience: Duration,
    ) -> Result<Self, StorageError> {
        make(place).map_err(|error| Fault::Io(error).explain(place))?;
        let storage = Self::lazily(place, patience);
        match storage.bring_up(form::STEPS).await {
            Ok(()) => Ok(storage),
            Err(fault) => {
                storage.close().await;
                Err(fault.explain(place))
            }
        }
    }

    /// The pools, without a connection yet.
    pub(crate) fn lazily(place: &Path, patience: Duration) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(place)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(patience)
            .foreign_keys(true)
            // What a person removes is gone from the file too.
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            // KiB for each connection, and what the log shrinks back to.
            .pragma("cache_size", "-512")
            .pragma("journal_size_limit", "1048576");
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(patience)
                // A connection to a file does not go stale.
                .test_before_acquire(false)
                // When the disk is full SQLite may end a transaction by itself. The library goes on
                // to count it, and such a connection would never begin another one.
                .before_acquire(|connection, _| {
                    let clean = !connection.is_in_transaction();
                    Box::pin(async move { Ok(clean) })
                })
                .idle_timeout(None)
                .max_lifetime(None)
        };
        Self {
            place: place.to_owned(),
            writer: pool(1).connect_lazy_with(options.clone()),
            readers: pool(READERS).connect_lazy_with(options),
            seen: AtomicI64::default(),
        }
    }

    /// Brings the database to the newest form, in one transaction that has the right to write from
    /// its beginning: of several processes one does it, and a killed one has done nothing.
    pub(crate) async fn bring_up(&self, steps: &'static [&'static str]) -> Result<(), Fault> {
        let mut transaction = self.begin().await?;
        let found = form::found(&mut transaction, &self.place, steps).await?;
        may_write(&mut transaction).await?;
        if found < steps.len() {
            self.keep_copy(found).await?;
            form::bring_up(&mut transaction, found, steps).await?;
        }
        transaction.commit().await?;
        let now = self.written_by_others().await?;
        self.seen.store(now, Ordering::Relaxed);
        Ok(())
    }
}

/// Fails if the file is read-only, which beginning to write does not find out.
pub(crate) async fn may_write(database: &mut SqliteConnection) -> Result<(), Fault> {
    sqlx::query!("DELETE FROM users WHERE FALSE")
        .execute(database)
        .await?;
    Ok(())
}

/// Makes a new database, with mode 0600, unless there is one. SQLite gives its mode to the two
/// files beside it.
fn make(place: &Path) -> io::Result<()> {
    if !fs::exists(place)? {
        if let Some(directory) = place.parent() {
            file::create_private_dir(directory)?;
        }
        file::create_private(place, form::NEW)?;
    }
    // A copy that was put back may be readable by all. Where the file is not ours to change, its
    // owner has decided.
    let mode = fs::metadata(place)?.permissions().mode();
    if mode & 0o077 != 0 {
        let _ = fs::set_permissions(place, fs::Permissions::from_mode(0o600));
    }
    Ok(())
}
