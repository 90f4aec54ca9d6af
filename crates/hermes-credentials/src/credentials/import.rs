use std::time::Duration;

use hermes_oauth::TokenSet;
use hermes_providers::Provider;
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::{
    Credentials,
    save::put_entry,
    shapes::{SignIn, entry_fields},
};
use crate::{
    CredentialError, CredentialStore as _, Imported, Login, Share, State, Transaction as _,
    listing::Found,
    place::{self, IMPORTED},
};

/// The field that tells which login of the tool an entry was copied from: a fingerprint of its
/// access token. Upstream keeps this field.
const MARK: &str = "secret_fingerprint";

/// What a login of another tool is to the credentials that are there.
enum Meaning {
    /// It is here already, or one that is as good.
    Known(String),
    /// It takes the place of this entry, an earlier import or a sign-in that has ended.
    Newer(String),
    /// It is another account, or there is no telling.
    Other,
}

impl Credentials {
    /// Copies a login of another tool into the provider's pool.
    ///
    /// It never takes the place of a login of our own that works, nor of a later copy of itself:
    /// the tool's store may still hold a refresh token that we have spent since, and to use it
    /// again would end both.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it is then as it was.
    pub async fn import(
        &self,
        provider: &Provider,
        login: &Login,
        share: Share,
        label: Option<&str>,
    ) -> Result<Imported, CredentialError> {
        let inner = &self.inner;
        let tokens = self.tokens(login, share);
        let (env, new_id) = (inner.env(), inner.ports.random.hex(3));
        let mut transaction = inner.store.begin().await?;
        let file = transaction.file_mut();
        let list = inner.found_in(file, &provider.id, &env);
        // Refreshed since, an opaque token no longer looks like the one that it was copied as.
        let mark = login.access.fingerprint();
        let renewed = file
            .pool(&provider.id)
            .find(|entry| entry.source() == IMPORTED && entry.text(MARK) == Some(mark.as_str()))
            .and_then(|entry| entry.text("id"));
        let meaning = match renewed {
            Some(id) if !has_access(&list, id, login) => Meaning::Known(id.to_owned()),
            _ => meaning(&list, login, &tokens),
        };
        let (known, old) = match meaning {
            Meaning::Known(id) => {
                let saved = inner.saved(file, &provider.id, &id, /*replaced*/ false)?;
                return Ok(Imported {
                    saved,
                    already: true,
                });
            }
            Meaning::Newer(id) => (
                Some(id.clone()),
                list.iter().find(|found| found.entry.id == id),
            ),
            Meaning::Other => (None, None),
        };
        let label = label
            .map(|label| plain(label, LABEL_LIMIT))
            .filter(|label| !label.is_empty())
            .or_else(|| Some(old?.entry.label.clone()))
            .or_else(|| login.account.clone())
            .unwrap_or_else(|| login.tool.name().to_owned());
        let sign_in = SignIn {
            provider,
            client_id: login.tool.client_id().unwrap_or_default(),
            redirect_uri: None,
            label: &label,
            source: IMPORTED,
            tokens: &tokens,
        };
        let mut fields = entry_fields(&sign_in);
        // What the table asks for is not what the other tool was granted, nor is its client ours.
        match &tokens.scope {
            Some(scope) => fields.insert("scope".into(), json!(scope)),
            None => fields.shift_remove("scope"),
        };
        match login.tool.client_id() {
            Some(client_id) => fields.insert("client_id".into(), json!(client_id)),
            None => fields.shift_remove("client_id"),
        };
        fields.insert(MARK.into(), json!(mark));
        if file.active_provider().is_none() && place::becomes_active(provider) {
            file.set_active_provider(Some(&provider.id));
        }
        let id = put_entry(file, &sign_in, known.as_deref(), fields, &new_id);
        let saved = inner.saved(file, &provider.id, &id, known.is_some())?;
        transaction.save().await?;
        inner.intents.clear(&provider.id, &id);
        Ok(Imported {
            saved,
            already: false,
        })
    }

    fn tokens(&self, login: &Login, share: Share) -> TokenSet {
        let now = self.inner.now();
        let mut tokens = TokenSet::new(login.access.clone(), now);
        tokens.refresh_token = match share {
            Share::Everything => login.refresh.clone(),
            Share::AccessOnly => None,
        };
        tokens.scope.clone_from(&login.scope);
        tokens.account.clone_from(&login.account);
        tokens.expires_at = login.expires_at;
        let left = login
            .expires_at
            .and_then(|at| Duration::try_from(at.duration_since(now)).ok());
        tokens.expires_in = left.map(|left| left.as_secs());
        tokens
    }
}

/// Whether the entry still has the very token that the tool has.
fn has_access(list: &[Found], id: &str, login: &Login) -> bool {
    let mut entries = list.iter().filter(|found| found.entry.id == id);
    entries.any(|found| {
        found
            .access
            .as_ref()
            .is_some_and(|own| own.same(&login.access))
    })
}

fn meaning(list: &[Found], login: &Login, tokens: &TokenSet) -> Meaning {
    // Our own, not what is borrowed from a variable.
    let own = |found: &&Found| {
        !(found.pooled && place::is_borrowed(login.tool.provider(), &found.entry.source))
            && place::variable(&found.entry.source).is_none()
    };
    let imported = |found: &Found| found.pooled && found.entry.source == IMPORTED;
    let over = |found: &Found| {
        matches!(
            found.entry.state,
            State::Dead { .. } | State::Expired | State::Missing
        )
    };
    let later = |found: &Found| login.expires_at > found.entry.expires_at;
    let same_access = |found: &&Found| {
        found
            .access
            .as_ref()
            .is_some_and(|own| own.same(&login.access))
    };
    let same_refresh = |found: &&Found| {
        let pair = found.refresh.as_ref().zip(login.refresh.as_ref());
        pair.is_some_and(|(one, other)| one.same(other))
    };
    let id = |found: &Found| found.entry.id.clone();
    if let Some(found) = list.iter().filter(own).find(same_access) {
        // An access token that was copied alone may get its refresh token now.
        let more = found.refresh.is_none() && tokens.refresh_token.is_some();
        return match imported(found) && more {
            true => Meaning::Newer(id(found)),
            false => Meaning::Known(id(found)),
        };
    }
    if let Some(found) = list.iter().filter(own).find(same_refresh) {
        return match imported(found) && later(found) {
            true => Meaning::Newer(id(found)),
            false => Meaning::Known(id(found)),
        };
    }
    let same_account = |found: &&Found| {
        let theirs = found.access.as_ref().and_then(hermes_oauth::jwt_label);
        let theirs = theirs.unwrap_or_else(|| found.entry.label.clone());
        let ours = login.account.as_ref();
        ours.is_some_and(|ours| ours.to_lowercase() == theirs.to_lowercase())
    };
    let same: Vec<_> = list.iter().filter(own).filter(same_account).collect();
    if let Some(found) = same.iter().find(|found| !imported(found) && !over(found)) {
        return Meaning::Known(id(found));
    }
    if let Some(found) = same.iter().find(|found| imported(found)) {
        return match over(found) || later(found) {
            true => Meaning::Newer(id(found)),
            false => Meaning::Known(id(found)),
        };
    }
    // Nothing tells whose it is; only an import that has ended makes room.
    let ended = |found: &&Found| {
        login.account.is_none()
            && imported(found)
            && over(found)
            && found.entry.label == login.tool.name()
    };
    match list.iter().find(ended) {
        Some(found) => Meaning::Newer(id(found)),
        None => Meaning::Other,
    }
}
