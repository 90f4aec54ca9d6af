//! Logout tokens that have counted: each counts once (OpenID Connect Back-Channel Logout 1.0
//! section 2.6).

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hermes_storage::{ProviderLogout, StorageError, TokenHash};
use jiff::Timestamp;

use super::{
    ProviderError,
    identity::Logout,
    jwt::{self, SKEW},
    oidc::OLDEST,
};
use crate::gateway::Gateway;

/// The most tokens that are remembered; beyond, the oldest is forgotten.
const LIMIT: usize = 4096;

/// The longest logout token.
const LONGEST: usize = 16 * 1024;

/// The tokens that have counted, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Spent(Mutex<VecDeque<(TokenHash, Timestamp)>>);

impl Spent {
    /// Whether the token counts now; it never does again while it could.
    fn spend(&self, issuer: &str, id: &str, now: Timestamp) -> bool {
        let lives = u64::try_from(OLDEST + 2 * SKEW).unwrap_or(u64::MAX);
        let until = now.checked_add(Duration::from_secs(lives));
        let token = TokenHash::of(&format!("{issuer}\n{id}"));
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|(_, until)| *until > now);
        if spent.iter().any(|(other, _)| *other == token) {
            return false;
        }
        if spent.len() >= LIMIT {
            spent.pop_front();
        }
        spent.push_back((token, until.unwrap_or(Timestamp::MAX)));
        true
    }
}

/// What came of a logout token.
#[derive(Debug)]
pub(crate) enum Told {
    /// So many sessions have ended.
    Ended(usize),
    /// It does not count.
    Refused(ProviderError),
    /// Storage did not answer: the provider may try again.
    Storage,
}

/// Ends what a provider says has ended there.
pub(crate) async fn hear(gateway: &Gateway, token: &str) -> Told {
    let methods = &gateway.rules().methods;
    let issuer = match jwt::claimed_issuer(token) {
        Some(issuer) if token.len() <= LONGEST => issuer,
        _ => return Told::Refused(ProviderError::invalid("the token is no signed JWT")),
    };
    let mut refused = ProviderError::invalid("the token is from another issuer");
    for provider in methods.providers.of_issuer(&issuer) {
        match provider.logout(token).await {
            Ok(logout) => return end(gateway, &issuer, logout).await,
            // Two methods may share an issuer, as two of its clients.
            Err(error) => refused = error,
        }
    }
    Told::Refused(refused)
}

async fn end(gateway: &Gateway, issuer: &str, logout: Logout) -> Told {
    let Logout { who, id } = logout;
    if !gateway.spent.spend(issuer, &id, gateway.ports.clock.now()) {
        return Told::Refused(ProviderError::invalid("the token has been used"));
    }
    match ended(gateway, &who).await {
        Ok(ended) => Told::Ended(ended),
        Err(_) => Told::Storage,
    }
}

async fn ended(gateway: &Gateway, who: &ProviderLogout) -> Result<usize, StorageError> {
    let ended = gateway
        .ports
        .storage
        .sessions()
        .end_at_provider(who)
        .await?;
    for session in &ended {
        gateway.ports.tickets.forget(session).await;
    }
    gateway
        .sessions
        .ended(&ended, hermes_protocol::close::Close::SessionEnded);
    Ok(ended.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logout_token_counts_once_while_it_lives() {
        let spent = Spent::default();
        let now = Timestamp::UNIX_EPOCH;
        let later = now + Duration::from_secs(419);
        assert!(spent.spend("https://a", "1", now));
        assert!(!spent.spend("https://a", "1", now));
        assert!(spent.spend("https://b", "1", now), "another issuer's");
        assert!(!spent.spend("https://a", "1", later));
        assert!(spent.spend("https://a", "1", later + Duration::from_secs(1)));
        for n in 0..LIMIT + 10 {
            spent.spend("https://flood", &n.to_string(), later);
        }
        assert_eq!(spent.0.lock().unwrap().len(), LIMIT);
    }
}
