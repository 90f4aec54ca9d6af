use hermes_providers::Provider;

use crate::{OAuthError, Ports, Registration};

/// Discovery for `--issuer`: a table entry from what the issuer's metadata says.
///
/// # Errors
///
/// If there is no metadata, or it may not be trusted.
pub async fn discover(
    name: &str,
    _issuer: &str,
    _registration: &Registration,
    _ports: &Ports,
) -> Result<Provider, OAuthError> {
    Err(OAuthError::NoFlow {
        provider: name.to_owned(),
        reason: "not built yet".to_owned(),
    })
}

/// The section `[provider.NAME]` that [`hermes_providers::Table::load`] reads back.
pub fn to_toml(_provider: &Provider) -> String {
    String::new()
}
