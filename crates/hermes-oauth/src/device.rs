use std::time::Duration;

use hermes_secret::Secret;
use url::Url;

/// A device code to be approved on another screen (RFC 8628 section 3.2).
#[derive(Clone, Debug)]
pub struct DeviceCode {
    /// What the person types, safe to show.
    pub user_code: String,
    /// Where it is typed.
    pub verification_uri: Url,
    /// The same with the code in it.
    pub verification_uri_complete: Option<Url>,
    /// How long it is good for.
    pub expires_in: Duration,
    /// How long to wait between polls.
    pub interval: Duration,
    pub(crate) device_code: Secret,
}
