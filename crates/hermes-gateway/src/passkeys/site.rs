use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::LIFETIME;
use crate::site::{Host, PublicUrl, Scheme, WebOrigin};

/// Where the passkeys of a gateway count: one origin, and its host as the relying party's id. It comes
/// from the settings, and no header changes it.
#[derive(Clone, Debug)]
pub struct Site {
    origin: WebOrigin,
    library: Webauthn,
}

impl Site {
    /// The site of a gateway with this public URL; without one, what a browser on the same machine, or
    /// at the other end of a tunnel, reaches at this port. `None` where no browser would make a passkey:
    /// at an address, or on plain http.
    pub fn of(public_url: Option<&PublicUrl>, port: u16) -> Option<Self> {
        let origin = match public_url {
            Some(url) => url.origin.clone(),
            None => WebOrigin {
                scheme: Scheme::Http,
                host: Host::Name("localhost".into()),
                port,
            },
        };
        let Host::Name(name) = &origin.host else {
            return None;
        };
        let is_secure = origin.scheme == Scheme::Https || origin.host.is_loopback();
        let url = Url::parse(&origin.to_string()).ok().filter(|_| is_secure)?;
        let builder = WebauthnBuilder::new(name, &url).ok()?;
        let library = builder.rp_name("Hermes").timeout(LIFETIME).build().ok()?;
        Some(Self { origin, library })
    }

    /// The origin of the pages on which they work.
    pub fn origin(&self) -> String {
        self.origin.to_string()
    }

    /// What checks them.
    pub(super) const fn library(&self) -> &Webauthn {
        &self.library
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pk2_the_origin_comes_from_the_settings() {
        for (public_url, origin) in [
            (None, Some("http://localhost:9119")),
            (
                Some("https://gw.example.com"),
                Some("https://gw.example.com"),
            ),
            (
                Some("https://gw.example.com:8443/hermes"),
                Some("https://gw.example.com:8443"),
            ),
            (Some("http://localhost:8000"), Some("http://localhost:8000")),
            (Some("http://gw.example.com"), None),
            (Some("https://192.0.2.1"), None),
            (Some("http://127.0.0.1:9119"), None),
            (Some("https://[2001:db8::1]"), None),
        ] {
            let public_url = public_url.map(|url| PublicUrl::parse(url).unwrap());
            let site = Site::of(public_url.as_ref(), 9119);
            let found = site.map(|site| site.origin());
            assert_eq!(found.as_deref(), origin, "{public_url:?}");
        }
    }
}
