//! Headers that a proxy, or whoever pretends to be one, may send.
#![no_main]

use std::net::IpAddr;

use hermes_gateway::{forwarded::Trust, site::Prefix};
use http::{HeaderMap, HeaderName, HeaderValue};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut headers = HeaderMap::new();
    for line in text.lines().take(32) {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let peer = IpAddr::from([10, 0, 0, 1]);
    // A stranger's headers change neither address, scheme nor prefix.
    let stranger = Trust::default().see(peer, &headers);
    assert!(stranger.address == peer && stranger.forwarded.is_none() && stranger.prefix.is_root());
    if let Ok(net) = "10.0.0.0/8".parse() {
        let seen = Trust::new(vec![net], None).see(peer, &headers);
        // What is believed reads back as it is shown.
        assert_eq!(
            Prefix::parse(seen.prefix.as_str()).as_ref(),
            Some(&seen.prefix)
        );
        for authority in [&seen.asked, &seen.forwarded].into_iter().flatten() {
            let shown = authority.to_string();
            assert_eq!(
                hermes_gateway::site::Authority::parse(&shown).as_ref(),
                Some(authority)
            );
        }
    }
});
