//! The flags of `hermes serve`: every key of the tables that stand once has one.

use std::sync::LazyLock;

use super::{
    key::{Key, Kind, Section},
    table::SECTIONS,
};

/// A flag, as its key makes it.
#[derive(Debug)]
pub struct Flag {
    section: &'static Section,
    key: &'static Key,
    name: String,
}

/// What stands after a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A text.
    Text,
    /// The path of a file that holds a secret: what is typed, every user of the machine can read.
    SecretFile,
    /// `true` or `false`; `true` if nothing stands there.
    Switch,
    /// A whole number.
    Whole,
    /// A time such as `15m`.
    Span,
    /// Items with commas between.
    List,
}

static ALL: LazyLock<Vec<Flag>> = LazyLock::new(|| {
    let of = |section: &'static Section| {
        let keys = section.keys.iter();
        keys.map(move |key| Flag {
            section,
            key,
            name: name(section, key),
        })
    };
    SECTIONS.into_iter().flat_map(of).collect()
});

/// `cert` of `[gateway.tls]` is `--tls-cert`, `default` of `[model]` is `--model-default`.
fn name(section: &Section, key: &Key) -> String {
    if let Some(flag) = key.flag {
        return format!("--{flag}");
    }
    let table = match section.table {
        "gateway" => None,
        table => Some(table.strip_prefix("gateway.").unwrap_or(table)),
    };
    let words = table.into_iter().chain([key.name]);
    let file = key.is_secret().then_some("file");
    let words: Vec<_> = words.chain(file).collect();
    format!("--{}", words.join("-").replace('_', "-"))
}

impl Flag {
    /// Every flag, in the order of the file of settings.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ALL.iter()
    }

    /// Its name, with the dashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does.
    pub const fn about(&self) -> &'static str {
        self.key.about
    }

    /// What holds without it and without anything else, as the file has it.
    pub const fn default(&self) -> Option<&'static str> {
        self.key.default
    }

    /// What stands after it.
    pub const fn takes(&self) -> Takes {
        match self.key.kind {
            Kind::Text => Takes::Text,
            Kind::Secret => Takes::SecretFile,
            Kind::Switch => Takes::Switch,
            Kind::Whole(..) => Takes::Whole,
            Kind::Span(..) => Takes::Span,
            Kind::List => Takes::List,
        }
    }
}

/// What the command line says. Texts, so that a bad one is answered as one of the file is.
#[derive(Clone, Debug, Default)]
pub struct Flags(Vec<(&'static Flag, String)>);

impl Flags {
    /// What a command says that takes a port alone.
    pub fn of_port(port: Option<&str>) -> Self {
        let flag = Flag::all().find(|flag| flag.name == "--port");
        flag.zip(port.map(str::to_owned)).into_iter().collect()
    }

    /// Whether it says nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The flag for a key of that table, and what it says.
    pub(super) fn get(&self, table: &str, key: &str) -> Option<(&'static str, &str)> {
        let is_it = |flag: &Flag| flag.section.table == table && flag.key.name == key;
        let (flag, text) = self.0.iter().find(|(flag, _)| is_it(flag))?;
        Some((flag.name(), text))
    }
}

impl FromIterator<(&'static Flag, String)> for Flags {
    fn from_iter<T: IntoIterator<Item = (&'static Flag, String)>>(said: T) -> Self {
        Self(said.into_iter().collect())
    }
}
