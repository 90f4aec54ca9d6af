//! Asking identity providers again, beside the requests: whoever was removed there is out here at
//! the next renewal, and an outage there signs nobody out.
//!
//! A refresh token may count once. So whoever renews takes the session's tokens on lease first, by
//! moving their time in storage with compare-and-swap: of all tasks and processes one succeeds.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use hermes_storage::{ProviderTokens, Sealer, SessionId, StorageError};
use jiff::Timestamp;

use super::{
    IdentityProvider, ProviderError,
    identity::{Kept, Renewed},
    people::is_let_in,
};
use crate::{
    audit::{Event, Line},
    gateway::Gateway,
};

/// How long the lease is, and so how soon an outage is tried again. Longer than a request lasts.
const LEASE: Duration = Duration::from_secs(60);

/// The most sessions of one round.
const BATCH: u32 = 256;

/// The most requests at once.
const AT_ONCE: usize = 8;

/// Renews what is due. A session that fails does not keep the others waiting.
///
/// # Errors
///
/// If storage cannot say what is due.
pub(crate) async fn renew_due(gateway: &Gateway) -> Result<(), StorageError> {
    let now = gateway.ports.clock.now();
    let sessions = gateway.ports.storage.sessions();
    let due = sessions.provider_tokens_due(now, BATCH).await?;
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, async |session| {
            // What storage does not do now it is asked again after the lease.
            let _ = renew(gateway, session, now).await;
        })
        .await;
    Ok(())
}

async fn renew(gateway: &Gateway, session: SessionId, now: Timestamp) -> Result<(), StorageError> {
    let sessions = gateway.ports.storage.sessions();
    let Some(version) = lease(gateway, session, now).await? else {
        return Ok(());
    };
    let Some((current, tokens)) = sessions.provider_tokens(session).await? else {
        return Ok(());
    };
    let Some(found) = sessions.find(session).await?.filter(|_| current != version) else {
        return Ok(());
    };
    let methods = &gateway.rules().methods;
    let note = |event, reason: &str| {
        let line = Line::new(event, None).provider(&found.method);
        let line = line
            .user(found.user.as_str(), None)
            .session(session.as_str());
        gateway.ports.audit.record(line.reason(reason));
    };
    let (Some(provider), Some(sealer)) = (
        methods.providers.get(&found.method),
        methods.providers.sealer(),
    ) else {
        // Nobody vouches for them any more.
        note(Event::RefreshFailure, "provider_removed");
        return end(gateway, session).await;
    };
    let Some(kept) = unsealed(sealer, session, &tokens) else {
        note(Event::RefreshFailure, "tokens_lost");
        return end(gateway, session).await;
    };
    match provider.renew(&kept).await {
        Ok(renewed) if is_still_let_in(gateway, provider, &kept, &renewed).await? => {
            let tokens = sealed(sealer, session, &renewed.kept);
            sessions
                .swap_provider_tokens(session, current, tokens)
                .await?;
            note(Event::RefreshSuccess, "");
            Ok(())
        }
        Ok(_) => {
            note(Event::RefreshFailure, "not_allowed");
            end(gateway, session).await
        }
        Err(ProviderError::Refused) => {
            note(Event::RefreshFailure, "refresh_expired");
            end(gateway, session).await
        }
        Err(ProviderError::Unreachable { .. }) => {
            note(Event::RefreshFailure, "provider_unreachable");
            Ok(())
        }
        Err(error @ (ProviderError::Invalid(_) | ProviderError::Undated)) => {
            note(Event::RefreshFailure, &error.to_string());
            Ok(())
        }
    }
}

/// Takes the tokens of a session on lease; the version they had, if we were first.
async fn lease(
    gateway: &Gateway,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<u64>, StorageError> {
    let sessions = gateway.ports.storage.sessions();
    let Some((version, tokens)) = sessions.provider_tokens(session).await? else {
        return Ok(None);
    };
    if tokens.refresh_at.is_none_or(|at| at > now) {
        return Ok(None);
    }
    let leased = ProviderTokens {
        refresh_at: Some(now.checked_add(LEASE).unwrap_or(Timestamp::MAX)),
        ..tokens
    };
    let first = sessions
        .swap_provider_tokens(session, version, leased)
        .await?;
    Ok(first.then_some(version))
}

/// Whether the same person may still come in, as far as the provider described them again.
async fn is_still_let_in(
    gateway: &Gateway,
    provider: &Arc<dyn IdentityProvider>,
    kept: &Kept,
    renewed: &Renewed,
) -> Result<bool, StorageError> {
    match &renewed.person {
        None => Ok(true),
        Some(person) if person.subject != kept.subject => Ok(false),
        Some(person) => is_let_in(gateway, &**provider, person).await,
    }
}

async fn end(gateway: &Gateway, session: SessionId) -> Result<(), StorageError> {
    gateway.ports.tickets.forget(&session).await;
    gateway.sessions.end(session).await.map(|_| ())
}

/// Tokens as storage keeps them.
pub(crate) fn sealed(sealer: &Sealer, session: SessionId, kept: &Kept) -> ProviderTokens {
    ProviderTokens {
        sealed: sealer.seal(session, &kept.to_secret()),
        refresh_at: kept.refresh_at,
    }
}

/// Tokens as storage has kept them.
pub(super) fn unsealed(
    sealer: &Sealer,
    session: SessionId,
    tokens: &ProviderTokens,
) -> Option<Kept> {
    let secret = sealer.unseal(session, &tokens.sealed)?;
    Kept::from_secret(&secret, tokens.refresh_at)
}
