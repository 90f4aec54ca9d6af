//! The `next` of a sign-in, as a link anywhere may hold it.
#![no_main]

use hermes_gateway::{landing::Landing, site::Prefix};

libfuzzer_sys::fuzz_target!(|next: &str| {
    let prefix = Prefix::parse("/hermes").unwrap_or_default();
    if let Some(landing) = Landing::parse(next, &prefix) {
        // A browser that follows it stays on this host and below this prefix.
        if let Ok(base) = url::Url::parse("https://gw.example.com/hermes/login") {
            let followed = base.join(&landing.location(&prefix));
            assert!(followed.is_ok_and(|url| {
                url.host_str() == Some("gw.example.com") && url.path().starts_with("/hermes")
            }));
        }
    }
});
