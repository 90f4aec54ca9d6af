use serde::{Deserialize, Serialize};

/// The answer to `GET /api/auth/push`: whether this sign-in's browser is told of what happens while it is
/// closed, and what it needs to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PushAnswer {
    /// What the browser binds its subscription to (RFC 8292 section 4): base64url, without padding.
    pub public_key: String,
    /// Whether an address of it is known.
    pub told: bool,
}

/// The body of `POST /api/auth/push`: what `toJSON` of a browser's subscription gives (Push API).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PushSubscribe {
    /// The address at its push service. Whoever knows it can send there.
    pub endpoint: String,
    /// For whom what is sent is made unreadable.
    pub keys: PushKeys,
}

/// The keys of a subscription, both as base64url.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PushKeys {
    /// The public key: an uncompressed point of P-256.
    pub p256dh: String,
    /// What both sides know beside it: 16 bytes.
    pub auth: String,
}
