use std::time::Duration;

use hermes_errors::{Code, Failure};
use hermes_oauth::{Client, OAuthError, Revocation, TokenKind};
use hermes_providers::Provider;
use hermes_secret::Secret;

use super::Inner;
use crate::{Revoke, RevokeOutcome, listing::Found, place};

/// How long the provider has for all tokens of one credential: the person waits for it.
const LIMIT: Duration = Duration::from_secs(8);

impl Inner {
    /// Ends the tokens of a removed credential at the provider, the refresh token first, because
    /// with most providers the access tokens go with it. `None` if there is nothing to end there.
    pub(super) async fn revoke(&self, provider: &str, found: &Found) -> Option<RevokeOutcome> {
        // Another tool was signed in with these tokens before we had them, and still is.
        if found.entry.source == place::IMPORTED {
            return None;
        }
        let tokens: Vec<(Secret, TokenKind)> = [
            found
                .refresh
                .clone()
                .map(|token| (token, TokenKind::Refresh)),
            found.access.clone().map(|token| (token, TokenKind::Access)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let known = self.provider(provider)?;
        if tokens.is_empty() || found.refresh.is_none() && found.entry.client_id.is_none() {
            return None;
        }
        let work = self.revoke_all(&known, found, &tokens);
        let result = tokio::select! {
            result = work => result,
            () = self.ports.clock.sleep(LIMIT) => Revoke::Failed(unconfirmed(
                &known,
                &format!("no answer within {} s", LIMIT.as_secs()),
            )),
        };
        Some(RevokeOutcome {
            label: found.entry.label.clone(),
            result,
        })
    }

    async fn revoke_all(
        &self,
        provider: &Provider,
        found: &Found,
        tokens: &[(Secret, TokenKind)],
    ) -> Revoke {
        let registration = self.registration(provider, found);
        let ports = self.ports.clone();
        let client = match Client::from_table(provider, &registration, ports) {
            Ok(client) => client,
            Err(error) => return Revoke::Failed(unconfirmed(provider, &error.to_string())),
        };
        for (token, kind) in tokens {
            match client.revoke(token, *kind).await {
                Ok(Revocation::Revoked) => {}
                Ok(Revocation::NoEndpoint) => return Revoke::NoEndpoint,
                // Some servers revoke refresh tokens alone; the access token dies with it.
                Err(OAuthError::RevokeFailed {
                    transient: false, ..
                }) if *kind == TokenKind::Access && tokens.len() > 1 => {}
                Err(error) => return Revoke::Failed(Failure::of(&error)),
            }
        }
        Revoke::Done
    }
}

fn unconfirmed(provider: &Provider, reason: &str) -> Failure {
    let name = provider.short_name();
    Failure::new(
        Code::RevokeFailed,
        format!("{name} did not confirm the revocation ({reason}): the token may still be valid"),
    )
}
