//! Where a person lands after signing in: a path of this gateway, and nothing else.

use hermes_protocol::routes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::site::Prefix;

/// The longest landing that is kept: what an app asks, with the longest state there may be.
const LIMIT: usize = 4096;

/// What need not be escaped in a value of a query (RFC 3986, 2.3).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A path and query that it is safe to send a browser to. It has no prefix: that is put before it
/// when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing(Box<str>);

impl Landing {
    /// Takes a `next` as the query of a request holds it, decoded once; `None` if it is absent in
    /// spirit: foreign, ambiguous, no page, or so long that nobody meant it. A browser may give
    /// the path with the gateway's prefix, which is taken off.
    pub fn parse(next: &str, prefix: &Prefix) -> Option<Self> {
        if next.len() > LIMIT || !is_page(next) {
            return None;
        }
        let (path, query) = match next.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (next, None),
        };
        let inner = prefix.strip(path);
        // Proxies and routers decode once more than one expects.
        let decoded = percent_decode_str(inner).decode_utf8().ok()?;
        let twice = percent_decode_str(&decoded).decode_utf8().ok()?;
        if ![inner, &decoded, &twice].into_iter().all(is_page) {
            return None;
        }
        let kept = match query {
            Some(query) => format!("{inner}?{query}"),
            None => inner.to_owned(),
        };
        Some(Self(kept.into()))
    }

    /// The path and query to send the browser to.
    pub fn location(&self, prefix: &Prefix) -> String {
        prefix.join(&self.0)
    }

    /// As one value of a query.
    pub fn as_value(&self) -> String {
        utf8_percent_encode(&self.0, VALUE).to_string()
    }

    /// The path and query without prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a refusal of a page leads: the sign-in page, with the way back where there is one.
pub fn sign_in_page(prefix: &Prefix, landing: Option<&Landing>) -> String {
    prefix.join(&sign_in_path(landing))
}

/// The same without the prefix.
pub fn sign_in_path(landing: Option<&Landing>) -> String {
    let path = routes::LOGIN_PAGE.path;
    match landing {
        Some(landing) => format!("{path}?next={}", landing.as_value()),
        None => path.to_owned(),
    }
}

/// Where a sign-in at an identity provider begins, with the way back where there is one.
pub fn at_provider(prefix: &Prefix, method: &str, landing: Option<&Landing>) -> String {
    let method = utf8_percent_encode(method, VALUE);
    let start = prefix.join(&format!("/auth/login?provider={method}"));
    match landing {
        Some(landing) => format!("{start}&next={}", landing.as_value()),
        None => start,
    }
}

/// Whether a browser reads this as a path of the host it is on, and it is a page to land on.
fn is_page(text: &str) -> bool {
    let path = text.split('?').next().unwrap_or_default();
    let hostile = |ch: char| ch == '\\' || ch == '#' || ch.is_control() || ch.is_whitespace();
    text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains(hostile)
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
        && !path.starts_with("/login")
        && (!path.starts_with("/auth/") || path == routes::NATIVE_AUTHORIZE.path)
        && path != "/api"
        && !path.starts_with("/api/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn facts_1_9_safe_landings() {
        let hermes = Prefix::parse("/hermes").unwrap();
        for (next, kept) in [
            ("/", Some("/")),
            ("/chat?x=1", Some("/chat?x=1")),
            ("/sessions/abc?a=%2F&b=c", Some("/sessions/abc?a=%2F&b=c")),
            ("/a//b", Some("/a//b")),
            ("/caf%C3%A9", Some("/caf%C3%A9")),
            (
                "/x?next=https://evil.test",
                Some("/x?next=https://evil.test"),
            ),
            ("/hermes/chat", Some("/chat")),
            ("/hermes", Some("/")),
            ("", None),
            ("chat", None),
            ("//evil.test", None),
            ("https://evil.test", None),
            ("/\\evil.test", None),
            ("\\\\evil.test", None),
            ("/x\\y", None),
            ("/\t/evil.test", None),
            ("/x\r\nSet-Cookie: a=b", None),
            ("/x\0", None),
            ("/ /evil.test", None),
            ("/%2fevil.test", None),
            ("/%5cevil.test", None),
            ("/%252fevil.test", None),
            ("/x%0d%0ay", None),
            ("/%ff", None),
            ("/./x", None),
            ("/a/../login", None),
            ("/a/%2e%2e/login", None),
            ("/x#y", None),
            ("/login", None),
            ("/login?next=/x", None),
            ("/login/x", None),
            ("/loginx", None),
            ("/auth/login", None),
            ("/auth/callback?code=x", None),
            (
                "/auth/native/authorize?state=%2F",
                Some("/auth/native/authorize?state=%2F"),
            ),
            ("/auth/native/authorize/", None),
            ("/auth/native/%61uthorize", None),
            ("/auth/native/token", None),
            ("/api", None),
            ("/api?x", None),
            ("/api/auth/me", None),
            ("/api/sessions", None),
            ("/%61pi/sessions", None),
            ("/hermes/login", None),
            ("/hermes//evil.test", None),
            ("/hermes/api/sessions", None),
        ] {
            let found = Landing::parse(next, &hermes);
            assert_eq!(found.as_ref().map(Landing::as_str), kept, "{next:?}");
        }
        let long = format!("/{}", "a".repeat(LIMIT));
        assert_eq!(Landing::parse(&long, &hermes), None);
    }

    #[test]
    fn facts_1_7_the_way_back_is_one_value_and_keeps_the_prefix() {
        let hermes = Prefix::parse("/hermes").unwrap();
        let landing = Landing::parse("/chat?x=1", &hermes).unwrap();
        assert_eq!(
            sign_in_page(&hermes, Some(&landing)),
            "/hermes/login?next=%2Fchat%3Fx%3D1"
        );
        assert_eq!(sign_in_page(&Prefix::default(), None), "/login");
        assert_eq!(landing.location(&hermes), "/hermes/chat?x=1");
    }

    proptest! {
        #[test]
        fn a_landing_never_leaves_the_gateway(
            next in "[/\\\\a-z.%0-9:@?#\\t ]{0,24}",
            under in "(/[a-z]{1,4})?",
        ) {
            let prefix = Prefix::parse(&under).unwrap();
            if let Some(landing) = Landing::parse(&next, &prefix) {
                let base = url::Url::parse("https://gw.example.com/login").unwrap();
                let url = base.join(&landing.location(&prefix)).unwrap();
                prop_assert_eq!(url.host_str(), Some("gw.example.com"));
                prop_assert!(url.path().starts_with(prefix.as_str()));
                prop_assert_eq!(Landing::parse(landing.as_str(), &Prefix::default()), Some(landing));
            }
        }
    }
}
