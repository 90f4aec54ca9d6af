//! The keys of a provider (RFC 7517): fetched from the one address that is known beforehand, kept
//! for a while, and asked for again when a token names a key that is not among them, at most once
//! a minute, so that a flood of unknown keys asks nobody (RP10).

use std::sync::Arc;

use hermes_machine::{
    Clock,
    http::{Http, Request},
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::identity::{PATIENCE, ProviderError};

/// The shortest time between two requests for the keys of one provider.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// The pause after an attempt that failed: whoever waited for it shares its outcome.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(5);

/// The most keys that are looked at.
const LIMIT: usize = 64;

/// Keys, as the two libraries know them.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) plain: JwkSet,
    pub(super) oidc: CoreJsonWebKeySet,
}

/// The keys of one provider.
pub(super) struct KeySet {
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    keeps: SignedDuration,
    /// Held while keys are fetched: whoever comes in the meantime waits for the same ones.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    keys: Option<(Arc<Keys>, Timestamp)>,
    asked_at: Option<Timestamp>,
    failed: Option<(ProviderError, Timestamp)>,
}

#[derive(Deserialize)]
struct Form {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Keys that are good for so long.
    pub(super) fn new(http: Arc<dyn Http>, clock: Arc<dyn Clock>, keeps: SignedDuration) -> Self {
        Self {
            http,
            clock,
            keeps,
            held: Mutex::default(),
        }
    }

    /// The keys at this address, among which the one of this id is if the provider has it.
    ///
    /// # Errors
    ///
    /// If there are none yet, and the provider gives none.
    pub(super) async fn get(
        &self,
        url: &Url,
        id: Option<&str>,
    ) -> Result<Arc<Keys>, ProviderError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some((keys, since)) = &held.keys {
            let is_fresh = now.duration_since(*since) < self.keeps;
            let has = id.is_none_or(|id| keys.plain.find(id).is_some());
            let asked = held
                .asked_at
                .is_some_and(|at| now.duration_since(at) < PAUSE);
            if (is_fresh && has) || asked {
                return Ok(Arc::clone(keys));
            }
        }
        if let Some((error, at)) = &held.failed
            && held.keys.is_none()
            && now.duration_since(*at) < AFTER_FAILURE
        {
            return Err(error.clone());
        }
        held.asked_at = Some(now);
        match (self.fetch(url).await, &held.keys) {
            (Ok(keys), _) => {
                let keys = Arc::new(keys);
                held.keys = Some((Arc::clone(&keys), now));
                Ok(keys)
            }
            // Those that were good yesterday are better than signing nobody in.
            (Err(_), Some((keys, _))) => Ok(Arc::clone(keys)),
            (Err(error), None) => {
                held.failed = Some((error.clone(), self.clock.now()));
                Err(error)
            }
        }
    }

    async fn fetch(&self, url: &Url) -> Result<Keys, ProviderError> {
        let request = Request::get(url.clone()).within(PATIENCE);
        let response = self.http.send(request).await;
        let response = response.map_err(|error| ProviderError::no_answer(url, &error))?;
        if !response.is_success() {
            return Err(ProviderError::unreachable(url));
        }
        let form: Form = serde_json::from_slice(&response.body)
            .map_err(|_| ProviderError::invalid("the key set is not one"))?;
        let (mut plain, mut oidc) = (Vec::new(), Vec::new());
        for key in form.keys.into_iter().take(LIMIT) {
            // A key of a kind that a library does not know is none for it, and no reason to give
            // up the others.
            plain.extend(serde_json::from_value::<Jwk>(key.clone()).ok());
            oidc.extend(serde_json::from_value::<CoreJsonWebKey>(key).ok());
        }
        Ok(Keys {
            plain: JwkSet { keys: plain },
            oidc: CoreJsonWebKeySet::new(oidc),
        })
    }
}
