use super::{Credentials, renewal::Renewal};
use crate::{CredentialError, Entry, Kind, State, listing::Found, place};

/// Why a credential is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its token is about to end. If another task or process was faster, nothing is left to do.
    Due,
    /// Somebody asked for it. Only what another did after they asked counts as done.
    Asked,
}

impl Credentials {
    /// Refreshes now, due or not: the credential that `target` names, else the one in use.
    ///
    /// # Errors
    ///
    /// If there is nothing to refresh, or the refresh fails.
    pub async fn refresh(
        &self,
        provider: &str,
        target: Option<&str>,
    ) -> Result<Entry, CredentialError> {
        let list = self.inner.found(provider)?;
        let found = match target {
            Some(target) if !list.is_empty() => crate::listing::pick(provider, &list, target)?,
            _ => refreshable(&list).ok_or_else(|| match list.first() {
                Some(found) => why_not(provider, found),
                None => CredentialError::NotSignedIn {
                    provider: provider.to_owned(),
                    detail: None,
                },
            })?,
        };
        if found.refresh.is_none() || !found.entry.renews {
            return Err(match &found.entry.state {
                State::Dead { reason } => self.inner.dead(provider, found, reason),
                _ => why_not(provider, found),
            });
        }
        Ok(self.renewed(provider, found, Why::Asked).await?.entry)
    }

    /// The credential after a refresh, ours or another's.
    ///
    /// The work is a task of its own: a caller who goes away (a request that is cancelled) must
    /// not take with it the answer that holds the only good refresh token.
    pub(super) async fn renewed(
        &self,
        provider: &str,
        found: &Found,
        why: Why,
    ) -> Result<Found, CredentialError> {
        let turn = self.inner.flights.enter(provider, &found.entry.id).await;
        let renewal = Renewal::new(self.inner.clone(), provider, found, why);
        let work = tokio::spawn(async move {
            let result = renewal.run().await;
            drop(turn);
            result
        });
        match work.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and this task with it.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// The credential that a refresh without a name means: the one in use, else the nearest to it.
fn refreshable(list: &[Found]) -> Option<&Found> {
    let can = |found: &&Found| found.refresh.is_some() && found.entry.renews;
    let in_use = list.iter().find(|found| found.entry.current).filter(can);
    in_use
        .or_else(|| {
            list.iter()
                .filter(can)
                .find(|found| found.entry.state == State::Ready)
        })
        .or_else(|| list.iter().find(can))
}

fn why_not(provider: &str, found: &Found) -> CredentialError {
    let label = found.entry.label.clone();
    let borrowed = found.pooled && place::is_borrowed(provider, &found.entry.source);
    let what = match found.entry.kind {
        _ if borrowed => "kept by another program",
        Kind::ApiKey => "an API key",
        Kind::OAuth if found.refresh.is_some() => "of a provider that the table does not know",
        Kind::OAuth => {
            return CredentialError::NoRefreshToken {
                provider: provider.to_owned(),
                label,
            };
        }
    };
    CredentialError::NotRefreshable {
        provider: provider.to_owned(),
        label,
        what,
    }
}
