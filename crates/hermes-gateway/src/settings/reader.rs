use std::{path::Path, time::Duration};

use hermes_machine::Environment;
use hermes_secret::Secret;
use serde_json::json;

use super::{
    Flags, Origin, Problem, Row, Shown,
    key::{Key, Kind, Section, span, span_text},
};

/// Reads the file that a `*_FILE` variable or a `*_file` key names; the error says why it cannot
/// be read, without its content.
pub type ReadSecret<'a> = dyn Fn(&Path) -> Result<Secret, String> + 'a;

/// Where values come from, the strongest first.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The flags of the command line.
    pub flags: &'a Flags,
    /// The variables of the process.
    pub environment: &'a Environment,
    /// The text of `config.toml`, if there is one.
    pub file: Option<&'a str>,
    /// How to read the files that hold secrets.
    pub read_secret: &'a ReadSecret<'a>,
}

/// A value of the kind that its key wants, within its bounds.
enum Plain {
    Text(String),
    Secret(Secret),
    Switch(bool),
    Whole(u64),
    Span(Duration),
    List(Vec<String>),
}

/// Looks each key up in the layers, and notes where it was found and what is wrong with it.
pub(super) struct Reader<'a> {
    pub(super) sources: Sources<'a>,
    pub(super) rows: Vec<Row>,
    pub(super) problems: Vec<Problem>,
}

/// One table while it is read.
pub(super) struct Place<'a> {
    /// The keys of the table.
    pub(super) section: &'static Section,
    /// How its keys are shown.
    pub(super) path: String,
    /// What the file says.
    pub(super) table: Option<&'a toml::Table>,
    /// Whether variables speak of this table.
    pub(super) has_variables: bool,
}

impl Reader<'_> {
    pub(super) fn text<T: Default>(
        &mut self,
        place: &Place<'_>,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        self.value(place, name, |plain| match plain {
            Plain::Text(text) => parse(&text),
            _ => Err(String::new()),
        })
    }

    pub(super) fn list<T>(
        &mut self,
        place: &Place<'_>,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        self.value(place, name, |plain| match plain {
            Plain::List(items) => items.iter().map(|item| parse(item)).collect(),
            _ => Err(String::new()),
        })
    }

    pub(super) fn secret(&mut self, place: &Place<'_>, name: &str) -> Option<Secret> {
        self.value(place, name, |plain| match plain {
            Plain::Secret(secret) => Ok(Some(secret)),
            _ => Err(String::new()),
        })
    }

    pub(super) fn switch(&mut self, place: &Place<'_>, name: &str) -> bool {
        self.value(place, name, |plain| match plain {
            Plain::Switch(on) => Ok(on),
            _ => Err(String::new()),
        })
    }

    pub(super) fn whole<T: TryFrom<u64> + Default>(&mut self, place: &Place<'_>, name: &str) -> T {
        self.value(place, name, |plain| match plain {
            Plain::Whole(number) => T::try_from(number).map_err(|_| "is too large".to_owned()),
            _ => Err(String::new()),
        })
    }

    pub(super) fn span(&mut self, place: &Place<'_>, name: &str) -> Duration {
        self.value(place, name, |plain| match plain {
            Plain::Span(span) => Ok(span),
            _ => Err(String::new()),
        })
    }

    /// Notes a problem of the table itself.
    pub(super) fn problem(&mut self, place: &Place<'_>, name: &str, reason: impl Into<String>) {
        let key = format!("{}.{name}", place.path);
        let row = self.rows.iter().find(|row| row.key == key);
        self.problems.push(Problem {
            origin: row.map_or(Origin::File, |row| row.origin.clone()),
            key,
            reason: reason.into(),
        });
    }

    /// The value of the strongest layer. What is wrong is noted, and a stand-in returned, which
    /// nobody sees: settings with problems are not handed out.
    fn value<T: Default>(
        &mut self,
        place: &Place<'_>,
        name: &str,
        parse: impl Fn(Plain) -> Result<T, String>,
    ) -> T {
        let Some(key) = place.section.keys.iter().find(|key| key.name == name) else {
            return T::default();
        };
        let (found, origin) = match self.find(place, key) {
            Ok(found) => found,
            Err(problem) => {
                self.problems.push(problem);
                return T::default();
            }
        };
        let path = format!("{}.{name}", place.path);
        self.rows.push(Row {
            key: path.clone(),
            value: shown(found.as_ref()),
            origin: origin.clone(),
            waits: place.section.waits,
        });
        let Some(plain) = found else {
            return T::default();
        };
        parse(plain).unwrap_or_else(|reason| {
            self.problems.push(Problem {
                key: path,
                origin,
                reason,
            });
            T::default()
        })
    }

    fn find(&self, place: &Place<'_>, key: &Key) -> Result<(Option<Plain>, Origin), Problem> {
        let flag = self.sources.flags.get(place.section.table, key.name);
        if let Some((flag, text)) = flag {
            let origin = Origin::Flag(flag);
            let plain = match key.is_secret() {
                true => self.read_file(place, key, Path::new(text), &origin)?,
                false => self.typed(place, key, text, &origin)?,
            };
            return Ok((Some(plain), origin));
        }
        if place.has_variables
            && let Some(found) = self.variable(place, key)?
        {
            return Ok(found);
        }
        if let Some(found) = self.in_file(place, key)? {
            return Ok((Some(found), Origin::File));
        }
        let default = key.default.map(|default| self.default(place, key, default));
        Ok((default.transpose()?, Origin::Default))
    }

    /// The default is TOML, and read as if it stood in the file.
    fn default(&self, place: &Place<'_>, key: &Key, text: &str) -> Result<Plain, Problem> {
        let line: Option<toml::Table> = toml::from_str(&format!("it = {text}")).ok();
        let value = line.as_ref().and_then(|line| line.get("it"));
        value
            .and_then(|value| of_file(key, value))
            .ok_or_else(|| wrong(place, key, &Origin::Default))
    }

    fn variable(
        &self,
        place: &Place<'_>,
        key: &Key,
    ) -> Result<Option<(Option<Plain>, Origin)>, Problem> {
        let environment = self.sources.environment;
        let ours = key.variable(place.section.table);
        let ours_file = format!("{ours}_FILE");
        let file = environment.path(&ours_file).filter(|_| key.is_secret());
        if let (Some(_), Some(path)) = (environment.text(&ours), &file) {
            let reason = format!(
                "is set twice: by `{ours}` and by the file {}",
                path.display()
            );
            return Err(problem(place, key, Origin::Variable(ours_file), reason));
        }
        if let Some(path) = file {
            let origin = Origin::Variable(ours_file);
            let plain = self.read_file(place, key, &path, &origin)?;
            return Ok(Some((Some(plain), origin)));
        }
        for name in [Some(ours.as_str()), key.upstream].into_iter().flatten() {
            if let Some(text) = environment.text(name) {
                let origin = Origin::Variable(name.to_owned());
                let plain = self.typed(place, key, text, &origin)?;
                return Ok(Some((Some(plain), origin)));
            }
        }
        Ok(None)
    }

    fn in_file(&self, place: &Place<'_>, key: &Key) -> Result<Option<Plain>, Problem> {
        let get = |name: &str| place.table.and_then(|table| table.get(name));
        let file = get(&format!("{}_file", key.name)).filter(|_| key.is_secret());
        match (get(key.name), file) {
            (Some(_), Some(_)) => {
                let reason = format!("is set twice: remove it, or `{}_file`", key.name);
                Err(problem(place, key, Origin::File, reason))
            }
            (Some(value), None) => of_file(key, value)
                .map(Some)
                .ok_or_else(|| wrong(place, key, &Origin::File)),
            (None, Some(toml::Value::String(path))) => self
                .read_file(place, key, Path::new(path), &Origin::File)
                .map(Some),
            (None, Some(_)) => {
                let reason = format!("cannot be read: `{}_file` must be a path", key.name);
                Err(problem(place, key, Origin::File, reason))
            }
            (None, None) => Ok(None),
        }
    }

    fn read_file(
        &self,
        place: &Place<'_>,
        key: &Key,
        path: &Path,
        origin: &Origin,
    ) -> Result<Plain, Problem> {
        let read = (self.sources.read_secret)(path).and_then(|secret| {
            let text = secret.expose().trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                return Err("it is empty".to_owned());
            }
            Ok(Plain::Secret(Secret::new(text)))
        });
        read.map_err(|reason| {
            let reason = format!("cannot be read from {}: {reason}", path.display());
            problem(place, key, origin.clone(), reason)
        })
    }

    /// Reads a text from a flag or a variable.
    fn typed(
        &self,
        place: &Place<'_>,
        key: &Key,
        text: &str,
        origin: &Origin,
    ) -> Result<Plain, Problem> {
        let plain = match key.kind {
            Kind::Text => Some(Plain::Text(text.to_owned())),
            Kind::Secret => Some(Plain::Secret(Secret::new(text))),
            Kind::Switch => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(Plain::Switch(true)),
                "false" | "0" | "no" | "off" => Some(Plain::Switch(false)),
                _ => None,
            },
            Kind::Whole(..) => text.parse().ok().and_then(|number| whole(key, number)),
            Kind::Span(..) => within(key, text),
            Kind::List => {
                let items = text.split(',').map(str::trim);
                let items = items.filter(|item| !item.is_empty());
                Some(Plain::List(items.map(str::to_owned).collect()))
            }
        };
        plain.ok_or_else(|| wrong(place, key, origin))
    }
}

/// Reads a value of the file; `None` if it is of another kind or out of bounds.
fn of_file(key: &Key, value: &toml::Value) -> Option<Plain> {
    match (key.kind, value) {
        (Kind::Text, toml::Value::String(text)) => Some(Plain::Text(text.clone())),
        (Kind::Secret, toml::Value::String(text)) if !text.is_empty() => {
            Some(Plain::Secret(Secret::new(text.as_str())))
        }
        (Kind::Switch, toml::Value::Boolean(on)) => Some(Plain::Switch(*on)),
        (Kind::Whole(..), toml::Value::Integer(number)) => whole(key, u64::try_from(*number).ok()?),
        (Kind::Span(..), toml::Value::String(text)) => within(key, text),
        (Kind::List, toml::Value::Array(items)) => {
            let items = items.iter().map(|item| item.as_str().map(str::to_owned));
            items.collect::<Option<_>>().map(Plain::List)
        }
        _ => None,
    }
}

fn whole(key: &Key, number: u64) -> Option<Plain> {
    match key.kind {
        Kind::Whole(least, most) if (least..=most).contains(&number) => Some(Plain::Whole(number)),
        _ => None,
    }
}

fn within(key: &Key, text: &str) -> Option<Plain> {
    let span = span(text)?;
    match key.kind {
        Kind::Span(least, most) if (least..=most).contains(&span.as_secs()) => {
            Some(Plain::Span(span))
        }
        _ => None,
    }
}

/// What `show` says. Nothing of a secret but that it is there.
fn shown(plain: Option<&Plain>) -> Shown {
    Shown::Value(match plain {
        None => return Shown::Unset,
        Some(Plain::Secret(_)) => return Shown::Secret,
        Some(Plain::Text(text)) => json!(text),
        Some(Plain::Switch(on)) => json!(on),
        Some(Plain::Whole(number)) => json!(number),
        Some(Plain::Span(span)) => json!(span_text(*span)),
        Some(Plain::List(items)) => json!(items),
    })
}

fn wrong(place: &Place<'_>, key: &Key, origin: &Origin) -> Problem {
    problem(
        place,
        key,
        origin.clone(),
        format!("must be {}", key.wants()),
    )
}

fn problem(place: &Place<'_>, key: &Key, origin: Origin, reason: String) -> Problem {
    Problem {
        key: format!("{}.{}", place.path, key.name),
        origin,
        reason,
    }
}
