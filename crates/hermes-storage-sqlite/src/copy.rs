//! A copy of the database as it was, before it takes a newer form.
//!
//! The program of before cannot read the newer form. With the copy in the place of the database it
//! goes on where it was.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use hermes_machine::file;

use crate::{SqliteStorage, fault::Fault};

/// Where the form stands in a database (<https://www.sqlite.org/fileformat.html>, section 1.3).
const FORM_AT: usize = 60;

/// Where the copy of a database of this form is.
pub(crate) fn place_of(place: &Path, form: usize) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(format!(".form-{form}"));
    name.into()
}

impl SqliteStorage {
    /// Copies the database to [`place_of`] it, if its form is older than the one that is known. The
    /// copies of still older forms go.
    pub(crate) async fn keep_copy(&self, known: usize) -> Result<(), Fault> {
        let found: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&self.readers)
            .await?;
        let found = usize::try_from(found).unwrap_or_default();
        if found == 0 || found >= known {
            return Ok(());
        }
        let fresh = begun(&self.place, found).map_err(Fault::Io)?;
        sqlx::query("VACUUM INTO ?")
            .bind(fresh.to_string_lossy().into_owned())
            .execute(&self.readers)
            .await?;
        ended(&self.place, found, &fresh).map_err(Fault::Io)
    }
}

/// Makes the file that the copy is written to: SQLite takes an empty one, and keeps its mode.
fn begun(place: &Path, form: usize) -> io::Result<PathBuf> {
    // Several processes may be at it; each has a file of its own.
    let own = format!("tmp.{}.copy", std::process::id());
    let fresh = place_of(place, form).with_added_extension(own);
    if fresh.to_str().is_none() {
        return Err(io::Error::other("the path of the database is no text"));
    }
    // What a killed process has left.
    if fresh.exists() {
        fs::remove_file(&fresh)?;
    }
    file::create_private(&fresh, &[])?;
    Ok(fresh)
}

/// Puts the copy into its place, and takes away those of older forms.
fn ended(place: &Path, form: usize, fresh: &Path) -> io::Result<()> {
    // Another process may have brought the database up meanwhile, and has made a copy before.
    if form_of(fresh)? != form {
        return fs::remove_file(fresh);
    }
    let renamed = File::open(fresh)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(fresh, place_of(place, form)));
    if renamed.is_err() {
        let _ = fs::remove_file(fresh);
    }
    renamed?;
    for older in 1..form {
        // It may never have been there.
        let _ = fs::remove_file(place_of(place, older));
    }
    Ok(())
}

/// The form of a database that nobody has open.
fn form_of(place: &Path) -> io::Result<usize> {
    let mut head = [0; FORM_AT + 4];
    File::open(place)?.read_exact(&mut head)?;
    let mut form = [0; 4];
    form.copy_from_slice(&head[FORM_AT..]);
    usize::try_from(u32::from_be_bytes(form)).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use hermes_storage::Storage as _;

    use super::*;
    use crate::form::STEPS;

    #[tokio::test]
    async fn an_older_form_is_copied_and_the_copy_opens() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("gateway.db");
        let storage = SqliteStorage::open(&place).await.unwrap();
        sqlx::query(
            "INSERT INTO users (id, role, disabled, created_at) VALUES ('owner', 'owner', 0, 0)",
        )
        .execute(&storage.writer)
        .await
        .unwrap();
        let form = STEPS.len();
        storage.keep_copy(form).await.unwrap();
        let copy = place_of(&place, form);
        assert!(!copy.exists(), "it is the newest");
        file::write_private(&place_of(&place, form - 1), b"an older copy").unwrap();
        for _ in 0..2 {
            storage.keep_copy(form + 1).await.unwrap();
        }
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!place_of(&place, form - 1).exists());
        let back = directory.path().join("back.db");
        fs::rename(&copy, &back).unwrap();
        let back = SqliteStorage::open(&back).await.unwrap();
        assert_eq!(back.users().list().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_copy_that_cannot_be_made_is_told_before_anything_changes() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("gateway.db");
        let storage = SqliteStorage::open(&place).await.unwrap();
        let in_the_way = place_of(&place, STEPS.len());
        fs::create_dir(&in_the_way).unwrap();
        file::write_private(&in_the_way.join("full"), b"").unwrap();
        assert!(storage.keep_copy(STEPS.len() + 1).await.is_err());
        let own = directory.path().read_dir().unwrap().flatten();
        let left = own.filter(|it| it.file_name().to_string_lossy().contains(".tmp."));
        assert_eq!(left.count(), 0, "nothing is left");
    }
}
