use hermes_oauth::KeyVerdict;
use hermes_providers::Provider;
use hermes_secret::Secret;
use serde_json::{Value, json};
use url::Url;

use super::{
    Credentials,
    save::{cleaned, free_id, next_priority},
    shapes::entry_head,
};
use crate::{
    CredentialError, CredentialStore as _, Kind, Saved, base_url, env_keys,
    listing::{Found, is_account_token},
};

impl Credentials {
    /// Saves an API key. The same key again only changes its label.
    ///
    /// # Errors
    ///
    /// If it is no key, or the file cannot be written.
    pub async fn add_key(
        &self,
        provider: &Provider,
        key: Secret,
        label: Option<&str>,
        base_url: Option<&Url>,
    ) -> Result<Saved, CredentialError> {
        let inner = &self.inner;
        let key = usable(provider, &key)?;
        let base = place(provider, &key, base_url)?;
        inner.remember(provider);
        let kind = match is_account_token(&provider.id, &key) {
            true => Kind::OAuth,
            false => Kind::ApiKey,
        };
        let label = label.map(cleaned).filter(|label| !label.is_empty());
        let (env, new_id) = (inner.env(), inner.ports.random.hex(3));
        let saved = inner.store.update(|file| {
            let list = inner.found_in(file, &provider.id, &env);
            let same = |found: &&Found| {
                found.pooled && found.access.as_ref().is_some_and(|own| own.same(&key))
            };
            let known = list.iter().find(same).map(|found| found.entry.id.clone());
            file.unsuppress(&provider.id);
            let name = match (label, list.iter().find(same)) {
                (Some(label), _) => label,
                (None, Some(found)) => found.entry.label.clone(),
                (None, None) => format!("api-key-{}", list.len() + 1),
            };
            let id = match &known {
                Some(id) => id.clone(),
                None => {
                    let id = free_id(file, &provider.id, &new_id);
                    let priority = next_priority(file, &provider.id);
                    let entry = entry_head(&id, &name, kind, priority, "manual", Some(&key));
                    file.pool_mut(&provider.id).push(Value::Object(entry));
                    id
                }
            };
            if let Some(entry) = file.entry_mut(&provider.id, &id) {
                entry.insert("label".into(), json!(name));
                crate::cooldown::clear(entry);
                if let Some(base) = base.filter(|_| known.is_none() || base_url.is_some()) {
                    let text = base.as_str().trim_end_matches('/');
                    entry.insert("base_url".into(), json!(text));
                }
            }
            Ok::<_, CredentialError>((id, known.is_some(), file.clone()))
        });
        let (id, replaced, file) = saved.await?;
        inner.saved(&file, &provider.id, &id, replaced)
    }

    /// Asks the provider whether the key is good, by the request that the table names for it. The
    /// key goes to the table's hosts, or to the base URL that was given; where the environment says
    /// that keys are used elsewhere, nobody is asked.
    ///
    /// # Errors
    ///
    /// If it is no key, or there is no address for it: what [`add_key`](Self::add_key) would say.
    pub async fn check_key(
        &self,
        provider: &Provider,
        key: &Secret,
        base_url: Option<&Url>,
    ) -> Result<KeyVerdict, CredentialError> {
        let key = usable(provider, key)?;
        let Some(base) = place(provider, &key, base_url)? else {
            return Ok(KeyVerdict::NotAsked);
        };
        let elsewhere = provider
            .key_check
            .as_ref()
            .is_some_and(hermes_providers::KeyCheck::is_absolute);
        if is_account_token(&provider.id, &key) || base_url.is_some() && elsewhere {
            return Ok(KeyVerdict::NotAsked);
        }
        if let Some(variable) = self.moved_by(provider, base) {
            let reason = format!("`{variable}` names another address for it");
            return Ok(KeyVerdict::Unclear { reason });
        }
        Ok(hermes_oauth::check_key(provider, base, &key, &self.inner.ports).await)
    }

    /// The variable that sends keys of the provider somewhere else than to this base URL.
    fn moved_by(&self, provider: &Provider, base: &Url) -> Option<String> {
        let env = self.inner.env();
        let mut variables = provider.api.as_ref()?.base_url_env.iter();
        let (variable, named) = variables.find_map(|name| Some((name, env.text(name)?)))?;
        let same = Url::parse(named).is_ok_and(|named| {
            named.as_str().trim_end_matches('/') == base.as_str().trim_end_matches('/')
        });
        (!same).then(|| variable.clone())
    }
}

/// The key without what surrounds it.
fn usable(provider: &Provider, key: &Secret) -> Result<Secret, CredentialError> {
    let key = Secret::new(key.expose().trim());
    if key.is_empty() {
        return Err(CredentialError::KeyMissing);
    }
    match env_keys::unusable(&provider.id, key.expose()) {
        Some(reason) => Err(CredentialError::KeyInvalid { reason }),
        None => Ok(key),
    }
}

/// Where the key is used: where the person says, else where the table says.
fn place<'a>(
    provider: &'a Provider,
    key: &Secret,
    given: Option<&'a Url>,
) -> Result<Option<&'a Url>, CredentialError> {
    if given.is_none() && provider.needs_base_url {
        return Err(CredentialError::KeyInvalid {
            reason: "this provider has no address of its own, name yours with --base-url",
        });
    }
    match given.or_else(|| provider.api.as_ref()?.base_url_of(key.expose())) {
        Some(url) if !base_url::is_sendable(url) => Err(CredentialError::BaseUrl {
            url: hermes_secret::SafeUrl(url).to_string(),
            reason: "a key is sent over https alone, or to this machine",
        }),
        base => Ok(base),
    }
}
