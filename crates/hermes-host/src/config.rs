//! The settings of a home's gateway, as its file, the environment and flags have them.

use std::path::{Path, PathBuf};

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::{Flags, Problem, Settings, Sources};
use hermes_machine::file;
use hermes_secret::Secret;

use crate::World;

/// The most bytes of `config.toml`.
const FILE_LIMIT: u64 = 1024 * 1024;

/// The most bytes of a file that holds a secret.
const SECRET_LIMIT: u64 = 64 * 1024;

/// The settings as they were found.
pub struct Found {
    /// Where the file is, or would be.
    pub path: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// What the layers come to, or everything that is wrong with them.
    pub settings: Result<Settings, Vec<Problem>>,
}

impl Found {
    /// Reads all layers.
    ///
    /// # Errors
    ///
    /// If the file cannot be read. What is wrong with the settings is in what was found.
    pub fn read(world: &World, flags: &Flags) -> Result<Self, Failure> {
        let text = text(world)?;
        Ok(Self::of_text(text.as_deref(), world, flags))
    }

    /// The same with this text in place of the file's.
    pub fn of_text(text: Option<&str>, world: &World, flags: &Flags) -> Self {
        let settings = Settings::load(Sources {
            flags,
            environment: &world.environment,
            file: text,
            read_secret: &|path| read_secret(world, path),
        });
        Self {
            path: world.home.config_toml(),
            exists: text.is_some(),
            settings,
        }
    }

    /// The settings, or a failure that names the first thing that is wrong.
    ///
    /// # Errors
    ///
    /// That failure.
    pub fn into_settings(self, world: &World) -> Result<Settings, Failure> {
        let path = world.display(&self.path);
        self.settings.map_err(|problems| {
            let more = match problems.len() {
                0 | 1 => String::new(),
                length => format!("; and {} more", length - 1),
            };
            let first = problems.first().map(ToString::to_string);
            let first = first.unwrap_or_default();
            Failure::new(Code::ConfigInvalid, format!("{first}{more} ({path})"))
        })
    }
}

/// The text of the file of settings, if there is one.
///
/// # Errors
///
/// If it cannot be read, or is not UTF-8.
pub fn text(world: &World) -> Result<Option<String>, Failure> {
    let path = &world.home.config_toml();
    let problem = |reason: &dyn std::fmt::Display| {
        let path = world.display(path);
        Failure::new(
            Code::ConfigUnreadable,
            format!("`{path}` cannot be read: {reason}"),
        )
    };
    let bytes = file::read_regular(path, FILE_LIMIT).map_err(|error| problem(&error))?;
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|_| problem(&"it is not UTF-8"))
}

/// Reads the file that a setting names instead of a secret; a relative path begins at the home.
fn read_secret(world: &World, path: &Path) -> Result<Secret, String> {
    let path = world.home.path().join(path);
    let bytes = file::read_regular(&path, SECRET_LIMIT).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| "there is no such file".to_owned())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(Secret::new(text))
}
