//! What a request looks like from outside: who asks, by which scheme, under which host and prefix.
//!
//! Forwarded headers are believed from trusted peers alone, whose list is empty until someone
//! fills it. A header name that is doubled, misspelt on purpose, named by `Connection` or
//! contradicted by another one makes all of them worthless, since nobody can say which of them the
//! proxy wrote.

mod chain;

use std::net::IpAddr;

use hermes_protocol::routes::header::FORWARDED_PREFIX;
use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use self::chain::Chain;
use crate::site::{Authority, Prefix, PublicUrl, Scheme};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PREFIX: HeaderName = HeaderName::from_static(FORWARDED_PREFIX);
/// Every name that is read here, and so may appear in one spelling and once.
const NAMES: [HeaderName; 5] = [FOR, PROTO, HOST, PREFIX, header::FORWARDED];

/// A request as its sender sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The address of the client: the first hop, from the right, that is no trusted proxy.
    pub address: IpAddr,
    /// How the client reaches the gateway: what links and cookies go by.
    pub scheme: Scheme,
    /// The scheme as far as the connection and its headers tell. It differs from `scheme` where a
    /// public URL is set and someone reaches the gateway past it, over ssh or the local network.
    pub told_scheme: Scheme,
    /// What the `Host` header of this very request says; `None` if it is absent, doubled or no
    /// host.
    pub asked: Option<Authority>,
    /// What a trusted proxy says the client asked for, if that is to be believed.
    pub forwarded: Option<Authority>,
    /// Below which path the client sees the gateway.
    pub prefix: Prefix,
}

impl Seen {
    /// The authority in the client's address bar, as far as headers tell.
    pub fn authority(&self) -> Option<&Authority> {
        self.forwarded.as_ref().or(self.asked.as_ref())
    }
}

/// Who is at the other end of a connection, and what they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address.
    pub address: IpAddr,
    /// Whether it is TLS.
    pub scheme: Scheme,
}

/// A peer that speaks plain HTTP.
impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        Self {
            address,
            scheme: Scheme::Http,
        }
    }
}

/// Whom to believe, and what needs no belief because it is configured.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    proxies: Vec<IpNet>,
    public_url: Option<PublicUrl>,
}

impl Trust {
    /// Believes peers in these networks. A public URL settles scheme and prefix for good.
    pub fn new(proxies: Vec<IpNet>, public_url: Option<PublicUrl>) -> Self {
        Self {
            proxies,
            public_url,
        }
    }

    /// The address under which people reach the gateway, if it is configured.
    pub const fn public_url(&self) -> Option<&PublicUrl> {
        self.public_url.as_ref()
    }

    /// Works out what the client sees.
    pub fn see(&self, peer: impl Into<Peer>, headers: &HeaderMap) -> Seen {
        let Peer { address, scheme } = peer.into();
        let peer = Peer {
            address: address.to_canonical(),
            scheme,
        };
        let told = if self.trusts(peer.address) && !is_tampered(headers) {
            self.told(peer, headers)
        } else {
            Told::nothing(peer)
        };
        let (scheme, prefix) = match &self.public_url {
            Some(url) => (url.origin.scheme, url.prefix.clone()),
            None => (told.scheme, told.prefix),
        };
        Seen {
            address: told.address,
            scheme,
            told_scheme: told.scheme,
            asked: single(headers, &header::HOST).and_then(Authority::parse),
            forwarded: told.authority,
            prefix,
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|net| net.contains(&address))
    }

    /// What the headers of a trusted peer say, nothing if the two families contradict each other.
    fn told(&self, peer: Peer, headers: &HeaderMap) -> Told {
        let old = self.told_by_x(peer, headers);
        if !headers.contains_key(header::FORWARDED) {
            return old;
        }
        let new = self.told_by_standard(peer, headers);
        let uses_both =
            headers.contains_key(FOR) || headers.contains_key(PROTO) || headers.contains_key(HOST);
        if !uses_both {
            return Told {
                prefix: old.prefix,
                ..new
            };
        }
        let agree =
            (old.address, old.scheme, &old.authority) == (new.address, new.scheme, &new.authority);
        if agree { old } else { Told::nothing(peer) }
    }

    fn told_by_x(&self, peer: Peer, headers: &HeaderMap) -> Told {
        let chain = Chain::of_addresses(headers.get_all(FOR).iter());
        Told {
            address: chain.client(peer.address, |address| self.trusts(address)),
            scheme: single(headers, &PROTO)
                .and_then(scheme)
                .unwrap_or(peer.scheme),
            authority: single(headers, &HOST).and_then(Authority::parse),
            prefix: single(headers, &PREFIX)
                .and_then(Prefix::parse)
                .unwrap_or_default(),
        }
    }

    /// RFC 7239: the client is found as in the older headers; scheme and host are those that the
    /// proxy nearest to us wrote.
    fn told_by_standard(&self, peer: Peer, headers: &HeaderMap) -> Told {
        let lines = headers.get_all(header::FORWARDED);
        let chain = Chain::of_elements(lines.iter());
        let last = lines
            .iter()
            .next_back()
            .and_then(|line| line.to_str().ok())
            .and_then(|line| chain::elements(line).next_back());
        let parameter = |name| last.and_then(|element| chain::parameter(element, name));
        Told {
            address: chain.client(peer.address, |address| self.trusts(address)),
            scheme: parameter("proto").and_then(scheme).unwrap_or(peer.scheme),
            authority: parameter("host").and_then(Authority::parse),
            prefix: Prefix::default(),
        }
    }
}

/// What forwarded headers say, or what holds without them.
struct Told {
    address: IpAddr,
    scheme: Scheme,
    authority: Option<Authority>,
    prefix: Prefix,
}

impl Told {
    fn nothing(peer: Peer) -> Self {
        Self {
            address: peer.address,
            scheme: peer.scheme,
            authority: None,
            prefix: Prefix::default(),
        }
    }
}

/// The scheme of a forwarded request; some proxies name that of a socket.
fn scheme(text: &str) -> Option<Scheme> {
    if text.eq_ignore_ascii_case("ws") {
        Some(Scheme::Http)
    } else if text.eq_ignore_ascii_case("wss") {
        Some(Scheme::Https)
    } else {
        Scheme::parse(text)
    }
}

/// The value of a header that may stand once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => first.to_str().ok().map(str::trim),
        Some(_) => None,
    }
}

/// Whether someone else than the proxy had a hand in the forwarded headers. Several lines of a
/// list (`X-Forwarded-For`, `Forwarded`) are one list (RFC 9110, 5.3), as HAProxy writes it; the
/// others hold one value, and a second one is a forgery or a mistake.
fn is_tampered(headers: &HeaderMap) -> bool {
    let doubled = [PROTO, HOST, PREFIX]
        .iter()
        .any(|name| headers.get_all(name).iter().nth(1).is_some());
    let misspelt = headers.keys().any(|name| {
        NAMES
            .iter()
            .any(|known| name != known && same_letters(name.as_str(), known.as_str()))
    });
    // A proxy that obeys `Connection` takes the header off again (RFC 9110, 7.6.1), and one that
    // does not shows that someone tried.
    let named = headers.get_all(header::CONNECTION).iter().any(|line| {
        let tokens = line.to_str().unwrap_or_default().split(',');
        tokens
            .map(str::trim)
            .any(|token| NAMES.iter().any(|name| same_letters(token, name.as_str())))
    });
    doubled || misspelt || named
}

/// Whether two names are equal once `_` and `.` count as `-` and case does not count.
fn same_letters(one: &str, other: &str) -> bool {
    let plain = |byte: u8| match byte {
        b'_' | b'.' => b'-',
        byte => byte.to_ascii_lowercase(),
    };
    one.len() == other.len() && one.bytes().map(plain).eq(other.bytes().map(plain))
}

#[cfg(test)]
mod tests;
