use std::fmt::Write as _;

use hermes_providers::{Endpoints, Provider};
use url::Url;

use super::vendor::Vendor;

/// TOML that lays this server over a provider of the built-in table: every endpoint keeps its path,
/// behind the vendor's prefix.
pub(super) fn table_override(provider: &Provider, vendor: Vendor, origin: &str) -> String {
    let base = format!("{origin}{}", vendor.prefix());
    let host = origin.trim_start_matches("http://");
    let moved = |url: &Url| format!("{base}{}", url.path());
    let mut text = format!("[provider.{}]\nhosts = [{host:?}]\n", provider.id);
    let mut line = |name: &str, value: &str| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{name} = {value}");
    };
    if provider.issuer.is_some() {
        line("issuer", &format!("{base:?}"));
    }
    if let Some(url) = &provider.hosted_redirect_uri {
        line("hosted_redirect_uri", &format!("{:?}", moved(url)));
    }
    if !provider.preflight_origins.is_empty() {
        line("preflight_origins", &format!("[{origin:?}]"));
    }
    // All fields by name, so that a new endpoint cannot be forgotten here and reach the vendor.
    let Endpoints {
        authorization,
        token,
        token_fallback,
        device,
        device_token,
        verification,
        revocation,
        userinfo,
        discovery,
    } = &provider.endpoints;
    let fallback = token_fallback
        .as_ref()
        .map(|url| format!("{base}/fallback{}", url.path()));
    let endpoints: Vec<String> = [
        ("authorization", authorization.as_ref().map(moved)),
        ("token", token.as_ref().map(moved)),
        ("token_fallback", fallback),
        ("device", device.as_ref().map(moved)),
        ("device_token", device_token.as_ref().map(moved)),
        ("verification", verification.as_ref().map(moved)),
        ("revocation", revocation.as_ref().map(moved)),
        ("userinfo", userinfo.as_ref().map(moved)),
        ("discovery", discovery.as_ref().map(moved)),
    ]
    .into_iter()
    .filter_map(|(name, url)| Some(format!("{name} = {:?}", url?)))
    .collect();
    line("endpoints", &format!("{{ {} }}", endpoints.join(", ")));
    text
}
