//! Where an app on the person's own machine listens for its answer (RFC 8252 section 7.3).

use std::fmt;

use url::form_urlencoded;

/// The longest address that is taken.
const LIMIT: usize = 256;

/// The ports below belong to the system, not to an app.
const FIRST_PORT: u16 = 1024;

/// A redirect URI on loopback: `http://127.0.0.1:PORT/PATH` or `http://[::1]:PORT/PATH`.
///
/// It is read as the one form that has no second meaning. Every other spelling is refused, since a
/// browser may read it as another host: `localhost` too, which a resolver may send elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    text: Box<str>,
    port: u16,
}

impl RedirectUri {
    /// Reads an address; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let rest = ["127.0.0.1:", "[::1]:"]
            .iter()
            .find_map(|host| rest.strip_prefix(host))?;
        let (digits, path) = rest.split_once('/')?;
        let port: u16 = digits.parse().ok()?;
        // `+80`, `0080` and the like are numbers too.
        let exact = port >= FIRST_PORT && port.to_string() == digits;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
        let steps = |segment: &str| matches!(segment, "." | "..");
        let sound = text.len() <= LIMIT && path.bytes().all(plain) && !path.split('/').any(steps);
        (exact && sound).then(|| Self {
            text: text.into(),
            port,
        })
    }

    /// The port that the app listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address with an answer. None of the answers of a parameter that is not there is sent.
    pub fn with<'a>(&self, answer: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
        let start = format!("{}?", self.text);
        let length = start.len();
        let mut query = form_urlencoded::Serializer::for_suffix(start, length);
        for (name, value) in answer {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What must never become a redirect.
    pub(crate) const HOSTILE: &[&str] = &[
        "",
        "http://localhost:5000/",
        "http://LOCALHOST:5000/",
        "http://127.0.0.1:80@evil.test/",
        "http://127.0.0.1:5000@evil.test/",
        "http://user@127.0.0.1:5000/",
        "http://user:pass@127.0.0.1:5000/",
        "http://127.0.0.1.evil.test:5000/",
        "http://127.0.0.1:5000.evil.test/",
        "http://evil.test:5000/",
        "http://evil.test/127.0.0.1:5000/",
        "http://0177.0.0.1:5000/",
        "http://0x7f.0.0.1:5000/",
        "http://2130706433:5000/",
        "http://127.1:5000/",
        "http://127.0.0.2:5000/",
        "http://0.0.0.0:5000/",
        "http://127.0.0.1%00.evil.test:5000/",
        "http://127.0.0.1%2eevil.test:5000/",
        "http://%31%32%37.0.0.1:5000/",
        "http://[::ffff:127.0.0.1]:5000/",
        "http://[::ffff:7f00:1]:5000/",
        "http://[0:0:0:0:0:0:0:1]:5000/",
        "http://[::1%25eth0]:5000/",
        "http://[::2]:5000/",
        "http://::1:5000/",
        "https://127.0.0.1:5000/",
        "HTTP://127.0.0.1:5000/",
        "ftp://127.0.0.1:5000/",
        "javascript:alert(1)//127.0.0.1:5000/",
        "com.example.app:/callback",
        "http:/127.0.0.1:5000/",
        "http:127.0.0.1:5000/",
        "http:\\\\127.0.0.1:5000/",
        "//127.0.0.1:5000/",
        "/callback",
        " http://127.0.0.1:5000/",
        "http://127.0.0.1:5000/ ",
        "http://127.0.0.1:5000/\r\nSet-Cookie: a=b",
        "http://127.0.0.1:5000/\0",
        "http://127.0.0.1:5000/a#fragment",
        "http://127.0.0.1:5000/#",
        "http://127.0.0.1:5000/?next=http://evil.test",
        "http://127.0.0.1:5000/?",
        "http://127.0.0.1:5000/a%20b",
        "http://127.0.0.1:5000/%00",
        "http://127.0.0.1:5000\\@evil.test/",
        "http://127.0.0.1:5000/\\evil.test",
        "http://127.0.0.1:5000/../x",
        "http://127.0.0.1:5000/./x",
        "http://127.0.0.1:5000/;x",
        "http://127.0.0.1:5000/ä",
        "http://127.0.0.1:5000",
        "http://127.0.0.1/",
        "http://127.0.0.1:/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:80/",
        "http://127.0.0.1:443/",
        "http://127.0.0.1:1023/",
        "http://127.0.0.1:05000/",
        "http://127.0.0.1:+5000/",
        "http://127.0.0.1:-5000/",
        "http://127.0.0.1: 5000/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:99999999999/",
        "http://127.0.0.1:5000:5000/",
        "http://[::1]5000/",
    ];

    #[test]
    fn as1_a_redirect_uri_is_loopback_in_one_spelling() {
        for (text, port) in [
            ("http://127.0.0.1:1024/", 1024),
            ("http://127.0.0.1:65535/", 65535),
            ("http://127.0.0.1:53123/callback", 53123),
            ("http://127.0.0.1:53123/a/b-c_d.e~f", 53123),
            ("http://[::1]:53123/callback", 53123),
        ] {
            let uri = RedirectUri::parse(text);
            assert_eq!(uri.as_ref().map(RedirectUri::port), Some(port), "{text}");
            assert_eq!(uri.unwrap().as_str(), text);
        }
        for text in HOSTILE {
            assert_eq!(RedirectUri::parse(text), None, "{text:?}");
        }
        let long = format!("http://127.0.0.1:5000/{}", "a".repeat(LIMIT));
        assert_eq!(RedirectUri::parse(&long), None);
    }

    #[test]
    fn as7_an_answer_is_added_and_escaped() {
        let uri = RedirectUri::parse("http://[::1]:5000/cb").unwrap();
        let answer = [("code", Some("c")), ("state", None), ("x", Some("a&b= #ä"))];
        assert_eq!(
            uri.with(answer),
            "http://[::1]:5000/cb?code=c&x=a%26b%3D+%23%C3%A4"
        );
    }

    proptest! {
        #[test]
        fn as1_whatever_is_taken_is_where_a_browser_goes(
            text in "(http|https|HTTP)?:?[/\\\\]{0,3}(user@)?(127\\.0\\.0\\.1|\\[::1\\]|localhost|127\\.1|0177\\.0\\.0\\.1|evil\\.test)(:|@|\\.|%00)?[0-9+]{0,6}[/?#@:.\\\\]{0,2}[a-z0-9./%?#@\\\\-]{0,12}",
        ) {
            if let Some(uri) = RedirectUri::parse(&text) {
                let state = "a/../b?#@evil.test\\";
                let url = url::Url::parse(&uri.with([("state", Some(state))])).unwrap();
                prop_assert_eq!(url.scheme(), "http");
                prop_assert!(matches!(url.host_str(), Some("127.0.0.1" | "[::1]")));
                prop_assert_eq!(url.port(), Some(uri.port()));
                prop_assert!(url.username().is_empty() && url.password().is_none());
                prop_assert_eq!(url.fragment(), None);
                let pairs: Vec<_> = url.query_pairs().collect();
                prop_assert_eq!(pairs, [("state".into(), state.into())]);
                let same = url::Url::parse(&text).unwrap();
                prop_assert_eq!(same.as_str(), text);
            }
        }
    }
}
