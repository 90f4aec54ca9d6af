//! Under which names the gateway may be reached, and from which pages.
//!
//! A page on a foreign name that resolves to this machine (DNS rebinding) carries that name in
//! `Host`; a page on a foreign origin carries it in `Origin`. Both are compared with lists, on
//! every bind, before anything else happens.

use std::{collections::HashSet, fmt, net::IpAddr};

use http::{HeaderMap, header};

use crate::{
    forwarded::Seen,
    site::{Host, PublicUrl, Scheme, WebOrigin},
};

/// The settings that decide it.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Further hosts.
    pub hosts: Vec<Host>,
    /// Further origins.
    pub origins: Vec<WebOrigin>,
    /// Whether programs and pages outside of the web may come in after a good credential.
    pub non_web_origins: bool,
}

/// The names and the origins of one gateway.
#[derive(Clone, Debug)]
pub struct Reach {
    hosts: HashSet<Host>,
    origins: HashSet<WebOrigin>,
    public: Option<WebOrigin>,
    non_web_origins: bool,
}

/// Where a request that may go on comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A page of this gateway.
    Own,
    /// A page of an origin that the settings allow.
    Allowed,
    /// An app, a file, a sandboxed frame: it counts only together with a good credential.
    NonWeb,
    /// No `Origin` at all: it counts only together with a good credential.
    Unnamed,
}

impl Source {
    /// Whether a good ticket or token must be seen before this request is let in.
    pub const fn needs_credential(self) -> bool {
        matches!(self, Self::NonWeb | Self::Unnamed)
    }
}

/// Why a request is not served. Each says which key would change it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no `Host`, or several, or it is none.
    HostMissing,
    /// The host is not one of this gateway.
    HostForeign(Host),
    /// There are several `Origin`s, or it is none.
    OriginMalformed,
    /// The origin is not one of this gateway.
    OriginForeign(Box<WebOrigin>),
    /// The request is not from a web page, and the settings want one.
    NotWeb,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostMissing => f.write_str("the request has no valid `Host` header"),
            Self::HostForeign(host) => write!(
                f,
                "`{host}` is not a name of this gateway: set `gateway.proxy.public_url`, or add it \
                 to `gateway.proxy.allowed_hosts`"
            ),
            Self::OriginMalformed => f.write_str("the request has no valid `Origin` header"),
            Self::OriginForeign(origin) => write!(
                f,
                "pages of `{origin}` may not use this gateway: set `gateway.proxy.public_url`, or \
                 add it to `gateway.proxy.allowed_origins`"
            ),
            Self::NotWeb => f.write_str(
                "only web pages may connect to this gateway: set `gateway.proxy.non_web_origins` \
                 to `true` for apps and programs",
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl Reach {
    /// The reach of a gateway that listens on `bind` of a machine with these addresses. Loopback
    /// names are always in it, and so are the host of the public URL, and a name or an address
    /// that was chosen to listen on.
    pub fn new(
        bind: &str,
        machine: impl IntoIterator<Item = IpAddr>,
        public_url: Option<&PublicUrl>,
        allowed: Allowed,
    ) -> Self {
        let public = public_url.map(|url| url.origin.clone());
        let bound = Host::typed(bind).filter(|host| !is_wildcard(host));
        let hosts = machine
            .into_iter()
            .map(|address| Host::Address(address.to_canonical()))
            .filter(|host| !is_wildcard(host))
            .chain(allowed.hosts)
            .chain(bound)
            .chain(public.iter().map(|origin| origin.host.clone()))
            .collect();
        Self {
            hosts,
            origins: allowed.origins.into_iter().collect(),
            public,
            non_web_origins: allowed.non_web_origins,
        }
    }

    /// Checks under which name the request came in. Where a proxy says what the client asked for,
    /// both that and what the proxy asked for must be names of this gateway: the header that
    /// passes through unread is the one that a stranger fills.
    ///
    /// # Errors
    ///
    /// If one of them is not, or there is none.
    pub fn host(&self, seen: &Seen) -> Result<(), Refusal> {
        let asked = seen.asked.as_ref().ok_or(Refusal::HostMissing)?;
        for authority in [Some(asked), seen.forwarded.as_ref()].into_iter().flatten() {
            if !self.is_ours(&authority.host) {
                return Err(Refusal::HostForeign(authority.host.clone()));
            }
        }
        Ok(())
    }

    /// Checks from what page the request comes, if from any.
    ///
    /// # Errors
    ///
    /// If it is a page of the web that is not allowed here, or the header makes no sense.
    pub fn origin(&self, seen: &Seen, headers: &HeaderMap) -> Result<Source, Refusal> {
        let mut lines = headers.get_all(header::ORIGIN).iter();
        let source = match (lines.next(), lines.next()) {
            (None, _) => Source::Unnamed,
            (Some(_), Some(_)) => return Err(Refusal::OriginMalformed),
            (Some(line), None) => match line.to_str() {
                Err(_) => return Err(Refusal::OriginMalformed),
                Ok("") => Source::Unnamed,
                Ok(text) => self.named(seen, text)?,
            },
        };
        if source.needs_credential() && !self.non_web_origins {
            return Err(Refusal::NotWeb);
        }
        Ok(source)
    }

    fn named(&self, seen: &Seen, text: &str) -> Result<Source, Refusal> {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        if scheme.and_then(Scheme::parse).is_none() {
            return if is_non_web(text) {
                Ok(Source::NonWeb)
            } else {
                Err(Refusal::OriginMalformed)
            };
        }
        let origin = WebOrigin::parse(text).ok_or(Refusal::OriginMalformed)?;
        if self.is_own(seen, &origin) {
            Ok(Source::Own)
        } else if self.origins.contains(&origin) {
            Ok(Source::Allowed)
        } else if is_tauri_on_windows(&origin) {
            Ok(Source::NonWeb)
        } else {
            Err(Refusal::OriginForeign(Box::new(origin)))
        }
    }

    /// Whether this is the origin of our own pages. The public host has one origin, the configured
    /// one. Past it, by another name of this gateway, the page has the origin that the client sees.
    fn is_own(&self, seen: &Seen, origin: &WebOrigin) -> bool {
        if let Some(public) = &self.public
            && public.host == origin.host
        {
            return public == origin;
        }
        let asked = seen.authority().cloned();
        let asked = asked.map(|authority| WebOrigin::of(seen.told_scheme, authority));
        asked.is_some_and(|asked| asked == *origin) && self.is_ours(&origin.host)
    }

    fn is_ours(&self, host: &Host) -> bool {
        host.is_loopback() || self.hosts.contains(host)
    }
}

/// Whether this is no address but "all of them".
fn is_wildcard(host: &Host) -> bool {
    matches!(host, Host::Address(address) if address.is_unspecified())
}

/// Whether this is the origin of something that is no web page: `null`, or another scheme than
/// http.
fn is_non_web(text: &str) -> bool {
    if text == "null" {
        return true;
    }
    let Some((scheme, _)) = text.split_once("://") else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let begins = scheme.starts_with(|ch: char| ch.is_ascii_alphabetic());
    begins && scheme.bytes().all(plain) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What Tauri's pages are on Windows and Android: a name that resolves nowhere.
fn is_tauri_on_windows(origin: &WebOrigin) -> bool {
    matches!(&origin.host, Host::Name(name) if &**name == "tauri.localhost")
        && origin.port == origin.scheme.default_port()
}

#[cfg(test)]
mod tests;
