//! A copy of the database as it was, before it takes a newer form.
//!
//! The program of before cannot read the newer form. With the copy in the place of the database it
//! goes on where it was.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use hermes_machine::file;

use crate::{SqliteStorage, fault::Fault};

/// Where a database says that it is in write-ahead mode, for those who write and those who read
/// (<https://www.sqlite.org/fileformat.html>, section 1.3.3).
const MODE_AT: u64 = 18;
const WRITE_AHEAD: [u8; 2] = [2, 2];

impl SqliteStorage {
    /// Where the copy is of a database that was brought up from this form.
    pub fn copy_of(place: &Path, form: usize) -> PathBuf {
        let mut name = place.as_os_str().to_owned();
        name.push(format!(".form-{form}"));
        name.into()
    }

    /// Copies the database, which has this form, to [`copy_of`](Self::copy_of) it. The copies of still older forms
    /// go. Only for whoever has the right to write: then nobody else makes one, and what stands
    /// where it is written to was left by somebody who was killed.
    pub(crate) async fn keep_copy(&self, form: usize) -> Result<(), Fault> {
        let copy = Self::copy_of(&self.place, form);
        let fresh = copy.with_added_extension("tmp");
        let kept = async {
            begin(&fresh).map_err(Fault::Io)?;
            // Readers see what was last committed, which is what is about to change.
            sqlx::query("VACUUM INTO ?")
                .bind(text(&fresh)?)
                .execute(&self.readers)
                .await?;
            end(&fresh, &copy).map_err(Fault::Io)
        };
        let kept = kept.await;
        if kept.is_err() {
            // Half a copy is of no use to anybody, and a full disk has better use for the room.
            let _ = fs::remove_file(&fresh);
        }
        kept?;
        for older in 1..form {
            // It may never have been there.
            let _ = fs::remove_file(Self::copy_of(&self.place, older));
        }
        Ok(())
    }
}

/// Makes the file that the copy is written to: SQLite takes an empty one, and keeps its mode.
fn begin(fresh: &Path) -> io::Result<()> {
    match fs::remove_file(fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    file::create_private(fresh, &[]).map(|_| ())
}

/// Brings the copy to the disk and into its place.
fn end(fresh: &Path, copy: &Path) -> io::Result<()> {
    let file = File::options().write(true).open(fresh)?;
    // The mode is no content, so it is not copied; without it, readers would wait for the writer.
    file.write_all_at(&WRITE_AHEAD, MODE_AT)?;
    file.sync_all()?;
    fs::rename(fresh, copy)?;
    let directory = copy.parent().ok_or(io::ErrorKind::InvalidInput)?;
    File::open(directory)?.sync_all()
}

/// The path as SQLite wants it.
fn text(path: &Path) -> Result<&str, Fault> {
    path.to_str()
        .ok_or_else(|| Fault::Io(io::Error::other("the path of the database is no text")))
}
