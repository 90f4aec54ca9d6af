//! Databases of programs of before: what becomes of them, and the way back.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use hermes_errors::{Code, Explain as _};
use hermes_machine::file;
use hermes_storage::{Role, Storage as _, UserId};
use hermes_storage_sqlite::SqliteStorage;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection,
    sqlite::SqliteConnectOptions,
};

use crate::Place;

/// The newest form.
const NEWEST: usize = SqliteStorage::FORM;

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.create_if_missing(true).connect().await.unwrap()
}

/// A database as the program that knew this form has left it, with an owner in it.
async fn of_form(form: usize) -> Place {
    let place = Place::new();
    fs::create_dir(place.database().parent().unwrap()).unwrap();
    let mut database = connect(&place.database()).await;
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for step in 1..=form {
        let step = fs::read_to_string(migrations.join(format!("{step}.sql"))).unwrap();
        let taken = sqlx::raw_sql(AssertSqlSafe(step)).execute(&mut database);
        taken.await.unwrap();
    }
    let marks = format!(
        "PRAGMA application_id = {}; PRAGMA user_version = {form}; PRAGMA journal_mode = WAL;
         INSERT INTO users (id, role, disabled, created_at) VALUES ('owner', 'owner', 0, 0)",
        0x4872_6d73
    );
    let marked = sqlx::raw_sql(AssertSqlSafe(marks)).execute(&mut database);
    marked.await.unwrap();
    database.close().await.unwrap();
    place
}

fn copy(place: &Place, form: usize) -> PathBuf {
    SqliteStorage::copy_of(&place.database(), form)
}

/// The names of all that is beside the database and is not its log.
fn beside(place: &Place) -> Vec<String> {
    let files = fs::read_dir(place.database().parent().unwrap()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let own = ["gateway.db", "gateway.db-wal", "gateway.db-shm"];
    names.filter(|name| !own.contains(&name.as_str())).collect()
}

/// The form, and how many users there are, as a program of before sees them.
async fn seen(path: &Path) -> (i64, i64, String) {
    let mut database = connect(path).await;
    let form = sqlx::query_scalar("PRAGMA user_version");
    let form = form.fetch_one(&mut database).await.unwrap();
    let users = sqlx::query_scalar("SELECT count(*) FROM users");
    let users = users.fetch_one(&mut database).await.unwrap();
    let mode = sqlx::query_scalar("PRAGMA journal_mode");
    let mode = mode.fetch_one(&mut database).await.unwrap();
    database.close().await.unwrap();
    (form, users, mode)
}

#[tokio::test]
async fn every_older_form_is_brought_up_and_leaves_the_way_back() {
    for form in 1..NEWEST {
        let place = of_form(form).await;
        let found = SqliteStorage::form_of(&place.database()).await.unwrap();
        assert_eq!(found, Some(form), "asking changes nothing");
        assert!(beside(&place).is_empty());
        let storage = place.open().await;
        let owner = storage.users().find(UserId::owner()).await.unwrap();
        assert_eq!(owner.unwrap().role, Role::Owner, "form {form}");
        storage.users().remove(UserId::owner()).await.unwrap();
        storage.close().await;
        assert_eq!(beside(&place), [format!("gateway.db.form-{form}")]);
        let copy = copy(&place, form);
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let left = i64::try_from(NEWEST).unwrap();
        let wal = "wal".to_owned();
        assert_eq!(seen(&place.database()).await, (left, 0, wal.clone()));

        // The way back: the copy in the place of the database.
        fs::rename(&copy, place.database()).unwrap();
        let form = i64::try_from(form).unwrap();
        assert_eq!(seen(&place.database()).await, (form, 1, wal));
        let again = place.open().await;
        assert_eq!(again.users().list().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_newest_form_is_not_copied() {
    let place = Place::new();
    let form = async || SqliteStorage::form_of(&place.database()).await.unwrap();
    assert_eq!(form().await, None);
    assert!(!place.database().exists());
    place.open().await.close().await;
    place.open().await.close().await;
    assert_eq!(form().await, Some(NEWEST));
    assert!(beside(&place).is_empty());
}

#[tokio::test]
async fn a_newer_copy_replaces_the_older_ones_and_what_was_left_half() {
    let place = of_form(NEWEST - 1).await;
    for name in [
        copy(&place, NEWEST - 1),
        copy(&place, NEWEST - 1).with_added_extension("tmp"),
        copy(&place, NEWEST - 2),
        copy(&place, 1),
    ] {
        file::write_private(&name, b"left by somebody").unwrap();
    }
    place.open().await.close().await;
    assert_eq!(beside(&place), [format!("gateway.db.form-{}", NEWEST - 1)]);
    let copy = copy(&place, NEWEST - 1);
    assert_eq!(seen(&copy).await.1, 1);
}

#[tokio::test]
async fn without_a_copy_nothing_changes() {
    let place = of_form(NEWEST - 1).await;
    let in_the_way = copy(&place, NEWEST - 1);
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    let error = SqliteStorage::open(&place.database()).await.unwrap_err();
    assert_eq!(error.code(), Code::StorageUnusable, "{error}");
    assert_eq!(beside(&place).len(), 1, "half a copy is left");
    fs::remove_dir_all(in_the_way).unwrap();
    let form = i64::try_from(NEWEST - 1).unwrap();
    assert_eq!(seen(&place.database()).await.0, form);
    place.open().await.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_that_bring_it_up_one_makes_the_copy() {
    let place = of_form(1).await;
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let database = place.database();
            tokio::spawn(async move { SqliteStorage::open(&database).await.unwrap() })
        })
        .collect();
    for opened in opening {
        opened.await.unwrap().close().await;
    }
    assert_eq!(beside(&place), ["gateway.db.form-1"]);
    assert_eq!(seen(&copy(&place, 1)).await.0, 1);
}
