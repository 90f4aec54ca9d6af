use std::time::Duration;

use hermes_errors::{Code, Failure};
use hermes_oauth::{Client, OAuthError, Revocation, TokenKind};
use hermes_providers::Provider;
use hermes_secret::Secret;

use super::Inner;
use crate::{Revoke, RevokeOutcome, listing::Found};

/// How long the provider has for all tokens of one credential: the person waits for it.
const LIMIT: Duration = Duration::from_secs(8);

impl Inner {
    /// Ends the tokens of a removed credential at the provider, the refresh token first, because
    /// with most providers the access tokens go with it. `None` if there is nothing to end there.
    pub(super) async fn revoke(&self, provider: &str, found: &Found) -> Option<RevokeOutcome> {
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
        // The table rarely names the endpoint; the issuer's metadata does.
        let known = provider.endpoints.revocation.is_some() || provider.issuer.is_none();
        let client = match known {
            true => Client::from_table(provider, &registration, ports),
            false => Client::resolve(provider, &registration, ports).await,
        };
        let client = match client {
            Ok(client) => client,
            Err(error) if error.is_transient() => {
                return Revoke::Failed(unconfirmed(provider, &error.to_string()));
            }
            // Without metadata, or with some that may not be trusted, there is no endpoint.
            Err(_) => return Revoke::NoEndpoint,
        };
        for (token, kind) in tokens {
            match client.revoke(token, *kind).await {
                Ok(Revocation::Revoked) => {}
                Ok(Revocation::NoEndpoint) => return Revoke::NoEndpoint,
                // Some servers revoke refresh tokens alone; the access token dies with it.
                Err(error) if *kind == TokenKind::Access && is_refusal(&error) => {}
                Err(error) => return Revoke::Failed(unconfirmed(provider, &error.to_string())),
            }
        }
        Revoke::Done
    }
}

/// Whether the server has understood and will not.
fn is_refusal(error: &OAuthError) -> bool {
    matches!(
        error,
        OAuthError::Rejected { .. }
            | OAuthError::RevokeFailed {
                transient: false,
                ..
            }
    )
}

fn unconfirmed(provider: &Provider, reason: &str) -> Failure {
    let message = match reason.contains("revocation") {
        true => reason.to_owned(),
        false => format!(
            "{} did not confirm the revocation ({reason}): the token may still be valid",
            provider.short_name()
        ),
    };
    Failure::new(Code::RevokeFailed, message)
}
