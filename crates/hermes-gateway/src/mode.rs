//! Which gate the gateway has: one static token, sign-in, or none yet.

use http::HeaderMap;

use crate::site::PublicUrl;

/// What lets a request in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One static token; whoever has it is the owner.
    Token,
    /// A session that a sign-in made.
    Gated,
    /// Gated, but nobody can sign in yet: status and the claim page alone are served.
    Unclaimed,
}

/// What the mode is decided from. Nothing else counts: no flag opens a gate.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The address to listen on, as it was typed.
    pub bind: &'a str,
    /// The public URL of the proxy section.
    pub public_url: Option<&'a PublicUrl>,
    /// Whether the proxy section trusts any proxy.
    pub trusts_proxies: bool,
    /// Whether a sign-in method is configured, or a user with a password exists.
    pub has_methods: bool,
    /// Whether it is known who the owner is.
    pub has_owner: bool,
}

/// Decides the mode. The bind is compared as text: `127.0.0.2` is loopback to the kernel and
/// still gated, since whoever chose it wanted something else than the default.
pub fn decide(circumstances: &Circumstances<'_>) -> Mode {
    let public = circumstances
        .public_url
        .is_some_and(|url| !url.origin.host.is_loopback());
    let loopback = matches!(circumstances.bind, "127.0.0.1" | "localhost" | "::1");
    if loopback && !public && !circumstances.trusts_proxies && !circumstances.has_methods {
        Mode::Token
    } else if circumstances.has_owner {
        Mode::Gated
    } else {
        Mode::Unclaimed
    }
}

/// Why token mode refuses a request that came through a proxy.
pub const TOKEN_BEHIND_PROXY: &str = "this gateway has no sign-in and serves this machine alone, \
     but the request came through a proxy: set `gateway.proxy.public_url`";

/// Whether a proxy has handled this request, in any spelling of the headers. In token mode such a
/// request is refused: a proxy on this machine would make the whole world look local.
pub fn came_through_a_proxy(headers: &HeaderMap) -> bool {
    let dash = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    headers.keys().any(|name| match name.as_str().as_bytes() {
        b"forwarded" => true,
        [b'x', first, rest @ ..] if dash(*first) => rest
            .strip_prefix(b"forwarded")
            .is_some_and(|rest| rest.len() > 1 && dash(rest[0])),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn design_5_1_modes() {
        let public = PublicUrl::parse("https://gw.example.com").unwrap();
        let local = PublicUrl::parse("http://127.0.0.1:9119").unwrap();
        let (none, some, here) = (None, Some(&public), Some(&local));
        // bind, public URL, proxies, methods, owner
        for (bind, public_url, trusts_proxies, has_methods, has_owner, mode) in [
            ("127.0.0.1", none, false, false, false, Mode::Token),
            ("127.0.0.1", none, false, false, true, Mode::Token),
            ("localhost", none, false, false, false, Mode::Token),
            ("::1", none, false, false, false, Mode::Token),
            ("127.0.0.1", here, false, false, false, Mode::Token),
            ("127.0.0.1", some, false, false, true, Mode::Gated),
            ("127.0.0.1", some, false, false, false, Mode::Unclaimed),
            ("127.0.0.1", none, true, false, true, Mode::Gated),
            ("127.0.0.1", none, false, true, true, Mode::Gated),
            ("127.0.0.1", none, false, true, false, Mode::Unclaimed),
            ("127.0.0.2", none, false, false, true, Mode::Gated),
            ("127.0.0.2", none, false, false, false, Mode::Unclaimed),
            ("LOCALHOST", none, false, false, true, Mode::Gated),
            ("[::1]", none, false, false, true, Mode::Gated),
            ("0.0.0.0", none, false, false, true, Mode::Gated),
            ("::", none, false, false, false, Mode::Unclaimed),
            ("192.168.1.2", none, false, false, true, Mode::Gated),
            ("gw.lan", none, false, false, true, Mode::Gated),
        ] {
            let circumstances = Circumstances {
                bind,
                public_url,
                trusts_proxies,
                has_methods,
                has_owner,
            };
            assert_eq!(decide(&circumstances), mode, "{circumstances:?}");
        }
    }

    #[test]
    fn design_5_1_token_mode_knows_a_proxy() {
        for (name, proxy) in [
            ("forwarded", true),
            ("x-forwarded-for", true),
            ("X-Forwarded-Proto", true),
            ("x-forwarded-anything", true),
            ("x_forwarded_for", true),
            ("x.forwarded.for", true),
            ("x-forwarded", false),
            ("x-forwardedness", false),
            ("xx-forwarded-for", false),
            ("host", false),
            ("origin", false),
        ] {
            let mut headers = HeaderMap::new();
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name.clone(), HeaderValue::from_static(""));
            assert_eq!(came_through_a_proxy(&headers), proxy, "{name}");
        }
        assert!(TOKEN_BEHIND_PROXY.contains("gateway.proxy.public_url"));
    }
}
