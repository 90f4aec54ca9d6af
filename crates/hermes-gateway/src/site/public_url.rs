use std::fmt;

use super::{Authority, Host, Prefix, Scheme, WebOrigin};

/// The address under which people reach the gateway: `http(s)://host[:port][/prefix]`. Where it is
/// set, links, redirect URIs and cookies come from it, whatever headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// The origin of every page of the gateway.
    pub origin: WebOrigin,
    /// The path below which all pages are.
    pub prefix: Prefix,
}

impl PublicUrl {
    /// Reads the address; the error says what is wrong with it, without the address.
    ///
    /// # Errors
    ///
    /// If it is no URL of http or https, or has a user, a query, a fragment, or a path that is no
    /// [`Prefix`].
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = url::Url::parse(text)
            .map_err(|_| "must be a URL such as `https://hermes.example.com`")?;
        let scheme =
            Scheme::parse(url.scheme()).ok_or("must begin with `https://` or `http://`")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must end before `?` and `#`");
        }
        let host = url
            .host_str()
            .and_then(Host::parse)
            .ok_or("must name a host")?;
        let prefix = Prefix::parse(url.path()).ok_or(
            "may have a path of letters, digits, `-`, `_` and `/` only, 64 characters at most",
        )?;
        let port = url.port();
        let origin = WebOrigin::of(scheme, Authority { host, port });
        Ok(Self { origin, prefix })
    }

    /// The absolute URL of a path of the gateway.
    pub fn join(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.prefix)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_1_10_public_urls() {
        for (text, shown) in [
            ("https://gw.example.com/", Some("https://gw.example.com")),
            (
                "https://gw.example.com/hermes/",
                Some("https://gw.example.com/hermes"),
            ),
            ("HTTPS://GW.example.com:443", Some("https://gw.example.com")),
            ("http://[::1]:9119", Some("http://[::1]:9119")),
            ("gw.example.com", None),
            ("ftp://h", None),
            ("https://", None),
            ("https://user@h", None),
            ("https://h/?x", None),
            ("https://h/#f", None),
            ("https://h/a//b", None),
            ("https://h/a%20b", None),
        ] {
            let url = PublicUrl::parse(text).ok().map(|url| url.to_string());
            assert_eq!(url.as_deref(), shown, "{text}");
        }
        let url = PublicUrl::parse("https://h/hermes").unwrap();
        assert_eq!(url.join("/auth/callback"), "https://h/hermes/auth/callback");
    }
}
