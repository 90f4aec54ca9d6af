//! The credentials that this host has of a provider, one by one.

use hermes_credentials::{Entry, PoolStrategy, Revoke, State};
use hermes_errors::Failure;
use hermes_gateway::accounts::SignedOut;
use hermes_secret::{LABEL_LIMIT, plain};

use super::open;
use crate::World;

/// All of them, with the one marked that answers the next prompt. Where they answer in turn, and more
/// than one can, nobody knows which.
pub(super) fn of(entries: &[Entry], strategy: Option<PoolStrategy>) -> Vec<Entry> {
    let mut pool = entries.to_vec();
    let able = pool.iter().filter(|entry| entry.state == State::Ready);
    let in_order = matches!(strategy, None | Some(PoolStrategy::FillFirst));
    if !in_order && able.count() > 1 {
        pool.iter_mut().for_each(|entry| entry.current = false);
    }
    pool
}

/// What `hermes auth remove` does to one that is ours.
pub(super) async fn remove(world: &World, name: &str, id: &str) -> Result<SignedOut, Failure> {
    let (provider, credentials) = open(world, name)?;
    let removed = credentials.remove_own(&provider, id).await;
    let removed = removed.map_err(|error| Failure::of(&error).for_provider(&provider))?;
    let said = removed.revoked.iter().find_map(|outcome| {
        let label = plain(&outcome.label, LABEL_LIMIT);
        match &outcome.result {
            Revoke::Done => None,
            Revoke::NoEndpoint => Some(format!(
                "`{provider}` cannot revoke tokens: those of \"{label}\" live until they expire, or \
                 until you end them on its website"
            )),
            Revoke::Failed(_) => Some(format!(
                "tokens of \"{label}\" may still be alive at the provider"
            )),
        }
    });
    Ok(SignedOut { warning: said })
}

/// What `hermes auth reset` does, to one of them.
pub(super) async fn reset(world: &World, name: &str, id: &str) -> Result<bool, Failure> {
    let (provider, credentials) = open(world, name)?;
    let reset = credentials.reset_one(&provider, id).await;
    reset.map_err(|error| Failure::of(&error).for_provider(&provider))
}

#[cfg(test)]
mod tests {
    use hermes_credentials::{Keeper, Kind};

    use super::*;

    fn entry(state: State, current: bool) -> Entry {
        Entry {
            id: "a1b2c3".to_owned(),
            label: "work".to_owned(),
            kind: Kind::OAuth,
            source: "manual:device_code".to_owned(),
            keeper: Keeper::Us,
            index: 1,
            state,
            said: None,
            current,
            expires_at: None,
            renews: true,
            base_url: None,
            base_url_overridden: false,
            refused_base_url: None,
            scope: None,
            client_id: None,
            redirect_uri: None,
            interrupted_refresh: None,
        }
    }

    #[test]
    fn which_answers_next_is_said_where_it_is_known() {
        let two = [entry(State::Ready, true), entry(State::Ready, false)];
        let one = [entry(State::Expired, false), entry(State::Ready, true)];
        let marked =
            |entries: &[Entry], strategy| of(entries, strategy).iter().any(|it| it.current);
        for (strategy, of_two) in [
            (None, true),
            (Some(PoolStrategy::FillFirst), true),
            (Some(PoolStrategy::RoundRobin), false),
            (Some(PoolStrategy::LeastUsed), false),
            (Some(PoolStrategy::Random), false),
        ] {
            assert_eq!(marked(&two, strategy), of_two, "{strategy:?}");
            assert!(marked(&one, strategy), "{strategy:?}");
        }
    }
}
