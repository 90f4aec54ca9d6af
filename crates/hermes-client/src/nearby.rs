//! Gateways that announce themselves on the networks of this computer.
//!
//! Anybody there can announce one, so what is said is read as a stranger's word: it becomes a name and an
//! address that a person may choose, or nothing. Nobody is asked for it, and nothing is kept of it.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    str,
    time::Duration,
};

use hermes_machine::{
    Clock,
    dns_sd::{self, DnsSdError, Heard, Networks, News},
    http::is_loopback,
};
use hermes_protocol::nearby::{FORM, SERVICE, text};
use hermes_secret::plain;
use url::Host;

use crate::GatewayAddress;

/// How long is listened. Who hears the question answers within some tenths of a second.
const LISTENING: Duration = Duration::from_secs(2);

/// The most gateways that are taken down.
const MOST: usize = 16;

/// The most bytes of a name, as in DNS itself (RFC 6763, 4.1.1).
const LONGEST_NAME: usize = 63;

/// A gateway that says that it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearby {
    /// What it calls itself.
    pub name: String,
    /// Where it says that it is.
    pub address: GatewayAddress,
}

/// Listens for gateways, as they come and go.
#[derive(Debug)]
pub struct Listening {
    heard: dns_sd::Listening,
    found: Found,
}

impl Listening {
    /// Asks who is there.
    ///
    /// # Errors
    ///
    /// If the networks cannot be heard.
    pub fn begin(networks: Networks) -> Result<Self, DnsSdError> {
        Ok(Self {
            heard: networks.listen(SERVICE)?,
            found: Found::default(),
        })
    }

    /// Takes in what is heard next; nothing once nothing more can be heard.
    pub async fn next(&mut self) -> Option<()> {
        let news = self.heard.next().await?;
        self.found.take(news);
        Some(())
    }

    /// The gateways that are there by now, each address once.
    pub fn found(&self) -> Vec<Nearby> {
        self.found.list()
    }
}

/// The gateways that are heard of within two seconds.
///
/// # Errors
///
/// If the networks cannot be heard.
pub async fn nearby(networks: Networks, clock: &dyn Clock) -> Result<Vec<Nearby>, DnsSdError> {
    let mut listening = Listening::begin(networks)?;
    let hearing = async {
        while let Some(()) = listening.next().await {}
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = hearing => {}
        () = clock.sleep(LISTENING) => {}
    }
    Ok(listening.found())
}

/// What was heard, by full names.
#[derive(Debug, Default)]
struct Found(BTreeMap<String, Nearby>);

impl Found {
    fn take(&mut self, news: News) {
        let (name, read) = match news {
            News::There(heard) => (heard.full_name.to_lowercase(), read(&heard)),
            News::Gone(name) => (name.to_lowercase(), None),
        };
        let Some(gateway) = read else {
            self.0.remove(&name);
            return;
        };
        if self.0.len() < MOST || self.0.contains_key(&name) {
            self.0.insert(name, gateway);
        }
    }

    fn list(&self) -> Vec<Nearby> {
        let by_address = self.0.values().rev();
        let by_address = by_address.map(|one| (one.address.to_string(), one));
        let once: BTreeMap<String, &Nearby> = by_address.collect();
        let mut list: Vec<_> = once.into_values().cloned().collect();
        list.sort_by(|one, other| one.name.cmp(&other.name));
        list
    }
}

/// What of a stranger's word is a gateway.
fn read(heard: &Heard) -> Option<Nearby> {
    let said = |name: &str| heard.texts.get(name).map(Vec::as_slice);
    if said(text::FORM) != Some(FORM.as_bytes()) {
        return None;
    }
    let typed = match said(text::URL) {
        Some(url) => str::from_utf8(url).ok()?.to_owned(),
        None => at_host(heard, said(text::HTTPS)?)?,
    };
    let address = GatewayAddress::parse(&typed).ok()?;
    Some(Nearby {
        name: name(&heard.full_name)?,
        address: (!leads_here(&address)).then_some(address)?,
    })
}

/// The address by which a host is reached that names none. Its name in `.local` is no name of the gateway, which
/// would refuse to be called by it.
fn at_host(heard: &Heard, https: &[u8]) -> Option<String> {
    let scheme = match str::from_utf8(https).ok()? {
        text::YES => "https",
        text::NO => "http",
        _ => return None,
    };
    let addresses = heard.addresses.iter().map(IpAddr::to_canonical);
    let best = addresses
        .filter(is_of_one_host)
        .min_by_key(|address| (address.is_ipv6(), *address))?;
    let at = SocketAddr::new(best, heard.port);
    (heard.port != 0).then(|| format!("{scheme}://{at}"))
}

/// Whether a URL can hold the address, and it is the one of a host.
fn is_of_one_host(address: &IpAddr) -> bool {
    let is_other = match address {
        IpAddr::V4(address) => address.is_broadcast(),
        // Its network would have to be named too.
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !is_other && !address.is_unspecified() && !address.is_multicast()
}

/// Whether the address is one of this computer. A stranger has no business with what listens here for its person
/// alone; and a secret would go there without TLS.
fn leads_here(address: &GatewayAddress) -> bool {
    let url = address.at("");
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            is_loopback(&Host::Domain(name)) || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_here(address.into()),
        Some(Host::Ipv6(address)) => is_here(address.into()),
        None => true,
    }
}

/// To connect to no address at all is to connect to this computer.
fn is_here(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

/// The name in front of the kind, with nothing in it that is not seen.
fn name(full_name: &str) -> Option<String> {
    let end = full_name.len().checked_sub(SERVICE.len())?;
    let (name, kind) = full_name.split_at_checked(end)?;
    let name = name.strip_suffix('.')?;
    if !kind.eq_ignore_ascii_case(SERVICE) {
        return None;
    }
    let mut name = plain(name, LONGEST_NAME + 1);
    name.truncate(name.floor_char_boundary(LONGEST_NAME));
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests;
