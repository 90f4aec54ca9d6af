use hermes_secret::Secret;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{ShapeError, record::Record, times};

mod format;

/// The format version that we write.
const VERSION: u64 = 1;
/// The keys that other programs know at the top.
const KNOWN: [&str; 6] = [
    "version",
    "providers",
    "active_provider",
    "credential_pool",
    "suppressed_sources",
    "updated_at",
];

/// The content of `auth.json`. Underneath it is the JSON document as it was read, so that whatever
/// we do not know keeps its value and its place; the methods are a typed view of what we do know.
///
/// Its text is wiped from memory when it is dropped.
#[derive(Clone, Default)]
pub struct AuthFile(Map<String, Value>);

impl AuthFile {
    /// Reads the document and checks the shape of all that we know of it. The oldest shape,
    /// `{"systems": {"nous_portal": …}}`, becomes the present one.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or something known has the wrong kind.
    pub fn parse(bytes: &[u8]) -> Result<Self, ShapeError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| ShapeError::Syntax {
            line: error.line(),
            column: error.column(),
        })?;
        let Value::Object(document) = value else {
            return Err(kind("the document", "an object"));
        };
        let mut file = Self(document);
        file.migrate();
        file.check()?;
        Ok(file)
    }

    /// The document as upstream writes it: two blanks of indentation, ASCII, a line end.
    pub fn text(&self) -> Secret {
        format::text(&self.0)
    }

    /// The version, if it is newer than the one we write.
    pub fn newer_version(&self) -> Option<u64> {
        let version = self.0.get("version").and_then(Value::as_u64);
        version.filter(|version| *version > VERSION)
    }

    /// Sets what every writing sets.
    pub(crate) fn stamp(&mut self, now: Timestamp) {
        let mut stamped = Map::new();
        if !self.0.contains_key("version") {
            // A new document begins like upstream's.
            stamped.insert("version".to_owned(), json!(VERSION));
            stamped.append(&mut self.0);
            self.0 = stamped;
        }
        self.object_mut("providers");
        self.0
            .insert("updated_at".to_owned(), json!(times::micros(now)));
    }

    /// The ids that have a pool or a state, each once, in the file's order.
    pub fn providers(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        let pools = self.object("credential_pool").into_iter().flatten();
        let states = self.object("providers").into_iter().flatten();
        for (id, _) in pools.chain(states) {
            if !ids.contains(&id.as_str()) {
                ids.push(id);
            }
        }
        ids
    }

    /// The pool of a provider, as it stands in the file.
    pub(crate) fn pool(&self, provider: &str) -> impl Iterator<Item = Record<'_>> {
        self.object("credential_pool")
            .and_then(|pools| pools.get(provider))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(Record::new)
    }

    /// The pool of a provider, to be changed; it is made if there is none.
    pub(crate) fn pool_mut(&mut self, provider: &str) -> &mut Vec<Value> {
        let pool = self
            .object_mut("credential_pool")
            .entry(provider)
            .or_insert_with(|| Value::Array(Vec::new()));
        if !pool.is_array() {
            *pool = Value::Array(Vec::new());
        }
        match pool {
            Value::Array(entries) => entries,
            _ => unreachable!("made an array above"),
        }
    }

    /// One entry of the pool, to be changed.
    pub(crate) fn entry_mut(
        &mut self,
        provider: &str,
        id: &str,
    ) -> Option<&mut Map<String, Value>> {
        self.object_mut("credential_pool")
            .get_mut(provider)?
            .as_array_mut()?
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .find(|entry| entry.get("id").and_then(Value::as_str) == Some(id))
    }

    /// The provider's own state.
    pub(crate) fn state(&self, provider: &str) -> Option<Record<'_>> {
        let state = self.object("providers")?.get(provider)?.as_object()?;
        Some(Record::new(state))
    }

    /// The provider's own state, to be changed.
    pub(crate) fn state_mut(&mut self, provider: &str) -> Option<&mut Map<String, Value>> {
        self.object_mut("providers")
            .get_mut(provider)?
            .as_object_mut()
    }

    /// Replaces the provider's own state.
    pub(crate) fn set_state(&mut self, provider: &str, state: Map<String, Value>) {
        self.object_mut("providers")
            .insert(provider.to_owned(), Value::Object(state));
    }

    /// Removes the provider's own state; whether there was one.
    pub(crate) fn remove_state(&mut self, provider: &str) -> bool {
        self.object_mut("providers")
            .shift_remove(provider)
            .is_some()
    }

    /// Drops the pool if nothing is in it any more.
    pub(crate) fn drop_empty_pool(&mut self, provider: &str) {
        if self.pool(provider).next().is_none() {
            self.object_mut("credential_pool").shift_remove(provider);
        }
    }

    /// Every object below `providers` and `credential_pool`, to be changed.
    pub(crate) fn records_mut(&mut self, change: &mut dyn FnMut(&mut Map<String, Value>)) {
        for key in ["providers", "credential_pool"] {
            if let Some(Value::Object(part)) = self.0.get_mut(key) {
                for record in part.values_mut() {
                    match record {
                        Value::Object(state) => change(state),
                        Value::Array(entries) => {
                            entries
                                .iter_mut()
                                .filter_map(Value::as_object_mut)
                                .for_each(&mut *change);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Whether the provider's source must not be used although it is there.
    pub(crate) fn is_suppressed(&self, provider: &str, source: &str) -> bool {
        self.object("suppressed_sources")
            .and_then(|all| all.get(provider))
            .and_then(Value::as_array)
            .is_some_and(|sources| sources.iter().any(|one| one.as_str() == Some(source)))
    }

    /// Marks a source as not to be used.
    pub(crate) fn suppress(&mut self, provider: &str, source: &str) {
        if self.is_suppressed(provider, source) {
            return;
        }
        let sources = self
            .object_mut("suppressed_sources")
            .entry(provider)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(sources) = sources {
            sources.push(json!(source));
        }
    }

    /// Forgets which sources of the provider were not to be used.
    pub(crate) fn unsuppress(&mut self, provider: &str) {
        let Some(Value::Object(all)) = self.0.get_mut("suppressed_sources") else {
            return;
        };
        all.shift_remove(provider);
        if all.is_empty() {
            self.0.shift_remove("suppressed_sources");
        }
    }

    /// Whether anything in the file is about the provider.
    pub(crate) fn knows(&self, provider: &str) -> bool {
        ["providers", "credential_pool", "suppressed_sources"]
            .into_iter()
            .filter_map(|key| self.object(key))
            .any(|part| part.contains_key(provider))
    }

    /// The provider that upstream's inference uses by default.
    pub fn active_provider(&self) -> Option<&str> {
        self.0.get("active_provider").and_then(Value::as_str)
    }

    /// Changes it.
    pub(crate) fn set_active_provider(&mut self, provider: Option<&str>) {
        self.0.insert("active_provider".to_owned(), json!(provider));
    }

    fn object(&self, key: &str) -> Option<&Map<String, Value>> {
        self.0.get(key)?.as_object()
    }

    fn object_mut(&mut self, key: &str) -> &mut Map<String, Value> {
        let value = self
            .0
            .entry(key)
            .or_insert_with(|| Value::Object(Map::new()));
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        match value {
            Value::Object(object) => object,
            _ => unreachable!("made an object above"),
        }
    }

    fn migrate(&mut self) {
        let present = self.0.contains_key("providers") || self.0.contains_key("credential_pool");
        let old = match self.0.get("systems") {
            Some(Value::Object(systems)) if !present => systems.get("nous_portal").cloned(),
            _ => None,
        };
        if let Some(state @ Value::Object(_)) = old {
            // What else was in `systems` stays where it is: it is not ours to drop.
            if let Some(Value::Object(systems)) = self.0.get_mut("systems") {
                systems.shift_remove("nous_portal");
                if systems.is_empty() {
                    self.0.shift_remove("systems");
                }
            }
            self.object_mut("providers")
                .insert("nous".to_owned(), state);
        }
    }

    fn check(&self) -> Result<(), ShapeError> {
        for key in ["providers", "credential_pool", "suppressed_sources"] {
            if self.0.get(key).is_some_and(|value| !value.is_object()) {
                return Err(kind(&format!("`{key}`"), "an object"));
            }
        }
        if self.object("providers").is_none()
            && self.object("credential_pool").is_none()
            && !self.0.keys().all(|key| KNOWN.contains(&key.as_str()))
        {
            return Err(ShapeError::Foreign);
        }
        for (id, state) in self.object("providers").into_iter().flatten() {
            if !state.is_object() && !state.is_null() {
                return Err(kind(&format!("`providers.{}`", shown(id)), "an object"));
            }
        }
        for (id, pool) in self.object("credential_pool").into_iter().flatten() {
            let entries = match pool {
                Value::Array(entries) => entries.as_slice(),
                Value::Null => &[],
                _ => return Err(kind(&format!("`credential_pool.{}`", shown(id)), "a list")),
            };
            if let Some(position) = entries.iter().position(|entry| !entry.is_object()) {
                let place = format!("`credential_pool.{}[{position}]`", shown(id));
                return Err(kind(&place, "an object"));
            }
        }
        for (id, sources) in self.object("suppressed_sources").into_iter().flatten() {
            if !sources.is_array() {
                return Err(kind(
                    &format!("`suppressed_sources.{}`", shown(id)),
                    "a list",
                ));
            }
        }
        Ok(())
    }
}

fn kind(place: &str, wanted: &'static str) -> ShapeError {
    ShapeError::Kind {
        place: place.to_owned(),
        wanted,
    }
}

fn shown(id: &str) -> String {
    hermes_secret::plain(id, 64)
}

impl std::fmt::Debug for AuthFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AuthFile").field(&self.providers()).finish()
    }
}

impl Drop for AuthFile {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

/// Hands every text to [`Secret`], which wipes it: not knowing which of them are secret, we take
/// them all.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => drop(Secret::new(std::mem::take(text))),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(object) => object.values_mut().for_each(wipe),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
