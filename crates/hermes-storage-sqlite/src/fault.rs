use std::{error::Error, io, path::Path};

use hermes_storage::StorageError;

/// What went wrong in the work of one method, before it is known which database it was.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The library or SQLite said so.
    Sql(sqlx::Error),
    /// A stored value is none that we store.
    Damaged(Box<dyn Error + Send + Sync>),
    /// The file system said so.
    Io(io::Error),
    /// What was asked for cannot be.
    Refused(StorageError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    pub(crate) fn damaged(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Damaged(error.into())
    }

    /// The error that is shown.
    pub(crate) fn explain(self, place: &Path) -> StorageError {
        let place = place.to_owned();
        match self {
            Self::Refused(error) => error,
            Self::Damaged(source) => StorageError::Corrupt { place, source },
            Self::Io(error) => match error.kind() {
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    StorageError::ReadOnly {
                        place,
                        source: error.into(),
                    }
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    StorageError::Full { place }
                }
                _ => StorageError::Unusable {
                    place,
                    source: error.into(),
                },
            },
            Self::Sql(error) => match Kind::of(&error) {
                Kind::Busy => StorageError::Busy { place },
                Kind::Closed => StorageError::Closed,
                Kind::Full => StorageError::Full { place },
                Kind::ReadOnly => StorageError::ReadOnly {
                    place,
                    source: error.into(),
                },
                Kind::Corrupt => StorageError::Corrupt {
                    place,
                    source: error.into(),
                },
                Kind::Other => StorageError::Unusable {
                    place,
                    source: error.into(),
                },
            },
        }
    }
}

enum Kind {
    Busy,
    Closed,
    Full,
    ReadOnly,
    Corrupt,
    Other,
}

impl Kind {
    /// By SQLite's result codes (sqlite.org/rescode.html), of which the low byte is the primary.
    fn of(error: &sqlx::Error) -> Self {
        /// The shared-memory file could not be made larger: no room for it.
        const SHARED_MEMORY_SIZE: i32 = 4874;
        let code = match error {
            sqlx::Error::PoolTimedOut => return Self::Busy,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => return Self::Closed,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => return Self::Corrupt,
            sqlx::Error::Database(error) => error.code(),
            _ => None,
        };
        let Some(code) = code.and_then(|code| code.parse::<i32>().ok()) else {
            return Self::Other;
        };
        match (code, code & 0xff) {
            (SHARED_MEMORY_SIZE, _) | (_, 13) => Self::Full,
            (_, 5 | 6) => Self::Busy,
            (_, 8) => Self::ReadOnly,
            (_, 11 | 26) => Self::Corrupt,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hermes_machine::BoxFuture;
    use hermes_storage::{CounterKey, NewUser, Role, Storage as _, UserId};
    use jiff::Timestamp;

    use super::*;
    use crate::SqliteStorage;

    /// Short, since it is waited for; a connection is made in less.
    const IMPATIENCE: Duration = Duration::from_millis(300);

    async fn open(directory: &tempfile::TempDir) -> SqliteStorage {
        let place = directory.path().join("gateway.db");
        SqliteStorage::open(&place).await.unwrap()
    }

    async fn open_impatiently(directory: &tempfile::TempDir) -> SqliteStorage {
        let place = directory.path().join("gateway.db");
        let opened = SqliteStorage::open_patiently(&place, IMPATIENCE);
        opened.await.unwrap()
    }

    fn user(id: &str) -> NewUser {
        NewUser {
            id: id.parse().unwrap(),
            login: None,
            display_name: None,
            email: None,
            role: Role::Owner,
            created_at: Timestamp::UNIX_EPOCH,
            password: None,
            identity: None,
        }
    }

    #[tokio::test]
    async fn ds7_a_full_disk_undoes_the_write_and_reading_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let storage = open(&directory).await;
        storage.users().create(user("owner")).await.unwrap();
        // SQLite treats its own bound as it treats the disk's.
        sqlx::raw_sql("PRAGMA max_page_count = 1")
            .execute(&storage.writer)
            .await
            .unwrap();
        let rule = hermes_storage::Backoff {
            free: 0,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(1),
            forget_after: Duration::from_secs(1),
        };
        let keys: Vec<_> = (0..500)
            .map(|n| (CounterKey::of("k", &n.to_string()), rule))
            .collect();
        let failed = storage.counters().fail(&keys, Timestamp::UNIX_EPOCH).await;
        assert!(
            matches!(failed, Err(StorageError::Full { .. })),
            "{failed:?}"
        );
        let kept = storage.counters().get(&[keys[0].0]).await.unwrap();
        assert_eq!(kept, [None], "all or nothing");
        let owner = storage.users().find(UserId::owner()).await.unwrap();
        assert!(owner.is_some());
        // Once there is room, writing goes on too.
        sqlx::raw_sql("PRAGMA max_page_count = 1000000")
            .execute(&storage.writer)
            .await
            .unwrap();
        let counted = storage.counters().fail(&keys, Timestamp::UNIX_EPOCH).await;
        assert_eq!(counted.unwrap().len(), keys.len());
    }

    #[tokio::test]
    async fn ds7_a_busy_database_is_not_waited_for_without_end() {
        let directory = tempfile::tempdir().unwrap();
        let one = open_impatiently(&directory).await;
        let other = open_impatiently(&directory).await;
        let writing = one.begin().await.unwrap();
        let busy = other.users().create(user("owner")).await;
        assert!(matches!(busy, Err(StorageError::Busy { .. })), "{busy:?}");
        assert!(matches!(
            other.check().await,
            Err(StorageError::Busy { .. })
        ));
        // Neither is the connection that is in use here.
        let busy = one.users().create(user("owner")).await;
        assert!(matches!(busy, Err(StorageError::Busy { .. })), "{busy:?}");
        assert_eq!(
            other.users().list().await.unwrap(),
            [],
            "readers do not wait"
        );
        writing.rollback().await.unwrap();
        other.users().create(user("owner")).await.unwrap();
        assert_eq!(one.users().list().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_others_write_is_noticed_once() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory).await, open(&directory).await);
        let changed = async |storage: &SqliteStorage| storage.changed_elsewhere().await.unwrap();
        one.changed_elsewhere().await.unwrap();
        assert!(!changed(&one).await && !changed(&other).await);
        one.users().create(user("owner")).await.unwrap();
        one.users().list().await.unwrap();
        assert!(!changed(&one).await, "it was us");
        assert!(changed(&other).await);
        assert!(!changed(&other).await);
    }

    #[tokio::test]
    async fn what_is_given_up_half_way_has_never_been() {
        let directory = tempfile::tempdir().unwrap();
        let storage = open(&directory).await;
        // Each time it gets one step further before it is dropped.
        for steps in 0..40 {
            let id = format!("u{steps}");
            let mut adding: BoxFuture<'_, _> = storage.users().create(user(&id));
            for _ in 0..steps {
                if futures_util::poll!(&mut adding).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(adding);
            let id = id.parse().unwrap();
            storage.users().create(user("next")).await.unwrap();
            storage
                .users()
                .remove("next".parse().unwrap())
                .await
                .unwrap();
            // Whichever it is, the next one found a clean connection.
            storage.users().find(id).await.unwrap();
        }
    }
}
