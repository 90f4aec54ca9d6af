//! A database that cannot be used says why, and lets nobody in.

use std::{fs, os::unix::fs::PermissionsExt as _};

use hermes_errors::{Code, Explain as _};
use hermes_machine::file;
use hermes_storage::{Horizon, Role, Storage as _, TokenHash, UserId};
use hermes_storage_sqlite::SqliteStorage;
use jiff::Timestamp;

use crate::Place;

async fn refused(place: &Place) -> Code {
    let error = SqliteStorage::open(&place.database()).await.unwrap_err();
    error.code()
}

/// Runs statements on the file from outside.
pub(super) async fn meddle(place: &Place, statements: &'static str) {
    use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
    let options = SqliteConnectOptions::new().filename(place.database());
    let mut database = options.connect().await.unwrap();
    sqlx::raw_sql(statements)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
}

#[tokio::test]
async fn a_newer_form_is_refused_and_left_alone() {
    let place = Place::new();
    place.open().await.close().await;
    meddle(&place, "PRAGMA user_version = 1000").await;
    let before = place.bytes();
    assert_eq!(refused(&place).await, Code::StorageNewer);
    assert!(place.bytes() == before, "the file has changed");
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    for statements in [
        "PRAGMA user_version = 0",
        "CREATE TABLE users (id)",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 7",
        "PRAGMA journal_mode = WAL; CREATE TABLE users (id)",
    ] {
        let place = Place::new();
        fs::create_dir(place.database().parent().unwrap()).unwrap();
        fs::File::create(place.database()).unwrap();
        meddle(&place, statements).await;
        let before = place.bytes();
        assert_eq!(refused(&place).await, Code::StorageCorrupt);
        assert!(place.bytes() == before, "the file has changed");
    }
}

#[tokio::test]
async fn ds7_a_damaged_file_lets_nobody_in() {
    let place = Place::new();
    place.open().await.close().await;
    let good = fs::read(place.database()).unwrap();
    let noise: Vec<u8> = (0..good.len()).map(|n| (n * 7 % 251) as u8).collect();
    let mut half = good.clone();
    half[200..].fill(0xa5);
    for bytes in [
        noise.as_slice(),
        &half,
        &good[..good.len() / 2],
        &good[..100],
        &[],
    ] {
        file::write_private(&place.database(), bytes).unwrap();
        // Where the damage is not seen on opening, asking meets it.
        let code = match SqliteStorage::open(&place.database()).await {
            Err(error) => error.code(),
            Ok(storage) => {
                let at = Horizon {
                    now: Timestamp::UNIX_EPOCH,
                    idle: std::time::Duration::ZERO,
                };
                let hash = TokenHash::of("x");
                let answer = storage.sessions().by_access(&hash, at).await;
                answer.unwrap_err().code()
            }
        };
        assert_eq!(code, Code::StorageCorrupt, "{} bytes", bytes.len());
    }
}

#[tokio::test]
async fn a_stored_value_that_is_none_is_no_user() {
    let place = Place::new();
    let storage = place.open().await;
    meddle(
        &place,
        "INSERT INTO users (id, role, disabled, created_at) VALUES ('owner', 'owner', 0, 1 << 62)",
    )
    .await;
    let error = storage.users().find(UserId::owner()).await.unwrap_err();
    assert_eq!(error.code(), Code::StorageCorrupt);
}

#[tokio::test]
async fn something_else_in_its_place_is_refused() {
    let place = Place::new();
    fs::create_dir_all(place.database()).unwrap();
    assert_eq!(refused(&place).await, Code::StorageUnusable);
}

/// The rights of this thread and of those it starts become those of a user like any other, for
/// whom the mode of a file counts.
fn without_privilege() {
    use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
    let over = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
    let now = capabilities(None).unwrap();
    let sets = CapabilitySets {
        effective: now.effective - over,
        permitted: now.permitted - over,
        inheritable: now.inheritable - over,
    };
    set_capabilities(None, sets).unwrap();
}

#[test]
fn ds7_a_file_that_cannot_be_written_says_so() {
    without_privilege();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let place = Place::new();
        place.open().await.close().await;
        let mode = |mode| fs::Permissions::from_mode(mode);
        fs::set_permissions(place.database(), mode(0o400)).unwrap();
        assert_eq!(refused(&place).await, Code::StorageReadOnly);
        fs::set_permissions(place.database(), mode(0o000)).unwrap();
        assert_eq!(refused(&place).await, Code::StorageUnusable);

        // What a reader made beside the file has its mode, and would go on to be in the way.
        for beside in ["db-wal", "db-shm"] {
            fs::remove_file(place.database().with_extension(beside)).unwrap();
        }
        fs::set_permissions(place.database(), mode(0o600)).unwrap();
        let directory = place.database();
        let directory = directory.parent().unwrap();
        fs::set_permissions(directory, mode(0o500)).unwrap();
        let code = refused(&place).await;
        fs::set_permissions(directory, mode(0o700)).unwrap();
        assert_eq!(code, Code::StorageReadOnly);
        place.open().await.close().await;
    });
}

#[tokio::test]
async fn after_closing_everything_fails() {
    let place = Place::new();
    let storage = place.open().await;
    storage.check().await.unwrap();
    storage.close().await;
    let owner = UserId::owner();
    let users = storage.users();
    for code in [
        storage.check().await.unwrap_err().code(),
        users.find(owner).await.unwrap_err().code(),
        users.set_role(owner, Role::Owner).await.unwrap_err().code(),
    ] {
        assert_eq!(code, Code::StorageBusy);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_database_at_once() {
    let place = Place::new();
    let opening = (0..8).map(|n| {
        let database = place.database();
        tokio::spawn(async move {
            let storage = SqliteStorage::open(&database).await.unwrap();
            let key = hermes_storage::CounterKey::of("process", &format!("{n}"));
            let rule = hermes_storage::Backoff {
                free: 0,
                first: std::time::Duration::from_secs(1),
                longest: std::time::Duration::from_secs(1),
                forget_after: std::time::Duration::from_secs(1),
            };
            let both = [
                (key, rule),
                (hermes_storage::CounterKey::of("all", ""), rule),
            ];
            let now = Timestamp::UNIX_EPOCH;
            storage.counters().fail(&both, now).await.unwrap();
            storage
        })
    });
    let opening: Vec<_> = opening.collect();
    let mut storages = Vec::new();
    for opened in opening {
        storages.push(opened.await.unwrap());
    }
    let all = [hermes_storage::CounterKey::of("all", "")];
    for storage in &storages {
        let counters = storage.counters().get(&all).await.unwrap();
        assert_eq!(counters[0].map(|counter| counter.failures), Some(8));
    }
}
