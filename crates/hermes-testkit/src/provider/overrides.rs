use std::fmt::Write as _;

use hermes_providers::Provider;
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
    let endpoints: Vec<String> = provider
        .endpoints
        .iter()
        .map(|(name, url)| match name {
            "token_fallback" => format!("{name} = \"{base}/fallback{}\"", url.path()),
            _ => format!("{name} = {:?}", moved(url)),
        })
        .collect();
    line("endpoints", &format!("{{ {} }}", endpoints.join(", ")));
    text
}
