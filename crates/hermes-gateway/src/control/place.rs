use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use hermes_machine::{Clock, FileLock, Home, LockError, file};
use thiserror::Error;
use tokio::net::{UnixListener, UnixStream};

/// The control socket of a home, and the lock that makes it this process's. Dropped, it is gone; when
/// the process is killed, the kernel gives the lock back and the next gateway takes its place.
pub struct Place {
    listener: UnixListener,
    path: PathBuf,
    _lock: FileLock,
}

/// Why there is no control socket.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// A gateway that runs has it.
    #[error("another gateway of this home has it")]
    Taken,
    /// Something else has the name, and is left alone.
    #[error("`{}` is no socket", .0.display())]
    NoSocket(PathBuf),
    /// The system refused, also a path that is longer than an address of a socket may be.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Place {
    /// Takes the place of a gateway that is gone, never that of one that runs: that one may have so long
    /// to go.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    pub async fn take(
        home: &Home,
        patience: Duration,
        clock: &dyn Clock,
    ) -> Result<Self, PlaceError> {
        let (run, path) = (home.run(), home.gateway_sock());
        let in_run = |source| PlaceError::Io {
            path: run.clone(),
            source,
        };
        file::create_private_dir(&run).map_err(in_run)?;
        fs::set_permissions(&run, Permissions::from_mode(0o700)).map_err(in_run)?;
        let lock = FileLock::acquire(&home.gateway_lock(), patience, clock).await;
        let lock = lock.map_err(|error| match error {
            LockError::Io { path, source } => PlaceError::Io { path, source },
            _ => PlaceError::Taken,
        })?;
        clear(&path)?;
        let at = |source| PlaceError::Io {
            path: path.clone(),
            source,
        };
        let listener = UnixListener::bind(&path).map_err(at)?;
        // Until here the folder alone keeps others away.
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(at)?;
        Ok(Self {
            listener,
            path,
            _lock: lock,
        })
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// Removes the socket of a gateway that is gone: who holds the lock knows that it is.
fn clear(path: &Path) -> Result<(), PlaceError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path),
        Ok(_) => return Err(PlaceError::NoSocket(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(|source| PlaceError::Io {
        path: path.to_owned(),
        source,
    })
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays is told from a live one by its lock.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use hermes_testkit::MovedClock;

    use super::*;

    async fn take(home: &Home) -> Result<Place, String> {
        let clock = MovedClock::at("2026-11-22T00:00:00Z");
        let taken = Place::take(home, Duration::ZERO, &*clock).await;
        taken.map_err(|error| error.to_string())
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn the_socket_is_its_users_alone_and_goes_with_its_gateway() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        file::create_private_dir(&home.run()).unwrap();
        fs::set_permissions(home.run(), Permissions::from_mode(0o755)).unwrap();
        let place = take(&home).await.unwrap();
        assert_eq!(mode(&home.run()), 0o700);
        assert_eq!(mode(&home.gateway_sock()), 0o600);
        drop(place);
        assert!(!home.gateway_sock().exists());
    }

    #[tokio::test]
    async fn a_dead_gateways_socket_is_replaced_and_a_live_ones_never() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        file::create_private_dir(&home.run()).unwrap();
        // As a killed process leaves it.
        drop(std::os::unix::net::UnixListener::bind(home.gateway_sock()).unwrap());
        assert!(UnixStream::connect(home.gateway_sock()).await.is_err());
        let place = take(&home).await.unwrap();
        let second = take(&home).await.err().unwrap();
        assert_eq!(second, "another gateway of this home has it");
        let asking = UnixStream::connect(home.gateway_sock()).await.unwrap();
        place.accept().await.unwrap();
        drop(asking);
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        file::create_private_dir(&home.run()).unwrap();
        file::write_private(&home.gateway_sock(), b"mine").unwrap();
        let refused = take(&home).await.err().unwrap();
        assert!(refused.ends_with("is no socket"), "{refused}");
        assert_eq!(fs::read(home.gateway_sock()).unwrap(), b"mine");

        let deep = Home::at(folder.path().join("x".repeat(100)));
        let long = take(&deep).await.err().unwrap();
        assert!(long.contains("gateway.sock"), "{long}");
    }
}
