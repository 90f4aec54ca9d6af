//! The query with which an app sends a browser to the gateway, as a link anywhere may hold it.
#![no_main]

use hermes_gateway::native::ask::Ask;

libfuzzer_sys::fuzz_target!(|query: &str| {
    if let Ok(ask) = Ask::parse(query) {
        // Both answers go to this machine, to the port that the person is shown.
        for address in [
            ask.allowed("code", "https://gw.example.com"),
            ask.declined("https://gw.example.com"),
        ] {
            let url = url::Url::parse(&address);
            assert!(url.is_ok_and(|url| {
                url.scheme() == "http"
                    && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
                    && url.port() == Some(ask.redirect_uri.port())
                    && url.username().is_empty()
                    && url.fragment().is_none()
            }));
        }
    }
});
