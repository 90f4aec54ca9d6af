use futures_util::future::join_all;

use super::Credentials;
use crate::{
    CredentialError, CredentialStore as _, Keeper, LoggedOut, Transaction as _, listing::Found,
};

impl Credentials {
    /// Signs out: removes every credential of the provider but borrowed ones, here first and then
    /// at the provider. Nothing stays behind that would hide a later sign-in.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written. That a provider did not confirm is no error: it is
    /// in the answer.
    pub async fn logout(&self, provider: &str) -> Result<LoggedOut, CredentialError> {
        let inner = &self.inner;
        if inner.store.read()?.knows(provider) {
            let env = inner.env();
            let mut transaction = inner.store.begin().await?;
            let list = inner.found_in(transaction.file(), provider, &env);
            let (gone, kept): (Vec<Found>, Vec<Found>) = list
                .into_iter()
                .partition(|found| found.entry.keeper == Keeper::Us);
            let file = transaction.file_mut();
            let mut cleanup = Vec::new();
            for found in &gone {
                inner.take_out(file, provider, found, &mut cleanup)?;
            }
            // A state that holds no tokens any more, such as the mark of a dead sign-in.
            file.remove_state(provider);
            file.unsuppress(provider);
            if file.active_provider() == Some(provider) {
                file.set_active_provider(None);
            }
            transaction.save().await?;
            drop(transaction);
            for found in &gone {
                inner.intents.clear(provider, &found.entry.id);
            }
            let once = gone.iter().enumerate().filter(|(position, found)| {
                !gone[..*position]
                    .iter()
                    .any(|other| same_token(other, found))
            });
            let revoked = once.map(|(_, found)| inner.revoke(provider, found));
            let revoked = join_all(revoked).await;
            return Ok(LoggedOut {
                removed: gone.len(),
                revoked: revoked.into_iter().flatten().collect(),
                kept: kept.into_iter().map(|found| found.entry.source).collect(),
            });
        }
        let rest = inner.found(provider)?;
        Ok(LoggedOut {
            kept: rest.into_iter().map(|found| found.entry.source).collect(),
            ..LoggedOut::default()
        })
    }
}

/// Whether both are copies of one sign-in.
fn same_token(one: &Found, other: &Found) -> bool {
    one.refresh
        .as_ref()
        .zip(other.refresh.as_ref())
        .is_some_and(|(one, other)| one.same(other))
}
