//! A private file of JSON with a version. What this version does not know stays in it.

use std::{
    fs, io,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use hermes_machine::file;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::KeptError;

/// The form that is written.
const VERSION: u64 = 1;

/// The most bytes of such a file.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Such a file, with one thing in it that this version reads.
#[derive(Clone, Debug)]
pub(super) struct JsonFile<T> {
    path: PathBuf,
    name: &'static str,
    kind: PhantomData<fn() -> T>,
}

/// A file whose content was read.
#[derive(Debug)]
pub(super) struct Content<T> {
    /// What this version reads.
    pub(super) known: T,
    /// Everything beside it.
    rest: Map<String, Value>,
}

/// What is read of a file.
#[derive(Debug)]
pub(super) enum Read<T> {
    /// What was read; nothing is in it where there is no file.
    Good(Content<T>),
    /// It is not what anybody wrote on purpose.
    Damaged,
}

/// What such a file has in it.
pub(super) trait Known: Default + Into<Value> {
    /// Of a value, if it is such a thing.
    fn of(value: Value) -> Option<Self>;
}

impl Known for Vec<Value> {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Array(list) => Some(list),
            _ => None,
        }
    }
}

impl Known for Map<String, Value> {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
}

impl<T: Known> JsonFile<T> {
    /// The file at this path, with the thing of this name in it.
    pub(super) const fn at(path: PathBuf, name: &'static str) -> Self {
        Self {
            path,
            name,
            kind: PhantomData,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it. Readers take no lock: it is replaced as a whole.
    pub(super) fn read(&self) -> Result<Read<T>, KeptError> {
        let bytes = file::read_regular(&self.path, LIMIT).map_err(|error| self.failed(error))?;
        let Some(bytes) = bytes else {
            return Ok(Read::Good(Content {
                known: T::default(),
                rest: Map::new(),
            }));
        };
        let Ok(Value::Object(mut rest)) = serde_json::from_slice(&bytes) else {
            return Ok(Read::Damaged);
        };
        match rest.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => {
                let path = self.path.clone();
                return Err(KeptError::Newer { path });
            }
            Some(_) | None => return Ok(Read::Damaged),
        }
        let known = rest.get_mut(self.name).map(Value::take);
        let known = known.map_or_else(|| Some(T::default()), T::of);
        Ok(known.map_or(Read::Damaged, |known| Read::Good(Content { known, rest })))
    }

    /// Reads it for somebody who holds the lock. One that is damaged is put aside, where a person may
    /// look at it; where it is now is told.
    pub(super) fn read_or_set_aside(
        &self,
        now: Timestamp,
    ) -> Result<(Content<T>, Option<PathBuf>), KeptError> {
        if let Read::Good(content) = self.read()? {
            return Ok((content, None));
        }
        let aside = self.aside(now);
        fs::rename(&self.path, &aside).map_err(|error| self.failed(error))?;
        let (known, rest) = (T::default(), Map::new());
        Ok((Content { known, rest }, Some(aside)))
    }

    /// Writes it, for somebody who holds the lock.
    pub(super) fn write(&self, content: Content<T>) -> Result<(), KeptError> {
        let Content { known, mut rest } = content;
        rest.insert("version".to_owned(), json!(VERSION));
        rest.insert(self.name.to_owned(), known.into());
        let mut text = serde_json::to_string_pretty(&rest)
            .map_err(|error| self.failed(io::Error::from(error)))?;
        text.push('\n');
        file::sweep_beside(&self.path);
        file::write_private(&self.path, text.as_bytes()).map_err(|error| self.failed(error))
    }

    /// A name that no file has yet.
    fn aside(&self, now: Timestamp) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".damaged-{}", now.as_second()));
        let mut aside = PathBuf::from(&name);
        let mut further = 1;
        while aside.exists() {
            further += 1;
            let mut next = name.clone();
            next.push(format!("-{further}"));
            aside = PathBuf::from(next);
        }
        aside
    }

    fn failed(&self, source: io::Error) -> KeptError {
        KeptError::File {
            path: self.path.clone(),
            source,
        }
    }
}
