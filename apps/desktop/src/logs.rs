//! What has happened, in `logs/desktop.log` of the home: lines as `hermes serve` writes them, and never more than two
//! files of a few mebibytes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use hermes_machine::file::create_private_dir;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt::MakeWriter, layer::SubscriberExt as _, registry,
};

/// The most bytes of a file; the one before is kept beside it.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Begins to write. Where that cannot be, the application works without.
pub(crate) fn begin(folder: &Path) {
    let Ok(log) = Log::open(folder) else {
        return;
    };
    // Other people's crates are heard only when they warn: in detail they tell headers and bodies.
    let heard = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("hermes", LevelFilter::INFO);
    let form = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(log)
        .compact();
    // A process has one log, and this one begins it once.
    let _ = tracing::subscriber::set_global_default(registry().with(form.with_filter(heard)));
}

/// The file that is written.
#[derive(Clone)]
struct Log(Arc<Mutex<Written>>);

struct Written {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Log {
    fn open(folder: &Path) -> io::Result<Self> {
        create_private_dir(folder)?;
        let written = Written::open(folder.join("desktop.log"))?;
        Ok(Self(Arc::new(Mutex::new(written))))
    }
}

impl Written {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes })
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.bytes >= LIMIT {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            *self = Self::open(self.path.clone())?;
        }
        self.file.write_all(line)?;
        self.bytes = self
            .bytes
            .saturating_add(line.len().try_into().unwrap_or(u64::MAX));
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk is no reason not to work.
        let _ = written.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_put_beside_and_another_one_begun() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let log = Log::open(&logs).unwrap();
        log.clone().write_all(b"the first line\n").unwrap();
        log.0.lock().unwrap().bytes = LIMIT;
        log.clone().write_all(b"the second line\n").unwrap();
        let read = |name: &str| fs::read_to_string(logs.join(name)).unwrap();
        assert_eq!(read("desktop.log.1"), "the first line\n");
        assert_eq!(read("desktop.log"), "the second line\n");
    }
}
