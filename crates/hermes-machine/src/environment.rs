use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// The environment variables of the process, or those that a test made up.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The variables this process was started with.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The variable as text; `None` if it is absent, empty or not UTF-8. Empty counts as absent
    /// everywhere, since shells make it hard to unset a variable for one command.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(OsStr::new(name))
            .and_then(|value| value.to_str())
            .filter(|text| !text.is_empty())
    }

    /// The variable as a path; `None` if it is absent or empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.0
            .get(OsStr::new(name))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// Whether the variable is there and not empty.
    pub fn has(&self, name: &str) -> bool {
        self.0
            .get(OsStr::new(name))
            .is_some_and(|value| !value.is_empty())
    }

    /// Every variable.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The same environment without these variables.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0
            .retain(|name, _| !names.iter().any(|other| name == other));
        self
    }

    /// The same environment with one variable changed.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}
