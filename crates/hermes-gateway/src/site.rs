//! The words of a web address: scheme, host, authority, origin, path prefix and public URL.
//!
//! Each is parsed strictly and kept in one normal form, so that comparing two of them is `==` and
//! nothing that merely looks alike is equal.

mod prefix;
mod public_url;

use std::{fmt, net::IpAddr};

pub use self::{prefix::Prefix, public_url::PublicUrl};

/// The longest host name (RFC 1035, 2.3.4).
const HOST_LIMIT: usize = 253;

/// How a browser reaches the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// `http` or `https` in any case, as a URL begins.
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("http") {
            Some(Self::Http)
        } else if text.eq_ignore_ascii_case("https") {
            Some(Self::Https)
        } else {
            None
        }
    }

    /// As it is written in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL of this scheme need not name.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A host: a name in lower case, or an address. A name with a final dot is another name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name.
    Name(Box<str>),
    /// An address; one of IPv4 mapped into IPv6 is the one of IPv4.
    Address(IpAddr),
}

impl Host {
    /// Reads a host as a header carries it: ASCII, an IPv6 address in brackets and without a zone.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: std::net::Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<std::net::Ipv4Addr>() {
            return Some(Self::Address(IpAddr::V4(address)));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let sound = !text.is_empty() && text.len() <= HOST_LIMIT && text.bytes().all(plain);
        sound.then(|| Self::Name(text.to_ascii_lowercase().into()))
    }

    /// Reads a host as a person types it into the settings: international names become their
    /// ASCII form, and an IPv6 address needs no brackets.
    pub fn typed(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical()));
        }
        match url::Host::parse(text).ok()? {
            url::Host::Domain(name) => Self::parse(&name),
            url::Host::Ipv4(address) => Some(Self::Address(address.into())),
            url::Host::Ipv6(address) => Some(Self::Address(IpAddr::V6(address).to_canonical())),
        }
    }

    /// Whether this is `localhost` or an address of the loopback interface.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => &**name == "localhost",
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// A host and perhaps a port: what `Host` and `X-Forwarded-Host` hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    /// The host.
    pub host: Host,
    /// The port, if one is named.
    pub port: Option<u16>,
}

impl Authority {
    /// Reads `host`, `host:port`, `[address]` or `[address]:port`; nothing else, no user.
    pub fn parse(text: &str) -> Option<Self> {
        let after_host = match text.rfind(']') {
            Some(end) => end + 1,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(after_host);
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            None => return None,
            Some(digits) => Some(port(digits)?),
        };
        let host = Host::parse(host)?;
        Some(Self { host, port })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(f)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Digits alone: the standard parser would take a plus sign.
fn port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// The origin of a web page: scheme, host and port (RFC 6454), the port always present.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebOrigin {
    /// The scheme.
    pub scheme: Scheme,
    /// The host.
    pub host: Host,
    /// The port, the scheme's own if none is written.
    pub port: u16,
}

impl WebOrigin {
    /// Reads `scheme://host[:port]`; a path, even `/`, is no origin.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        Some(Self::of(Scheme::parse(scheme)?, Authority::parse(rest)?))
    }

    /// The origin of what is reached by this scheme at this authority.
    pub fn of(scheme: Scheme, authority: Authority) -> Self {
        Self {
            scheme,
            port: authority.port.unwrap_or_else(|| scheme.default_port()),
            host: authority.host,
        }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port == self.scheme.default_port() {
            return Ok(());
        }
        write!(f, ":{}", self.port)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_are_normal() {
        for (text, shown) in [
            ("LOCALHOST", Some("localhost")),
            ("Gw.Example.COM", Some("gw.example.com")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("[2001:DB8::1]", Some("[2001:db8::1]")),
            ("[::ffff:10.0.0.1]", Some("10.0.0.1")),
            ("localhost.", Some("localhost.")),
            ("", None),
            ("::1", None),
            ("[fe80::1%eth0]", None),
            ("[::1", None),
            ("a b", None),
            ("münchen.example", None),
            ("a/b", None),
            ("user@host", None),
        ] {
            let host = Host::parse(text).map(|host| host.to_string());
            assert_eq!(host.as_deref(), shown, "{text}");
        }
        assert_eq!(Host::parse(&"a".repeat(254)), None);
        assert_eq!(
            Host::typed("München.example"),
            Host::parse("xn--mnchen-3ya.example")
        );
        assert_eq!(Host::typed("::1"), Host::parse("[::1]"));
        assert_eq!(Host::typed("a b"), None);
    }

    #[test]
    fn authorities_and_origins() {
        for (text, shown) in [
            ("h", Some("h")),
            ("h:80", Some("h:80")),
            ("[::1]:9119", Some("[::1]:9119")),
            ("h:", None),
            ("h:+1", None),
            ("h:65536", None),
            ("h:1:2", None),
            ("::1:80", None),
            ("[::1]x", None),
            ("a,b", None),
        ] {
            let authority = Authority::parse(text).map(|authority| authority.to_string());
            assert_eq!(authority.as_deref(), shown, "{text}");
        }
        for (text, shown) in [
            ("HTTP://H:80", Some("http://h")),
            ("https://h:443", Some("https://h")),
            ("https://h:80", Some("https://h:80")),
            ("https://", None),
            ("https://h/", None),
            ("https://h:443/x", None),
            ("file://", None),
            ("null", None),
        ] {
            let origin = WebOrigin::parse(text).map(|origin| origin.to_string());
            assert_eq!(origin.as_deref(), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_the_same(text in "[a-zA-Z0-9:.\\[\\]_-]{0,24}") {
            if let Some(authority) = Authority::parse(&text) {
                prop_assert_eq!(Authority::parse(&authority.to_string()), Some(authority));
            }
            if let Some(origin) = WebOrigin::parse(&format!("https://{text}")) {
                prop_assert_eq!(WebOrigin::parse(&origin.to_string()), Some(origin));
            }
        }
    }
}
