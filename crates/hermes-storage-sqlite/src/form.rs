//! The form of the database: what a new one is, and how an older one becomes the newest.

use std::path::Path;

use hermes_storage::{Storage as _, StorageError};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::{SqliteStorage, fault::Fault, open::PATIENCE};

/// An empty database of the newest form, as the build script made it. A new gateway begins with a
/// copy: a database is there as a whole or not at all, and only "no file" counts as empty.
pub(crate) const NEW: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/new.db"));

/// The steps to the newest form. The first leads from nothing, so only the build script takes it.
/// A step that was released never changes.
pub(crate) const STEPS: &[&str] = &[
    include_str!("../migrations/1.sql"),
    include_str!("../migrations/2.sql"),
    include_str!("../migrations/3.sql"),
    include_str!("../migrations/4.sql"),
    include_str!("../migrations/5.sql"),
    include_str!("../migrations/6.sql"),
    include_str!("../migrations/7.sql"),
    include_str!("../migrations/8.sql"),
    include_str!("../migrations/9.sql"),
    include_str!("../migrations/10.sql"),
];

impl SqliteStorage {
    /// The newest form of the database, which this program makes.
    pub const FORM: usize = STEPS.len();

    /// The form that the database has; `None` if there is no database. None is made, and it does not
    /// become the newest.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), [`StorageError::Newer`] above all.
    pub async fn form_of(place: &Path) -> Result<Option<usize>, StorageError> {
        let is_there = std::fs::exists(place).map_err(|error| Fault::Io(error).explain(place))?;
        if !is_there {
            return Ok(None);
        }
        let storage = Self::lazily(place, PATIENCE);
        let asked = async {
            let mut database = storage.readers.acquire().await?;
            found(&mut database, place, STEPS).await
        };
        let form = asked.await;
        storage.close().await;
        form.map(Some).map_err(|fault| fault.explain(place))
    }
}

/// What marks a database as ours, in the header of the file: "Hrms".
const APPLICATION: i64 = 0x4872_6d73;

/// Which form the database has: one of those that these steps lead to.
pub(crate) async fn found(
    database: &mut SqliteConnection,
    place: &Path,
    steps: &'static [&'static str],
) -> Result<usize, Fault> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *database)
        .await?;
    if application != APPLICATION {
        return Err(Fault::damaged("it does not bear the mark of Hermes"));
    }
    let found: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(database)
        .await?;
    let found = usize::try_from(found).unwrap_or_default();
    let known = steps.len();
    match found {
        0 => Err(Fault::damaged("it does not say which form it has")),
        _ if found > known => {
            let place = place.to_owned();
            let newer = StorageError::Newer {
                place,
                found,
                known,
            };
            Err(newer.into())
        }
        _ => Ok(found),
    }
}

/// Brings the database from the form that was [`found`] to the newest.
pub(crate) async fn bring_up(
    database: &mut SqliteConnection,
    found: usize,
    steps: &'static [&'static str],
) -> Result<(), Fault> {
    for step in steps.iter().skip(found) {
        sqlx::raw_sql(*step).execute(&mut *database).await?;
    }
    let known = steps.len();
    sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {known}")))
        .execute(database)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use hermes_storage::{Storage as _, Tokens, UserId};
    use sqlx::{ConnectOptions as _, Connection as _, SqlitePool, sqlite::SqliteConnectOptions};

    use super::*;

    #[test]
    fn every_step_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), STEPS.len());
    }

    /// As the program of an older form has left it, with a user who is signed in.
    async fn older(place: &Path, form: usize) {
        let options = SqliteConnectOptions::new().filename(place);
        let mut database = options.create_if_missing(true).connect().await.unwrap();
        for step in &STEPS[..form] {
            sqlx::raw_sql(*step).execute(&mut database).await.unwrap();
        }
        let rest = format!(
            "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {form}; \
             PRAGMA journal_mode = WAL; \
             INSERT INTO users (id, login, role, disabled, created_at, password, \
             password_changed_at) VALUES ('owner', 'ada', 'owner', 0, 7, '$phc', 8); \
             INSERT INTO identities (issuer, subject, user_id) VALUES ('i', 's', 'owner'); \
             INSERT INTO sessions (number, id, user_id, method, address, created_at, \
             authenticated_at, last_seen_at, ends_at, long_lived) VALUES \
             (1, 'session', 'owner', 'password', '::1', 7, 7, 7, 9000, zeroblob(32))"
        );
        sqlx::raw_sql(AssertSqlSafe(rest))
            .execute(&mut database)
            .await
            .unwrap();
        database.close().await.unwrap();
    }

    #[tokio::test]
    async fn every_older_form_becomes_the_newest_and_keeps_what_it_has() {
        for form in 1..STEPS.len() {
            let directory = tempfile::tempdir().unwrap();
            let place = directory.path().join("gateway.db");
            older(&place, form).await;
            let storage = SqliteStorage::open(&place).await.unwrap();
            let owner = UserId::owner();
            let (user, password) = storage
                .users()
                .by_login(&"ada".parse().unwrap())
                .await
                .unwrap()
                .unwrap();
            assert_eq!((user.id, user.created_at.as_millisecond()), (owner, 7));
            assert_eq!(password.unwrap().phc.expose(), "$phc");
            let identities = storage.users().identities(owner).await.unwrap();
            assert_eq!(identities.len(), 1);
            let session = storage.sessions().find("session".parse().unwrap()).await;
            assert_eq!(session.unwrap().unwrap().user, owner);
            let recent = storage.conversations().most_recent(owner).await.unwrap();
            assert_eq!(recent, None);
            let questions = "SELECT name, sql FROM sqlite_schema ORDER BY name";
            let tables = async |database: &SqlitePool| -> Vec<(String, Option<String>)> {
                let tables = sqlx::query_as(questions).fetch_all(database).await;
                tables.unwrap()
            };
            let new = directory.path().join("new.db");
            let new = SqliteStorage::open(&new).await.unwrap();
            assert_eq!(tables(&storage.readers).await, tables(&new.readers).await);
        }
    }

    #[tokio::test]
    async fn rows_of_the_sixth_form_get_the_tokens_of_their_logs() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("gateway.db");
        older(&place, 6).await;
        let options = SqliteConnectOptions::new().filename(&place);
        let mut database = options.connect().await.unwrap();
        let said = r#"
            INSERT INTO conversations (number, id, user_id, source, settings, archived, created_at,
                message_count, last_active_at, running, last_seq) VALUES
                (1, 'long', 'owner', 'tui', '', 0, 7, 4, 9, 0, 5),
                (2, 'empty', 'owner', 'tui', '', 0, 7, 0, 8, 0, 0);
            INSERT INTO entries (conversation, seq, kind, at, json) VALUES
                (1, 1, 'asked', 7, '{"text":"usage"}'),
                (1, 2, 'ended', 7, '{"end":{"status":"complete"},"answer":"a","usage":
                    {"input":10,"cached":4,"output":3,"reasoning":2,"calls":1,"context":10}}'),
                (1, 3, 'used', 7, '{"input":5,"cached":0,"output":1,"reasoning":0,"calls":1,"context":5}'),
                (1, 4, 'ended', 7, '{"end":{"status":"cut"},"answer":"","usage":{"input":9e99}}'),
                (1, 5, 'ended', 7, 'nonsense')"#;
        sqlx::raw_sql(said).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
        let storage = SqliteStorage::open(&place).await.unwrap();
        let found = async |id: &str| {
            let found = storage.conversations().find(id.parse().unwrap()).await;
            found.unwrap().unwrap()
        };
        let long = found("long").await;
        let tokens = Tokens {
            input: i64::MAX as u64,
            cached: 4,
            output: 4,
            reasoning: 2,
        };
        assert_eq!((long.model, long.tokens), (None, tokens));
        assert_eq!((long.message_count, long.last_seq), (4, 5));
        assert_eq!(found("empty").await.tokens, Tokens::default());
    }

    #[tokio::test]
    async fn an_older_form_becomes_the_newest_or_stays() {
        let and = |steps: &[&'static str], one| -> &'static [&'static str] {
            [steps, &[one]].concat().leak()
        };
        let next = and(STEPS, "ALTER TABLE users ADD COLUMN shoe INTEGER");
        let wrong = and(next, "CREATE TABLE t (a); SELECT nonsense");
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("gateway.db");
        let storage = SqliteStorage::open(&place).await.unwrap();
        let asked = async |question: &'static str| {
            let answer: Result<i64, _> = sqlx::query_scalar(question)
                .fetch_one(&storage.readers)
                .await;
            answer.unwrap()
        };
        storage.bring_up(next).await.unwrap();
        storage.bring_up(next).await.unwrap();
        assert_eq!(asked("SELECT count(shoe) FROM users").await, 0);
        assert!(storage.bring_up(wrong).await.is_err());
        let form = i64::try_from(next.len()).unwrap();
        assert_eq!(asked("PRAGMA user_version").await, form);
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 't'";
        assert_eq!(asked(tables).await, 0, "all of it or nothing");
        let found = storage.users().find(UserId::owner()).await;
        assert_eq!(found.unwrap(), None);
        // The program before the step does not touch what comes after it.
        let older = SqliteStorage::open(&place).await.unwrap_err();
        let StorageError::Newer { found, known, .. } = older else {
            panic!("{older}");
        };
        assert_eq!((found, known), (next.len(), STEPS.len()));
    }
}
