//! In which order the credentials of a pool are taken where there are several.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use hermes_machine::Random;

use super::Credentials;
use crate::{AccessToken, CredentialError, PoolStrategy, listing::Found};

/// What has been taken since this process began. Nothing of it is written: that would be a write of
/// the file for each prompt. So a process begins somewhere by chance, which is as fair over many.
#[derive(Default)]
pub(super) struct Turns(Mutex<BTreeMap<String, Taken>>);

#[derive(Default)]
struct Taken {
    last: Option<String>,
    times: BTreeMap<String, u64>,
}

impl Credentials {
    /// As [`access_token`](Self::access_token), with the credentials in the order of this strategy.
    ///
    /// # Errors
    ///
    /// If there is no usable credential.
    pub async fn next_token(
        &self,
        provider: &str,
        strategy: PoolStrategy,
    ) -> Result<AccessToken, CredentialError> {
        let inner = &self.inner;
        let mut list = inner.found(provider)?;
        inner
            .turns
            .arrange(provider, strategy, &mut list, &*inner.ports.random);
        let token = self.first_usable(provider, &list).await?;
        inner.turns.note(provider, &token.entry.id);
        Ok(token)
    }
}

impl Turns {
    fn arrange(
        &self,
        provider: &str,
        strategy: PoolStrategy,
        list: &mut [Found],
        random: &dyn Random,
    ) {
        if strategy == PoolStrategy::FillFirst || list.len() < 2 {
            return;
        }
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = turns.get(provider);
        let last = taken.and_then(|taken| taken.last.as_deref());
        let after = list
            .iter()
            .position(|found| Some(found.entry.id.as_str()) == last)
            .map(|last| last + 1);
        let length = list.len();
        let by_chance = any(length, random);
        match strategy {
            PoolStrategy::FillFirst => {}
            PoolStrategy::RoundRobin => list.rotate_left(after.unwrap_or(by_chance) % length),
            PoolStrategy::Random => list.rotate_left(by_chance),
            PoolStrategy::LeastUsed => {
                list.rotate_left(by_chance);
                list.sort_by_key(|found| {
                    let here = taken.and_then(|taken| taken.times.get(&found.entry.id));
                    found.uses.saturating_add(here.copied().unwrap_or_default())
                });
            }
        }
    }

    fn note(&self, provider: &str, id: &str) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = turns.entry(provider.to_owned()).or_default();
        taken.last = Some(id.to_owned());
        *taken.times.entry(id.to_owned()).or_default() += 1;
    }
}

/// A number below `length`.
fn any(length: usize, random: &dyn Random) -> usize {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    usize::try_from(u32::from_le_bytes(bytes)).unwrap_or_default() % length
}
