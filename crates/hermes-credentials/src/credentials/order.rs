use hermes_secret::Secret;
use serde_json::{Value, json};

use super::{Credentials, shapes::entry_head};
use crate::{
    CredentialError, CredentialStore as _, Entry, Transaction as _, cooldown,
    listing::{Found, by_id, pick},
};

impl Credentials {
    /// Makes one credential the first of its pool.
    ///
    /// # Errors
    ///
    /// If none or several match, or the file cannot be written.
    pub async fn prefer(&self, provider: &str, target: &str) -> Result<Entry, CredentialError> {
        let inner = &self.inner;
        let (env, new_id) = (inner.env(), inner.ports.random.hex(3));
        let mut transaction = inner.store.begin().await?;
        let list = inner.found_in(transaction.file(), provider, &env);
        let chosen = pick(provider, &list, target)?.clone();
        let file = transaction.file_mut();
        let mut id = chosen.entry.id.clone();
        if let Some(key) = chosen.access.as_ref().filter(|_| is_loose_key(&chosen)) {
            id = new_id;
            file.pool_mut(provider).push(borrowed(&id, &chosen, key));
        }
        let others = list
            .iter()
            .filter(|found| found.pooled && found.entry.id != id);
        let others: Vec<String> = others.map(|found| found.entry.id.clone()).collect();
        for (priority, id) in std::iter::once(&id).chain(&others).enumerate() {
            if let Some(entry) = file.entry_mut(provider, id) {
                entry.insert("priority".into(), json!(priority));
            }
        }
        transaction.save().await?;
        let list = inner.found_in(transaction.file(), provider, &env);
        Ok(pick(provider, &list, &id)?.entry.clone())
    }

    /// Clears the marks that refusals left, death included; says how many credentials had one.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub async fn reset(&self, provider: &str) -> Result<usize, CredentialError> {
        let inner = &self.inner;
        let list = inner.found(provider)?;
        for found in &list {
            inner.intents.clear(provider, &found.entry.id);
        }
        if list.iter().all(|found| !found.pooled) {
            return Ok(0);
        }
        let mut transaction = inner.store.begin().await?;
        let entries = transaction.file_mut().pool_mut(provider).iter_mut();
        let marked = entries
            .filter_map(Value::as_object_mut)
            .map(cooldown::clear)
            .filter(|was_marked| *was_marked)
            .count();
        if marked > 0 {
            transaction.save().await?;
        }
        Ok(marked)
    }

    /// Clears the mark of the one credential of exactly this id; says whether it had one.
    ///
    /// # Errors
    ///
    /// If none has the id, or the file cannot be read or written.
    pub async fn reset_one(&self, provider: &str, id: &str) -> Result<bool, CredentialError> {
        let inner = &self.inner;
        if !by_id(provider, &inner.found(provider)?, id)?.pooled {
            inner.intents.clear(provider, id);
            return Ok(false);
        }
        let mut transaction = inner.store.begin().await?;
        let entry = transaction.file_mut().entry_mut(provider, id);
        let marked = entry.map(cooldown::clear);
        if marked == Some(true) {
            transaction.save().await?;
        }
        match marked {
            Some(marked) => {
                inner.intents.clear(provider, id);
                Ok(marked)
            }
            // Somebody else has removed it while the lock was waited for.
            None => by_id(provider, &inner.found(provider)?, id).map(|_| false),
        }
    }
}

/// A key of the environment that the pool does not know yet.
pub(super) fn is_loose_key(found: &Found) -> bool {
    !found.pooled && found.entry.source.starts_with("env:")
}

/// A borrowed key as upstream writes it: a fingerprint instead of the secret.
pub(super) fn borrowed(id: &str, found: &Found, key: &Secret) -> Value {
    let entry = &found.entry;
    let mut fields = entry_head(id, &entry.label, entry.kind, 0, &entry.source, None);
    fields.insert("base_url".into(), json!(entry.base_url));
    fields.insert("secret_fingerprint".into(), json!(key.fingerprint()));
    Value::Object(fields)
}
