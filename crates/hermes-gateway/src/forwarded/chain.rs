use std::net::{IpAddr, SocketAddr};

use http::HeaderValue;

/// The most hops that are looked at; a longer chain of trusted proxies does not exist.
const HOPS: usize = 32;

/// The hops of a request, the nearest first. `None` is a hop that is no address: `unknown`, an
/// obfuscated name, or nonsense.
pub(super) struct Chain(Vec<Option<IpAddr>>);

impl Chain {
    /// The hops of `X-Forwarded-For`.
    pub(super) fn of_addresses<'a>(
        lines: impl DoubleEndedIterator<Item = &'a HeaderValue>,
    ) -> Self {
        Self::collect(lines, |line| {
            line.rsplit(',')
                .map(|hop| address(hop.trim()))
                .take(HOPS)
                .collect()
        })
    }

    /// The hops of `Forwarded`: the `for` of each element.
    pub(super) fn of_elements<'a>(lines: impl DoubleEndedIterator<Item = &'a HeaderValue>) -> Self {
        Self::collect(lines, |line| {
            elements(line)
                .rev()
                .map(|element| parameter(element, "for").and_then(address))
                .take(HOPS)
                .collect()
        })
    }

    fn collect<'a>(
        lines: impl DoubleEndedIterator<Item = &'a HeaderValue>,
        hops: impl Fn(&str) -> Vec<Option<IpAddr>>,
    ) -> Self {
        let of_line = |line: &HeaderValue| match line.to_str() {
            Ok(line) => hops(line),
            Err(_) => vec![None],
        };
        Self(lines.rev().flat_map(of_line).take(HOPS).collect())
    }

    /// The first hop that is not trusted, the farthest if all are; the peer as soon as a hop that
    /// must be looked at is no address. What lies beyond the first untrusted hop is hearsay and
    /// never looked at.
    pub(super) fn client(&self, peer: IpAddr, trusts: impl Fn(IpAddr) -> bool) -> IpAddr {
        let mut client = peer;
        for hop in &self.0 {
            match hop {
                None => return peer,
                Some(address) => client = *address,
            }
            if !trusts(client) {
                break;
            }
        }
        client
    }
}

/// An address with or without a port; IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    let bracketed = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        Some(IpAddr::V6(inner.parse().ok()?))
    };
    let found = bare().or_else(with_port).or_else(bracketed)?;
    Some(found.to_canonical())
}

/// The elements of a line of `Forwarded`. A comma inside a quoted value cuts the element, and
/// neither half is then an address: no value that is believed here holds one.
pub(super) fn elements(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    line.split(',').map(str::trim)
}

/// A parameter of an element, without its quotes; `None` if it is there twice.
pub(super) fn parameter<'a>(element: &'a str, wanted: &str) -> Option<&'a str> {
    let mut found = element.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then_some(value)
    });
    let value = found.next()?.trim();
    if found.next().is_some() {
        return None;
    }
    let unquoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    Some(unquoted.unwrap_or(value))
}
