use std::fs;

use super::{Credentials, Inner};
use crate::{
    AuthFile, Cleanup, CredentialError, CredentialStore as _, Keeper, Removed, StoreError,
    Transaction as _, copies, env_keys,
    listing::{Found, by_id, pick},
    place,
    record::Record,
    store::unwritten,
};

impl Credentials {
    /// Removes one credential, named by id, label or number, and every copy of it; then ends its
    /// tokens at the provider, where that has an endpoint. Other accounts are not touched.
    ///
    /// # Errors
    ///
    /// If none or several match, or a file cannot be written.
    pub async fn remove(&self, provider: &str, target: &str) -> Result<Removed, CredentialError> {
        self.remove_chosen(provider, |list| pick(provider, list, target))
            .await
    }

    /// The same for whoever is not at this machine: names it by its id alone, since labels and numbers
    /// may be another's by the time that the lock is held, and may not take what others keep.
    ///
    /// # Errors
    ///
    /// If none has the id, it belongs to another program or to a variable, or a file cannot be written.
    pub async fn remove_own(&self, provider: &str, id: &str) -> Result<Removed, CredentialError> {
        self.remove_chosen(provider, |list| {
            let found = by_id(provider, list, id)?;
            match found.entry.keeper {
                Keeper::Us => Ok(found),
                Keeper::Variable | Keeper::Another => Err(CredentialError::Borrowed {
                    provider: provider.to_owned(),
                    label: found.entry.label.clone(),
                }),
            }
        })
        .await
    }

    async fn remove_chosen(
        &self,
        provider: &str,
        choose: impl Fn(&[Found]) -> Result<&Found, CredentialError> + Send,
    ) -> Result<Removed, CredentialError> {
        let inner = &self.inner;
        // Looked at before the lock is asked for: a wrong name needs no writing.
        choose(&inner.found(provider)?)?;
        let env = inner.env();
        let mut transaction = inner.store.begin().await?;
        let list = inner.found_in(transaction.file(), provider, &env);
        let found = choose(&list)?.clone();
        let mut cleanup = Vec::new();
        if let Some(variable) = place::variable(&found.entry.source) {
            inner.forget_variable(variable, env.exported(variable), &mut cleanup)?;
        }
        inner.take_out(transaction.file_mut(), provider, &found, &mut cleanup)?;
        transaction.save().await?;
        drop(transaction);
        inner.intents.clear(provider, &found.entry.id);
        let revoked = match found.entry.keeper {
            Keeper::Us => inner.revoke(provider, &found).await,
            Keeper::Variable | Keeper::Another => None,
        };
        Ok(Removed {
            entry: found.entry,
            revoked: revoked.into_iter().collect(),
            cleanup,
        })
    }
}

impl Inner {
    /// Takes a credential out of the file, with what would bring it back.
    pub(super) fn take_out(
        &self,
        file: &mut AuthFile,
        provider: &str,
        found: &Found,
        cleanup: &mut Vec<Cleanup>,
    ) -> Result<(), StoreError> {
        let source = found.entry.source.as_str();
        let is_copy = |record: Record<'_>| {
            let refresh = found.refresh.as_ref();
            refresh.is_some_and(|token| record.refreshes_by(token))
        };
        let mirror = found.pooled && place::is_mirror(provider, source);
        let own_state = file.state(provider).is_some_and(is_copy);
        if !found.pooled && found.entry.id == provider || mirror || own_state {
            file.remove_state(provider);
        }
        if mirror && source == "hermes_pkce" {
            let path = copies::dashboard_path(self.store.home());
            if path.exists() {
                fs::remove_file(&path).map_err(|error| unwritten(&path, error))?;
                cleanup.push(Cleanup::FileDeleted { path });
            }
        }
        file.pool_mut(provider).retain(|entry| {
            let Some(fields) = entry.as_object() else {
                return true;
            };
            let record = Record::new(fields);
            !(found.pooled && record.text("id") == Some(&found.entry.id) || is_copy(record))
        });
        let borrowed = place::is_borrowed(provider, source);
        if mirror || borrowed && (found.pooled || place::variable(source).is_some()) {
            file.suppress(provider, source);
        }
        if borrowed && found.pooled && place::variable(source).is_none() {
            cleanup.push(Cleanup::LeftInPlace {
                source: source.to_owned(),
            });
        }
        file.drop_empty_pool(provider);
        let nothing_left = file.pool(provider).next().is_none() && file.state(provider).is_none();
        if nothing_left && file.active_provider() == Some(provider) {
            file.set_active_provider(None);
        }
        Ok(())
    }

    fn forget_variable(
        &self,
        variable: &str,
        exported: bool,
        cleanup: &mut Vec<Cleanup>,
    ) -> Result<(), StoreError> {
        let path = self.store.home().dot_env();
        let variable = variable.to_owned();
        if env_keys::delete_line(&path, &variable).map_err(|error| unwritten(&path, error))? {
            cleanup.push(Cleanup::LineDeleted {
                variable: variable.clone(),
                path,
            });
        }
        if exported {
            cleanup.push(Cleanup::ExportedInShell { variable });
        }
        Ok(())
    }
}
