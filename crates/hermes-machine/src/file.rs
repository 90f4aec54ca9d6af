//! Private files: read with a bound, written so that a crash leaves the old or the new content,
//! never half of one.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::Path,
};

/// Reads a file of at most `limit` bytes; `None` if there is none.
///
/// # Errors
///
/// Whatever the system says, and [`io::ErrorKind::FileTooLarge`] beyond the limit.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

/// Replaces `path` by a file of mode 0600 with these bytes: exclusive temporary file beside the
/// target, write, fsync, rename, fsync of the directory. A symbolic link at `path` is followed, as
/// upstream does, so that a file kept elsewhere stays there.
///
/// # Errors
///
/// Whatever the system says; the old content is then still in place.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let directory = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = target
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_string_lossy();
    let mut temporary = tempfile::Builder::new()
        .prefix(&format!("{name}.tmp.{}.", std::process::id()))
        .rand_bytes(32)
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}

/// Makes a directory and its parents, the last with mode 0700; one that is there is left alone.
///
/// # Errors
///
/// Whatever the system says.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

/// Makes sure that a file of this many bytes could be written in the directory just now.
///
/// # Errors
///
/// Whatever the system says: no room, no right to write.
pub fn check_room(directory: &Path, bytes: usize) -> io::Result<()> {
    let mut probe = tempfile::Builder::new()
        .prefix(".room.")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(directory)?;
    probe.write_all(&vec![b'\n'; bytes])?;
    probe.as_file().sync_all()
}

/// The user id that owns the nearest existing directory at or above `path`, if it can be told.
pub fn owner_of(path: &Path) -> Option<u32> {
    path.ancestors()
        .find_map(|place| fs::metadata(place).ok())
        .map(|meta| meta.uid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cf1_files_are_private_and_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("a/b");
        create_private_dir(&home).unwrap();
        assert_eq!(
            fs::metadata(&home).unwrap().permissions().mode() & 0o777,
            0o700
        );

        let path = home.join("auth.json");
        write_private(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(&home).unwrap().count(),
            1,
            "no temporary file stays"
        );
    }

    #[test]
    fn a_link_keeps_pointing_to_the_file_it_names() {
        let directory = tempfile::tempdir().unwrap();
        let (link, target) = (
            directory.path().join("link"),
            directory.path().join("target"),
        );
        write_private(&target, b"one").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_private(&link, b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"two");
    }

    #[test]
    fn reading_is_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert_eq!(read_bounded(&path, 3).unwrap(), None);
        write_private(&path, b"abcd").unwrap();
        assert_eq!(read_bounded(&path, 4).unwrap().unwrap(), b"abcd");
        assert_eq!(
            read_bounded(&path, 3).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }
}
