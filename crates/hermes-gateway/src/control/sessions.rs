use std::collections::HashMap;

use hermes_protocol::methods::HostSession;
use hermes_storage::{Horizon, SessionId, Storage, StorageError};
use jiff::Timestamp;

/// Everybody's sessions, the last used first: the same rows whether a gateway that runs is asked, which
/// knows their sockets, or the database of one that does not.
///
/// # Errors
///
/// What storage met.
pub async fn sessions(
    storage: &dyn Storage,
    at: Horizon,
    sockets: impl Fn(SessionId) -> u32,
) -> Result<Vec<HostSession>, StorageError> {
    let users = storage.users().list().await?.into_iter();
    let logins: HashMap<_, _> = users.map(|user| (user.id, user.login)).collect();
    let found = storage.sessions().list_all(at).await?;
    let seconds = |at: Timestamp| u64::try_from(at.as_second()).unwrap_or_default();
    let row = |session: hermes_storage::Session| HostSession {
        open_sockets: sockets(session.id),
        login: logins
            .get(&session.user)
            .and_then(Option::as_ref)
            .map(ToString::to_string),
        created_at: seconds(session.created_at),
        last_seen_at: seconds(session.last_seen_at),
        expires_at: seconds(session.ends_at),
        id: session.id.to_string(),
        user: session.user.to_string(),
        name: session.name.map(|name| name.to_string()),
        provider: session.method,
        user_agent: session.client.map(|client| client.to_string()),
        address: session.address.to_string(),
    };
    Ok(found.into_iter().map(row).collect())
}
