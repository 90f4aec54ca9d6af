use std::fmt;

/// The most characters of a prefix (PX7).
const LIMIT: usize = 64;

/// The path under which a proxy shows the gateway: empty, or `/` and segments without a final
/// slash. Its alphabet is letters, digits, `_`, `-` and `/`, so it can stand in a header, a cookie
/// and a page without escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// Reads a prefix, with or without slashes at its ends; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        if matches!(text, "" | "/") {
            return Some(Self::default());
        }
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let segment = |segment: &str| !segment.is_empty() && segment.bytes().all(plain);
        let sound = inner.len() < LIMIT && inner.split('/').all(segment);
        sound.then(|| Self(format!("/{inner}").into()))
    }

    /// The prefix, empty at the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the gateway is shown at the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// What `Path` a cookie of this gateway has.
    pub fn cookie_path(&self) -> &str {
        if self.is_root() { "/" } else { &self.0 }
    }

    /// A path of the gateway as a browser must ask for it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The path without the prefix, for proxies that leave it on; others arrive stripped, and are
    /// returned as they are.
    pub fn strip<'a>(&self, path: &'a str) -> &'a str {
        if self.is_root() {
            return path;
        }
        match path.strip_prefix(&*self.0) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn px7_a_prefix_has_a_small_alphabet() {
        let long = "a".repeat(63);
        let longer = "a".repeat(64);
        for (text, kept) in [
            ("/hermes", Some("/hermes")),
            ("hermes/", Some("/hermes")),
            ("/a/b-c_d/", Some("/a/b-c_d")),
            ("", Some("")),
            ("/", Some("")),
            ("//", None),
            ("//evil", None),
            ("/a//b", None),
            ("/a/../b", None),
            ("/a.b", None),
            ("/a b", None),
            ("/\"", None),
            ("/<x>", None),
            ("/a\r\nX: y", None),
            ("/a%2fb", None),
            ("/ä", None),
        ] {
            assert_eq!(
                Prefix::parse(text).as_ref().map(Prefix::as_str),
                kept,
                "{text}"
            );
        }
        assert!(Prefix::parse(&long).is_some());
        assert!(Prefix::parse(&longer).is_none());
    }

    #[test]
    fn a_prefix_is_taken_off_at_a_segment() {
        let prefix = Prefix::parse("/hermes").unwrap();
        for (path, stripped) in [
            ("/hermes/login", "/login"),
            ("/hermes", "/"),
            ("/hermes/", "/"),
            ("/login", "/login"),
            ("/hermesx/login", "/hermesx/login"),
        ] {
            assert_eq!(prefix.strip(path), stripped, "{path}");
        }
        assert_eq!(Prefix::default().strip("/x"), "/x");
        assert_eq!(prefix.join("/login"), "/hermes/login");
        assert_eq!(
            (prefix.cookie_path(), Prefix::default().cookie_path()),
            ("/hermes", "/")
        );
    }

    proptest! {
        #[test]
        fn px7_what_is_kept_needs_no_escape(text in ".{0,80}") {
            if let Some(prefix) = Prefix::parse(&text) {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
                prop_assert!(prefix.as_str().bytes().all(plain));
                prop_assert!(prefix.as_str().len() <= LIMIT && !prefix.as_str().contains("//"));
                prop_assert_eq!(Prefix::parse(prefix.as_str()), Some(prefix));
            }
        }
    }
}
