//! Private files: read with a bound, written so that a crash leaves the old or the new content,
//! never half of one.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use tempfile::NamedTempFile;

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
    whole(file, limit).map(Some)
}

/// The same for a file that another program keeps, where anything may stand in its place: a pipe or
/// a device is refused without waiting for it. A symbolic link is followed.
///
/// # Errors
///
/// Whatever the system says, [`io::ErrorKind::FileTooLarge`] beyond the limit, and
/// [`io::ErrorKind::InvalidInput`] for anything but a regular file.
pub fn read_regular(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        other => File::from(other?),
    };
    if !file.metadata()?.is_file() {
        let reason = "it is not a regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    whole(file, limit).map(Some)
}

fn whole(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
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
    let (temporary, directory) = written_beside(&target, bytes)?;
    temporary.persist(&target).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}

/// Makes the file with mode 0600 and these bytes unless something of the name is there already;
/// whether it did. Whoever finds the file finds all of it.
///
/// # Errors
///
/// Whatever the system says.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let (temporary, directory) = written_beside(path, bytes)?;
    match temporary.persist_noclobber(path) {
        Ok(_) => File::open(directory)?.sync_all().map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// The bytes on disk in a temporary file beside the target, and the directory.
fn written_beside<'a>(target: &'a Path, bytes: &[u8]) -> io::Result<(NamedTempFile, &'a Path)> {
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
    Ok((temporary, directory))
}

/// Removes what writers of this file left beside it when they were killed, and what [`check_room`]
/// did. Only for whoever holds the lock that all writers of the file take: a process of another
/// container has an id that says nothing here, and is told from a dead one by not having the lock.
pub fn sweep_beside(path: &Path) {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = target.file_name().map(|name| name.to_string_lossy());
    if let (Some(directory), Some(name)) = (target.parent(), name) {
        sweep(directory, |written| written == name || written == ROOM);
    }
}

/// The same for every file in a directory of which all are written under one lock.
pub fn sweep_in(directory: &Path) {
    sweep(directory, |_| true);
}

/// A leftover that cannot be removed does no harm to what is being written, so nothing fails here.
fn sweep(directory: &Path, of: impl Fn(&str) -> bool) {
    for path in leftovers(directory, of) {
        let _ = fs::remove_file(path);
    }
}

/// What writers that are gone left in a directory, of the files whose names are asked for. To be
/// removed by nobody who does not hold the lock of [`sweep_beside`].
pub fn leftovers(directory: &Path, of: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let is_left = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let writer = name.and_then(temporary);
        writer.is_some_and(|(target, id)| of(target) && is_gone(id))
    };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(is_left).collect()
}

/// What a temporary file was to become, and the process that was writing it.
fn temporary(name: &str) -> Option<(&str, Pid)> {
    let (rest, random) = name.rsplit_once('.')?;
    let (target, id) = rest.rsplit_once(".tmp.")?;
    let id = id.parse().ok().filter(|id| *id > 0)?;
    let plain = !random.is_empty() && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some((target, Pid::from_raw(id).filter(|_| plain)?))
}

fn is_gone(id: Pid) -> bool {
    matches!(test_kill_process(id), Err(Errno::SRCH))
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

/// What [`check_room`] writes to, as if it were to become a file of this name.
pub const ROOM: &str = ".room";

/// Makes sure that a file of this many bytes could be written in the directory just now.
///
/// # Errors
///
/// Whatever the system says: no room, no right to write.
pub fn check_room(directory: &Path, bytes: usize) -> io::Result<()> {
    let mut probe = tempfile::Builder::new()
        .prefix(&format!("{ROOM}.tmp.{}.", std::process::id()))
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
    fn a_file_is_made_once_by_whoever_is_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|n| {
                    let path = &path;
                    scope.spawn(move || create_private(path, &[b'0' + n; 43]).unwrap())
                })
                .collect();
            let made = threads.into_iter().map(|thread| thread.join().unwrap());
            made.filter(|made| *made).count()
        });
        assert_eq!(made, 1);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes, [bytes[0]; 43]);
        assert!(!create_private(&path, b"later").unwrap());
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn what_killed_writers_left_is_swept_and_nothing_else() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let (dead, own) = (child.id(), std::process::id());
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let left = format!("auth.json.tmp.{dead}.0123abcd");
        let of_another = format!("other.json.tmp.{dead}.0123abcd");
        let room = format!("{ROOM}.tmp.{dead}.0123abcd");
        let kept = [
            format!("auth.json.tmp.{own}.0123abcd"),
            "auth.json.tmp.0.0123abcd".to_owned(),
            format!("auth.json.tmp.{dead}"),
            format!("auth.json.tmp.{dead}.a-b"),
            format!("auth.json.{dead}.0123abcd"),
            "auth.json".to_owned(),
        ];
        for name in kept.iter().chain([&left, &of_another, &room]) {
            write_private(&at(name), b"x").unwrap();
        }
        sweep_beside(&at("auth.json"));
        assert!(!at(&left).exists() && !at(&room).exists());
        assert!(at(&of_another).exists());
        sweep_in(directory.path());
        assert!(!at(&of_another).exists());
        for name in &kept {
            assert!(at(name).exists(), "{name}");
        }

        // The files of a link are beside the file it names.
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("auth.json");
        std::os::unix::fs::symlink(at("auth.json"), &link).unwrap();
        write_private(&at(&left), b"x").unwrap();
        sweep_beside(&link);
        assert!(!at(&left).exists());
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
    fn a_strangers_file_is_read_only_if_it_is_one() {
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &str| directory.path().join(name);
        assert_eq!(read_regular(&place("absent"), 3).unwrap(), None);
        write_private(&place("file"), b"abcd").unwrap();
        std::os::unix::fs::symlink(place("file"), place("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", place("zero")).unwrap();
        std::os::unix::fs::symlink(place("loop"), place("loop")).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, place("pipe"), kind, mode, 0).unwrap();
        assert_eq!(read_regular(&place("link"), 4).unwrap().unwrap(), b"abcd");
        let refused = |name: &str| read_regular(&place(name), 3).unwrap_err().kind();
        assert_eq!(refused("file"), io::ErrorKind::FileTooLarge);
        for name in ["", "zero", "pipe"] {
            assert_eq!(refused(name), io::ErrorKind::InvalidInput, "{name:?}");
        }
        assert!(read_regular(&place("loop"), 3).is_err());
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
