use hermes_oauth::{TokenSet, jwt_label};
use hermes_providers::{Flow, Provider};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Credentials, Inner,
    shapes::{SignIn, entry_fields, entry_head, state_fields},
};
use crate::{
    AuthFile, CredentialError, CredentialStore as _, Kind, Saved, State,
    copies::SharedNous,
    listing::Found,
    place::{self, Slot},
    record::{Record, renew},
};

impl Credentials {
    /// Saves what a sign-in brought. Signing in to the same account again replaces its tokens;
    /// another account is added.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it is then as it was.
    pub async fn save_sign_in(
        &self,
        provider: &Provider,
        flow: Flow,
        client_id: &str,
        redirect_uri: Option<&Url>,
        label: Option<&str>,
        tokens: &TokenSet,
    ) -> Result<Saved, CredentialError> {
        let inner = &self.inner;
        inner.remember(provider);
        let label = label.map(cleaned).filter(|label| !label.is_empty());
        let (env, new_id) = (inner.env(), inner.ports.random.hex(3));
        let saved = inner.store.update(|file| {
            let list = inner.found_in(file, &provider.id, &env);
            let known = list
                .iter()
                .find(|found| is_same_account(provider, found, tokens, label.as_deref()));
            let name = name_for(provider, &list, known, tokens, label.as_deref());
            let sign_in = SignIn {
                provider,
                client_id,
                redirect_uri,
                label: &name,
                source: place::source(provider, flow),
                tokens,
            };
            file.unsuppress(&provider.id);
            if place::becomes_active(provider) {
                file.set_active_provider(Some(&provider.id));
            }
            let (id, replaced) = match place::slot(provider) {
                Slot::State => {
                    let replaced = save_state(file, &sign_in);
                    (provider.id.clone(), replaced)
                }
                Slot::StateAndMirror(source) => {
                    let replaced = save_state(file, &sign_in);
                    let id = save_mirror(file, &sign_in, source, &new_id);
                    (id, replaced)
                }
                Slot::Pool => save_entry(file, &sign_in, known, &new_id),
            };
            Ok::<_, CredentialError>((id, replaced, file.clone()))
        });
        let (id, replaced, file) = saved.await?;
        inner.intents.clear(&provider.id, &id);
        self.share(provider, &file, tokens).await;
        inner.saved(&file, &provider.id, &id, replaced)
    }

    /// Gives the other profiles of this root the new tokens, if they share this account.
    async fn share(&self, provider: &Provider, file: &AuthFile, tokens: &TokenSet) {
        if provider.dialect != hermes_providers::Dialect::Nous {
            return;
        }
        let Some(state) = file.state(&provider.id) else {
            return;
        };
        let inner = &self.inner;
        // The sign-in is saved; a copy that cannot be brought up to date is no reason to fail it.
        if let Ok(Some(mut shared)) = SharedNous::open(&inner.store, &inner.environment).await
            && shared.is_of(state)
        {
            let _ = shared.save(tokens, inner.now());
        }
    }
}

impl Inner {
    /// What was saved, as the listing shows it.
    pub(super) fn saved(
        &self,
        file: &AuthFile,
        provider: &str,
        id: &str,
        replaced: bool,
    ) -> Result<Saved, CredentialError> {
        let list = self.found_in(file, provider, &self.env());
        let found = crate::listing::pick(provider, &list, id)?;
        Ok(Saved {
            entry: found.entry.clone(),
            path: self.store.home().auth_json(),
            replaced,
        })
    }
}

/// Puts the sign-in into the provider's own state. What else stands there stays.
fn save_state(file: &mut AuthFile, sign_in: &SignIn<'_>) -> bool {
    let id = &sign_in.provider.id;
    let mut state = file.state_mut(id).cloned().unwrap_or_default();
    let replaced = Record::new(&state).access_token().is_some();
    state.shift_remove("last_auth_error");
    if sign_in.tokens.refresh_token.is_none() {
        state.shift_remove("refresh_token");
    }
    for (key, value) in state_fields(sign_in) {
        state.insert(key, value);
    }
    file.set_state(id, state);
    replaced
}

/// Makes the pool's copy of the provider's own state, or brings it up to date.
fn save_mirror(
    file: &mut AuthFile,
    sign_in: &SignIn<'_>,
    source: &'static str,
    new_id: &str,
) -> String {
    let provider = &sign_in.provider.id;
    let copy = file
        .pool(provider)
        .find(|entry| entry.source() == source)
        .and_then(|entry| entry.text("id").map(ToOwned::to_owned));
    let mirror = SignIn { source, ..*sign_in };
    let mut fields = entry_fields(&mirror);
    for (key, value) in state_fields(&mirror) {
        if !matches!(key.as_str(), "provider" | "region") {
            fields.insert(key, value);
        }
    }
    put_entry(file, &mirror, copy.as_deref(), fields, new_id)
}

/// Puts the sign-in into the pool: over the entry of the same account, or as a new one.
fn save_entry(
    file: &mut AuthFile,
    sign_in: &SignIn<'_>,
    known: Option<&Found>,
    new_id: &str,
) -> (String, bool) {
    let provider = &sign_in.provider.id;
    if let Some(old) = known.and_then(|found| found.refresh.as_ref()) {
        // Whatever else holds the old token is the same account too.
        file.records_mut(&mut |record| {
            if Record::new(record).refreshes_by(old) {
                renew(record, sign_in.tokens);
            }
        });
    }
    match known {
        Some(found) if !found.pooled => {
            if let Some(state) = file.state_mut(provider) {
                renew(state, sign_in.tokens);
            }
            (found.entry.id.clone(), true)
        }
        Some(found) if place::is_mirror(provider, &found.entry.source) => {
            if let Some(state) = file.state_mut(provider) {
                renew(state, sign_in.tokens);
            }
            if let Some(entry) = file.entry_mut(provider, &found.entry.id) {
                renew(entry, sign_in.tokens);
                entry.insert("label".into(), json!(sign_in.label));
            }
            (found.entry.id.clone(), true)
        }
        _ => {
            let known = known.map(|found| found.entry.id.as_str());
            let id = put_entry(file, sign_in, known, entry_fields(sign_in), new_id);
            (id, known.is_some())
        }
    }
}

pub(super) fn put_entry(
    file: &mut AuthFile,
    sign_in: &SignIn<'_>,
    known: Option<&str>,
    fields: Map<String, Value>,
    new_id: &str,
) -> String {
    let provider = &sign_in.provider.id;
    let id = match known {
        Some(id) => id.to_owned(),
        None => {
            let id = free_id(file, provider, new_id);
            let access = Some(&sign_in.tokens.access_token);
            let priority = next_priority(file, provider);
            let head = entry_head(
                &id,
                sign_in.label,
                Kind::OAuth,
                priority,
                sign_in.source,
                access,
            );
            file.pool_mut(provider).push(Value::Object(head));
            id
        }
    };
    if let Some(entry) = file.entry_mut(provider, &id) {
        if sign_in.tokens.refresh_token.is_none() {
            entry.shift_remove("refresh_token");
        }
        for (key, value) in fields {
            entry.insert(key, value);
        }
    }
    id
}

/// Whether the sign-in is to an account that is there already.
fn is_same_account(
    provider: &Provider,
    found: &Found,
    tokens: &TokenSet,
    label: Option<&str>,
) -> bool {
    let single = place::slot(provider) != Slot::Pool;
    let provider = provider.id.as_str();
    // A provider's own state has no source; it counts by its id.
    if found.entry.id != provider
        && (found.entry.kind != Kind::OAuth || place::is_borrowed(provider, &found.entry.source))
    {
        return false;
    }
    if let (Some(old), Some(new)) = (&found.refresh, &tokens.refresh_token)
        && old.same(new)
    {
        return true;
    }
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let theirs = found.access.as_ref().and_then(jwt_label);
    match (&tokens.account, theirs) {
        (Some(ours), Some(theirs)) => same(ours, &theirs),
        (Some(ours), None) if same(ours, &found.entry.label) => true,
        // Nothing tells whose it is. There is room for one, or the dead make room.
        (None, _) if label.is_none() => single || matches!(found.entry.state, State::Dead { .. }),
        _ => label.is_some_and(|label| same(label, &found.entry.label)),
    }
}

/// What the credential is called: what the person said, else what it was called, else the account.
fn name_for(
    provider: &Provider,
    list: &[Found],
    known: Option<&Found>,
    tokens: &TokenSet,
    label: Option<&str>,
) -> String {
    let made_up = |name: &str| name.starts_with(&format!("{}-oauth-", provider.id));
    let earlier = known
        .map(|found| found.entry.label.clone())
        .filter(|name| tokens.account.is_none() || !made_up(name));
    label
        .map(ToOwned::to_owned)
        .or(earlier)
        .or_else(|| tokens.account.as_deref().map(cleaned))
        .unwrap_or_else(|| match place::slot(provider) {
            Slot::Pool => format!("{}-oauth-{}", provider.id, list.len() + 1),
            Slot::State | Slot::StateAndMirror(_) => format!("{}-oauth-1", provider.id),
        })
}

pub(super) fn cleaned(label: &str) -> String {
    plain(label, LABEL_LIMIT)
}

pub(super) fn next_priority(file: &AuthFile, provider: &str) -> usize {
    let last = file
        .pool(provider)
        .filter_map(|entry| entry.number("priority"));
    last.max()
        .and_then(|last| usize::try_from(last.saturating_add(1)).ok())
        .unwrap_or(0)
}

/// An id that no entry of the pool has yet.
pub(super) fn free_id(file: &AuthFile, provider: &str, drawn: &str) -> String {
    let taken = |id: &str| {
        file.pool(provider)
            .any(|entry| entry.text("id") == Some(id))
    };
    let start = u32::from_str_radix(drawn, 16).unwrap_or(0);
    (0..=u32::from(u16::MAX))
        .map(|step| format!("{:06x}", (start + step) & 0x00ff_ffff))
        .find(|id| !taken(id))
        .unwrap_or_else(|| drawn.to_owned())
}
