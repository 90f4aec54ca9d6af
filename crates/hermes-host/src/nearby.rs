//! A gateway tells the networks of its host that it is there, where its owner wants that.
//!
//! What it says is in `hermes_protocol::nearby`: the name of the host, where the gateway is, and nothing of who
//! uses it. Whoever hears it still has to sign in.

use std::net::SocketAddr;

use hermes_gateway::{settings::Settings, site::Scheme};
use hermes_login::Probe;
use hermes_machine::{
    Clock,
    dns_sd::{Fate, Networks, Service, Told},
};
use hermes_protocol::nearby::{FORM, SERVICE, text};
use tracing::{info, warn};

/// The most bytes between two dots of a name (RFC 1035, 2.3.4).
const LONGEST_LABEL: usize = 63;

/// What a host is called that says nothing of itself.
const NAMELESS: &str = "hermes";

/// A gateway that is announced.
#[derive(Debug)]
pub struct Announced(Told);

/// Announces the gateway that listens there; `None` where the settings do not want that, or where it cannot be.
/// People are served all the same, so that is told to the log alone.
pub fn begin(
    settings: &Settings,
    at: SocketAddr,
    probe: &dyn Probe,
    networks: Networks,
) -> Option<Announced> {
    if !settings.announce {
        return None;
    }
    if at.ip().to_canonical().is_loopback() {
        warn!("the gateway is not announced: it listens for this machine alone (`gateway.host`)");
        return None;
    }
    let name = label(&probe.host_name().unwrap_or_default());
    let host = format!("{}.local.", host(&name));
    let https = match settings.scheme() {
        Scheme::Https => text::YES,
        Scheme::Http => text::NO,
    };
    let url = settings.proxy.public_url.as_ref().map(ToString::to_string);
    let url = url.as_deref().map(|url| (text::URL, url));
    let texts: Vec<_> = [(text::FORM, FORM), (text::HTTPS, https)]
        .into_iter()
        .chain(url)
        .collect();
    let told = networks.tell(&Service {
        kind: SERVICE,
        name: &name,
        host: &host,
        at,
        texts: &texts,
    });
    match told {
        Ok(told) => Some(Announced(told)),
        Err(error) => {
            warn!(reason = %error, "the gateway is not announced");
            None
        }
    }
}

impl Announced {
    /// Tells the log what becomes of it, until it ends: under which name it is announced, since another one may
    /// have its own already. It is to be awaited for as long as the gateway is announced.
    pub async fn watch(&self, clock: &dyn Clock) {
        let mut known = String::new();
        while let Some(fate) = self.0.next(clock).await {
            match fate {
                Fate::Said(name) if name == known => {}
                Fate::Said(name) => {
                    info!(name, "gateway announced");
                    known = name;
                }
                Fate::Failed(reason) => warn!(reason, "the gateway is not announced"),
            }
        }
    }

    /// Says that the gateway is gone.
    pub async fn end(&self, clock: &dyn Clock) {
        self.0.end(clock).await;
    }
}

/// What the host calls itself, without its domain.
fn label(host: &str) -> String {
    let name = host.split('.').next().unwrap_or_default();
    match &name[..name.floor_char_boundary(LONGEST_LABEL)] {
        "" => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

/// A name in the domain `local` that is the gateway's alone: the host's own may belong to a program like Avahi,
/// which would have to take another one.
fn host(label: &str) -> String {
    let plain = label.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
        _ => '-',
    });
    "hermes-".chars().chain(plain).take(LONGEST_LABEL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_dns() {
        for (name, shown, in_local) in [
            ("build7", "build7", "hermes-build7"),
            ("Build7.example.com", "Build7", "hermes-build7"),
            ("", "hermes", "hermes-hermes"),
            (".local", "hermes", "hermes-hermes"),
            ("büro", "büro", "hermes-b-ro"),
        ] {
            let label = label(name);
            assert_eq!(label, shown, "{name}");
            assert_eq!(host(&label), in_local, "{name}");
        }
        assert_eq!(label(&"ü".repeat(40)).len(), 62);
        assert_eq!(label(&"a".repeat(64)).len(), LONGEST_LABEL);
        assert_eq!(host(&"a".repeat(63)).len(), LONGEST_LABEL);
    }
}
