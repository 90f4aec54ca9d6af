//! What a refusal of a provider means for the credential that was used: the marks that upstream's
//! program leaves and reads, so that both rest the same ones.

use hermes_secret::Secret;
use jiff::Timestamp;

use super::{
    Credentials,
    order::{borrowed, is_loose_key},
    refresh::Why,
    token::ends_the_sign_in,
};
use crate::{
    CredentialError, CredentialStore as _, FileTransaction, State, Transaction as _, cooldown,
    listing::Found, record::bury,
};

/// How often one credential is refreshed for one call.
const RENEWALS: u32 = 2;
/// The words of providers for a key or token that will never be good again.
pub(super) const DEAD: [&str; 6] = [
    "token_invalidated",
    "token_revoked",
    "invalid_token",
    "invalid_grant",
    "unauthorized_client",
    "refresh_token_reused",
];

/// That a provider refused a credential.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What it has against it.
    pub kind: RefusalKind,
    /// What it said, safe to show and to keep.
    pub message: String,
    /// When the credential is good again, where the provider said.
    pub until: Option<Timestamp>,
    /// How often it has refused this very credential before, in the same call.
    pub before: u32,
}

/// What a provider has against a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// It does not accept it.
    Unauthorized {
        /// The provider's word for why.
        reason: Option<String>,
    },
    /// It accepts it, and its plan does not include what was asked.
    NotEntitled,
    /// There is no money left.
    Billing,
    /// Too many requests, for the moment.
    RateLimited,
    /// Too many requests, for longer than anybody waits.
    QuotaSpent,
    /// Too many requests at a server behind the provider: no credential is at fault.
    Upstream,
}

/// What is to be done after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// The same credential is good for another try, after a while.
    Again,
    /// The credential has another token: asked for again, it is given.
    Renewed,
    /// The credential rests or is dead, and there is another one.
    Other,
    /// Nothing is left to try.
    Nobody,
}

impl Credentials {
    /// Hears that the provider refused a token that was got from here. The credential is found by
    /// the token: another process may have gone on to another one since.
    ///
    /// A token that can be renewed is renewed, twice at most. What cannot is marked, so that nobody
    /// asks with it before it is good again: five minutes after it was not accepted, an hour after
    /// anything else, or as long as the provider said. A plan that lacks something marks nothing, and
    /// neither does a passing limit on the only credential there is.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub async fn refused(
        &self,
        provider: &str,
        token: &Secret,
        refusal: &Refusal,
    ) -> Result<Afterwards, CredentialError> {
        match refusal.kind {
            RefusalKind::NotEntitled => return Ok(Afterwards::Nobody),
            RefusalKind::Upstream => return Ok(Afterwards::Again),
            RefusalKind::RateLimited if refusal.before == 0 => return Ok(Afterwards::Again),
            _ => {}
        }
        let list = self.inner.found(provider)?;
        let Some(found) = list.iter().find(|found| holds(found, token)) else {
            return Ok(Afterwards::Renewed);
        };
        let renewable = matches!(refusal.kind, RefusalKind::Unauthorized { .. })
            && found.entry.renews
            && found.refresh.is_some();
        if renewable && refusal.before < RENEWALS {
            match self.renewed(provider, found, Why::Asked).await {
                Ok(_) => return Ok(Afterwards::Renewed),
                Err(problem) if ends_the_sign_in(&problem) => return self.left(provider),
                // It may be good again when the way to the provider is.
                Err(_) => {}
            }
        }
        self.mark(provider, token, refusal, renewable).await
    }

    /// Whether anything is left that can be used.
    fn left(&self, provider: &str) -> Result<Afterwards, CredentialError> {
        let list = self.inner.found(provider)?;
        Ok(others(&list, None))
    }

    async fn mark(
        &self,
        provider: &str,
        token: &Secret,
        refusal: &Refusal,
        renewable: bool,
    ) -> Result<Afterwards, CredentialError> {
        let inner = &self.inner;
        let (env, new_id) = (inner.env(), inner.ports.random.hex(3));
        let mut transaction = inner.store.begin().await?;
        let list = inner.found_in(transaction.file(), provider, &env);
        let refused: Vec<&Found> = list.iter().filter(|found| holds(found, token)).collect();
        if refused.is_empty() {
            return Ok(Afterwards::Renewed);
        }
        let left = others(&list, Some(token));
        let passing = refusal.kind == RefusalKind::RateLimited && refusal.until.is_none();
        if passing && left == Afterwards::Nobody {
            return Ok(Afterwards::Again);
        }
        let mark = Mark {
            refusal,
            death: death(refusal).filter(|_| !renewable),
            now: inner.now(),
        };
        for found in refused {
            mark.leave(&mut transaction, provider, found, &new_id);
        }
        transaction.save().await?;
        Ok(left)
    }
}

/// Whether it is this token's credential.
fn holds(found: &Found, token: &Secret) -> bool {
    found.access.as_ref().is_some_and(|own| own.same(token))
}

/// Whether there is another credential than that of the token.
fn others(list: &[Found], token: Option<&Secret>) -> Afterwards {
    let mut others = list
        .iter()
        .filter(|found| token.is_none_or(|token| !holds(found, token)));
    match others.any(|found| found.entry.state == State::Ready) {
        true => Afterwards::Other,
        false => Afterwards::Nobody,
    }
}

/// The provider's word, if it says that the credential is dead.
fn death(refusal: &Refusal) -> Option<&'static str> {
    let RefusalKind::Unauthorized {
        reason: Some(reason),
    } = &refusal.kind
    else {
        return None;
    };
    DEAD.into_iter().find(|dead| dead == reason)
}

/// A mark that is about to be left.
struct Mark<'a> {
    refusal: &'a Refusal,
    death: Option<&'static str>,
    now: Timestamp,
}

impl Mark<'_> {
    fn leave(
        &self,
        transaction: &mut FileTransaction,
        provider: &str,
        found: &Found,
        new_id: &str,
    ) {
        let file = transaction.file_mut();
        let loose_key = found.access.as_ref().filter(|_| is_loose_key(found));
        let id = match loose_key {
            Some(_) => new_id,
            None => &found.entry.id,
        };
        if let Some(key) = loose_key {
            file.pool_mut(provider).push(borrowed(id, found, key));
        }
        let message = &self.refusal.message;
        if let Some(entry) = file.entry_mut(provider, id) {
            match self.death {
                Some(reason) => cooldown::mark_dead(entry, reason, message, self.now),
                None => {
                    let (code, reason) = self.words();
                    let until = self.refusal.until;
                    cooldown::mark_resting(entry, code, reason, message, until, self.now);
                }
            }
        // A provider's own state has a place for a death, and none for a rest.
        } else if let Some(reason) = self.death
            && let Some(state) = file.state_mut(provider)
        {
            bury(state, provider, reason, message, self.now);
        }
    }

    fn words(&self) -> (u16, &str) {
        match &self.refusal.kind {
            RefusalKind::Unauthorized { reason } => {
                (401, reason.as_deref().unwrap_or("unauthorized"))
            }
            RefusalKind::Billing => (402, "billing"),
            RefusalKind::NotEntitled => (403, "entitlement"),
            RefusalKind::RateLimited | RefusalKind::QuotaSpent | RefusalKind::Upstream => {
                (429, "rate_limit")
            }
        }
    }
}
