use std::cmp::Reverse;

use hermes_oauth::{Account, Client, OAuthError, Registration};
use jiff::Timestamp;

use super::{Credentials, Inner};
use crate::{
    AccessToken, Check, Checked, CredentialError, Kind, State,
    credentials::refresh::Why,
    listing::{Found, pick},
};

impl Credentials {
    /// A token that can be used now: of the first credential that can be used, refreshed if that
    /// is due. A refresh that fails for the moment does no harm while the old token is good, and
    /// gives way to the next credential when it is not.
    ///
    /// # Errors
    ///
    /// If there is no usable credential; the error says what to do about the first one.
    pub async fn access_token(&self, provider: &str) -> Result<AccessToken, CredentialError> {
        let list = self.inner.found(provider)?;
        self.first_usable(provider, &list).await
    }

    /// The same of one credential, which `target` names: no other takes its place.
    ///
    /// # Errors
    ///
    /// If none or several match, or the one that does cannot be used.
    pub async fn access_token_of(
        &self,
        provider: &str,
        target: &str,
    ) -> Result<AccessToken, CredentialError> {
        let list = self.inner.found(provider)?;
        if list.is_empty() {
            return Err(self.inner.nothing_usable(provider, &list));
        }
        let found = pick(provider, &list, target)?;
        let token = self.first_usable(provider, std::slice::from_ref(found));
        token.await.map_err(|error| match error {
            CredentialError::CoolingDown {
                provider, until, ..
            } => CredentialError::CoolingDown {
                provider,
                label: Some(found.entry.label.clone()),
                until,
            },
            error => error,
        })
    }

    pub(super) async fn first_usable(
        &self,
        provider: &str,
        list: &[Found],
    ) -> Result<AccessToken, CredentialError> {
        let inner = &self.inner;
        let known = inner.provider(provider);
        let mut first_problem = None;
        for found in list
            .iter()
            .filter(|found| found.entry.state == State::Ready)
        {
            let due = found.access.is_none() || found.life.is_due(known.as_ref(), inner.now());
            if !due || !found.entry.renews {
                match usable(found, inner.now()) {
                    Some(token) => return Ok(token),
                    None => continue,
                }
            }
            let problem = match self.renewed(provider, found, Why::Due).await {
                Ok(renewed) => match usable(&renewed, inner.now()) {
                    Some(token) => return Ok(token),
                    None => continue,
                },
                Err(problem) => problem,
            };
            if !ends_the_sign_in(&problem)
                && let Some(token) = usable(found, inner.now())
            {
                return Ok(token);
            }
            first_problem.get_or_insert(problem);
        }
        Err(first_problem.unwrap_or_else(|| inner.nothing_usable(provider, list)))
    }

    /// Asks the provider about a credential, the one that `target` names or else the one in use:
    /// whose it is, where the provider tells; otherwise a refresh that is due is the answer.
    ///
    /// # Errors
    ///
    /// If there is no usable credential, or the provider cannot be asked or says no.
    pub async fn check(
        &self,
        provider: &str,
        target: Option<&str>,
    ) -> Result<Check, CredentialError> {
        let inner = &self.inner;
        let before = inner.found(provider)?;
        let mut token = match target {
            Some(target) => self.access_token_of(provider, target).await?,
            None => self.access_token(provider).await?,
        };
        let account = match self.account(provider, &token).await {
            // The file says that it is good, the provider that it is not: a clock is wrong, or
            // somebody has ended it. A refresh tells which.
            Err(OAuthError::AccessTokenRejected { .. }) if token.entry.renews => {
                let id = token.entry.id;
                self.refresh(provider, Some(&id)).await?;
                token = self.access_token_of(provider, &id).await?;
                self.account(provider, &token).await?
            }
            other => other?,
        };
        let was = before.iter().find(|found| found.entry.id == token.entry.id);
        let refreshed = was
            .and_then(|found| found.access.as_ref())
            .is_none_or(|old| !old.same(&token.token));
        Ok(Check {
            entry: token.entry,
            how: match (&account, refreshed) {
                (Some(_), _) => Checked::Account,
                (None, true) => Checked::Refreshed,
                (None, false) => Checked::NotAsked,
            },
            account,
        })
    }

    /// Whose token it is, if the provider tells.
    async fn account(
        &self,
        provider: &str,
        token: &AccessToken,
    ) -> Result<Option<Account>, OAuthError> {
        let Some(known) = self.inner.provider(provider) else {
            return Ok(None);
        };
        if token.entry.kind != Kind::OAuth {
            return Ok(None);
        }
        let registration = Registration {
            client_id: token.entry.client_id.clone(),
            scope: None,
        };
        let client = Client::from_table(&known, &registration, self.inner.ports.clone())?;
        client.userinfo(&token.token).await
    }
}

/// The token of a credential, unless it has ended.
fn usable(found: &Found, now: Timestamp) -> Option<AccessToken> {
    let token = found.access.clone()?;
    (!found.life.is_over(now)).then(|| AccessToken {
        token,
        expires_at: found.life.expires_at,
        entry: found.entry.clone(),
    })
}

/// Whether the provider has said that the sign-in is over, so that even a token that has not ended
/// is not to be trusted.
pub(super) fn ends_the_sign_in(problem: &CredentialError) -> bool {
    matches!(
        problem,
        CredentialError::RefreshRejected { .. } | CredentialError::RefreshInterrupted { .. }
    )
}

impl Inner {
    /// Why nothing in the list can be used.
    pub(super) fn nothing_usable(&self, provider: &str, list: &[Found]) -> CredentialError {
        let provider = provider.to_owned();
        let resting = list.iter().filter_map(|found| match found.entry.state {
            State::CoolingDown { until, .. } => Some(Reverse(until)),
            _ => None,
        });
        if let Some(Reverse(until)) = resting.max() {
            return CredentialError::CoolingDown {
                provider,
                label: None,
                until,
            };
        }
        for found in list {
            let label = found.entry.label.clone();
            match &found.entry.state {
                State::Dead { reason } => return self.dead(&provider, found, reason),
                State::Expired => return CredentialError::NoRefreshToken { provider, label },
                _ => {}
            }
        }
        let missing = list
            .iter()
            .find(|found| found.entry.state == State::Missing)
            .map(|found| format!(": \"{}\" is not set any more", found.entry.label));
        CredentialError::NotSignedIn {
            provider,
            detail: missing,
        }
    }

    /// What a dead credential died of.
    pub(super) fn dead(&self, provider: &str, found: &Found, reason: &str) -> CredentialError {
        let label = found.entry.label.clone();
        match found.entry.interrupted_refresh {
            Some(started_at) => CredentialError::RefreshInterrupted {
                provider: provider.to_owned(),
                label,
                started_at,
            },
            None => CredentialError::RefreshRejected {
                provider: provider.to_owned(),
                label,
                reason: reason.to_owned(),
            },
        }
    }
}
