//! The critical section of a refresh. The order of its steps is what keeps an account alive:
//!
//! 1. lock; read again. Somebody else's newer token is taken instead of asking.
//! 2. a durable record: a refresh with this token has begun;
//! 3. the request, at most ten seconds in all;
//! 4. every copy of the token in the file, and the file on disk, without a point at which this
//!    task could be dropped;
//! 5. the record goes, then the lock.

use std::{sync::Arc, time::Duration};

use hermes_errors::Explain as _;
use hermes_machine::http::HttpError;
use hermes_oauth::{Client, OAuthError, Registration, TokenSet};
use hermes_providers::{Dialect, Provider};
use hermes_secret::Secret;
use jiff::Timestamp;

use super::{Inner, refresh::Why};
use crate::{
    AuthFile, CredentialError, CredentialStore as _, State, StoreError, Transaction as _,
    copies::{self, SharedNous},
    intent::Intent,
    listing::{Found, INTERRUPTED},
    place,
    record::{Record, bury, renew},
    store::{FileTransaction, unwritten},
};

/// The most network time under the lock.
const LIMIT: Duration = Duration::from_secs(10);
/// How long the lock is left to upstream, which may have been given the next token and waits for
/// the lock to save it.
const YIELD: Duration = Duration::from_millis(500);
/// Room for what a sign-in adds to the file.
const ROOM: usize = 16 * 1024;

/// One refresh.
pub(super) struct Renewal {
    inner: Arc<Inner>,
    provider: String,
    /// The credential as it was when somebody found that it has to be refreshed.
    seen: Found,
    why: Why,
}

/// What came of looking into the file that profiles share.
enum Adoption {
    /// There is nothing later in it.
    Nothing,
    /// Its token is good.
    Done(Box<Found>),
    /// It is later than ours and yet too old: it is the one to refresh.
    Again,
}

/// What the file says once the lock is held.
enum Judgement {
    /// Somebody else has done it.
    Done(Found),
    /// It is ours to do.
    Ours(Found, Secret),
}

impl Renewal {
    pub(super) fn new(inner: Arc<Inner>, provider: &str, seen: &Found, why: Why) -> Self {
        Self {
            inner,
            provider: provider.to_owned(),
            seen: seen.clone(),
            why,
        }
    }

    /// Does it, or finds it done.
    pub(super) async fn run(self) -> Result<Found, CredentialError> {
        let inner = &self.inner;
        // Whoever waited for another task of this process finds the result without the lock.
        if let Judgement::Done(found) = self.judge(&inner.store.read()?, /*again*/ false)? {
            return Ok(found);
        }
        let Some(provider) = inner.provider(&self.provider) else {
            return Err(self.unknown());
        };
        let client = self.client(&provider).await?;
        let mut refused: Option<(OAuthError, Secret)> = None;
        // When an earlier refresh with this token began, of which nobody knows the outcome.
        let mut lost_at = None;
        loop {
            let mut transaction = match inner.store.begin().await {
                Ok(transaction) => transaction,
                Err(error) => return self.after_all(error, refused.is_some()),
            };
            let (found, token) = match self.judge(transaction.file(), refused.is_some())? {
                Judgement::Done(found) => {
                    inner.intents.clear(&self.provider, &found.entry.id);
                    return Ok(found);
                }
                Judgement::Ours(found, token) => (found, token),
            };
            let id = &found.entry.id;
            if let Some((error, spent)) = &refused {
                if spent.same(&token) {
                    return Err(self.end(&mut transaction, &found, &token, error, lost_at));
                }
            } else {
                let record = inner.intents.read(&self.provider, id, &token);
                lost_at = record.and_then(|record| record.lost_at());
            }
            let mut shared = match provider.dialect {
                Dialect::Nous => SharedNous::open(&inner.store, &inner.environment).await?,
                _ => None,
            };
            match self.adopt(&mut transaction, shared.as_ref(), &token, &provider)? {
                Adoption::Nothing => {}
                Adoption::Done(found) => return Ok(*found),
                Adoption::Again => continue,
            }
            let intent = self.announce(&transaction, id, &token, lost_at)?;
            let answer = client.refresh(&token, LIMIT).await;
            // No await from here until the file is on disk.
            match answer {
                Ok(tokens) => {
                    self.keep(&mut transaction, shared.as_mut(), &token, &tokens)?;
                    inner.intents.clear(&self.provider, id);
                    return self.result(&transaction);
                }
                Err(error) if error.is_terminal_refresh() => {
                    if refused.is_some() || !place::refreshed_unlocked(&provider) {
                        return Err(self.end(&mut transaction, &found, &token, &error, lost_at));
                    }
                    // Whoever takes the lock meanwhile must not take us for one who was killed.
                    self.postpone(intent, &error);
                    refused = Some((error, token));
                }
                Err(error) => {
                    self.postpone(intent, &error);
                    return Err(error.into());
                }
            }
            drop((transaction, shared));
            inner.ports.clock.sleep(YIELD).await;
        }
    }

    /// The lock was not to be had. In a long queue of waiters the first has done the work long
    /// before the last one's patience ends, and the file says so.
    fn after_all(&self, error: StoreError, again: bool) -> Result<Found, CredentialError> {
        if let StoreError::Locked { .. } = error
            && let Judgement::Done(found) = self.judge(&self.inner.store.read()?, again)?
        {
            return Ok(found);
        }
        Err(error.into())
    }

    /// What is to be done, by what the file says now. `again` if we have been refused already: the
    /// failure of a moment ago is then our own.
    fn judge(&self, file: &AuthFile, again: bool) -> Result<Judgement, CredentialError> {
        let inner = &self.inner;
        let list = inner.found_in(file, &self.provider, &inner.env());
        let same_id = |found: &&Found| found.entry.id == self.seen.entry.id;
        let Some(found) = list.iter().find(same_id) else {
            // Removed, or signed out of, while we waited.
            return Err(inner.nothing_usable(&self.provider, &list));
        };
        let provider = inner.provider(&self.provider);
        let changed = differs(&found.access, &self.seen.access)
            || differs(&found.refresh, &self.seen.refresh);
        let good = match self.why {
            _ if found.access.is_none() => false,
            Why::Due => !found.life.is_due(provider.as_ref(), inner.now()),
            Why::Asked => changed && !found.life.is_over(inner.now()),
        };
        match &found.entry.state {
            State::Dead { reason } if found.refresh.is_none() => {
                return Err(inner.dead(&self.provider, found, reason));
            }
            // Who asks for a dead credential by name may have reason to; who waited for its turn
            // while it died has none.
            State::Dead { reason } if !matches!(self.seen.entry.state, State::Dead { .. }) => {
                return Err(inner.dead(&self.provider, found, reason));
            }
            _ if good => return Ok(Judgement::Done(found.clone())),
            _ => {}
        }
        let Some(token) = found.refresh.clone() else {
            return Err(CredentialError::NoRefreshToken {
                provider: self.provider.clone(),
                label: found.entry.label.clone(),
            });
        };
        let record = inner.intents.read(&self.provider, &found.entry.id, &token);
        let recent = record.and_then(|record| record.recent_failure(inner.now()));
        if let Some(recent) = recent.filter(|_| !again) {
            return Err(CredentialError::RecentFailure {
                code: recent.code,
                message: recent.message,
            });
        }
        Ok(Judgement::Ours(found.clone(), token))
    }

    /// A client with the registration that the tokens were issued to. Only a provider whose token
    /// endpoint has to be discovered is asked something here, before the lock.
    async fn client(&self, provider: &Provider) -> Result<Client, CredentialError> {
        let ports = self.inner.ports.clone();
        let registration = self.inner.registration(provider, &self.seen);
        Ok(match provider.endpoints.token {
            Some(_) => Client::from_table(provider, &registration, ports)?,
            None => Client::resolve(provider, &registration, ports).await?,
        })
    }

    /// Takes a later token of the same sign-in from the file that the profiles share.
    fn adopt(
        &self,
        transaction: &mut FileTransaction,
        shared: Option<&SharedNous>,
        old: &Secret,
        provider: &Provider,
    ) -> Result<Adoption, CredentialError> {
        let state = transaction.file().state(&self.provider);
        let newer = shared
            .zip(state)
            .and_then(|(shared, state)| shared.newer_than(state));
        let Some(tokens) = newer else {
            return Ok(Adoption::Nothing);
        };
        replace(transaction, old, &tokens);
        transaction.save_now()?;
        let found = self.result(transaction)?;
        if found.life.is_due(Some(provider), self.inner.now()) {
            return Ok(Adoption::Again);
        }
        self.inner.intents.clear(&self.provider, &found.entry.id);
        Ok(Adoption::Done(Box::new(found)))
    }

    /// Makes sure, as far as that can be, that the answer can be written, and records that the
    /// token is about to be spent.
    fn announce(
        &self,
        transaction: &FileTransaction,
        id: &str,
        token: &Secret,
        lost_at: Option<Timestamp>,
    ) -> Result<Intent, CredentialError> {
        let inner = &self.inner;
        inner.store.check_writable()?;
        let intent = Intent::new(&self.provider, id, token, lost_at, inner.now());
        let reserve = transaction.file().text().expose().len() + ROOM;
        inner
            .intents
            .begin(&intent, reserve)
            .map_err(|error| unwritten(&inner.store.home().auth_json(), error))?;
        Ok(intent)
    }

    /// Makes the new tokens durable, wherever the old ones were.
    fn keep(
        &self,
        transaction: &mut FileTransaction,
        shared: Option<&mut SharedNous>,
        old: &Secret,
        tokens: &TokenSet,
    ) -> Result<(), CredentialError> {
        let inner = &self.inner;
        // The shared file goes first: if we are killed after it, this profile finds the later
        // token there. The other way round, another profile would spend the dead one.
        let copies = match shared {
            Some(shared) if shared.holds(old) => shared.save(tokens, inner.now()),
            _ => Ok(()),
        };
        replace(transaction, old, tokens);
        match transaction.save_now() {
            Err(StoreError::Full { .. }) => {
                // The record has kept room for this; it has to give it up first.
                inner.intents.clear(&self.provider, &self.seen.entry.id);
                transaction.save_now()?;
            }
            other => other?,
        }
        let home = inner.store.home();
        copies
            .and_then(|()| copies::renew_dashboard(home, old, tokens))
            .map_err(|error| unwritten(home.path(), error))?;
        Ok(())
    }

    /// The refresh token is dead: says so in the file, where no later failure can hide it.
    fn end(
        &self,
        transaction: &mut FileTransaction,
        found: &Found,
        token: &Secret,
        error: &OAuthError,
        lost_at: Option<Timestamp>,
    ) -> CredentialError {
        let inner = &self.inner;
        let id = &found.entry.id;
        let reason = match (lost_at, error) {
            (Some(_), _) => INTERRUPTED.to_owned(),
            (None, OAuthError::RefreshRejected { error, .. }) => error.clone(),
            (None, _) => "invalid_grant".to_owned(),
        };
        let (message, now) = (error.to_string(), inner.now());
        transaction.file_mut().records_mut(&mut |record| {
            if Record::new(record).refreshes_by(token) {
                bury(record, &self.provider, &reason, &message, now);
            }
        });
        if let Err(problem) = transaction.save_now() {
            return problem.into();
        }
        match lost_at {
            Some(started_at) => {
                let intent = Intent::new(&self.provider, id, token, None, now).lost(started_at);
                // Only the report in later listings depends on it.
                let _ = inner.intents.write(&intent, 0);
                CredentialError::RefreshInterrupted {
                    provider: self.provider.clone(),
                    label: found.entry.label.clone(),
                    started_at,
                }
            }
            None => {
                inner.intents.clear(&self.provider, id);
                CredentialError::RefreshRejected {
                    provider: self.provider.clone(),
                    label: found.entry.label.clone(),
                    reason,
                }
            }
        }
    }

    /// A failure that says nothing about the token: nothing is deleted, and for some seconds
    /// whoever waited is told the same.
    fn postpone(&self, intent: Intent, error: &OAuthError) {
        let inner = &self.inner;
        let lost = matches!(
            error,
            OAuthError::Http {
                source: HttpError::Broken { .. }
                    | HttpError::TimedOut { .. }
                    | HttpError::TooLarge { .. },
                ..
            }
        );
        let failed = intent.failed(error.code(), error.to_string(), lost, inner.now());
        // If it cannot be written, the record says "in flight" still, which is the safe side.
        let _ = inner.intents.write(&failed, 0);
    }

    fn result(&self, transaction: &FileTransaction) -> Result<Found, CredentialError> {
        let inner = &self.inner;
        let list = inner.found_in(transaction.file(), &self.provider, &inner.env());
        let found = list
            .into_iter()
            .find(|found| found.entry.id == self.seen.entry.id);
        found.ok_or_else(|| self.unknown())
    }

    fn unknown(&self) -> CredentialError {
        CredentialError::NotRefreshable {
            provider: self.provider.clone(),
            label: self.seen.entry.label.clone(),
            what: "of a provider that the table does not know",
        }
    }
}

impl Inner {
    /// The client id that the tokens were issued to: the credential's own, else that of the
    /// provider's state, else the environment's; the table's is the client's business.
    pub(super) fn registration(&self, provider: &Provider, found: &Found) -> Registration {
        let env = self.env();
        let named = provider.client_id_env.iter();
        let client_id = found.entry.client_id.clone().or_else(|| {
            named
                .filter_map(|name| env.process_first(name))
                .map(ToOwned::to_owned)
                .next()
        });
        Registration {
            client_id,
            scope: None,
        }
    }
}

/// Puts the new tokens wherever the file holds the old refresh token.
fn replace(transaction: &mut FileTransaction, old: &Secret, tokens: &TokenSet) {
    transaction.file_mut().records_mut(&mut |record| {
        if Record::new(record).refreshes_by(old) {
            renew(record, tokens);
        }
    });
}

fn differs(one: &Option<Secret>, other: &Option<Secret>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => !one.same(other),
        (None, None) => false,
        _ => true,
    }
}
