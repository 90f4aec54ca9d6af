use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

/// One refresh at a time for each credential of this process. Whoever waited looks at the file
/// again first, and finds there what the one before has done.
#[derive(Default)]
pub(crate) struct SingleFlight(Mutex<HashMap<Key, Turn>>);

/// Provider and id of a credential.
type Key = (String, String);
/// Held by whoever refreshes it.
type Turn = Arc<tokio::sync::Mutex<()>>;

impl SingleFlight {
    /// Waits until nobody else is refreshing this credential.
    pub(crate) async fn enter(&self, provider: &str, id: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody waits for a turn that only this map holds.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            let key = (provider.to_owned(), id.to_owned());
            Arc::clone(turns.entry(key).or_default())
        };
        turn.lock_owned().await
    }
}
