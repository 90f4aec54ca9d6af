//! What the engine is held to: the checks that all engines pass, and its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attachments;
mod conformance;
mod copies;
mod forms;
mod trouble;

use std::path::{Path, PathBuf};

use hermes_storage_sqlite::SqliteStorage;
use tempfile::TempDir;

/// A directory for a database, gone when dropped.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("home/gateway.db")
    }

    async fn open(&self) -> SqliteStorage {
        SqliteStorage::open(&self.database()).await.unwrap()
    }

    /// What a process that is killed now would leave, in a place of its own.
    fn killed(&self) -> Self {
        let copy = Self::new();
        let (from, to) = (self.database(), copy.database());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&from, &to).unwrap();
        let log = |path: &Path| path.with_extension("db-wal");
        std::fs::copy(log(&from), log(&to)).unwrap();
        copy
    }

    /// Every byte of the database and of what is beside it.
    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.database().parent().unwrap()).unwrap();
        let read = |file: std::io::Result<std::fs::DirEntry>| std::fs::read(file.unwrap().path());
        files.flat_map(|file| read(file).unwrap()).collect()
    }
}
