use std::path::{Path, PathBuf};

use hermes_errors::{Code, Explain};
use thiserror::Error;

use crate::Environment;

/// The directory that holds everything Hermes keeps: `$HERMES_HOME`, else `~/.hermes`, else the
/// profile's directory below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
    root: PathBuf,
}

/// Why there is no home.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HomeError {
    /// Neither `HERMES_HOME` nor `HOME` is set.
    #[error("neither `HERMES_HOME` nor `HOME` is set, so there is no place for credentials")]
    Unset,
    /// The profile's name is not a plain directory name.
    #[error("`{0}` is not a profile name: use letters, digits, `-`, `_` and `.`")]
    ProfileName(String),
}

impl Explain for HomeError {
    fn code(&self) -> Code {
        Code::HomeMissing
    }
}

impl Home {
    /// Finds the home by flag and environment. A profile of the name lives in
    /// `<root>/profiles/<name>`, where the root is what upstream takes for it: `~/.hermes` if
    /// `HERMES_HOME` lies at or under it, `<x>` if it is `<x>/profiles/<name>`, else itself.
    ///
    /// # Errors
    ///
    /// If no home can be named.
    pub fn locate(environment: &Environment, profile: Option<&str>) -> Result<Self, HomeError> {
        let default = environment.path("HOME").map(|home| home.join(".hermes"));
        let path = environment.path("HERMES_HOME").or_else(|| default.clone());
        let path = path.ok_or(HomeError::Unset)?;
        let root = match (&default, path.parent().and_then(Path::parent)) {
            (Some(default), _) if path.starts_with(default) => default.clone(),
            (_, Some(root)) if path.parent().is_some_and(|dir| dir.ends_with("profiles")) => {
                root.to_owned()
            }
            _ => path.clone(),
        };
        let Some(profile) = profile else {
            return Ok(Self { path, root });
        };
        if !is_profile_name(profile) {
            let shown = hermes_secret::visible(profile);
            return Err(HomeError::ProfileName(shown.into_owned()));
        }
        Ok(Self {
            path: root.join("profiles").join(profile),
            root,
        })
    }

    /// A home at exactly this directory.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            root: path.clone(),
            path,
        }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory above all profiles.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `auth.json`, the credentials.
    pub fn auth_json(&self) -> PathBuf {
        self.path.join("auth.json")
    }

    /// `auth.lock`, whose `flock` guards `auth.json` against every writer, upstream's included.
    pub fn auth_lock(&self) -> PathBuf {
        self.path.join("auth.lock")
    }

    /// `providers.toml`, changes and additions to the provider table.
    pub fn providers_toml(&self) -> PathBuf {
        self.path.join("providers.toml")
    }

    /// `config.toml`, the settings of the gateway.
    pub fn config_toml(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// `.env`, upstream's file of variables.
    pub fn dot_env(&self) -> PathBuf {
        self.path.join(".env")
    }

    /// `config.yaml`, upstream's settings.
    pub fn config_yaml(&self) -> PathBuf {
        self.path.join("config.yaml")
    }

    /// `gateway.db`, the gateway's users and sessions.
    pub fn gateway_db(&self) -> PathBuf {
        self.path.join("gateway.db")
    }

    /// `gateway.token`, which opens a gateway without a sign-in.
    pub fn gateway_token(&self) -> PathBuf {
        self.path.join("gateway.token")
    }

    /// `gateway.key`, which seals what the gateway's database must not show.
    pub fn gateway_key(&self) -> PathBuf {
        self.path.join("gateway.key")
    }

    /// `push.key`, by which push services know the gateway.
    pub fn push_key(&self) -> PathBuf {
        self.path.join("push.key")
    }

    /// `run`, records that outlive a process but not their cause.
    pub fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// `run/gateway.sock`, where whoever has the host speaks to the gateway that runs.
    pub fn gateway_sock(&self) -> PathBuf {
        self.run().join("gateway.sock")
    }

    /// `run/gateway.lock`, whose `flock` the gateway that has the socket holds.
    pub fn gateway_lock(&self) -> PathBuf {
        self.run().join("gateway.lock")
    }

    /// The path as a person writes it, with `~` for their home directory.
    pub fn display(&self, path: &Path, environment: &Environment) -> String {
        let short = environment
            .path("HOME")
            .and_then(|home| path.strip_prefix(home).ok());
        match short {
            Some(rest) => format!("~/{}", rest.display()),
            None => path.display().to_string(),
        }
    }
}

fn is_profile_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.bytes().all(plain) && name.bytes().any(|byte| byte != b'.') && name.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(pairs: [(&str, &str); 2], profile: Option<&str>) -> (String, String) {
        let home = Home::locate(&Environment::from(pairs), profile).unwrap();
        (
            home.path().display().to_string(),
            home.root().display().to_string(),
        )
    }

    #[test]
    fn home_root_and_profile() {
        let cases = [
            (("/h", ""), None, "/h/.hermes", "/h/.hermes"),
            (
                ("/h", ""),
                Some("work"),
                "/h/.hermes/profiles/work",
                "/h/.hermes",
            ),
            (
                ("/h", "/h/.hermes/profiles/a"),
                None,
                "/h/.hermes/profiles/a",
                "/h/.hermes",
            ),
            (("/h", "/srv/x"), None, "/srv/x", "/srv/x"),
            (
                ("/h", "/srv/x/profiles/a"),
                Some("b"),
                "/srv/x/profiles/b",
                "/srv/x",
            ),
        ];
        for ((home, hermes), profile, path, root) in cases {
            let found = locate([("HOME", home), ("HERMES_HOME", hermes)], profile);
            assert_eq!(
                found,
                (path.to_owned(), root.to_owned()),
                "{home} {hermes} {profile:?}"
            );
        }
    }

    #[test]
    fn a_profile_cannot_leave_the_root() {
        let environment = Environment::from([("HOME", "/h")]);
        for name in ["..", "a/b", "", "a\u{1b}", "."] {
            assert!(matches!(
                Home::locate(&environment, Some(name)),
                Err(HomeError::ProfileName(_))
            ));
        }
        assert_eq!(
            Home::locate(&Environment::default(), None),
            Err(HomeError::Unset)
        );
    }
}
