use std::fmt;

use jiff::Timestamp;

use crate::{Answer, Horizon, SessionId, UserId};

/// The most browsers of one user that are told while they are closed; a new one takes the place of the
/// oldest.
pub const SUBSCRIPTIONS_LIMIT: usize = 16;

/// Where a browser is told of what happens while it is closed, and for whom it is made unreadable
/// (RFC 8030, RFC 8291). Whoever knows the address can send there, so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The address that the browser's push service gave it.
    pub endpoint: String,
    /// Its public key, as an uncompressed point of P-256.
    pub public_key: [u8; 65],
    /// What it and the sender know beside the key.
    pub auth: [u8; 16],
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription(..)")
    }
}

/// The subscriptions of browsers. Each belongs to a session and is gone with it, however that ends.
///
/// # Errors
///
/// Each method fails with what the engine met, and with nothing else.
pub trait Subscriptions: Send + Sync {
    /// Keeps the subscription of a session, in place of the one that it had. Another session that had the
    /// same address loses it: a browser tells one person. False if the session is gone.
    fn subscribe(
        &self,
        session: SessionId,
        subscription: Subscription,
        at: Timestamp,
    ) -> Answer<'_, bool>;

    /// Forgets the subscription of a session. False if it had none.
    fn unsubscribe(&self, session: SessionId) -> Answer<'_, bool>;

    /// Forgets whatever has this address: its push service says that it is gone.
    fn forget<'a>(&'a self, endpoint: &'a str) -> Answer<'a, ()>;

    /// Whether a session has one.
    fn is_subscribed(&self, session: SessionId) -> Answer<'_, bool>;

    /// Where to tell a user: the subscriptions of their live sessions. Nowhere if they are shut out.
    fn of_user(&self, user: UserId, at: Horizon) -> Answer<'_, Vec<Subscription>>;
}
