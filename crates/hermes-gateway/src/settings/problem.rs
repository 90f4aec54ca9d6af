use std::fmt;

/// Where a value came from, the strongest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A flag of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(String),
    /// The file of settings.
    File,
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::File => f.write_str("file"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Why settings cannot be used. It names the key and the place, and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key; empty if the file as a whole is meant.
    pub key: String,
    /// Where the value came from.
    pub origin: Origin,
    /// What is wrong, as the rest of a sentence that begins with the key.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return write!(f, "the file of settings {}", self.reason);
        }
        write!(f, "`{}` {}", self.key, self.reason)?;
        match &self.origin {
            Origin::Flag(name) => write!(f, " (from the flag `{name}`)"),
            Origin::Variable(name) => write!(f, " (from the variable `{name}`)"),
            Origin::File | Origin::Default => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// The known name that comes nearest, if one comes near enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|other| (strsim::damerau_levenshtein(name, other), other))
        .filter(|(distance, other)| *distance <= (other.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}
